"""What an administrative penalty means for membership of the association, as rows of linkages.yaml (D23)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import TypeAdapter

from contracts.deadlines import RuleBasis
from contracts.discipline_events import Penalty
from contracts.package_data import load_yaml


@dataclass(frozen=True, slots=True)
class Link:
    """The consequence lasts as long as the penalty; `verified` only where the text itself was read."""

    id: str
    penalty: Penalty
    consequence: Penalty
    source: str
    basis: RuleBasis
    verified: bool
    note_zh: str
    note_en: str


@lru_cache(maxsize=1)
def links() -> Sequence[Link]:
    return tuple(TypeAdapter(list[Link]).validate_python(load_yaml("linkages.yaml")["linkages"]))


def link_of(penalties: Sequence[Penalty]) -> Link | None:
    """Of several penalties the gravest consequence alone: who is no member has no rights that could stop."""
    found = [link for link in links() if link.penalty in penalties]
    cancelled = [link for link in found if link.consequence is Penalty.MEMBERSHIP_CANCELLATION]
    return next(iter(cancelled or found), None)
