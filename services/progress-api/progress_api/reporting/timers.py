"""What is done by itself: reports are opened the day after a period, and who has not reported is reminded.

Overdue needs no timer: reads reckon it from the day they are asked for.
"""

from datetime import datetime, timedelta

from common.database import Database
from common.local_time import local_date
from contracts.plan_events import ReportReminded
from contracts.reporting import reminder_days

from progress_api.freezes import is_frozen
from progress_api.reporting.duties import ended_periods
from progress_api.reporting.store import SqlReports, reminder_id
from progress_api.reporting.use_cases import requested


async def open_reports(database: Database, now: datetime) -> int:
    """All reports of a period in one transaction."""
    total = 0
    pool = await database.pool()
    async with pool.acquire() as connection:
        opened = await SqlReports(connection).opened()
    for name, period in ended_periods(local_date(now)).items():
        if name in opened:
            continue
        async with database.begin() as tx:
            connection = await tx.raw()
            if await is_frozen(connection, period.until_on):
                continue  # nobody is asked for what could not be sent any more
            reports = await SqlReports(connection).open_round(period, now)
            tx.outbox.add_all(requested(report) for report in reports)
        total += len(reports)
    return total


async def remind(database: Database, now: datetime) -> int:
    """By the latest rule whose day has come, so that nobody gets three at once after a standstill."""
    today, rules = local_date(now), reminder_days()
    async with database.begin() as tx:
        store = SqlReports(await tx.raw())
        due = {}
        for row in await store.waiting(today - timedelta(days=rules[0])):
            days = max((days for days in rules if row["due_on"] + timedelta(days=days) <= today), default=None)
            if days is not None and days not in (row["reminded"] or ()):
                due[row["report_id"], days] = row
        if not due:
            return 0
        given = await store.remind(list(due), now)
        for (report_id, days), row in due.items():
            if (identity := reminder_id(report_id, days)) in given:
                tx.outbox.add(
                    ReportReminded(
                        version=1,
                        region=row["region"],
                        reminder_id=identity,
                        report_id=report_id,
                        due_on=row["due_on"],
                        days_after_due=days,
                    )
                )
    return len(given)
