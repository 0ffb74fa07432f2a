"""Sealed files: originals under a data key per case with their digests, and viewing copies without metadata.

A file belongs to an owner (a proceeding, a complaint) and goes with it: where the owner's key is destroyed, its files
are. Kinds, copies and scanners are `common.files`.
"""
