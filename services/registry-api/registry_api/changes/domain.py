"""What one event of the feed changed, for one reader: a record before and after, a tombstone, or nothing at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Protocol, TypeAlias
from uuid import UUID

from contracts.working_days import SHANGHAI

from registry_api.register.firm import Firm
from registry_api.register.history import Recorded, ground_of
from registry_api.register.lawyer import Lawyer
from registry_api.register.record import (
    Record,
    in_public_files,
    internal_record,
    merged_away,
    public_record,
    tombstone,
)
from registry_api.register.standing import LICENCE_REVOKED

Entity: TypeAlias = Lawyer | Firm
_SAME: Final = frozenset({"kind", "id", "version"})


@dataclass(frozen=True, slots=True)
class Learnt:
    """A standing event: a fact of discipline in this version; told only to those who may read standing there."""

    position: int
    region: str
    event: Recorded


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the feed with the states around it: None where it made the entity, or where no state is kept.

    `current`: None where the entity is no longer in the register.
    """

    position: int
    kind: str
    entity_id: UUID
    region: str
    event: Recorded
    before: Entity | None
    after: Entity | None
    current: Entity | None


class Reader(Protocol):
    def sees(self, entity: Entity) -> bool: ...
    def sees_region(self, region: str) -> bool: ...
    def record(self, entity: Entity) -> Record: ...
    def cause(self, event: Recorded, region: str, ground: str | None) -> dict[str, Any]: ...
    def why_gone(self, entity: Entity) -> str: ...
    def sees_standing(self, region: str) -> bool: ...

    @property
    def only_while_seen(self) -> bool:
        """Whether what he once saw is hidden from him once he may no longer see the entity."""


class Public:
    """Everybody: the public register as it is now, without who decided what."""

    only_while_seen = True

    def sees(self, entity: Entity) -> bool:
        return in_public_files(entity)

    def sees_region(self, region: str) -> bool:  # noqa: ARG002 -- all regions are public alike
        return True

    def record(self, entity: Entity) -> Record:
        record = public_record(entity)
        if record is None:
            raise ValueError("this lawyer or firm is not public")
        return record

    def cause(self, event: Recorded, region: str, ground: str | None) -> dict[str, Any]:  # noqa: ARG002 -- as above
        return {"event": event.event_type, "ground": None, "case_id": None}

    def sees_standing(self, region: str) -> bool:  # noqa: ARG002 -- of no region
        return False

    def why_gone(self, entity: Entity) -> str:
        if merged_away(entity):
            return "merged"
        ended = entity.ended if isinstance(entity, Firm) else not entity.licensed
        return "ended" if ended else "not-public"


class Officer:
    """Whoever may read internal records of one region, or of all (None); `standing`: regions as well of sanctions."""

    only_while_seen = False

    def __init__(self, regions: frozenset[str], standing: frozenset[str]) -> None:
        self._regions, self._standing = regions, standing

    def sees(self, entity: Entity) -> bool:
        return entity.region in self._regions and not merged_away(entity)

    def sees_region(self, region: str) -> bool:
        return region in self._regions

    def record(self, entity: Entity) -> Record:
        return internal_record(entity)

    def cause(self, event: Recorded, region: str, ground: str | None) -> dict[str, Any]:
        told = ground != LICENCE_REVOKED or self.sees_standing(region)
        return {"event": event.event_type, "ground": ground if told else None, "case_id": event.case_id}

    def sees_standing(self, region: str) -> bool:
        return region in self._standing

    def why_gone(self, entity: Entity) -> str:
        return "merged" if merged_away(entity) else "left-region"


def rendered(happened: Happened | Learnt, reader: Reader) -> dict[str, Any] | None:
    """None where this reader saw the entity neither before nor after."""
    if isinstance(happened, Learnt):
        return _standing(happened) if reader.sees_standing(happened.region) else None
    before, after, current = happened.before, happened.after, happened.current
    if not _concerns(happened, reader):
        return None
    if after is None or current is None or merged_away(current):
        record = _gone(happened, _day_of(happened.event.recorded_at), "erased" if current is None else "merged")
    elif reader.only_while_seen and not reader.sees(current):
        record = _gone(happened, _since(current), reader.why_gone(current))
    elif not reader.sees(after):
        record = _gone(happened, happened.event.effective_on, reader.why_gone(after))
    else:
        old = reader.record(before) if before is not None and reader.sees(before) else {}
        new = reader.record(after)
        cause = reader.cause(happened.event, happened.region, ground_of(happened.event, after))
        return _entry(happened, cause, differences(old, new), new)
    return _entry(happened, None, [], record)


def _concerns(happened: Happened, reader: Reader) -> bool:
    """Whether he saw it before or sees it after; of what was erased nobody can say more than where it was."""
    visible = [state for state in (happened.before, happened.after) if state is not None]
    if happened.current is None and not visible:
        return reader.sees_region(happened.region)
    return any(map(reader.sees, visible))


def _standing(learnt: Learnt) -> dict[str, Any]:
    """It changes no record: what holds on a day is asked of the lawyer or firm."""
    event, data = learnt.event, learnt.event.data or {}
    about = "lawyer" if "lawyer_id" in data else "firm"
    return {
        "kind": "standing",
        "id": data.get("fact_id"),
        "version": event.version,
        "about": {"kind": about, "id": data.get(f"{about}_id")},
        "cause": {"event": event.event_type, "ground": None, "case_id": None},
        "recorded_at": event.recorded_at,
        "standing": {name: data.get(name) for name in ("kind", "from_on", "to_on", "withdrawn")},
    }


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"field": name, "before": old.get(name), "after": value}
        for name, value in new.items()
        if name not in _SAME and old.get(name) != value
    ]


def _gone(happened: Happened, since: date | None, reason: str) -> Record:
    return tombstone(happened.kind, happened.entity_id, happened.event.version, since=since, reason=reason)


def _since(entity: Entity) -> date:
    """When the public lost sight of it: its end, or the beginning of a practice in a category that is not shown."""
    interval = entity.practice if isinstance(entity, Lawyer) else entity.period
    return interval.to_on or interval.from_on


def _day_of(instant: datetime | None) -> date | None:
    return None if instant is None else instant.astimezone(SHANGHAI).date()


def _entry(
    happened: Happened, cause: dict[str, Any] | None, changed: list[dict[str, Any]], record: Record
) -> dict[str, Any]:
    effective = happened.event.effective_on
    return {
        "kind": happened.kind,
        "id": str(happened.entity_id),
        "version": happened.event.version,
        "cause": cause,
        "correction": happened.event.correction,
        "effective_on": None if effective is None else effective.isoformat(),
        "recorded_at": happened.event.recorded_at,
        "changed": changed,
        "record": record,
    }
