"""Statistics of measure 13: numbered yearly editions for everyone, suppressed so that no small count can be computed
from any of them (RR24), released by two officers of the province; and exact counts for officers, of what they may list.
"""
