"""progress-api's own events → reported values, duties to report, national figures, inspections, shown values."""

from collections.abc import Sequence

from asyncpg import Connection
from contracts.report_events import (
    ClosedValuesShown,
    InspectionCompleted,
    NationalFiguresConfirmed,
    ReportedValueConfirmed,
    ReportReceived,
    ReportRequested,
    ValuesShown,
)

from progress_store.projection.conduct import found


async def request_reports(connection: Connection, events: Sequence[ReportRequested]) -> None:
    await connection.copy_records_to_table(
        "report_duties",
        columns=("report_id", "reporter", "region", "from_on", "until_on", "due_on"),
        records=[(e.report_id, e.reporter.value, e.region, e.from_on, e.until_on, e.due_on) for e in events],
    )


async def receive_reports(connection: Connection, events: Sequence[ReportReceived]) -> None:
    done = await connection.execute(
        "UPDATE report_duties t SET received_on = n.received_on "
        "FROM unnest($1::uuid[], $2::date[]) AS n (report_id, received_on) WHERE t.report_id = n.report_id",
        [e.report_id for e in events],
        [e.received_on for e in events],
    )
    found(done, len(events), "report duties")


async def confirm_values(connection: Connection, events: Sequence[ReportedValueConfirmed]) -> None:
    await connection.copy_records_to_table(
        "reported_values",
        columns=(
            "value_id", "version", "indicator_id", "region", "from_on", "until_on", "due_on", "amount", "base",
            "reached_on",
        ),
        records=[
            (e.value_id, e.version, e.indicator_id, e.region, e.from_on, e.until_on, e.due_on, e.amount, e.base,
             e.reached_on)
            for e in events
        ],
    )  # fmt: skip


async def confirm_national_figures(connection: Connection, events: Sequence[NationalFiguresConfirmed]) -> None:
    await connection.copy_records_to_table(
        "national_figures",
        columns=("table_id", "version", "year", "published_on", "province", "lawyers", "bound"),
        records=[
            (e.table_id, e.version, e.year, e.published_on, f.province, f.lawyers, f.bound)
            for e in events
            for f in e.figures
        ],
    )
    newest = {e.table_id: e for e in events}
    await connection.executemany(
        "INSERT INTO national_tables (table_id, version, year, published_on) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (table_id) DO UPDATE SET version = excluded.version, year = excluded.year, "
        "published_on = excluded.published_on",
        [(e.table_id, e.version, e.year, e.published_on) for e in newest.values()],
    )


async def complete_inspections(connection: Connection, events: Sequence[InspectionCompleted]) -> None:
    await connection.copy_records_to_table(
        "inspections",
        columns=("inspection_id", "region", "completed_on"),
        records=[(e.inspection_id, e.region, e.completed_on) for e in events],
    )


async def show_values(connection: Connection, events: Sequence[ValuesShown | ClosedValuesShown]) -> None:
    await connection.copy_records_to_table(
        "shown_values",
        columns=("indicator_id", "version", "shown_on", "region", "value", "numerator", "denominator"),
        records=[
            (e.indicator_id, e.version, e.shown_on, f.region, f.value, f.numerator, f.denominator)
            for e in events
            for f in e.figures
        ],
    )
