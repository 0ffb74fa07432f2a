"""Reads histories: states by version from the register, when and why they were recorded from its feed."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Final, NamedTuple, TypeAlias
from uuid import UUID

import asyncpg
from common.events import decode

from registry_api.register.firm import Firm
from registry_api.register.history import Entity, History, Recorded, Step
from registry_api.register.lawyer import Lawyer
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register
from registry_api.register.versions import all_superseded

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

# Positions are contiguous and times never go back: a bisection takes some twenty look-ups by key, in one statement.
_POSITION_AT: Final = """
WITH RECURSIVE halves (low, high) AS (
    SELECT 0::bigint, position FROM feed_head
    UNION ALL
    SELECT CASE WHEN f.recorded_at <= $1 THEN f.position ELSE low END,
           CASE WHEN f.recorded_at <= $1 THEN high ELSE f.position - 1 END
    FROM halves JOIN feed f ON f.position = (low + high + 1) / 2
    WHERE low < high
)
SELECT low FROM halves WHERE low = high"""
_HEAD: Final = "SELECT position, nullif(recorded_at, '-infinity') AS recorded_at FROM feed_head"
_EVENTS: Final = """
SELECT key, entity_version, event_type, position, recorded_at, bytes FROM feed WHERE key = ANY($1)
UNION ALL
SELECT key, entity_version, event_type, NULL, NULL, bytes FROM outbox WHERE key = ANY($1)
ORDER BY key, entity_version"""

_PRACTISED_AT: Final = "SELECT DISTINCT lawyer_id FROM practices WHERE firm_id = ANY($1)"
_PRACTISING_AT: Final = """
SELECT firm_id, count(DISTINCT lawyer_id) AS n FROM practices
WHERE firm_id = ANY($1) AND from_on <= $2 AND (to_on IS NULL OR to_on > $2) GROUP BY firm_id"""


class Head(NamedTuple):
    """Where the feed ends; no time where it is empty."""

    position: int
    recorded_at: datetime | None


class FactVersion(NamedTuple):
    fact: StandingFact
    recorded: Recorded | None

    def known_at(self, position: int | None) -> bool:
        """None: now."""
        event = self.recorded
        return position is None or event is None or (event.position is not None and event.position <= position)


async def feed_head(connection: Connection) -> Head:
    row = await connection.fetchrow(_HEAD)
    if row is None:
        raise RuntimeError("feed_head is empty: the event log was not migrated")
    return Head(row["position"], row["recorded_at"])


async def position_at(connection: Connection, instant: datetime) -> int:
    """The last position recorded by then; 0 where there was none."""
    position: int = await connection.fetchval(_POSITION_AT, instant)
    return position


async def histories(connection: Connection, current: Collection[Entity]) -> dict[UUID, History[Entity]]:
    """The whole history of each entity, from its first state to its current one."""
    if not current:
        return {}
    ids = [_id(entity) for entity in current]
    cls: type[Entity] = type(next(iter(current)))
    earlier: dict[UUID, list[Entity]] = await all_superseded(connection, cls, ids)
    events = await recorded(connection, ids)
    found: dict[UUID, History[Entity]] = {}
    for entity_id, entity in zip(ids, current, strict=True):
        earlier[entity_id].append(entity)
        steps = [Step(state, events.get((entity_id, state.version))) for state in earlier[entity_id]]
        found[entity_id] = History(steps)
    return found


async def fact_versions(connection: Connection, facts: Collection[StandingFact]) -> list[FactVersion]:
    """Every version of these facts with the event that recorded it, in the order of recording."""
    current = {fact.fact_id: fact for fact in facts}
    earlier = await all_superseded(connection, StandingFact, current)
    events = await recorded(connection, current)
    found = [
        FactVersion(state, events.get((fact_id, state.version)))
        for fact_id, fact in current.items()
        for state in (*earlier[fact_id], fact)
    ]
    return sorted(found, key=lambda version: _order(version.recorded))


def facts_known_at(versions: Iterable[FactVersion], position: int | None) -> tuple[StandingFact, ...]:
    """Each fact in the last version recorded by this position."""
    return tuple({version.fact.fact_id: version.fact for version in versions if version.known_at(position)}.values())


async def practising_at(
    connection: Connection, firm_ids: Collection[UUID], day: date, position: int | None
) -> Counter[UUID]:
    """Open practices at each firm on the day, whatever their standing, as recorded by this position (None: now)."""
    if position is None:
        rows = await connection.fetch(_PRACTISING_AT, list(firm_ids), day)
        return Counter({row["firm_id"]: row["n"] for row in rows})
    ids = [row["lawyer_id"] for row in await connection.fetch(_PRACTISED_AT, list(firm_ids))]
    lawyers = await Register(connection, day).lawyers(ids, lock=False)
    known = [history.known_at(position) for history in (await histories(connection, list(lawyers.values()))).values()]
    then = [state for history in known if history is not None and (state := history.on(day)) is not None]
    places = (lawyer.practice.place.firm_id for lawyer in then if lawyer.licensed and lawyer.merged_into is None)
    return Counter(firm_id for firm_id in places if firm_id is not None)


async def recorded(connection: Connection, keys: Iterable[UUID]) -> dict[tuple[UUID, int], Recorded]:
    found: dict[tuple[UUID, int], Recorded] = {}
    for row in await connection.fetch(_EVENTS, [str(key) for key in keys]):
        data = None if row["bytes"] is None else decode(row["bytes"]).data
        event = Recorded(row["entity_version"], row["event_type"], row["position"], row["recorded_at"], data)
        found[UUID(row["key"]), row["entity_version"]] = event
    return found


def _order(event: Recorded | None) -> tuple[bool, int, int]:
    """What was sequenced before what was not."""
    if event is None:
        return (False, 0, 0)
    return (event.position is None, event.position or 0, event.version)


def _id(entity: Lawyer | Firm) -> UUID:
    return entity.lawyer_id if isinstance(entity, Lawyer) else entity.firm_id
