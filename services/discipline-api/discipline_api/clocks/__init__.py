"""Deadlines on record: each explains itself, warns at 75 %, and is overdue from its legal instant on.

One mechanism for cases, complaints, objections, repairs and joint action. A due day is computed once, from a row of
rules.yaml, and never edited. Reads compare with the time they are given; the timer only announces what is true already.
"""
