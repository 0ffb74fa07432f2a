"""Prevention (M12-D1, M14): talks and reminders on record, the reminder log of disciplinary supervisors, what an
earlier sanction means for a new act (律师法 51), and where conduct clusters. Internal throughout: a talk is no penalty.
"""
