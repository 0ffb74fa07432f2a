"""Timelines: how a lawyer's or firm's record became what it is, change by change, with cause and both times.

Serves every measure that is counted from the register: each number can be followed back to who changed when and why.
"""
