"""Paperwork of cases: drafts to edit, 文号 without gaps, sealed originals, service and its day of effect, the archive.

Measure 12: every paper of a proceeding, from the notice of acceptance to the index of the closed file.
"""
