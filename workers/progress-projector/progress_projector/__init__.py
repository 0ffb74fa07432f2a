"""Folds the feeds of registry, discipline and rights into the progress store; rebuilds and compares it on request."""
