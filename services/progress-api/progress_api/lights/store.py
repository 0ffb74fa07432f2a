"""What lights are made of, read from one snapshot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
from common.database import Database
from contracts.deliverables import DeliverableState
from contracts.entitlements import REGISTRY
from contracts.plan import Operator, plan
from contracts.reporting import reported
from progress_store.queries import COMPUTATIONS, Asked, Beneath, Figures, Kind, Policy, beneath, figures

from progress_api.board import Board, Snapshot
from progress_api.decompositions.domain import RegionTarget
from progress_api.decompositions.store import region_targets_on
from progress_api.deliverables.domain import DeliverableOn
from progress_api.deliverables.store import deliverables_on
from progress_api.figures import figures_on
from progress_api.lights.by_hand import ByHand
from progress_api.lights.domain import PlanLights
from progress_api.lights.milestones import Milestone, Work
from progress_api.lights.reports import Told
from progress_api.lights.store_by_hand import by_hand_on
from progress_api.lights.targets import Halted, Table
from progress_api.lights.use_cases import Day, OwnTarget, all_lights, is_of_period
from progress_api.readings.domain import Readings
from progress_api.readings.store import official

_MEASURED = tuple(target.indicator for target in plan().targets)
"""Indicators that have a target of the plan."""

_REGISTER_BEGINS = "SELECT least((SELECT min(from_on) FROM practices), (SELECT min(from_on) FROM firm_periods))"
_REPORTS_BEGIN = """
SELECT min(until_on) FROM reported_values WHERE indicator_id = $1 AND amount IS NOT NULL AND until_on >= $2
"""
_LIST_BEGINS = "SELECT min(from_on) FROM recognitions WHERE kind = ANY($1)"
_TABLE = "SELECT min(year) AS year, count(*) FILTER (WHERE surely_ahead) + 1 AS best FROM ({rows}) r"
_TOLD = """
SELECT DISTINCT ON (indicator_id, region) indicator_id, region, until_on, amount FROM (
    SELECT DISTINCT ON (value_id) indicator_id, region, until_on, amount FROM reported_values WHERE until_on <= $1
    ORDER BY value_id, version DESC
) latest
WHERE amount IS NOT NULL ORDER BY indicator_id, region, until_on DESC
"""


async def lights_on(
    connection: asyncpg.Connection, as_of: date, *, known: Mapping[str, Figures] | None = None
) -> PlanLights:
    """All lights of a day, from one snapshot. known: figures of that very day, as far as they have been computed."""
    own_targets = [_own_target(issued) for issued in await region_targets_on(connection, as_of)]
    judged = dict.fromkeys([*_MEASURED, *(issued.indicator_id for issued in own_targets)])
    feeds, readings = await beneath(connection), await official(connection, as_of)
    return all_lights(
        Day(
            as_of=as_of,
            figures=await _figures(connection, as_of, judged, last=readings.due_on, known=known or {}),
            beginnings=await _beginnings(connection, as_of, judged, readings),
            halted={indicator_id: _halted(indicator_id, feeds) for indicator_id in COMPUTATIONS},
            table=await _table(connection, as_of),
            told=await _told(connection, as_of),
            own_targets=own_targets,
            readings=readings,
            works=[_work(found) for found in await deliverables_on(connection, as_of)],
        )
    )


async def _figures(
    connection: asyncpg.Connection,
    as_of: date,
    indicator_ids: Iterable[str],
    *,
    last: date,
    known: Mapping[str, Figures],
) -> dict[str, Figures]:
    """Of what begins anew each year, the plan's last year once that is over."""
    by_day: dict[date, list[str]] = {}
    for indicator_id in indicator_ids:
        by_day.setdefault(min(as_of, last) if is_of_period(indicator_id) else as_of, []).append(indicator_id)
    found: dict[str, Figures] = {}
    for day, wanted in by_day.items():
        found |= await figures_on(connection, day, wanted, known=known if day == as_of else {})
    return found


def _own_target(issued: RegionTarget) -> OwnTarget:
    line, head = issued.line, issued.head
    strict = line.op is Operator.MORE_THAN and line.bound == line.value
    return OwnTarget(line.indicator_id, line.region, line.op, line.bound, strict, f"{head.number}（{head.issuer}）")


def _work(found: DeliverableOn) -> Work:
    return Work(
        found.deliverable_id,
        found.scope,
        milestones=tuple(Milestone(each.due_on, each.met_on) for each in found.milestones if not each.cancelled),
        newest=found.newest_evidence_on,
        delivered=found.state is not None and found.state.state in _DELIVERED,
    )


_DELIVERED = frozenset({DeliverableState.DELIVERED, DeliverableState.VERIFIED})


async def _table(connection: asyncpg.Connection, as_of: date) -> Table | None:
    computation = COMPUTATIONS["H2"]
    arguments = computation.arguments(Asked(as_of, Policy.default("H2")))
    row = await connection.fetchrow(_TABLE.format(rows=computation.rows), *arguments)
    return None if row["year"] is None else Table(row["year"], row["best"])


_ENTERED = """
SELECT (SELECT coalesce(sum(version + 1), 0) FROM deliverable_works),
       (SELECT coalesce(sum(version), 0) FROM region_target_documents)
"""
"""Moves whenever an officer has entered anything that lights are made of: versions only rise."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """Today's lights, and what they were made of."""

    snapshot: Snapshot
    entered: tuple[int, ...]
    lights: PlanLights


class StoredLights:
    """Reads of single requests. One per process: today's lights are kept until something beneath them has moved."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: _Kept | None = None

    async def on(self, board: Board, as_of: date, known_at: datetime | None = None) -> tuple[PlanLights, ByHand]:
        """Of today with the figures that the board has computed already; known_at: as `by_hand_on`."""
        snapshot = await board.current() if as_of == board.today() else None
        async with self._database.snapshot() as connection:
            if snapshot is None or snapshot.as_of != as_of:
                computed = await lights_on(connection, as_of)
            else:
                computed = await self._today(connection, snapshot)
            return computed, await by_hand_on(connection, as_of, known_at)

    async def _today(self, connection: asyncpg.Connection, snapshot: Snapshot) -> PlanLights:
        entered, kept = tuple(await connection.fetchrow(_ENTERED)), self._kept
        if kept is None or kept.snapshot is not snapshot or kept.entered != entered:
            computed = await lights_on(connection, snapshot.as_of, known=snapshot.figures)
            kept = self._kept = _Kept(snapshot, entered, computed)
        return kept.lights


async def _beginnings(
    connection: asyncpg.Connection, as_of: date, indicator_ids: Iterable[str], readings: Readings
) -> dict[str, tuple[Figures, date]]:
    """Of the plan's first day, or of the first day of which the register, the list or a report tells anything."""
    plan_begins = date(plan().meta.period.start_year, 1, 1)
    register_begins = await connection.fetchval(_REGISTER_BEGINS)
    found = {}
    for indicator_id in indicator_ids:
        computation = COMPUTATIONS[indicator_id]
        if computation.kind is Kind.RANK or is_of_period(indicator_id):
            continue
        begins = register_begins if computation.topic == REGISTRY else plan_begins
        if indicator_id in reported():
            begins = await connection.fetchval(_REPORTS_BEGIN, indicator_id, plan_begins)
        elif computation.needs_list:
            begins = await connection.fetchval(_LIST_BEGINS, [kind.value for kind in computation.needs_list])
        if begins is None or (first := max(begins, plan_begins)) > as_of:
            continue
        # Under today's reading: two readings on one path would show a change that nobody made.
        asked = Asked(first, readings.policy(indicator_id))
        found[indicator_id] = await figures(connection, computation, asked), first
    return found


def _halted(indicator_id: str, feeds: Mapping[str, Beneath]) -> Halted:
    found = [feeds[topic] for topic in COMPUTATIONS[indicator_id].topics if topic in feeds]
    return Halted(sum(feed.parked for feed in found), sum(len(feed.stopped) for feed in found))


async def _told(connection: asyncpg.Connection, as_of: date) -> dict[str, dict[str, Told]]:
    found: dict[str, dict[str, Told]] = {}
    for row in await connection.fetch(_TOLD, as_of):
        found.setdefault(row["indicator_id"], {})[row["region"]] = Told(row["until_on"], row["amount"])
    return found
