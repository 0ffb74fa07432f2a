"""Discipline events → proceedings, impostor cases, talks, and what befell the honoured."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from asyncpg import Connection
from contracts.discipline_events import (
    ImpostorCaseClosed,
    ImpostorCaseOpened,
    ProceedingClosed,
    ProceedingDecided,
    ProceedingFiled,
    SanctionHonourNoted,
    TalkRecorded,
)

from progress_store.projection.conduct import found


async def file_proceedings(connection: Connection, events: Sequence[ProceedingFiled]) -> None:
    await connection.copy_records_to_table(
        "proceedings",
        columns=("proceeding_id", "region", "kind", "organ_kind", "subject_kind", "filed_on", "due_on"),
        records=[
            (e.proceeding_id, e.region, e.kind, e.organ_kind, e.subject_kind.value, e.filed_on, e.due_on)
            for e in events
        ],
    )


async def decide_proceedings(connection: Connection, events: Sequence[ProceedingDecided]) -> None:
    """What was decided is the last word; when, the first: a case that was sent back had been decided by then."""
    first: dict[UUID, date] = {event.proceeding_id: event.decided_on for event in reversed(events)}
    last: dict[UUID, str] = {event.proceeding_id: event.outcome for event in events}
    found(
        await connection.execute(
            "UPDATE proceedings t SET decided_on = coalesce(t.decided_on, n.day), decision = n.outcome "
            "FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, day, outcome) WHERE t.proceeding_id = n.id",
            list(last),
            [first[proceeding_id] for proceeding_id in last],
            list(last.values()),
        ),
        len(last),
        "decided",
    )


async def close_proceedings(connection: Connection, events: Sequence[ProceedingClosed]) -> None:
    found(
        await connection.execute(
            "UPDATE proceedings t SET closed_on = n.day, outcome = n.outcome "
            "FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, day, outcome) WHERE t.proceeding_id = n.id",
            [e.proceeding_id for e in events],
            [e.closed_on for e in events],
            [e.outcome for e in events],
        ),
        len(events),
        "closed",
    )


async def open_impostor_cases(connection: Connection, events: Sequence[ImpostorCaseOpened]) -> None:
    await connection.copy_records_to_table(
        "impostor_cases",
        columns=("impostor_case_id", "region", "opened_on"),
        records=[(e.impostor_case_id, e.region, e.opened_on) for e in events],
    )


async def close_impostor_cases(connection: Connection, events: Sequence[ImpostorCaseClosed]) -> None:
    found(
        await connection.execute(
            "UPDATE impostor_cases t SET closed_on = n.day, outcome = n.outcome "
            "FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, day, outcome) WHERE t.impostor_case_id = n.id",
            [e.impostor_case_id for e in events],
            [e.closed_on for e in events],
            [e.outcome for e in events],
        ),
        len(events),
        "closed",
    )


async def record_talks(connection: Connection, events: Sequence[TalkRecorded]) -> None:
    await connection.copy_records_to_table(
        "talks",
        columns=("talk_id", "region", "kind", "with_head", "held_on"),
        records=[(e.talk_id, e.region, e.kind, e.with_head, e.held_on) for e in events],
    )


async def note_honours(connection: Connection, events: Sequence[SanctionHonourNoted]) -> None:
    last: dict[UUID, SanctionHonourNoted] = {event.case_id: event for event in events}
    found(
        await connection.execute(
            "UPDATE sanctions t SET honoured = n.honoured, "
            "honour_counts_from = CASE WHEN n.honoured THEN coalesce(n.since, t.from_on) END "
            "FROM unnest($1::uuid[], $2::boolean[], $3::date[]) AS n (id, honoured, since) WHERE t.case_id = n.id",
            list(last),
            [e.honoured for e in last.values()],
            [e.counts_from for e in last.values()],
        ),
        len(last),
        "honour noted",
    )
