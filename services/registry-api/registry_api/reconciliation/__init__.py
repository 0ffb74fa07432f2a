"""Reconciliation: a full export of the licensing system compared with the register, difference by difference.

Each difference is a line with an owner, a state and an outcome, and stays the same line while runs find it. H1 rests on
it: progress shows when the register was last reconciled and by how much it differed.
"""
