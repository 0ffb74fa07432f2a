"""Sealed files: originals under a data key per case with their digests, and viewing copies without metadata.

A file belongs to an owner (a proceeding, a complaint) and goes with it: where the owner's key is destroyed, its files
are. What is uploaded is looked at in a process of its own, without our keys, with little memory and time.
"""
