"""The legal numbers of rules.yaml, each able to say when a period that began at a given moment ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from pydantic import TypeAdapter

from contracts.package_data import load_yaml
from contracts.working_days import (
    OFFICIAL_CALENDAR,
    Basis,
    Calendar,
    Clock,
    Deadline,
    Pause,
    deadline,
    local_date,
    months_after,
)


class UnknownRule(LookupError):
    """rules.yaml has no such row."""


class RuleBasis(StrEnum):
    """How far a row can be relied on; only `law` was read in its source."""

    LAW = "law"
    RECALLED = "recalled"
    PRACTICE = "practice"
    DESIGN = "design"


_CAVEATS = {
    RuleBasis.LAW: ("", ""),
    RuleBasis.RECALLED: ("本条期限尚未核对原文", "This limit has not been checked against its source"),
    RuleBasis.PRACTICE: ("本期限参照各地做法，并非法定", "This limit follows practice elsewhere, not a statute"),
    RuleBasis.DESIGN: ("本期限由本系统设定，并非法定", "This limit is set by this system, not by law"),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One legal number."""

    id: str
    value: int
    unit: Literal["minutes", "hours", "days", "months"]
    clock: Clock
    source: str
    basis: RuleBasis
    verified: bool
    note_zh: str
    note_en: str
    rolls: bool = False
    excludes_first_hour: bool = False
    bound: Literal["max", "min"] = "max"

    def deadline(
        self, start: date | datetime, *, calendar: Calendar = OFFICIAL_CALENDAR, pauses: Sequence[Pause] = ()
    ) -> Deadline:
        """When the period ends that began at `start`. A term in months has no days to count: see `ends_on`."""
        if self.unit == "months":
            raise ValueError(f"{self.id} is a term in months; use ends_on")
        if self.unit == "minutes":
            raise ValueError(f"{self.id} is no deadline of law but a span; use span")
        caveat_zh, caveat_en = _CAVEATS[self.basis]
        basis = Basis(
            article=self.source,
            verified=self.verified,
            rolls=self.rolls,
            excludes_first_hour=self.excludes_first_hour,
            caveat_zh=caveat_zh,
            caveat_en=caveat_en,
        )
        return deadline(start, self.value, self.clock, basis, calendar=calendar, pauses=pauses)

    @property
    def span(self) -> timedelta:
        """Of a limit in minutes or hours, where nothing but the time that passes counts."""
        match self.unit:
            case "minutes":
                return timedelta(minutes=self.value)
            case "hours":
                return timedelta(hours=self.value)
            case _:
                raise ValueError(f"{self.id} is counted in {self.unit}; use deadline or ends_on")

    def ends_on(self, start: date | datetime) -> date:
        """The last day of a term in months that began on `start`."""
        if self.unit != "months":
            raise ValueError(f"{self.id} is a period in {self.unit}; use deadline")
        return months_after(local_date(start), self.value)


@lru_cache(maxsize=1)
def rules() -> MappingProxyType[str, Rule]:
    """Every row by its id."""
    rows = TypeAdapter(list[Rule]).validate_python(load_yaml("rules.yaml")["rules"])
    by_id = {row.id: row for row in rows}
    if len(by_id) != len(rows):
        raise ValueError("rules.yaml uses an id twice")
    return MappingProxyType(by_id)


def rule(rule_id: str) -> Rule:
    try:
        return rules()[rule_id]
    except KeyError:
        raise UnknownRule(rule_id) from None
