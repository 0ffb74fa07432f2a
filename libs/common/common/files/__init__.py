"""Files that strangers send: their kind by their own bytes, viewing copies without metadata, scanners for malware.

Nothing here knows whose file it is or where it is kept. What is uploaded is looked at in a process of its own, without
our keys, with little memory and time.
"""
