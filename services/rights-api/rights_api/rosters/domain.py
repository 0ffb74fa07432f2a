"""A day of a roster, and who may write and take over a hand-over note."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from rights_api.organs import Organ
from rights_api.refusals import NotCompetent, Refused

MOST_DAYS = 92
"""Set at once: a quarter."""
FURTHEST = timedelta(days=400)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sitting:
    """Who sits on a day. Without `on_duty` nobody does any more."""

    on_duty: str | None
    substitute: str | None = None


@dataclass(frozen=True, slots=True)
class RosterDay:
    """Version 0: not set yet."""

    organ: Organ
    on: date
    version: int
    sitting: Sitting
    set_by: str | None = None
    set_at: datetime | None = None

    def set(self, sitting: Sitting, by: str, at: datetime) -> "RosterDay":
        return RosterDay(self.organ, self.on, self.version + 1, sitting, by, at)


@dataclass(frozen=True, slots=True)
class HandOver:
    """Its note stays sealed outside."""

    hand_over_id: UUID
    organ: Organ
    on: date
    written_by: str
    written_at: datetime
    taken_by: str | None = None
    taken_at: datetime | None = None


def check_settable(on: date, today: date, *, field: str) -> None:
    """The past is history: who sat there stays on record as it was."""
    if not today <= on <= today + FURTHEST:
        raise Refused(
            "roster-day-out-of-range",
            f"只能排今日起{FURTHEST.days}日内的班，已过去的值班日不能改动",
            f"only days from today to {FURTHEST.days} days ahead can be set; past days stay as they were",
            field=field,
        )


def check_writable(on: date, today: date, subject: str, sat: Collection[str]) -> None:
    """Those who sat that day write, on the day itself or the day after."""
    if on not in (today, today - _DAY):
        raise Refused(
            "hand-over-day-wrong",
            "交接班记录只能在值班当日或次日填写",
            "a hand-over note is written on the duty day or the day after",
            field="on",
        )
    if subject not in sat:
        raise NotCompetent(
            "not-on-duty",
            "只有该日的值班人或替班人可以填写交接班记录",
            "only who is on duty on that day, or the substitute, writes its hand-over note",
        )


def check_taker(hand_over: HandOver, subject: str, next_on_duty: Collection[str]) -> None:
    if subject not in next_on_duty:
        raise NotCompetent(
            "not-next-on-duty",
            "只有下一班的值班人或替班人可以接班",
            "only who is on duty next, or the substitute, takes over",
        )
    if hand_over.taken_by is not None and hand_over.taken_by != subject:
        raise Refused(
            "already-taken-over", "该交接班记录已由他人接班", "somebody else has taken this note over", conflict=True
        )
