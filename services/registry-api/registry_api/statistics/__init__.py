"""Statistics: how many lawyers and firms, by what, on any day, under named readings of the plan (T1 to T5, M05)."""
