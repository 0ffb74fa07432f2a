"""A new version comes in while the old one works, and may have to go again: what has to hold for that."""
