"""A merged record counts for nobody twice, and as before where that was undone, however its events are batched."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations, pairwise
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

from common.database import Database
from common.events import Event
from common.positions import Received
from contracts.registry_events import (
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    LawyerRecordMerged,
    LawyerRecordRestored,
    PracticeEnd,
)
from progress_store.projection import Projection

from tests.integration.progress.facts import Facts

FIRST, LATER, CUT, END = date(2012, 3, 1), date(2016, 1, 1), date(2014, 5, 1), date(2026, 6, 2)


def career() -> tuple[UUID, list[Event]]:
    lawyer, here, there = uuid4(), uuid4(), uuid4()
    common: dict[str, Any] = {"region": "410100", "lawyer_id": lawyer}

    def ends(*days: date | None) -> list[PracticeEnd]:
        return [PracticeEnd(practice_id=p, to_on=day) for p, day in zip((here, there), days, strict=True)]

    return lawyer, [
        LawyerLicensed(
            version=1, practice_id=here, firm_id=uuid4(), category=1, first_licensed_on=FIRST, from_on=FIRST, **common
        ),
        LawyerMoved(
            version=2, closes_practice_id=here, practice_id=there, firm_id=uuid4(), region_before="410300", category=1,
            number_changed=True, effective_on=LATER, **common,
        ),
        LawyerRecordMerged(version=3, merged_into=uuid4(), practices=ends(CUT, LATER), effective_on=END, **common),
        LawyerRecordRestored(version=4, restored_from=uuid4(), practices=ends(LATER, None), effective_on=END, **common),
        LawyerLicenceEnded(version=5, practice_id=there, ground="own-request", ended_on=END, **common),
    ]  # fmt: skip


async def fold(database: Database, events: Sequence[Event]) -> None:
    received = [SimpleNamespace(event=event, envelope=SimpleNamespace(subject=event.key())) for event in events]
    async with database.begin() as tx:
        await Projection().apply(tx, cast(list[Received], received), None)


async def intervals(facts: Facts, lawyer: UUID) -> list[tuple[date, date | None]]:
    rows = await facts.connection.fetch(
        "SELECT from_on, to_on FROM projected.practices WHERE lawyer_id = $1 ORDER BY from_on", lawyer
    )
    return [(row["from_on"], row["to_on"]) for row in rows]


async def test_each_prefix_of_a_career_gives_its_intervals_in_whatever_batches(database: Database, facts: Facts):
    after = [
        [(FIRST, None)],
        [(FIRST, LATER), (LATER, None)],
        [(FIRST, CUT), (LATER, LATER)],
        [(FIRST, LATER), (LATER, None)],
        [(FIRST, LATER), (LATER, END)],
    ]
    for told, expected in enumerate(after, start=1):
        for cuts in (cuts for n in range(told) for cuts in combinations(range(1, told), n)):
            lawyer, events = career()
            bounds = (0, *cuts, told)
            for start, stop in pairwise(bounds):
                await fold(database, events[start:stop])
            assert await intervals(facts, lawyer) == expected, (told, cuts)
