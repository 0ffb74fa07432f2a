"""What the random world is made of."""

from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar
from uuid import UUID

from contracts import registry_events as registry

REGIONS = ("410100", "410300", "411300", "419001")
FIRST_DAY = date(2024, 1, 1)
LAST_DAY = date(2026, 12, 31)

T = TypeVar("T")


class History(Generic[T]):
    """What was true from which day on; None where nothing was."""

    def __init__(self) -> None:
        self._entries: list[tuple[date, T | None]] = []

    def record(self, day: date, value: T | None) -> None:
        self._entries.append((day, value))

    def on(self, day: date) -> T | None:
        value = None
        for since, entry in self._entries:
            if since <= day:
                value = entry
        return value

    @property
    def last_day(self) -> date:
        return self._entries[-1][0]

    @property
    def now(self) -> T | None:
        return self._entries[-1][1]


@dataclass
class Place:
    firm: UUID
    region: str
    category: int
    practice: UUID


@dataclass
class Firm:
    kind: registry.FirmKind
    region: str
    period: UUID


@dataclass
class Fact:
    """Discipline's word on a lawyer: from, to (open where None), and whether it was taken back."""

    kind: registry.StandingKind
    from_on: date
    to_on: date | None
    withdrawn: bool = False


@dataclass
class Case:
    region: str
    decided_on: date
    published_on: date | None = None
    withdrawn_on: date | None = None


@dataclass
class Complaint:
    region: str
    fast_lane: bool
    state: str = "filed"
