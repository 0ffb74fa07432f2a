"""Sends what duty alarms say to telephones and mailboxes, behind one port; any number of notifiers may run at once."""
