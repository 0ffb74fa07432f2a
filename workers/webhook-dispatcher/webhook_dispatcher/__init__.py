"""Sends events to connected systems, as exchange-api hands them out; any number of dispatchers may run at once."""
