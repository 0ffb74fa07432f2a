"""Today's figures under the default policies: computed once per process, whoever asks or listens."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import date

import asyncpg
import structlog
from common.database import Database
from common.positions.retrying import transient
from contracts.entitlements import is_closed_indicator
from contracts.legal_day import end_of_last_month, legal_today
from progress_store.queries import COMPUTATIONS, Asked, Beneath, Figures, Policy, beneath, figures

_log = structlog.get_logger()

_FINGERPRINT = """
SELECT 'positions'::regclass::oid::text AS store, t.topic,
       t.position || '/' || coalesce(w.waiting, 0) || '/' || coalesce(w.resolved, 0) AS mark
FROM (SELECT topic, string_agg(last_seq || coalesce(stopped, ''), ',' ORDER BY partition) AS position
      FROM positions GROUP BY topic) t
LEFT JOIN (SELECT topic, count(*) FILTER (WHERE state IN ('parked', 'redrive')) AS waiting,
                  count(*) FILTER (WHERE state IN ('redriven', 'discarded')) AS resolved
           FROM parked GROUP BY topic) w USING (topic)
"""
"""Per topic, what moves whenever rows may have changed: positions, redriven events, or (store) a rebuilt schema."""

_QUIET = 2
"""After a computation at least so many times its own duration is left to everybody else."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """last_month: closed indicators as of its end, for readers without the right to today's."""

    as_of: date
    figures: Mapping[str, Figures]
    last_month: Mapping[str, Figures]
    beneath: Mapping[str, Beneath]
    marks: Mapping[tuple[str, str], str]


class Board:
    def __init__(self, database: Database, *, recompute_seconds: float) -> None:
        self._database = database
        self._seconds = recompute_seconds
        self._refreshing = asyncio.Lock()
        self._moved = asyncio.Event()
        """Replaced each time it is set: once per new snapshot."""
        self._snapshot: Snapshot | None = None
        self._listeners = 0
        self._ticker: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self.computations = 0
        """How often anything was computed; for tests."""

    async def current(self) -> Snapshot:
        """The figures as of now: only what stands on a topic that has moved is computed anew."""
        async with self._refreshing:
            before, today = self._snapshot, legal_today()
            pool = await self._database.pool()
            async with (
                pool.acquire() as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                marks = {(row["store"], row["topic"]): row["mark"] for row in await connection.fetch(_FINGERPRINT)}
                if before is not None and before.as_of == today and before.marks == marks:
                    return before
                self._snapshot = await self._compute(connection, before, today, marks)
            self._signal()
            return self._snapshot

    async def _compute(
        self,
        connection: asyncpg.Connection,
        before: Snapshot | None,
        today: date,
        marks: Mapping[tuple[str, str], str],
    ) -> Snapshot:
        self.computations += 1
        found: dict[str, Figures] = {}
        last_month: dict[str, Figures] = {}
        if before is not None and before.as_of == today:
            moved = {topic for store, topic in before.marks.keys() | marks.keys()
                     if before.marks.get((store, topic)) != marks.get((store, topic))}  # fmt: skip
            unmoved = {indicator_id for indicator_id, c in COMPUTATIONS.items() if moved.isdisjoint(c.topics)}
            found = {indicator_id: before.figures[indicator_id] for indicator_id in unmoved}
            last_month = {i: before.last_month[i] for i in unmoved if i in before.last_month}
        for indicator_id, computation in COMPUTATIONS.items():
            policy = Policy.default(indicator_id)
            if indicator_id not in found:
                found[indicator_id] = await figures(connection, computation, Asked(today, policy))
            if is_closed_indicator(indicator_id) and indicator_id not in last_month:
                asked = Asked(end_of_last_month(today), policy)
                last_month[indicator_id] = await figures(connection, computation, asked)
        return Snapshot(today, found, last_month, await beneath(connection), marks)

    async def snapshots(self) -> AsyncGenerator[Snapshot]:
        """The present one, then each later one; slow readers skip those in between."""
        self._listeners += 1
        if self._ticker is None or self._ticker.done():
            self._failure = None
            self._ticker = asyncio.create_task(self._tick(), name="board")
        try:
            seen = None
            await self.current()
            while True:
                moved = self._moved
                if self._failure is not None:
                    raise RuntimeError("the figures can no longer be computed") from self._failure
                if self._snapshot is seen:
                    await moved.wait()
                elif self._snapshot is not None:
                    seen = self._snapshot
                    yield seen
        finally:
            self._listeners -= 1
            if not self._listeners and self._ticker is not None:
                self._ticker.cancel()
                self._ticker = None

    async def _tick(self) -> None:
        while True:
            began = time.monotonic()
            try:
                await self.current()
            except Exception as error:  # noqa: BLE001 -- logged, and raised again in every listener
                if not transient(error):
                    _log.exception("board-failed")
                    self._failure = error
                    self._signal()
                    return
                _log.warning("board-interrupted", error=type(error).__name__)
            await asyncio.sleep(max(self._seconds, _QUIET * (time.monotonic() - began)))

    def _signal(self) -> None:
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
