"""DDL of the store; a rebuild makes the same tables in a schema of its own."""

from importlib.resources import files

PROJECTED_TABLES = ("practices", "firm_periods", "standing_facts", "recognitions", "sanctions", "complaints")
"""Compared row for row by a rebuild."""


def tables_ddl() -> str:
    """Version 1; frozen, later changes append."""
    return files("progress_store").joinpath("tables_v1.sql").read_text(encoding="utf-8")
