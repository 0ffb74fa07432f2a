"""Persons: duplicate records merged, and restored where that was wrong; looks at ID numbers, each logged.

A person must count once (H1, M05) and be found under every number he has held.
"""
