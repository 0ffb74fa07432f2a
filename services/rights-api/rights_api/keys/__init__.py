"""Keys of who complained and what happened: in a database of their own, which the office's process alone is given.

The public process seals to the office and cannot open again; every other text of a case lies under the case's own key.
"""
