"""What goes to those outside, and in which form: the other half of `contracts.entitlements`, as data (releases.yaml).

A released event is the same CloudEvent with the released fields of its data alone. Its salt is derived from the
event's, so that neither the salt nor the digest of the one helps to guess what is left out of the other.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from types import MappingProxyType
from typing import Self

import orjson
from common.events import EVENTS
from pydantic import Field, model_validator

import contracts.plan_events  # noqa: F401 -- fills the register
from contracts.entitlements import PUBLIC_CHANNEL, SYSTEM_KINDS, TOPICS
from contracts.package_data import load_yaml
from contracts.policy import Frozen
from contracts.regions import PROVINCE

ALWAYS = ("version", "region")
"""Fields of every event, which the envelope tells too."""

_ENVELOPE = ("specversion", "id", "source", "type", "subject", "time", "datacontenttype", "region", "entityversion")
"""Attributes that are released; `correlationid` would join an event to a request of ours."""


OUTSIDE_KEPT = timedelta(days=30)
"""How long topics for others hold what was released; what is older is asked for under the rights of that day."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose channel it is: systems of one organ; `organisation_kind` None is everybody. `region`: 410000 is all."""

    organisation_kind: str | None
    region: str


EVERYBODY = Audience(None, PROVINCE)


class Release(Frozen):
    type: str
    to: str
    fields: tuple[str, ...]
    withheld: tuple[str, ...]


class NotReleased(Frozen):
    because: str
    types: tuple[str, ...]


class Releases(Frozen):
    """`audiences`: name → kinds of organ; none means everybody. `edition`: raised with every change of a released form,
    also where an older one comes back, so that a process knows a form that is newer than its own table.
    """

    edition: int = Field(ge=1)
    audiences: dict[str, frozenset[str]]
    closed_topics: frozenset[str]
    releases: tuple[Release, ...]
    not_released: tuple[NotReleased, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        decided = [each.type for each in self.releases] + [each for rows in self.not_released for each in rows.types]
        if len(set(decided)) < len(decided):
            raise ValueError("releases.yaml decides twice about a type")
        for event_type in decided:
            if EVENTS[event_type].topic in self.closed_topics:
                raise ValueError(f"{event_type} is of a topic of which nothing is released")
        for name, kinds in self.audiences.items():
            if (name == "public") == bool(kinds) or not kinds <= SYSTEM_KINDS:
                raise ValueError(f"audience {name}: kinds of organ whose systems may be connected, of the public none")
        for each in self.releases:
            if each.to not in self.audiences:
                raise ValueError(f"{each.type}: no such audience")
            # A field of a newer producer is left out anyway; one that is in neither list fails a test, not a process.
            if set(each.fields) & (set(each.withheld) | set(ALWAYS)):
                raise ValueError(f"{each.type}: a field is both released and withheld")
        return self

    @property
    def topics(self) -> tuple[str, ...]:
        """Feeds of which anything may be released."""
        return tuple(topic for topic in TOPICS if topic not in self.closed_topics)


@lru_cache(maxsize=1)
def releases() -> Releases:
    return Releases.model_validate(load_yaml("releases.yaml"))


@lru_cache(maxsize=1)
def released_types() -> MappingProxyType[str, Release]:
    return MappingProxyType({each.type: each for each in releases().releases})


@dataclass(frozen=True, slots=True)
class Released:
    """An event in the form that is released, and to whom it is."""

    raw: bytes
    kinds: frozenset[str]
    """Of organ; empty: everybody."""
    regions: frozenset[str]
    """Where it happened; of what moves also where it came from, since who has it there must learn that it left."""

    def reaches(self, audience: Audience) -> bool:
        """Whether it stands in the channel of these: what is everybody's stands in the public channel alone."""
        if not self.kinds or audience.organisation_kind is None:
            return not self.kinds and audience.organisation_kind is None
        return audience.organisation_kind in self.kinds and (
            audience.region == PROVINCE or audience.region in self.regions
        )


def released(raw: bytes) -> Released | None:
    """The released form of an event's own bytes, always the same; None where it is not released. Pure.

    raw: an event as a feed holds it. Raises ValueError or KeyError of bytes that are none.
    """
    event = orjson.loads(raw)
    release = released_types().get(event["type"])
    if release is None:
        return None
    data = event["data"]
    form = {name: event[name] for name in _ENVELOPE}
    form["salt"] = _derived(event["salt"])
    form["data"] = {name: data[name] for name in (*ALWAYS, *release.fields) if name in data}
    regions = frozenset(region for region in (event["region"], data.get("region_before")) if region is not None)
    return Released(orjson.dumps(form), releases().audiences[release.to], regions)


def _derived(salt: str) -> str:
    return hashlib.new("sm3", b"released" + bytes.fromhex(salt)).hexdigest()[:32]


def is_channel(name: str) -> bool:
    """Of the public or of an organ, whether or not there is one of that name."""
    return name == PUBLIC_CHANNEL or (name.startswith("shared.") and name.endswith(".events"))
