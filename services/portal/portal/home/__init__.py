"""The first page: who are you, and what do you want to do."""
