"""Finds lawyers and firms by name, however it is typed: in part, in pinyin or initials, in another width or script.

The packaged server has neither trigrams nor ICU, so each name is kept as the keys by which it may be looked for, in
byte order: a question is one range of an index. The keys are filled after the fact, from the rows that have changed.
"""
