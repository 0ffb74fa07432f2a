"""DDL of the store; a rebuild makes the same tables in a schema of its own."""

from importlib.resources import files

PROJECTED_TABLES = (
    "practices",
    "firm_periods",
    "standing_facts",
    "recognitions",
    "reorganisations",
    "merged_records",
    "assessments",
    "reconciliations",
    "sanctions",
    "proceedings",
    "impostor_cases",
    "talks",
    "supervisors",
    "complaints",
    "consultations",
    "evaluations",
    "facilities",
    "reported_values",
    "report_duties",
    "national_figures",
    "national_tables",
    "inspections",
    "shown_values",
)
"""Compared row for row by a rebuild."""


def tables_ddl() -> str:
    """All versions in turn."""
    return "\n\n".join(tables_of(version) for version in (1, 2, 3, 4, 5, 6, 7, 8, 9))


def tables_of(version: int) -> str:
    """One version; frozen, later changes append."""
    return files("progress_store").joinpath(f"tables_v{version}.sql").read_text(encoding="utf-8")
