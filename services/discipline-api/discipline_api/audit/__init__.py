"""The audit log: who looked at or did what, why, and what he was refused; hash-chained, so that nothing can be dropped.

An entry is written in the transaction of the act itself. A timer links the entries into one SM3 chain; until then an
entry stands unlinked, for seconds, so that readers of files need not wait for one another.
"""
