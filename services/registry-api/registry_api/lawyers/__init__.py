"""Lawyers: licensed, moved, changed, ended, licensed anew; searched by officers, looked up by anyone. Serves H1."""
