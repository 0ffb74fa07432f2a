"""How often each source is heard of while all is well (rhythms.yaml)."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Literal, Self

from common.events import EVENTS
from pydantic import Field, model_validator

from contracts.consumers import indicators_of
from contracts.labels import LabelledEnum
from contracts.legal_day import midnight
from contracts.package_data import load_yaml
from contracts.plan import Source, plan
from contracts.policy import Frozen
from contracts.regions import PROVINCE, REGIONS
from contracts.working_days import SHANGHAI


class RhythmKind(LabelledEnum):
    EVENTS = "events", "事件来源", "what somebody tells, seen by its events"
    RELAY = "relay", "事件转发", "a process of ours that moves events"


class Every(Frozen):
    value: int = Field(gt=0)
    unit: Literal["minutes", "hours", "days"]

    @property
    def span(self) -> timedelta:
        return timedelta(**{self.unit: self.value})


class Season(Frozen):
    """Days of the year, MM-DD, both included; within one calendar year."""

    from_on: str = Field(alias="from", pattern=r"^\d\d-\d\d$")
    to_on: str = Field(alias="to", pattern=r"^\d\d-\d\d$")

    def begun(self, on: date) -> date | None:
        """The season's first day where `on` lies in it."""
        first, last = (date.fromisoformat(f"{on.year}-{day}") for day in (self.from_on, self.to_on))
        return first if first <= on <= last else None


class Rhythm(Frozen):
    """topic and event_types: by which events the source is heard; not of a relay, which is one source per feed."""

    id: str
    kind: RhythmKind
    topic: str | None = None
    event_types: tuple[str, ...] = ()
    each_region: bool = False
    every: Every
    season: Season | None = None
    source: Source | None = None
    indicators: tuple[str, ...] = ()
    zh: str
    en: str
    basis: str

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(REGIONS) if self.each_region else (PROVINCE,)

    @property
    def stale(self) -> tuple[str, ...]:
        """Indicators that are stale while the source is silent."""
        return self.indicators or (() if self.source is None else indicators_of(self.source))

    def due_at(self, heard_at: datetime, now: datetime) -> datetime | None:
        """When the source should have been heard again at the latest; None outside of its season."""
        if self.season is None:
            return heard_at + self.every.span
        begun = self.season.begun(now.astimezone(SHANGHAI).date())
        # Of last year's it was heard last year: the wait begins with the season.
        return None if begun is None else max(heard_at, midnight(begun)) + self.every.span


class Rhythms(Frozen):
    verified: bool
    rhythms: tuple[Rhythm, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({each.id for each in self.rhythms}) < len(self.rhythms):
            raise ValueError("rhythms.yaml uses an id twice")
        known = {indicator.id for indicator in plan().indicators()}
        for each in self.rhythms:
            if (each.kind is RhythmKind.RELAY) != (each.topic is None) or bool(each.event_types) == (
                each.topic is None
            ):
                raise ValueError(f"{each.id}: a source is heard by events of its feed, a relay by its lease")
            if any(EVENTS[event_type].topic != each.topic for event_type in each.event_types):
                raise ValueError(f"{each.id}: an event of another feed")
            if not set(each.indicators) <= known:
                raise ValueError(f"{each.id}: no indicator of the plan")
        return self

    def rhythm(self, rhythm_id: str) -> Rhythm:
        """Raises LookupError."""
        found = [each for each in self.rhythms if each.id == rhythm_id]
        if not found:
            raise LookupError(rhythm_id)
        return found[0]


@lru_cache(maxsize=1)
def rhythms() -> Rhythms:
    return Rhythms.model_validate(load_yaml("rhythms.yaml"))
