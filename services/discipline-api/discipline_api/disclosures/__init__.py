"""Disclosure (公示): what is asked and read without an account, and what systems read in bulk (M12-D5 and M12-D6).

Page, list, file and stream give the bytes that `display` has written. Who undertakes to delete at term gets files.
Which system has read what is logged, so that it can be told of corrections; people are never logged.
"""
