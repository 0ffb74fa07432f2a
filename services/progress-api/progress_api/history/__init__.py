"""Every number on any day as it is known now, what was shown on that day, and which records made the difference."""
