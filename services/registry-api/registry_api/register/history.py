"""A lawyer or firm on two axes of time: what was true on a day, and what had been recorded up to a position.

A state is known from the position at which its version was recorded. What one state says of a day:
intervals carry their days themselves; of every other field the last recorded change that had taken effect by then
decides. So a fact recorded late changes the past only for those who ask with today's knowledge, a correction replaces
from the day of effect of what it corrects, and as of today the answer is the current state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Practice

Entity = TypeVar("Entity", Lawyer, Firm)
_Interval = TypeVar("_Interval", Practice, FirmPeriod)

_OF_ALL_DAYS: Final = frozenset(
    {"lawyer_id", "firm_id", "practices", "periods", "facts", "id_card", "version", "earlier", "first_licensed_on"}
)
"""Fields that are not folded by day: identity, what carries its own days, and a day that is itself the fact."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A version step as its event tells it. No position: committed, about to be sequenced; no data: erased."""

    version: int
    event_type: str
    position: int | None
    recorded_at: datetime | None
    data: Mapping[str, Any] | None

    @property
    def effective_on(self) -> date | None:
        for name in ("effective_on", "from_on", "ended_on"):
            if isinstance(text := (self.data or {}).get(name), str):
                return date.fromisoformat(text)
        return None

    @property
    def ground(self) -> str | None:
        return (self.data or {}).get("ground")

    @property
    def case_id(self) -> str | None:
        data = self.data or {}
        return data.get("case_id") or data.get("merger_id")

    @property
    def correction(self) -> bool:
        return bool((self.data or {}).get("correction"))

    @property
    def changed_fields(self) -> list[str]:
        return list((self.data or {}).get("changed_fields") or ())


def ground_of(recorded: Recorded, state: Lawyer | Firm) -> str | None:
    """An event keeps silent on a ground that tells of a sanction; the state that it led to does not."""
    if recorded.ground is not None or not recorded.event_type.endswith(("licence-ended.v1", "firm.ended.v1")):
        return recorded.ground
    return (state.practice if isinstance(state, Lawyer) else state.period).end_ground


@dataclass(frozen=True, slots=True)
class Step(Generic[Entity]):
    """One version; without `recorded` where the register was filled before it had a feed."""

    state: Entity
    recorded: Recorded | None

    def known_at(self, position: int) -> bool:
        return self.recorded is None or (self.recorded.position is not None and self.recorded.position <= position)

    def took_effect_by(self, day: date) -> bool:
        effective = None if self.recorded is None else self.recorded.effective_on
        return effective is None or effective <= day


@dataclass(frozen=True, slots=True)
class History(Generic[Entity]):
    """The versions of one entity, first one first; never empty."""

    steps: Sequence[Step[Entity]]

    @property
    def latest(self) -> Entity:
        return self.steps[-1].state

    def known_at(self, position: int | None) -> "History[Entity] | None":
        """As recorded up to this position (None: up to now); None where nothing was."""
        if position is None:
            return self
        steps = [step for step in self.steps if step.known_at(position)]
        return History(steps) if steps else None

    def on(self, day: date) -> Entity | None:
        """What was true on this day; None before the first interval begins."""
        latest = self.latest
        if isinstance(latest, Lawyer):
            practices = _until(day, latest.practices)
            return replace(latest, practices=practices, **self._values_on(day)) if practices else None
        periods = _until(day, latest.periods)
        return replace(latest, periods=periods, **self._values_on(day)) if periods else None

    def _values_on(self, day: date) -> dict[str, Any]:
        names = [field.name for field in fields(self.latest) if field.name not in _OF_ALL_DAYS]
        first = self.steps[0].state
        values = {name: getattr(first, name) for name in names}
        before = first
        for step in self.steps[1:]:
            if step.took_effect_by(day):
                for name in names:
                    if (value := getattr(step.state, name)) != getattr(before, name):
                        values[name] = value
            before = step.state
        return values


def _until(day: date, intervals: Sequence[_Interval]) -> tuple[_Interval, ...]:
    """Those begun by this day, the last one open where it ended later; in the order in which they were opened."""
    begun = [interval for interval in intervals if interval.from_on <= day]
    if begun and (ends := begun[-1].to_on) is not None and ends > day:
        begun[-1] = replace(begun[-1], to_on=None, end_ground=None)
    return tuple(begun)
