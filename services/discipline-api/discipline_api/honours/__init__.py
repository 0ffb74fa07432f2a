"""受表彰对象受处罚处分 (M23-I3): of the sanctions of one honoured subject, one counts.

The registry is asked when a sanction has taken effect; the event says yes and nothing else, and no is silence.
"""
