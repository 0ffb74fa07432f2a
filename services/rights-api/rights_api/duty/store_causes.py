"""Timers' tasks: what has happened to deadlines, rosters and hand-overs raises alarms, and open alarms climb.

Any number of processes may do it at once: rows are claimed with SKIP LOCKED, and a cause raises one alarm only.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta

from common.database import Database, Tx
from common.timers import Task
from contracts.deadlines import rule
from contracts.legal_day import midnight
from contracts.working_days import local_date
from sqlalchemy import text

from rights_api.clocks.domain import Mark
from rights_api.clocks.store import calendar_of
from rights_api.duty.domain import (
    About,
    AlarmKind,
    days_looked_at,
    supervisor_of,
    told_when_overdue,
    told_when_warned,
)
from rights_api.duty.store import SqlAlarms
from rights_api.duty.store_staffing import gaps, organ_of

_BATCH = 50
_DAY = timedelta(days=1)
# A warning is no news any more once the deadline was met, paused or missed.
_MARKS = text("""
SELECT m.clock_id, m.ordinal, m.mark, c.owner_kind, c.owner_id, c.organ_kind, c.organ_region, c.urgent, c.justice
FROM clock_marks m JOIN clocks c ON c.clock_id = m.clock_id
WHERE m.mark IN ('warned', 'overdue') AND c.bearer = 'organ'
  AND NOT EXISTS (SELECT FROM alarms a WHERE a.clock_id = m.clock_id AND a.mark_ordinal = m.ordinal)
  AND NOT EXISTS (SELECT FROM clock_marks later WHERE later.clock_id = m.clock_id AND later.ordinal > m.ordinal
      AND CASE m.mark WHEN 'warned' THEN later.mark IN ('met', 'lapsed', 'paused', 'overdue')
                      ELSE later.mark = 'overdue-rectified' END)
ORDER BY m.recorded_at LIMIT :limit FOR UPDATE OF m SKIP LOCKED""")
_UNTAKEN = text("""
SELECT h.hand_over_id, h.organ_kind, h.organ_region FROM hand_overs h
WHERE h.on_day <= :last
  AND NOT EXISTS (SELECT FROM hand_over_takings t WHERE t.hand_over_id = h.hand_over_id)
  AND NOT EXISTS (SELECT FROM alarms a WHERE a.owner_id = h.hand_over_id AND a.kind = 'hand-over')
ORDER BY h.written_at LIMIT :limit FOR UPDATE OF h SKIP LOCKED""")
_EXPIRE = text("UPDATE alarm_deliveries SET state = 'expired' WHERE state = 'waiting' AND expires_at <= :now")


async def alarm_about_deadlines(database: Database, now: datetime) -> int:
    """Warned: the organ itself. Overdue: also the next higher organ and the justice organ beside it (RR25)."""
    return await _in_batches(database, _raise_for_marks, now)


def alarm_about_rosters(obliged_from: date | None) -> Task:
    """From 09:00 of the day before; days off already on the last day worked before them."""

    async def alarm_about_empty_days(database: Database, now: datetime) -> int:
        today = local_date(now)
        if now < midnight(today + _DAY) - rule("rights.duty.roster-ahead").span:
            return 0
        async with database.begin() as tx:
            days = days_looked_at(today, await calendar_of(tx.session))
            alarms = SqlAlarms(tx)
            raised = 0
            for organ, on in await gaps(tx.session, days, obliged_from):
                raised += await alarms.raise_(
                    AlarmKind.ROSTER_MISSING,
                    supervisor_of(organ),
                    About("roster", None, justice=False, organ=organ, on=on),
                    cause=f"roster/{organ.kind.value}/{organ.region}/{on.isoformat()}",
                    urgent=False,
                    at=now,
                )
            return raised

    return alarm_about_empty_days


async def alarm_about_hand_overs(database: Database, now: datetime) -> int:
    """A note that was not taken over by the morning of the next duty day."""
    return await _in_batches(database, _raise_for_hand_overs, now)


async def climb_alarms(database: Database, now: datetime) -> int:
    """What is settled ends; what nobody acknowledged in time goes a rung up; what is too old is not sent any more."""

    async def settle(tx: Tx, now: datetime) -> int:
        return await SqlAlarms(tx).settle(now, _BATCH)

    async def climb(tx: Tx, now: datetime) -> int:
        return await SqlAlarms(tx).climb_due(now, _BATCH)

    async with database.begin() as tx:
        await tx.session.execute(_EXPIRE, {"now": now})
    return await _in_batches(database, settle, now) + await _in_batches(database, climb, now)


async def _raise_for_marks(tx: Tx, now: datetime) -> int:
    rows = (await tx.session.execute(_MARKS, {"limit": _BATCH})).all()
    alarms = SqlAlarms(tx)
    for row in rows:
        organ = organ_of(row.organ_kind, row.organ_region)
        overdue = row.mark == Mark.OVERDUE.value
        kind = AlarmKind.DEADLINE_OVERDUE if overdue else AlarmKind.DEADLINE_WARNED
        told = (
            told_when_overdue(organ, justice=row.justice)
            if overdue
            else (told_when_warned(organ, justice=row.justice),)
        )
        about = About(row.owner_kind, row.owner_id, row.justice, clock_id=row.clock_id, mark_ordinal=row.ordinal)
        for each in told:
            cause = f"mark/{row.clock_id}/{row.ordinal}/{each.kind.value}/{each.region}"
            await alarms.raise_(kind, each, about, cause=cause, urgent=row.urgent, at=now)
    return len(rows)


async def _raise_for_hand_overs(tx: Tx, now: datetime) -> int:
    last = local_date(now - rule("rights.duty.hand-over").span) - _DAY
    rows = (await tx.session.execute(_UNTAKEN, {"last": last, "limit": _BATCH})).all()
    for row in rows:
        await SqlAlarms(tx).raise_(
            AlarmKind.HAND_OVER,
            organ_of(row.organ_kind, row.organ_region),
            About("hand-over", row.hand_over_id, justice=False),
            cause=f"hand-over/{row.hand_over_id}",
            urgent=False,
            at=now,
        )
    return len(rows)


async def _in_batches(database: Database, work: Callable[[Tx, datetime], Awaitable[int]], now: datetime) -> int:
    total = 0
    while True:
        async with database.begin() as tx:
            done = await work(tx, now)
        total += done
        if done < _BATCH:
            return total
