"""Watches (关注) of systems and of a lawyer or firm for itself, and the notices that come of them (measure 12, M12-D5).

Whoever has read a record is told of its correction, withdrawal and end as well, without a watch. A notice names a
record, never a person; and once a record is gone nothing here joins it to whom it was about.
"""
