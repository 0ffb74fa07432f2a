"""Events of firms and lawyers → practices, firm periods, standing facts, reorganisations."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from asyncpg import Connection
from contracts.registry_events import (
    FirmChanged,
    FirmEnded,
    FirmEstablished,
    FirmPeriodCorrected,
    FirmSplit,
    FirmStandingRecorded,
    LawyerCategoryChanged,
    LawyerLicenceEnded,
    LawyerLicensed,
    LawyerMoved,
    LawyerRecordMerged,
    LawyerRecordRestored,
    LawyerStandingRecorded,
    PracticeCorrected,
)


class MissingInterval(LookupError):
    """An event closes an interval that no earlier event of its key has opened."""


async def open_practices(
    connection: Connection, events: Sequence[LawyerLicensed | LawyerMoved | LawyerCategoryChanged]
) -> None:
    await connection.copy_records_to_table(
        "practices",
        columns=("practice_id", "lawyer_id", "firm_id", "region", "category", "county", "from_on", "first_licensed_on"),
        records=[
            (e.practice_id, e.lawyer_id, e.firm_id, e.region, e.category,
             e.county, e.from_on if isinstance(e, LawyerLicensed) else e.effective_on,
             # Of a person's first event: a licence after an earlier one had ended is no first licence.
             e.first_licensed_on if isinstance(e, LawyerLicensed) and e.version == 1 else None)
            for e in events
        ],
    )  # fmt: skip


Closing = LawyerMoved | LawyerCategoryChanged | LawyerLicenceEnded | LawyerRecordMerged | LawyerRecordRestored


async def close_practices(connection: Connection, events: Sequence[Closing]) -> None:
    """A merger of records and its undoing say of each interval where it ends now, so the last word holds."""
    rows: dict[UUID, tuple[UUID, date | None, str | None]] = {}
    for e in sorted(events, key=lambda event: event.version):
        if isinstance(e, LawyerLicenceEnded):
            rows[e.practice_id] = (e.practice_id, e.ended_on, e.ground)
        elif isinstance(e, LawyerMoved | LawyerCategoryChanged):
            ground = "moved" if isinstance(e, LawyerMoved) else "category-changed"
            rows[e.closes_practice_id] = (e.closes_practice_id, e.effective_on, ground)
        else:
            ground_now = "record-merged" if isinstance(e, LawyerRecordMerged) else None
            rows |= {end.practice_id: (end.practice_id, end.to_on, ground_now) for end in e.practices}
    await _close(connection, "practices", "practice_id", list(rows.values()))


async def open_firm_periods(connection: Connection, events: Sequence[FirmEstablished | FirmChanged]) -> None:
    await connection.execute(
        "INSERT INTO firm_periods (period_id, firm_id, kind, region, parent_firm_id, from_on, county, "
        "in_legal_district, outside_parent, established) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::date[], $7::text[], "
        "$8::boolean[], $9::boolean[], $10::boolean[])",
        [e.period_id for e in events],
        [e.firm_id for e in events],
        [e.kind.value for e in events],
        [e.region for e in events],
        [e.parent_firm_id for e in events],
        [e.from_on if isinstance(e, FirmEstablished) else e.effective_on for e in events],
        [e.county for e in events],
        [e.in_legal_district for e in events],
        [e.outside_parent for e in events],
        [isinstance(e, FirmEstablished) for e in events],
    )


async def close_firm_periods(connection: Connection, events: Sequence[FirmChanged | FirmEnded]) -> None:
    rows = [
        (e.closes_period_id, e.effective_on, "changed")
        if isinstance(e, FirmChanged)
        else (e.period_id, e.ended_on, "merged" if e.merged_into is not None else e.ground)
        for e in events
    ]
    await _close(connection, "firm_periods", "period_id", rows)


async def _close(
    connection: Connection, table: str, id_column: str, rows: Sequence[tuple[UUID, date | None, str | None]]
) -> None:
    result = await connection.execute(
        f"UPDATE {table} t SET to_on = n.to_on, ground = n.ground "
        f"FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, to_on, ground) WHERE t.{id_column} = n.id",
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
    )
    if result != f"UPDATE {len(rows)}":
        raise MissingInterval(f"{table}: {result} of {len(rows)} closings found their interval")


async def correct_firm_periods(connection: Connection, events: Sequence[FirmPeriodCorrected]) -> None:
    # The last word on a period within the batch: one statement cannot touch a row twice.
    latest = {event.period_id: event for event in events}
    result = await connection.execute(
        "UPDATE firm_periods t SET kind = n.kind, region = n.region, parent_firm_id = n.parent, county = n.county, "
        "in_legal_district = n.in_legal_district, outside_parent = n.outside_parent, from_on = n.from_on "
        "FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::boolean[], $7::boolean[], "
        "$8::date[]) AS n (id, kind, region, parent, county, in_legal_district, outside_parent, from_on) "
        "WHERE t.period_id = n.id",
        list(latest),
        [e.kind.value for e in latest.values()],
        [e.region for e in latest.values()],
        [e.parent_firm_id for e in latest.values()],
        [e.county for e in latest.values()],
        [e.in_legal_district for e in latest.values()],
        [e.outside_parent for e in latest.values()],
        [e.from_on for e in latest.values()],
    )
    if result != f"UPDATE {len(latest)}":
        raise MissingInterval(f"firm_periods: {result} of {len(latest)} corrections found their interval")


async def correct_practices(connection: Connection, events: Sequence[PracticeCorrected]) -> None:
    latest = {event.practice_id: event for event in events}
    result = await connection.execute(
        "UPDATE practices t SET firm_id = n.firm_id, region = n.region, category = n.category, county = n.county, "
        "from_on = n.from_on "
        "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::date[]) "
        "AS n (id, firm_id, region, category, county, from_on) WHERE t.practice_id = n.id",
        list(latest),
        [e.firm_id for e in latest.values()],
        [e.region for e in latest.values()],
        [e.category for e in latest.values()],
        [e.county for e in latest.values()],
        [e.from_on for e in latest.values()],
    )
    if result != f"UPDATE {len(latest)}":
        raise MissingInterval(f"practices: {result} of {len(latest)} corrections found their interval")


async def merge_records(connection: Connection, events: Sequence[LawyerRecordMerged | LawyerRecordRestored]) -> None:
    last = {e.lawyer_id: e for e in sorted(events, key=lambda event: event.version)}
    await connection.execute("DELETE FROM merged_records WHERE lawyer_id = ANY($1)", list(last))
    merged = [e for e in last.values() if isinstance(e, LawyerRecordMerged)]
    await connection.copy_records_to_table(
        "merged_records",
        columns=("lawyer_id", "merged_into"),
        records=[(e.lawyer_id, e.merged_into) for e in merged],
    )


async def reorganise(connection: Connection, events: Sequence[FirmEnded | FirmSplit]) -> None:
    """合并 as told by each firm that was absorbed, 分立 as told by the firm that was divided."""
    rows = [
        (uuid5(e.firm_id, str(e.version)), e.case_id, e.firm_id, "division", e.region, e.effective_on)
        if isinstance(e, FirmSplit)
        else (uuid5(e.firm_id, str(e.version)), e.merger_id, e.firm_id, "merger", e.region, e.ended_on)
        for e in events
        if isinstance(e, FirmSplit) or e.merged_into is not None
    ]
    if rows:
        await connection.copy_records_to_table(
            "reorganisations",
            columns=("reorganisation_id", "case_id", "firm_id", "kind", "region", "effective_on"),
            records=rows,
        )


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
