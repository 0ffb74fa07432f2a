"""Complaints about lawyers and firms, from filing to erasure; serves measure 12 (M12-D1, M12-D2, M12-D7).

Open complaints are told to nobody by event. A complaint and a case know each other by id alone. Complaints *by* lawyers
about their own rights are the rights channel's: no table, handler or role is shared with it (RR01).
"""
