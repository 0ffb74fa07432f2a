"""The shared progress store: the projector folds events into it, progress-api asks it questions.

It holds facts with their intervals and no policy. Each row is written by events of one key of one feed, so how feeds
and keys interleave never changes it; facts of different feeds meet only in queries.
"""

SCHEMA = "projected"
"""The live store's schema; a rebuild stands in one of its own beside it."""
