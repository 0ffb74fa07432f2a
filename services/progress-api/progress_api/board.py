"""Today's figures under the official readings: computed once per process, whoever asks or listens.

They are computed anew when the store has moved. Who asks for the newest waits for it; a page does not: it may be behind
by a stated number of seconds, for at a million lawyers one number takes longer than a page may. A reading that has been
chosen since is waited for.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import asyncpg
import structlog
from common.clock import Clock, system_clock
from common.database import Database
from common.local_time import local_date
from common.positions.retrying import transient
from contracts.entitlements import is_closed_indicator
from contracts.legal_day import end_of_last_month
from progress_store.queries import (
    COMPUTATIONS,
    Asked,
    Beneath,
    Figures,
    Policy,
    Reconciled,
    beneath,
    figures,
    reconciled,
)

from progress_api.figures import figures_on
from progress_api.readings.domain import Choices, Readings
from progress_api.readings.store import confirmed

_log = structlog.get_logger()

_FINGERPRINT = """
SELECT 'positions'::regclass::oid::text AS store, topic,
       coalesce(t.mark, '') || '/' || coalesce(w.waiting, 0) || '/' || coalesce(w.resolved, 0) AS mark,
       coalesce(w.waiting, 0) AS parked, coalesce(t.stopped, '{}') AS stopped, coalesce(t.position, 0) AS position
FROM (SELECT topic, string_agg(last_seq || coalesce(stopped, ''), ',' ORDER BY partition) AS mark,
             array_agg(partition ORDER BY partition) FILTER (WHERE stopped IS NOT NULL) AS stopped,
             sum(last_seq)::bigint AS position
      FROM positions GROUP BY topic) t
FULL JOIN (SELECT topic, count(*) FILTER (WHERE state IN ('parked', 'redrive')) AS waiting,
                  count(*) FILTER (WHERE state IN ('redriven', 'discarded')) AS resolved
           FROM parked GROUP BY topic) w USING (topic)
"""
"""Per topic, what moves whenever rows may have changed: positions, redriven events, or (store) a rebuilt schema; and
what lies beneath its numbers."""


async def marks_of(connection: asyncpg.Connection) -> dict[tuple[str, str], str]:
    """By store and topic: two that are equal stand for the same rows."""
    return {(row["store"], row["topic"]): row["mark"] for row in await connection.fetch(_FINGERPRINT)}


_MOST_EARLIER = 16
"""Earlier days whose numbers are kept."""
_QUIET = 2
"""After a computation at least so many times its own duration is left to everybody else."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """last_month: closed indicators as of its end, for readers without the right to today's. choices: the department's,
    whose readings of the day each number stands on.
    """

    as_of: date
    choices: Choices
    figures: Mapping[str, Figures]
    last_month: Mapping[str, Figures]
    beneath: Mapping[str, Beneath]
    marks: Mapping[tuple[str, str], str]

    @property
    def readings(self) -> Readings:
        """Those of the day."""
        return self.choices.on(self.as_of)


@dataclass(frozen=True, slots=True)
class _Page:
    """marks: of the topics beneath it, when it was computed. computed_at: of the process's own clock."""

    as_of: date
    policy: Policy
    figures: Figures
    reconciled: Reconciled | None
    marks: Mapping[tuple[str, str], str]
    computed_at: float


class Board:
    def __init__(
        self, database: Database, *, recompute_seconds: float, page_lag_seconds: float, clock: Clock = system_clock
    ) -> None:
        self._database = database
        self._clock = clock
        self._seconds = recompute_seconds
        self._page_lag = page_lag_seconds
        self._pages: dict[str, _Page] = {}
        self._computing: dict[tuple[str, date, Policy], asyncio.Task[_Page]] = {}
        self._refreshing = asyncio.Lock()
        self._moved = asyncio.Event()
        """Replaced each time it is set: once per new snapshot."""
        self._snapshot: Snapshot | None = None
        self._earlier: tuple[Snapshot, dict[date, Mapping[str, Figures]]] | None = None
        self._listeners = 0
        self._ticker: asyncio.Task[None] | None = None
        self._failure: Exception | None = None
        self.computations = 0
        """How often anything was computed; for tests."""

    def today(self) -> date:
        return local_date(self._clock())

    async def current(self) -> Snapshot:
        """The figures as of now: only what stands on a topic that has moved is computed anew."""
        async with self._refreshing:
            before, today = self._snapshot, self.today()
            async with self._database.snapshot() as connection:
                marks = await marks_of(connection)
                choices = await confirmed(connection)
                unmoved = before is not None and before.as_of == today and before.marks == marks
                if before is not None and unmoved and before.choices == choices:
                    return before
                self._snapshot = await self._compute(connection, before, Snapshot(today, choices, {}, {}, {}, marks))
            self._signal()
            return self._snapshot

    async def at_hand(self, day: date) -> Mapping[str, Figures]:
        """What has been computed of the day anyway: of today everything, of others nothing."""
        snapshot = await self.current() if day == self.today() else None
        return {} if snapshot is None or snapshot.as_of != day else snapshot.figures

    async def on(self, day: date) -> Mapping[str, Figures]:
        """All numbers of the day under its official readings; of earlier days they are kept until anything moves."""
        snapshot = await self.current()
        if day == snapshot.as_of:
            return snapshot.figures
        if self._earlier is None or self._earlier[0] is not snapshot or len(self._earlier[1]) >= _MOST_EARLIER:
            self._earlier = snapshot, {}
        kept = self._earlier[1]
        if day not in kept:
            async with self._database.snapshot() as connection:
                kept[day] = await figures_on(connection, day)
        return kept[day]

    async def _compute(self, connection: asyncpg.Connection, before: Snapshot | None, empty: Snapshot) -> Snapshot:
        """empty: what is to be filled, as of now."""
        self.computations += 1
        today, last_month = empty.as_of, end_of_last_month(empty.as_of)
        kept = self._kept(before, empty)
        found: dict[str, Figures] = {}
        found_last_month: dict[str, Figures] = {}
        for indicator_id, computation in COMPUTATIONS.items():
            policy, policy_then = (empty.choices.on(day).policy(indicator_id) for day in (today, last_month))
            if before is not None and indicator_id in kept:
                found[indicator_id] = before.figures[indicator_id]
            else:
                found[indicator_id] = await figures(connection, computation, Asked(today, policy))
            if before is not None and indicator_id in kept and indicator_id in before.last_month:
                found_last_month[indicator_id] = before.last_month[indicator_id]
            elif is_closed_indicator(indicator_id):
                found_last_month[indicator_id] = await figures(connection, computation, Asked(last_month, policy_then))
        return replace(empty, figures=found, last_month=found_last_month, beneath=await beneath(connection))

    @staticmethod
    def _kept(before: Snapshot | None, now: Snapshot) -> frozenset[str]:
        """Indicators whose numbers are what they were: neither their topics nor the readings they use have moved."""
        if before is None or before.as_of != now.as_of:
            return frozenset()
        moved = {topic for store, topic in before.marks.keys() | now.marks.keys()
                 if before.marks.get((store, topic)) != now.marks.get((store, topic))}  # fmt: skip

        def is_read_as_before(indicator_id: str) -> bool:
            days = (now.as_of, end_of_last_month(now.as_of))
            return all(
                before.choices.on(day).policy(indicator_id) == now.choices.on(day).policy(indicator_id) for day in days
            )

        return frozenset(
            indicator_id
            for indicator_id, computation in COMPUTATIONS.items()
            if moved.isdisjoint(computation.topics) and is_read_as_before(indicator_id)
        )

    async def page(self, indicator_id: str, policy: Policy) -> tuple[Figures, Reconciled | None, Mapping[str, Beneath]]:
        """One indicator's figures, not older than `page_lag_seconds` where the store has moved since.

        policy: the official reading of today.
        """
        today, topics = self.today(), COMPUTATIONS[indicator_id].topics
        rows = [row for row in await self._database.selects.fetch(_FINGERPRINT) if row["topic"] in topics]
        marks = {(row["store"], row["topic"]): row["mark"] for row in rows}
        below = {
            row["topic"]: Beneath(row["topic"], row["parked"], tuple(row["stopped"]), row["position"]) for row in rows
        }
        known = self._pages.get(indicator_id)
        if known is None or known.as_of != today or known.policy != policy:
            known = await asyncio.shield(self._compute_page(indicator_id, today, policy))
        # Twice where need be: what is under way may have begun before what we have just seen.
        for _ in range(2):
            if known.marks != marks:
                computing = self._compute_page(indicator_id, today, policy)
                if time.monotonic() - known.computed_at > self._page_lag:
                    known = await asyncio.shield(computing)
        return known.figures, known.reconciled, below

    def _compute_page(self, indicator_id: str, today: date, policy: Policy) -> "asyncio.Task[_Page]":
        """One at a time for each indicator and reading; whoever asks meanwhile waits for the same."""
        asked = (indicator_id, today, policy)
        task = self._computing.get(asked)
        if task is None:
            task = asyncio.create_task(self._page_of(*asked), name=f"page-{indicator_id}")
            self._computing[asked] = task
            task.add_done_callback(lambda done: self._page_done(asked, done))
        return task

    def _page_done(self, asked: tuple[str, date, Policy], task: "asyncio.Task[_Page]") -> None:
        del self._computing[asked]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever waited has been told; where nobody did, the next page tries again.
            _log.warning("page-not-computed", indicator=asked[0], error=type(error).__name__)

    async def _page_of(self, indicator_id: str, today: date, policy: Policy) -> _Page:
        self.computations += 1
        computation = COMPUTATIONS[indicator_id]
        async with self._database.snapshot() as connection:
            rows = await connection.fetch(_FINGERPRINT)
            marks = {(row["store"], row["topic"]): row["mark"] for row in rows if row["topic"] in computation.topics}
            found = await figures(connection, computation, Asked(today, policy))
            beside = await reconciled(connection, indicator_id, today)
        page = self._pages[indicator_id] = _Page(today, policy, found, beside, marks, time.monotonic())
        return page

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
