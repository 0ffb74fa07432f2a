"""Which categories of lawyers the public may see, as recorded policy rows (public_register.yaml)."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from contracts.deadlines import RuleBasis
from contracts.package_data import load_yaml


@dataclass(frozen=True, slots=True)
class PublicCategory:
    """`document` is the decision, or the practice, that the row rests on."""

    category: Annotated[int, Field(ge=1, le=8)]
    public: bool
    document: Annotated[str, Field(min_length=1)]
    basis: RuleBasis


def _read() -> tuple[PublicCategory, ...]:
    rows = TypeAdapter(tuple[PublicCategory, ...]).validate_python(load_yaml("public_register.yaml")["categories"])
    if [row.category for row in rows] != list(range(1, 9)):
        raise ValueError("public_register.yaml has one row for each category from 1 to 8")
    return rows


PUBLIC_CATEGORY_ROWS = _read()

PUBLIC_CATEGORIES = frozenset(row.category for row in PUBLIC_CATEGORY_ROWS if row.public)
"""Public look-ups, search, files and changes hold these and no other."""
