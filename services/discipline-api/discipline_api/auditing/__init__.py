"""Reading the audit log, proving that it is whole, and its head by day, signed, for somebody outside to keep.

Measure 12: who opened a file, and who was refused, can be asked by an auditor, and every such question is an entry too.
"""
