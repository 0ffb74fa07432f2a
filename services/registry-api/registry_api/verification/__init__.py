"""Verification for systems: is this number this lawyer's, of this firm, licensed on this day (H1, measures 5 and 7)?

Answers say no more than was asked, and can be had signed.
"""
