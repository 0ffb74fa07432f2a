"""Commands on rosters and hand-overs; texts and addresses are only handed through, to be sealed."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from rights_api.organs import Organ
from rights_api.refusals import Refused
from rights_api.rosters.domain import (
    HandOver,
    RosterDay,
    Sitting,
    check_settable,
    check_taker,
    check_writable,
)


class Rosters(Protocol):
    async def days(self, organ: Organ, on: Sequence[date], *, lock: bool = False) -> list[RosterDay]:
        """One per day asked for, in their order; `lock` keeps others from setting days of this organ meanwhile."""

    async def add(self, days: Sequence[RosterDay]) -> None: ...

    async def sat(self, organ: Organ, on: date) -> Collection[str]:
        """Both seats of the day."""

    async def next_on_duty(self, organ: Organ, after: date, today: date) -> Collection[str]:
        """Both seats of the next day with a roster, and those of today where it is later."""

    async def add_hand_over(self, hand_over: HandOver, note: str) -> None: ...

    async def take_over(self, hand_over_id: UUID, subject: str, at: datetime) -> None: ...


async def set_days(
    rosters: Rosters,
    organ: Organ,
    on: Sequence[date],
    sitting: Sitting,
    *,
    by: str,
    at: datetime,
    today: date,
    replace: bool,
) -> list[RosterDay]:
    for field, day in (("from_on", on[0]), ("to_on", on[-1])):
        check_settable(day, today, field=field)
    before = await rosters.days(organ, on, lock=True)
    taken = [day.on.isoformat() for day in before if day.sitting.on_duty is not None]
    if taken and not replace:
        raise Refused(
            "roster-days-taken",
            "所选日期中已有排班；确需改动请将 replace 设为 true",
            "some of these days have a roster; set replace to true to change them",
            field="replace",
            conflict=True,
            extra={"days": taken},
        )
    after = [day.set(sitting, by, at) for day in before]
    await rosters.add(after)
    return after


async def set_day(
    rosters: Rosters, before: RosterDay, sitting: Sitting, *, by: str, at: datetime, today: date
) -> RosterDay:
    """`before` was read with the lock."""
    check_settable(before.on, today, field="on")
    after = before.set(sitting, by, at)
    await rosters.add([after])
    return after


async def hand_over(rosters: Rosters, written: HandOver, note: str, *, today: date) -> None:
    check_writable(written.on, today, written.written_by, await rosters.sat(written.organ, written.on))
    await rosters.add_hand_over(written, note)


async def take_over(rosters: Rosters, before: HandOver, *, subject: str, at: datetime, today: date) -> None:
    """Twice by the same person is once."""
    check_taker(before, subject, await rosters.next_on_duty(before.organ, before.on, today))
    if before.taken_by is None:
        await rosters.take_over(before.hand_over_id, subject, at)
