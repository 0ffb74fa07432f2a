"""As of any month's end is what was computed then, unless a fact came late; and what was shown then stays on record."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

import pytest
from common.database import Database
from common.events import Event, decode, encode
from common.positions import Received
from contracts.legal_day import midnight
from contracts.reporting import Nature, reported
from progress_api.figures import figures_on
from progress_api.history.store import StoredHistory
from progress_api.history.store_telling import when_a_day_has_ended_tell_its_values
from progress_store.projection import Projection
from progress_store.queries import COMPUTATIONS, Asked, Figures, Kind, Policy

from tests.integration.event_log.diary import Diary

FIRST = date(2024, 11, 1)
MONTH_ENDS = tuple(
    date(2024 + month // 12, month % 12 + 1, 1) - timedelta(days=1) for month in range(11, 25)
)  # 2024-11-30 … 2025-12-31
LAST = MONTH_ENDS[-1]


async def fold(store: Database, events: Sequence[Event]) -> None:
    envelopes = [decode(encode(event, source="/test", correlation_id=None)) for event in events]
    received = [Received(each.event().topic, 0, 0, each, each.event()) for each in envelopes]
    async with store.begin() as tx:
        await Projection().apply(tx, received, None)


async def numbers(store: Database, *days: date) -> list[Mapping[str, Figures]]:
    pool = await store.pool()
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        return [await figures_on(connection, day) for day in days]


async def end_day(store: Database, day: date) -> None:
    """Only this one: what the days before were is not asked here. What is told is projected."""
    pool = await store.pool()
    await pool.execute("UPDATE shown_progress SET told_until = $1", day - timedelta(days=1))
    await when_a_day_has_ended_tell_its_values(store, midnight(day + timedelta(days=1)))
    rows = await pool.fetch("DELETE FROM outbox RETURNING id, bytes")
    await fold(store, [decode(row["bytes"]).event() for row in sorted(rows, key=lambda row: row["id"])])


async def lived(store: Database, seed: int) -> tuple[Diary, list[Mapping[str, Figures]]]:
    """Fourteen months, and the numbers as they were at the end of each."""
    diary, then = Diary(random.Random(seed)), list[Mapping[str, Figures]]()
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=n)
        if events := diary.of(day):
            await fold(store, events)
        if day in MONTH_ENDS:
            then += await numbers(store, day)
            await end_day(store, day)
    return diary, then


@pytest.mark.parametrize("seed", [1, 2])
async def test_as_of_a_month_end_is_the_value_of_that_day_unless_a_fact_came_late(store: Database, seed: int) -> None:
    diary, then = await lived(store, seed)
    now = await numbers(store, *MONTH_ENDS)
    for day, before, after in zip(MONTH_ENDS, then, now, strict=True):
        assert {id_ for id_ in before if before[id_] != after[id_]} == set(), day
    moved = {id_ for earlier, later in pairwise(then) for id_ in later if earlier[id_] != later[id_]}
    assert len(moved) > 50, "numbers that never move would prove nothing"

    # A number of the first half of 2025, not the first of its kind, is corrected in January 2026; a lawyer's licence of
    # May comes to light.
    corrected = next(
        value
        for value in diary.values
        if value.until_on == date(2025, 6, 30) and COMPUTATIONS[value.indicator_id].kind is Kind.SUM
        and reported()[value.indicator_id].nature is Nature.FLOW
        and any(it.indicator_id == value.indicator_id and it.until_on < value.from_on for it in diary.values)
    )  # fmt: skip
    assert corrected.amount is not None
    await fold(store, [corrected.model_copy(update={"version": 2, "amount": corrected.amount + 100})])
    licensed_on = date(2025, 5, 20)
    licence = diary._licence(licensed_on)
    assert licence is not None
    await fold(store, [licence])
    late = await numbers(store, *MONTH_ENDS)
    for day, before, after in zip(MONTH_ENDS, then, late, strict=True):
        moved_now = {id_ for id_ in before if before[id_] != after[id_]}
        assert ("H1" in moved_now) == (day >= licensed_on), day
        # Few regions had reported it: it took the place of the half-year before when its days of grace were over.
        assert (corrected.indicator_id in moved_now) == (day > corrected.due_on), day
        # Nothing else moves but what is made of the register too.
        assert {COMPUTATIONS[id_].topic for id_ in moved_now - {corrected.indicator_id}} <= {"registry.events"}
        if day < licensed_on:
            assert moved_now == set(), day

    # What was shown is still told as it was.
    for id_ in ("H1", corrected.indicator_id):
        asked = [Asked(day, Policy.default(id_)) for day in MONTH_ENDS]
        points, shown = await StoredHistory(store).series(COMPUTATIONS[id_], asked, None, "total")
        assert [shown[day].value for day in MONTH_ENDS] == [day[id_].value for day in then]
        assert [found.value for found, _ in points] == [day[id_].value for day in late]
