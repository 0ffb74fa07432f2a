"""The record of a sanction: what was decided, by whom, within which limits, how far and how long it is public.

Below the features: a case ends in such a record, a desk records one that was decided elsewhere, display shows it.
"""
