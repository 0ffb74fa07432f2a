"""Refused meetings (会见被拒): a watch of 48 hours that becomes a complaint by itself; serves measure 13.

A watch is a case in waiting: it keeps its receipt, its id and the time at which it was recorded when it becomes one.
"""
