"""Live equals rebuilt: fold the feeds anew beside the live store, compare row for row, and switch where asked.

Nothing waits for it: the live store is read in one snapshot, and the rebuilt one is pulled exactly to the positions
which that snapshot shows.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from common.database import MAY_REST, Database, consumer_ddl
from common.positions import FeedSource, Follower
from common.positions.retrying import transient
from contracts.progress_events import RebuildFinished
from contracts.regions import PROVINCE
from contracts.registry_events import TOPIC as REGISTRY
from progress_store import SCHEMA
from progress_store.ddl import PROJECTED_TABLES, tables_ddl
from progress_store.projection import Projection

from progress_projector.comparison import Difference, compare

REBUILT = "rebuilt"
RETIRED = "retired"
_LOCK = 0x59555242  # "YURB": one rebuild at a time
_POLL_SECONDS = 1.0
_log = structlog.get_logger()

# The rebuilt store may have stopped on the way, or another rebuild may have taken its place.
_ELSEWHERE = f"""
SELECT count(*) FROM {SCHEMA}.positions l LEFT JOIN {REBUILT}.positions r USING (topic, partition)
WHERE r.last_seq IS DISTINCT FROM l.last_seq OR r.stopped IS NOT NULL
"""
# What an operator has asked to be redriven, and fails in the rebuilt store too, is redriven there.
_KEEP_ORDERED = f"""
UPDATE {REBUILT}.parked r SET state = l.state, resolved_by = l.resolved_by, reason = l.reason
FROM {SCHEMA}.parked l
WHERE (l.topic, l.partition, l.seq) = (r.topic, r.partition, r.seq) AND l.state = 'redrive' AND r.state = 'parked'
"""


# Nothing that the effects ask for: they find rows by their primary keys, which stay.
_PLAIN_INDEXES = f"""
SELECT format('{REBUILT}.%I', indexname) AS name, indexdef AS definition FROM pg_indexes
WHERE schemaname = '{REBUILT}' AND tablename = ANY($1) AND indexdef NOT LIKE 'CREATE UNIQUE%'
"""


class NotThere(RuntimeError):
    """The rebuilt store cannot take the live one's place."""


@dataclass(slots=True)
class Outcome:
    """events: those of registry.events only: a total beside its head would tell how long the closed feeds are."""

    events: int = 0
    switched: bool = False
    differences: list[Difference] = field(default_factory=list)


class Rebuilder:
    """Takes requests from `public.rebuilds`. `database` is the live store's; the rebuilt one stands beside it."""

    def __init__(self, database: Database, feeds: Mapping[str, FeedSource]) -> None:
        self._live = database
        self._feeds = feeds

    async def run(self) -> None:
        while True:
            try:
                await self._next()
            except Exception as error:
                if not transient(error):
                    raise
                _log.warning("rebuild-interrupted", error=type(error).__name__)
            await asyncio.sleep(_POLL_SECONDS)

    async def _next(self) -> None:
        connection = await self._live.connect_raw()
        try:
            # Held by this session: a request found 'running' under it was left by a process that died.
            if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                return
            request = await connection.fetchrow(
                "UPDATE rebuilds SET state = 'running', started_at = clock_timestamp() WHERE rebuild_id = "
                "(SELECT rebuild_id FROM rebuilds WHERE state IN ('queued', 'running') ORDER BY requested_at LIMIT 1) "
                "RETURNING rebuild_id, switch"
            )
            if request is None:
                return
            try:
                outcome = await self._rebuild(switch=request["switch"])
            except Exception as error:
                if transient(error):
                    raise
                _log.exception("rebuild-failed")
                await connection.execute(
                    "UPDATE rebuilds SET state = 'failed', error = $2, finished_at = clock_timestamp() "
                    "WHERE rebuild_id = $1",
                    request["rebuild_id"],
                    f"{type(error).__name__}: {error}"[:2000],
                )
            else:
                await self._report(request["rebuild_id"], outcome)
        finally:
            await connection.close()

    async def _rebuild(self, *, switch: bool) -> Outcome:
        rebuilt = Database(
            self._live.dsn,
            source="/progress",
            search_path=f"{REBUILT},public",
            durable=False,
            pool_size=self._live.pool_size,
        )
        try:
            indexes = await self._create_schema()
            without = await self._discarded()
            follower = Follower(rebuilt, Projection(), self._feeds, without=without)
            await follower.start()
            outcome = Outcome()
            pulled = await follower.pull_until(await _vector(await self._live.pool()))
            await self._execute(*indexes)
            async with (
                (await self._live.pool()).acquire() as live,
                # One snapshot of the live store; what it shows is where the rebuilt one must stop.
                live.transaction(isolation="repeatable_read", readonly=True),
            ):
                await live.execute(MAY_REST)
                pulled += await follower.pull_until(await _vector(live))
                async with (await rebuilt.pool()).acquire() as other, other.transaction():
                    await other.execute(MAY_REST)
                    outcome.differences = await compare(live, other)
            if switch:
                pulled += await self._switch(follower, without)
                outcome.switched = True
            outcome.events = pulled[REGISTRY]
            return outcome
        finally:
            await rebuilt.close()

    async def _create_schema(self) -> list[str]:
        """The statements that make its indexes: over all rows at once that is a fifth of the work for row by row."""
        await self._execute(*(f"DROP SCHEMA IF EXISTS {left_over} CASCADE" for left_over in (REBUILT, RETIRED)))
        connection = await self._live.connect_raw()
        try:
            await connection.execute(f"CREATE SCHEMA {REBUILT}")
            await connection.execute(f"SET search_path TO {REBUILT}")
            for version in (1, 2):
                await connection.execute(consumer_ddl(version))
            await connection.execute(tables_ddl())
            # The schema's version goes with its tables when they take the live store's place.
            await connection.execute(
                f"CREATE TABLE {REBUILT}.alembic_version AS SELECT * FROM {SCHEMA}.alembic_version"
            )
            indexes = await connection.fetch(_PLAIN_INDEXES, PROJECTED_TABLES)
            for index in indexes:
                await connection.execute(f"DROP INDEX {index['name']}")
            return [index["definition"] for index in indexes]
        finally:
            await connection.close()

    async def _execute(self, *statements: str) -> None:
        connection = await self._live.connect_raw()
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def _discarded(self) -> frozenset[tuple[str, int, int]]:
        pool = await self._live.pool()
        rows = await pool.fetch("SELECT topic, partition, seq FROM parked WHERE state = 'discarded'")
        return frozenset((row["topic"], row["partition"], row["seq"]) for row in rows)

    async def _switch(self, follower: Follower, without: frozenset[tuple[str, int, int]]) -> Counter[str]:
        """Rename the schemas while nobody can move the live positions, so that no event falls between the two."""
        async with self._live.begin() as tx:
            raw = await tx.raw()
            # The table, not its rows: who waits here for the table looks its name up again and finds the new one.
            await raw.execute(f"LOCK TABLE {SCHEMA}.positions IN ACCESS EXCLUSIVE MODE")
            # Nor may an operator decide about an event that is just being left behind.
            await raw.execute(f"LOCK TABLE {SCHEMA}.parked IN EXCLUSIVE MODE")
            pulled = await follower.pull_until(await _vector(raw))
            if behind := await raw.fetchval(_ELSEWHERE):
                raise NotThere(f"{behind} partitions of the rebuilt store do not stand where the live one stands")
            if await self._discarded() != without:
                raise NotThere("an event was discarded while the store was rebuilt with it: rebuild again")
            await raw.execute(_KEEP_ORDERED)
            await raw.execute(
                f"INSERT INTO {REBUILT}.parked SELECT * FROM {SCHEMA}.parked "
                "WHERE state IN ('redriven', 'discarded') ON CONFLICT DO NOTHING"
            )
            await raw.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO {RETIRED}")
            await raw.execute(f"ALTER SCHEMA {REBUILT} RENAME TO {SCHEMA}")
        # Later: dropping waits for whoever still reads the old tables, and he must not wait for us.
        await self._execute(f"DROP SCHEMA {RETIRED} CASCADE")
        return pulled

    async def _report(self, rebuild_id: UUID, outcome: Outcome) -> None:
        async with self._live.begin() as tx:
            raw = await tx.raw()
            await raw.execute(
                "UPDATE rebuilds SET state = 'done', events = $2, differing_rows = $3, differences = $4::jsonb, "
                "finished_at = clock_timestamp() WHERE rebuild_id = $1",
                rebuild_id,
                outcome.events,
                len(outcome.differences),
                orjson.dumps(outcome.differences[:100]).decode(),
            )
            tx.outbox.add(
                RebuildFinished(
                    version=1,
                    region=PROVINCE,
                    rebuild_id=rebuild_id,
                    events=outcome.events,
                    differing_rows=len(outcome.differences),
                    switched=outcome.switched,
                )
            )
        level = _log.error if outcome.differences else _log.info
        level(
            "rebuild-finished",
            registry_events=outcome.events,
            differing=len(outcome.differences),
            switched=outcome.switched,
        )


async def _vector(connection: asyncpg.Connection | asyncpg.Pool) -> dict[tuple[str, int], int]:
    rows: list[Any] = await connection.fetch("SELECT topic, partition, last_seq FROM positions")
    return {(row["topic"], row["partition"]): row["last_seq"] for row in rows}
