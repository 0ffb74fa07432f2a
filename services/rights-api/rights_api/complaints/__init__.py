"""Complaints by lawyers about violated practice rights, from filing to closing; serves measure 13 (and M13's clocks).

Complaints against lawyers are discipline's: nothing is shared with it, no table, no handler, no role.
"""
