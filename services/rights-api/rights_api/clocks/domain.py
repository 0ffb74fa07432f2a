"""A deadline, how it was dated and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.legal_day import end_of, midnight
from contracts.working_days import Calendar, Explanation, Pause, local_date
from pydantic import TypeAdapter

from rights_api.organs import Organ

WARNED_AT = 0.75
"""The part of its time after which a deadline warns."""

_EXPLANATION = TypeAdapter(Explanation)
_DAY = timedelta(days=1)


class Mark(LabelledEnum):
    """What has happened to a deadline; written once, never changed."""

    WARNED = "warned", "预警", "warned at 75 %"
    OVERDUE = "overdue", "逾期", "overdue"
    OVERDUE_RECTIFIED = "overdue-rectified", "逾期更正", "overdue rectified"
    PAUSED = "paused", "中止", "paused"
    RESUMED = "resumed", "恢复", "resumed"
    MET = "met", "已完成", "met"
    LAPSED = "lapsed", "不再需要", "no longer needed"
    HANDED_OVER = "handed-over", "转交", "handed to another organ"


class State(LabelledEnum):
    RUNNING = "running", "计时中", "running"
    PAUSED = "paused", "中止", "paused"
    WARNED = "warned", "即将到期", "due soon"
    OVERDUE = "overdue", "已逾期", "overdue"
    MET = "met", "按时完成", "met"
    MET_LATE = "met-late", "逾期完成", "met late"
    LAPSED = "lapsed", "不再需要", "no longer needed"
    EXPIRED = "expired", "期间届满", "period over"  # a right of the party that has passed unused: nobody's fault


class Bearer(LabelledEnum):
    """Whose act the deadline awaits. Only of our own organs it is told that they missed one."""

    ORGAN = "organ", "机关、协会", "organ"
    PARTY = "party", "申请人", "complainant"
    RESPONDENT = "respondent", "被投诉机关", "organ complained of"


class Why(LabelledEnum):
    """Why a deadline was dated."""

    BEGAN = "began", "起算", "began"
    RESUMED = "resumed", "中止后继续计算", "went on after a pause"
    CALENDAR = "calendar", "放假安排公布后重新计算", "the list of holidays came out"


@dataclass(frozen=True, slots=True)
class Owner:
    """What the deadline belongs to, and the organ that must keep it. `urgent`: of the fast lane."""

    kind: str
    id: UUID
    organ: Organ
    urgent: bool = False
    justice: bool = False
    """The matter is against a justice organ: none of these is told."""


@dataclass(frozen=True, slots=True)
class Dating:
    """When it is due by one reckoning. `due_at` is the instant from which it is missed."""

    why: Why
    started_at: date | datetime
    due_at: datetime
    due_on: date
    warn_at: datetime
    provisional: bool
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Marked:
    """`at` is the legal instant, whenever it was written."""

    mark: Mark
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    clock_id: UUID
    owner: Owner
    name: str
    rule_id: str
    bearer: Bearer
    datings: tuple[Dating, ...]
    marks: tuple[Marked, ...] = ()
    cap_id: UUID | None = None
    """The deadline after whose end this one never ends (RR06)."""

    @property
    def current(self) -> Dating:
        return self.datings[-1]

    @property
    def ended(self) -> Marked | None:
        return next((marked for marked in self.marks if marked.mark in (Mark.MET, Mark.LAPSED)), None)

    @property
    def is_open(self) -> bool:
        return self.ended is None

    @property
    def paused(self) -> bool:
        changes = [marked.mark for marked in self.marks if marked.mark in (Mark.PAUSED, Mark.RESUMED)]
        return bool(changes) and changes[-1] is Mark.PAUSED

    @property
    def overdue_at(self) -> datetime | None:
        """The overdue that stands: None where there is none, or it was rectified."""
        standing = None
        for marked in self.marks:
            if marked.mark is Mark.OVERDUE:
                standing = marked.at
            elif marked.mark is Mark.OVERDUE_RECTIFIED:
                standing = None
        return standing

    def has(self, mark: Mark, at: datetime) -> bool:
        return Marked(mark, at) in self.marks

    def state(self, now: datetime) -> State:
        late = State.EXPIRED if self.bearer is Bearer.PARTY else State.OVERDUE
        due_at = self.current.due_at
        if self.ended is not None:
            on_time = self.ended.at < due_at
            if self.ended.mark is Mark.MET:
                return State.MET if on_time else State.MET_LATE
            return State.LAPSED if on_time else late
        if self.paused:
            return State.PAUSED
        if now >= due_at:
            return late
        return State.WARNED if now >= self.current.warn_at else State.RUNNING

    def next_at(self) -> datetime | None:
        """The next instant at which something becomes true of it that is not written yet."""
        if self.ended is not None or self.paused:
            return None
        dating = self.current
        if self.has(Mark.OVERDUE, dating.due_at) or (
            self.bearer is not Bearer.ORGAN and self.has(Mark.WARNED, dating.warn_at)
        ):
            return None
        return dating.due_at if self.has(Mark.WARNED, dating.warn_at) else dating.warn_at

    def pauses(self, until: date | None = None) -> list[Pause]:
        """The days that do not count: from the day after the request to the day on which the answer came."""
        found, began = [], None
        for marked in self.marks:
            if marked.mark is Mark.PAUSED:
                began = local_date(marked.at)
            elif marked.mark is Mark.RESUMED and began is not None:
                found.append(Pause(began + _DAY, local_date(marked.at) + _DAY))
                began = None
        if began is not None and until is not None:
            found.append(Pause(began + _DAY, until + _DAY))
        return found


def begin(
    owner: Owner,
    name: str,
    rule_id: str,
    started_at: date | datetime,
    calendar: Calendar,
    *,
    bearer: Bearer = Bearer.ORGAN,
    cap: Clock | None = None,
) -> Clock:
    """A period that has begun. `cap`: it never ends after that one."""
    dating = date_of(Why.BEGAN, rule_id, started_at, calendar, cap=cap)
    return Clock(uuid4(), owner, name, rule_id, bearer, (dating,), cap_id=None if cap is None else cap.clock_id)


def date_again(clock: Clock, why: Why, calendar: Calendar, *, cap: Clock | None = None) -> Dating:
    return date_of(why, clock.rule_id, clock.datings[0].started_at, calendar, pauses=clock.pauses(), cap=cap)


def date_of(
    why: Why,
    rule_id: str,
    started_at: date | datetime,
    calendar: Calendar,
    *,
    pauses: Sequence[Pause] = (),
    cap: Clock | None = None,
) -> Dating:
    row = rule(rule_id)
    if row.unit == "months":
        return _months(why, rule_id, started_at)
    due = row.deadline(started_at, calendar=calendar, pauses=pauses)
    explanation: dict[str, Any] = _EXPLANATION.dump_python(due.explanation, mode="json")
    due_at = due.due_at.astimezone(UTC)
    stood_still = sum(((pause.to_on - pause.from_on) for pause in pauses), timedelta())
    warn_at = _warn_at(started_at, due_at, stood_still)
    dating = Dating(why, started_at, due_at, due.due_on, warn_at, due.provisional, explanation)
    if cap is None or dating.due_at <= cap.current.due_at:
        return dating
    ends = cap.current
    return replace(
        dating,
        due_at=ends.due_at,
        due_on=ends.due_on,
        warn_at=_warn_at(started_at, ends.due_at, stood_still),
        provisional=dating.provisional or ends.provisional,
        explanation=explanation
        | {
            "zh": f"{explanation['zh']}但不得迟于办结期限{ends.due_on.isoformat()}，以该日为准。",
            "en": f"{explanation['en']} But never after the end of handling, {ends.due_on.isoformat()}.",
        },
    )


def _months(why: Why, rule_id: str, started_at: date | datetime) -> Dating:
    row = rule(rule_id)
    start, last = local_date(started_at), row.ends_on(started_at)
    explanation = {
        "counted": [],
        "skipped": [],
        "made_up": [],
        "rolled": [],
        "provisional": False,
        "article": row.source,
        "verified": row.verified,
        "zh": f"自{start.isoformat()}起{row.value}个月，至{last.isoformat()}届满。依据：{row.source}。",
        "en": f"{row.value} months from {start.isoformat()}, until {last.isoformat()}. Source: {row.source}.",
    }
    due_at = end_of(last)
    return Dating(
        why, started_at, due_at, last, _warn_at(started_at, due_at), provisional=False, explanation=explanation
    )


def _warn_at(started_at: date | datetime, due_at: datetime, stood_still: timedelta = timedelta()) -> datetime:
    """Where three quarters of the time that counts are over."""
    starts = started_at if isinstance(started_at, datetime) else midnight(started_at)
    counts = max(0.0, (due_at - starts - stood_still).total_seconds())
    return due_at - timedelta(seconds=counts * (1 - WARNED_AT))
