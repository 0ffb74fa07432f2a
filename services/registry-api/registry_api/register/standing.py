"""Standing on a day: a pure function of practice intervals and discipline facts not withdrawn. Nothing is restored."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from contracts.registry_events import StandingKind


class Standing(StrEnum):
    """Status of a lawyer or firm on a day."""

    NOT_YET = "not-yet-licensed"  # 尚未执业
    PRACTISING = "practising"  # 执业
    SUSPENDED = "suspended"  # 停止执业 / 停业整顿
    ENDED = "ended"  # 已注销
    REVOKED = "revoked"  # 吊销


LICENCE_REVOKED = "licence-revoked"
"""The ground of an end (吊销执业证书) after which standing reads 吊销 and not 已注销."""


def told_ground(ground: str) -> str | None:
    """What an event says of it: a revocation may be withdrawn, and its readers may not all know of sanctions."""
    return None if ground == LICENCE_REVOKED else ground


@dataclass(frozen=True, slots=True)
class StandingFact:
    """What discipline told the register; `to_on` is the first day free again, none for a revocation."""

    fact_id: UUID
    kind: StandingKind
    from_on: date
    to_on: date | None = None
    withdrawn: bool = False
    version: int = field(default=1, compare=False)
    """Of the fact, contiguous; the lawyer's or firm's own stays as it is, for its readers may not know of facts."""

    def holds_on(self, day: date) -> bool:
        return not self.withdrawn and self.from_on <= day and (self.to_on is None or day < self.to_on)


class Licensed(Protocol):
    """An interval [from_on, to_on) of being licensed; `end_ground` is set where the licence ended with it."""

    @property
    def from_on(self) -> date: ...
    @property
    def to_on(self) -> date | None: ...
    @property
    def end_ground(self) -> str | None: ...


def learnt(known: Iterable[StandingFact], fact: StandingFact) -> StandingFact | None:
    """The fact in its next version; None where it is known to be so already."""
    before = next((other for other in known if other.fact_id == fact.fact_id), None)
    if before == fact:
        return None
    return replace(fact, version=1 if before is None else before.version + 1)


def standing_on(day: date, intervals: Iterable[Licensed], facts: Iterable[StandingFact]) -> Standing:
    """Intervals in the order in which they were opened."""
    begun = [interval for interval in intervals if interval.from_on <= day]
    if not begun:
        return Standing.NOT_YET
    holding = [fact.kind for fact in facts if fact.holds_on(day)]
    if StandingKind.REVOCATION in holding:
        return Standing.REVOKED
    last = begun[-1]
    if last.to_on is not None and last.to_on <= day:
        return Standing.REVOKED if last.end_ground == LICENCE_REVOKED else Standing.ENDED
    return Standing.SUSPENDED if holding else Standing.PRACTISING


def next_change_after(day: date, intervals: Sequence[Licensed], facts: Sequence[StandingFact]) -> date | None:
    """The first later day on which standing reads otherwise by itself."""
    days = {fact.from_on for fact in facts} | {fact.to_on for fact in facts if fact.to_on is not None}
    for interval in intervals:
        days.add(interval.from_on)
        if interval.to_on is not None:
            days.add(interval.to_on)
    now = standing_on(day, intervals, facts)
    return next((d for d in sorted(days) if d > day and standing_on(d, intervals, facts) != now), None)
