"""Regions beside one another, for the department alone: by value, never by rank; small samples are not shown."""
