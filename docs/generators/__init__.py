"""What `docs/generate.py` writes, one module per kind of document."""

NOTICE = "Made by `python docs/generate.py`; do not edit."
