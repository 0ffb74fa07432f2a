"""Events of lawyers and firms in the feed's order, with the states around each."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
from common.events import EVENTS, decode
from contracts.entitlements import STANDING_EVENTS
from contracts.registry_events import TOPIC

from registry_api.changes.domain import Entity, Happened, Learnt
from registry_api.register.firm import Firm
from registry_api.register.history import Recorded
from registry_api.register.lawyer import Lawyer
from registry_api.register.store import Register
from registry_api.register.versions import superseded

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

KINDS: Final[Mapping[str, str]] = {
    name: event.key_field.removesuffix("_id")
    for name, event in EVENTS.items()
    if event.topic == TOPIC and event.key_field in {"lawyer_id", "firm_id"}
}
"""The events that are versions of a lawyer or firm, by type."""

_ABOUT_SOMEBODY: Final = frozenset(
    name for name in STANDING_EVENTS if {"lawyer_id", "firm_id"} & EVENTS[name].model_fields.keys()
)
_AFTER: Final = """
SELECT position, event_type, key, region, entity_version, recorded_at, bytes FROM feed
WHERE position > $1 AND event_type = ANY($2) ORDER BY position LIMIT $3"""


class SqlFeed:
    """`standing`: whether standing events are read at all; for readers without any right to them they do not exist."""

    def __init__(self, connection: Connection, register: Register, *, standing: bool) -> None:
        self._connection, self._register = connection, register
        self._types = [*KINDS, *(_ABOUT_SOMEBODY if standing else ())]

    async def after(self, position: int, limit: int) -> Sequence[Happened | Learnt]:
        rows = await self._connection.fetch(_AFTER, position, self._types, limit)
        keys = {
            kind: {UUID(r["key"]) for r in rows if KINDS.get(r["event_type"]) == kind} for kind in ("lawyer", "firm")
        }
        # Current states first: one that is replaced meanwhile is then found among the superseded.
        current: dict[UUID, Entity] = {
            **await self._register.lawyers(keys["lawyer"], lock=False),
            **await self._register.firms(keys["firm"], lock=""),
        }
        pairs = [(UUID(r["key"]), r["entity_version"]) for r in rows if r["event_type"] in KINDS]
        around = {(key, version - back) for key, version in pairs for back in (0, 1)}
        states: dict[tuple[UUID, int], Entity] = {
            **await superseded(self._connection, Lawyer, _of(keys["lawyer"], around)),
            **await superseded(self._connection, Firm, _of(keys["firm"], around)),
        }
        states |= {(key, entity.version): entity for key, entity in current.items()}
        return [_happened(row, states, current) for row in rows]


def _of(keys: Collection[UUID], pairs: Iterable[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    return [pair for pair in pairs if pair[0] in keys]


def _happened(
    row: asyncpg.Record, states: Mapping[tuple[UUID, int], Entity], current: Mapping[UUID, Entity]
) -> Happened | Learnt:
    data: Mapping[str, Any] | None = None if row["bytes"] is None else decode(row["bytes"]).data
    event = Recorded(row["entity_version"], row["event_type"], row["position"], row["recorded_at"], data)
    kind = KINDS.get(row["event_type"])
    if kind is None:
        return Learnt(row["position"], row["region"], event)
    key, version = UUID(row["key"]), row["entity_version"]
    return Happened(
        position=row["position"],
        kind=kind,
        entity_id=key,
        region=row["region"],
        event=event,
        before=states.get((key, version - 1)),
        after=states.get((key, version)),
        current=current.get(key),
    )
