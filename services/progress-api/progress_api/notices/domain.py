"""A notice: proposed by a rule or an officer, issued, answered, accepted or sent back, closed; escalated when overdue.

Whether it is overdue is read from its due day and the time, never stored. A step is dated from the day on which it was
taken, however late a timer came: the addressee has its working days from the day on which it could know.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.legal_day import end_of
from contracts.notices import NoticeColour, NoticeSubject, notice_rules
from contracts.working_days import Deadline

from progress_api.organisations import Organisation
from progress_api.references import Reference
from progress_api.refusals import NotCompetent, Refused


class State(LabelledEnum):
    PROPOSED = "proposed", "待签发", "waits to be issued"
    ISSUED = "issued", "待答复", "waits for an answer"
    ANSWERED = "answered", "待审核", "answered"
    ACCEPTED = "accepted", "答复已认可", "answer accepted"
    CLOSED = "closed", "已办结", "closed"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"


class StepKind(LabelledEnum):
    PROPOSED = "proposed", "提出", "proposed"
    AGREED = "agreed", "第一人同意", "agreed by the first officer"
    ISSUED = "issued", "签发", "issued"
    ESCALATED = "escalated", "升级", "escalated"
    ANSWERED = "answered", "答复", "answered"
    ACCEPTED = "accepted", "认可", "answer accepted"
    RETURNED = "returned", "退回", "answer sent back"
    CLOSED = "closed", "办结", "closed"
    WITHDRAWN = "withdrawn", "撤回", "withdrawn"


INTERNAL = frozenset({StepKind.PROPOSED, StepKind.AGREED})
"""What the addressee does not see: a notice is none before it is issued."""


@dataclass(frozen=True, slots=True)
class Subject:
    kind: NoticeSubject
    code: str


@dataclass(frozen=True, slots=True)
class Number:
    year: int
    sequence: int

    @property
    def zh(self) -> str:
        return notice_rules().number(self.year, self.sequence)


@dataclass(frozen=True, slots=True)
class Pending:
    """A colour that waits for an officer; `first`: who has agreed already, where it needs two."""

    colour: NoticeColour
    first: str | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a rule found: since which day it is so."""

    rule: str
    since: date


@dataclass(frozen=True, slots=True)
class Notice:
    """`version` counts its changes, `events` what was told of it. colour, due_on: of what was issued last."""

    notice_id: UUID
    addressee: Organisation
    subject: Subject
    text: str
    opened_at: datetime
    occasion: Occasion | None = None
    state: State = State.PROPOSED
    version: int = 1
    events: int = 0
    number: Number | None = None
    colour: NoticeColour | None = None
    due_on: date | None = None
    pending: Pending | None = None

    def overdue_since(self, now: datetime) -> datetime | None:
        """The midnight that ended its due day, where no answer had come by then and none has come yet."""
        if self.state is not State.ISSUED or self.due_on is None:
            return None
        ended = end_of(self.due_on)
        return ended if now >= ended else None


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law. `by`: an officer, or `rule:` and the id of a rule."""

    by: str
    at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. second: the officer who agreed first, where two had to."""

    kind: StepKind
    by: str
    at: datetime
    colour: NoticeColour | None = None
    second: str | None = None
    due_on: date | None = None
    due_zh: str | None = None
    due_en: str | None = None
    text: str | None = None
    evidence: tuple[Reference, ...] | None = None


Moved = tuple[Notice, Step]


def propose(notice: Notice, colour: NoticeColour, act: Act, text: str | None = None) -> Moved:
    """A colour waits from now on: that of the notice, or its next one."""
    step = Step(StepKind.PROPOSED, act.by, act.at, colour, text=text)
    return replace(notice, pending=Pending(colour)), step


def agree(notice: Notice, act: Act, text: str | None = None) -> Moved:
    """An officer, or the rule itself, agrees to the colour that waits; one of two officers waits for the second."""
    pending = notice.pending
    if pending is None:
        raise _not_now("nothing-pending", "没有待签发的督办或升级", "nothing waits to be issued")
    if notice_rules().colours[pending.colour].two_officers:
        if pending.first is None:
            step = Step(StepKind.AGREED, act.by, act.at, pending.colour, text=text)
            return _moved(notice, pending=replace(pending, first=act.by)), step
        if pending.first == act.by:
            raise NotCompetent(
                "second-officer-needed",
                f"{pending.colour.zh}须由另一名工作人员签发",
                f"a {pending.colour.en} is issued by another officer than who agreed first",
            )
    due = notice_rules().answer_due(pending.colour, act.today)
    kind = StepKind.ISSUED if notice.colour is None else StepKind.ESCALATED
    step = _dated(Step(kind, act.by, act.at, pending.colour, second=pending.first, text=text), due)
    return _moved(notice, state=State.ISSUED, colour=pending.colour, due_on=due.due_on, pending=None, events=1), step


def next_colour(notice: Notice) -> NoticeColour:
    if notice.state is not State.ISSUED or notice.colour is None:
        raise _not_now("not-awaiting-answer", "督办不在待答复状态", "the notice does not wait for an answer")
    if notice.pending is not None:
        raise _not_now("escalation-pending", "升级已在待签发", "an escalation waits to be issued already")
    colour = notice_rules().colours[notice.colour].next
    if colour is None:
        raise _not_now("highest-colour", "已是最高等级", "it has the highest colour already")
    return colour


def is_to_be_escalated(notice: Notice, days: int, today: date) -> bool:
    """Whether the rule for unanswered notices has something to do; `days` beyond the first day overdue."""
    return (
        notice.state is State.ISSUED
        and notice.pending is None
        and notice.colour is not None
        and notice.due_on is not None
        and notice_rules().colours[notice.colour].next is not None
        and today > notice.due_on + timedelta(days=days)
    )


def answer(notice: Notice, text: str, evidence: tuple[Reference, ...], act: Act) -> Moved:
    """Also an overdue one; an escalation that waits for an officer is dropped."""
    if notice.state is not State.ISSUED:
        raise _not_now("not-awaiting-answer", "督办不在待答复状态", "the notice does not wait for an answer")
    step = Step(StepKind.ANSWERED, act.by, act.at, notice.colour, text=text, evidence=evidence)
    return _moved(notice, state=State.ANSWERED, pending=None, events=1), step


def accept(notice: Notice, act: Act, text: str | None = None) -> Moved:
    _demand_answered(notice)
    return _moved(notice, state=State.ACCEPTED), Step(StepKind.ACCEPTED, act.by, act.at, notice.colour, text=text)


def send_back(notice: Notice, reason: str, act: Act) -> Moved:
    """It waits for an answer again, by a day of its own."""
    _demand_answered(notice)
    due = notice_rules().answer_again_due(act.today)
    step = _dated(Step(StepKind.RETURNED, act.by, act.at, notice.colour, text=reason), due)
    return _moved(notice, state=State.ISSUED, due_on=due.due_on), step


def close(notice: Notice, act: Act, text: str | None = None) -> Moved:
    if notice.state is not State.ACCEPTED:
        raise _not_now("answer-not-accepted", "答复认可后方可办结", "it is closed once its answer has been accepted")
    step = Step(StepKind.CLOSED, act.by, act.at, notice.colour, text=text)
    return _moved(notice, state=State.CLOSED, events=1), step


def withdraw(notice: Notice, reason: str, act: Act) -> Moved:
    """A proposal that is not issued ends in the same way, told to nobody."""
    if notice.state in (State.CLOSED, State.WITHDRAWN):
        raise _not_now("notice-ended", "督办已办结或者撤回", "the notice is closed or withdrawn")
    step = Step(StepKind.WITHDRAWN, act.by, act.at, notice.colour, text=reason)
    told = 0 if notice.number is None else 1
    return _moved(notice, state=State.WITHDRAWN, pending=None, events=told), step


def _moved(notice: Notice, *, events: int = 0, **changes: object) -> Notice:
    """events: how many are told of it."""
    return replace(notice, version=notice.version + 1, events=notice.events + events, **changes)  # type: ignore[arg-type]


def _dated(step: Step, due: Deadline) -> Step:
    return replace(step, due_on=due.due_on, due_zh=due.explanation.zh, due_en=due.explanation.en)


def _demand_answered(notice: Notice) -> None:
    if notice.state is not State.ANSWERED:
        raise _not_now("not-answered", "没有待审核的答复", "there is no answer to decide on")


def _not_now(code: str, zh: str, en: str) -> Refused:
    return Refused(code, zh, en, conflict=True)
