"""Bulk import of a bureau's files: good rows in, bad rows reported, resumed after a crash, nothing changed twice.

`reading` turns a file into rows, `domain` a row into what it says, `planning` decides what to do about it, `use_cases`
does one chunk in one transaction, `runner` goes from chunk to chunk in any process.
"""
