"""Requests for a rebuild of the progress store; the projector carries them out."""
