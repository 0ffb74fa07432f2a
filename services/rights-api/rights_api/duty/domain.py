"""The duty day, the ladder that an alarm climbs, and how long it waits on each rung."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.working_days import Calendar

from rights_api.organs import Organ, association_of

JUSTICE = frozenset({OrganKind.DEPARTMENT, OrganKind.BUREAU})
"""Told nothing of a matter whose respondent is a justice organ."""
ROUNDS = 6
"""An alarm that nobody answers goes up its ladder so often; then it stands open in the lists only."""
_DAY = timedelta(days=1)
_LONGEST_REST = 15
"""Days off in a row that a gap is looked for in; no list of holidays has had more."""


class AlarmKind(LabelledEnum):
    FAST_LANE = "fast-lane", "快速通道来件", "a case of the fast lane has come in"
    DEADLINE_WARNED = "deadline-warned", "期限将至", "a deadline is due soon"
    DEADLINE_OVERDUE = "deadline-overdue", "期限逾期", "a deadline is missed"
    ROSTER_MISSING = "roster-missing", "值班空缺", "nobody is on duty on a day to come"
    HAND_OVER = "hand-over", "接班未确认", "a hand-over note has not been taken over"


class Seat(LabelledEnum):
    ON_DUTY = "on-duty", "值班人", "on duty"
    SUBSTITUTE = "substitute", "替班人", "substitute"


class Step(LabelledEnum):
    """What happened to an alarm; written once, never changed."""

    CALLED = "called", "已提醒", "called"
    NOBODY = "nobody", "无人值班", "nobody on duty"
    UNREACHABLE = "unreachable", "未登记联系方式", "on duty, but with no address"
    EXHAUSTED = "exhausted", "各级均未确认", "nobody up the ladder has acknowledged"
    ACKNOWLEDGED = "acknowledged", "已确认", "acknowledged"
    SETTLED = "settled", "已不需要", "settled by itself"


class Channel(LabelledEnum):
    SMS = "sms", "短信", "text message"
    VOICE = "voice", "语音电话", "voice call"
    EMAIL = "email", "电子邮件", "e-mail"
    WECOM = "wecom", "政务微信", "government WeChat"


_RUNG_STEPS = (Step.CALLED, Step.NOBODY, Step.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Rung:
    organ: Organ
    seat: Seat


@dataclass(frozen=True, slots=True)
class AlarmStep:
    ordinal: int
    step: Step
    at: datetime
    organ: Organ | None = None
    seat: Seat | None = None
    subject: str | None = None
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What an alarm is about: ids and codes only. `justice`: no justice organ is told."""

    owner_kind: str
    owner_id: UUID | None
    justice: bool
    clock_id: UUID | None = None
    mark_ordinal: int | None = None
    organ: Organ | None = None
    """Of an empty roster: whose, and `on` which day."""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Alarm:
    alarm_id: UUID
    number: str
    """What messages name it by; it tells nothing."""
    kind: AlarmKind
    organ: Organ
    """Whom it went to first."""
    urgent: bool
    about: About
    raised_at: datetime
    ended_at: datetime | None
    steps: tuple[AlarmStep, ...] = ()
    deadline: str | None = None
    due_at: datetime | None = None

    @property
    def rungs_left(self) -> tuple[Rung, ...]:
        """Of this round. A round begins anew where the one before was exhausted."""
        taken = 0
        for step in self.steps:
            taken = 0 if step.step is Step.EXHAUSTED else taken + (step.step in _RUNG_STEPS)
        return ladder(self.organ, justice=self.about.justice)[taken:]

    @property
    def rounds(self) -> int:
        """How often its ladder was exhausted."""
        return sum(step.step is Step.EXHAUSTED for step in self.steps)

    @property
    def acknowledged(self) -> AlarmStep | None:
        return next((step for step in self.steps if step.step is Step.ACKNOWLEDGED), None)

    @property
    def organs(self) -> frozenset[Organ]:
        """Whom it has reached so far; they see it in their lists."""
        return frozenset({self.organ, *(step.organ for step in self.steps if step.organ is not None)})

    @property
    def called(self) -> frozenset[str]:
        return frozenset(step.subject for step in self.steps if step.subject is not None)


def ladder(organ: Organ, *, justice: bool) -> tuple[Rung, ...]:
    """On duty, substitute, then the same of the next higher organ. Above the province nobody has an account."""
    if justice and organ.kind in JUSTICE:
        raise ValueError("a justice organ is told nothing of a matter against one")
    rungs: list[Rung] = []
    each: Organ | None = organ
    while each is not None:
        rungs += [Rung(each, seat) for seat in Seat]
        each = each.next_higher
    return tuple(rungs)


def told_when_warned(organ: Organ, *, justice: bool) -> Organ:
    """The organ that must act; where that is a justice organ and the matter is against one, the association there."""
    return association_of(organ.region) if justice and organ.kind in JUSTICE else organ


def told_when_overdue(organ: Organ, *, justice: bool) -> tuple[Organ, ...]:
    """It, the next higher organ, and the justice organ beside it (RR25), never one of the accused kind."""
    first = told_when_warned(organ, justice=justice)
    found = [first] if first.next_higher is None else [first, first.next_higher]
    if not justice and first.justice_beside not in found:
        found.append(first.justice_beside)
    return tuple(found)


def supervisor_of(organ: Organ) -> Organ:
    """Who is told of an empty roster; at the province the organ itself, which has nobody above it."""
    return organ.next_higher or organ


def answered_within(kind: AlarmKind, *, urgent: bool) -> timedelta:
    if urgent or kind is AlarmKind.FAST_LANE:
        return rule("rights.alarm.ack-urgent").span
    if kind in (AlarmKind.DEADLINE_OVERDUE, AlarmKind.ROSTER_MISSING):
        return rule("rights.alarm.ack-overdue").span
    return rule("rights.alarm.ack").span


def channels_for(channels: Sequence[Channel], *, urgent: bool) -> tuple[Channel, ...]:
    """Nobody is rung out of bed for what can wait."""
    return tuple(channel for channel in channels if urgent or channel is not Channel.VOICE)


def days_looked_at(today: date, calendar: Calendar) -> tuple[date, ...]:
    """Tomorrow; where that is a day off, also all up to the next day worked: on holidays nobody plans."""
    days = [today + _DAY]
    while not calendar.day(days[-1]).is_worked and len(days) < _LONGEST_REST:
        days.append(days[-1] + _DAY)
    return tuple(days)


@dataclass(frozen=True, slots=True)
class DutyNumbers:
    """Whom a caller reaches: the telephone of the office, never the person's."""

    organ: Organ
    on: date
    telephone: str | None
    staffed: bool
