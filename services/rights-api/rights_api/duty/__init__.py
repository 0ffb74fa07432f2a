"""Who is on duty, and alarms: each goes to the person on duty, must be acknowledged in time, and climbs if it is not.

Serves measure 13 (help within hours, day and night). A roster is kept per organ and day and only grows; an alarm and
its steps only grow; what is sent to a telephone carries a number and no word of the matter.
"""
