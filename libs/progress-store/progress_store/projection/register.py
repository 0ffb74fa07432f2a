"""Registry events → practices, firm periods, standing facts, recognitions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from asyncpg import Connection
from contracts.registry_events import (
    FirmChanged,
    FirmEnded,
    FirmEstablished,
    FirmStandingRecorded,
    LawyerCategoryChanged,
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    LawyerStandingRecorded,
    RecognitionGranted,
    RecognitionWithdrawn,
)


class MissingInterval(LookupError):
    """An event closes an interval that no earlier event of its key has opened."""


async def open_practices(
    connection: Connection, events: Sequence[LawyerLicensed | LawyerMoved | LawyerCategoryChanged]
) -> None:
    await connection.copy_records_to_table(
        "practices",
        columns=("practice_id", "lawyer_id", "firm_id", "region", "category", "from_on"),
        records=[
            (e.practice_id, e.lawyer_id, e.firm_id, e.region, e.category,
             e.from_on if isinstance(e, LawyerLicensed) else e.effective_on)
            for e in events
        ],
    )  # fmt: skip


async def close_practices(
    connection: Connection, events: Sequence[LawyerMoved | LawyerCategoryChanged | LawyerLicenceEnded]
) -> None:
    rows = [
        (e.practice_id, e.ended_on, e.ground)
        if isinstance(e, LawyerLicenceEnded)
        else (e.closes_practice_id, e.effective_on, "moved" if isinstance(e, LawyerMoved) else "category-changed")
        for e in events
    ]
    await _close(connection, "practices", "practice_id", rows)


async def open_firm_periods(connection: Connection, events: Sequence[FirmEstablished | FirmChanged]) -> None:
    await connection.execute(
        "INSERT INTO firm_periods (period_id, firm_id, kind, region, parent_firm_id, from_on) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::date[])",
        [e.period_id for e in events],
        [e.firm_id for e in events],
        [e.kind.value for e in events],
        [e.region for e in events],
        [e.parent_firm_id for e in events],
        [e.from_on if isinstance(e, FirmEstablished) else e.effective_on for e in events],
    )


async def close_firm_periods(connection: Connection, events: Sequence[FirmChanged | FirmEnded]) -> None:
    rows = [
        (e.closes_period_id, e.effective_on, "changed")
        if isinstance(e, FirmChanged)
        else (e.period_id, e.ended_on, "merged" if e.merged_into is not None else e.ground)
        for e in events
    ]
    await _close(connection, "firm_periods", "period_id", rows)


async def _close(connection: Connection, table: str, id_column: str, rows: Sequence[tuple[UUID, date, str]]) -> None:
    result = await connection.execute(
        f"UPDATE {table} t SET to_on = n.to_on, ground = n.ground "
        f"FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, to_on, ground) WHERE t.{id_column} = n.id",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
    )
    if result != f"UPDATE {len(rows)}":
        raise MissingInterval(f"{table}: {result} of {len(rows)} closings found their interval")


async def record_standing(
    connection: Connection, events: Sequence[LawyerStandingRecorded | FirmStandingRecorded]
) -> None:
    # The last word on a fact within the batch: one statement cannot touch a row twice.
    latest: dict[tuple[UUID, UUID], tuple[object, ...]] = {}
    for event in events:
        is_lawyer = isinstance(event, LawyerStandingRecorded)
        subject_id = event.lawyer_id if isinstance(event, LawyerStandingRecorded) else event.firm_id
        latest[(event.fact_id, subject_id)] = (
            event.fact_id, subject_id, "lawyer" if is_lawyer else "firm", event.kind.value,
            event.from_on, event.to_on, event.withdrawn, event.version,
        )  # fmt: skip
    await connection.execute(
        "INSERT INTO standing_facts "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::date[], $6::date[], "
        "$7::boolean[], $8::bigint[]) "
        "ON CONFLICT (fact_id, subject_id) DO UPDATE SET kind = excluded.kind, from_on = excluded.from_on, "
        "to_on = excluded.to_on, withdrawn = excluded.withdrawn, version = excluded.version "
        "WHERE standing_facts.version < excluded.version",
        *map(list, zip(*latest.values(), strict=True)),
    )


async def grant_recognitions(connection: Connection, events: Sequence[RecognitionGranted]) -> None:
    await connection.execute(
        "INSERT INTO recognitions (recognition_id, kind, member_id, region, from_on, to_on) "
        "SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::date[], $6::date[])",
        [e.recognition_id for e in events],
        [e.kind.value for e in events],
        [e.member_id for e in events],
        [e.region for e in events],
        [e.from_on for e in events],
        [e.to_on for e in events],
    )


async def withdraw_recognitions(connection: Connection, events: Sequence[RecognitionWithdrawn]) -> None:
    result = await connection.execute(
        "UPDATE recognitions t SET to_on = n.to_on FROM unnest($1::uuid[], $2::date[]) AS n (id, to_on) "
        "WHERE t.recognition_id = n.id",
        [e.recognition_id for e in events],
        [e.withdrawn_on for e in events],
    )
    if result != f"UPDATE {len(events)}":
        raise MissingInterval("a recognition is withdrawn that was never granted")
