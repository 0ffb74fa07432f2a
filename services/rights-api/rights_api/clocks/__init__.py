"""Deadlines on record: each explains itself, warns at 75 %, and is overdue from its legal instant on.

Datings and marks only ever grow: a due day is never edited, a list of holidays that moves it adds a dating, and an
overdue that turns out wrong is rectified by a further mark. Reads compare with the time they are given; the timer only
announces what is true already.
"""
