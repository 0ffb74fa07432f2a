"""Notices as the department and as their addressees see them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.notices import NoticeSubject
from contracts.plan import plan
from contracts.regions import region_label
from pydantic import BaseModel

from progress_api.notices.domain import INTERNAL, Notice, Step, StepKind, Subject
from progress_api.references import ReferenceView

_BY_ADDRESSEE = frozenset({StepKind.ANSWERED})


class PendingView(BaseModel):
    """A colour that waits for an officer; first_officer: who has agreed already, where it needs two."""

    colour: str
    colour_zh: str
    first_officer: str | None


class NoticeView(BaseModel):
    """colour, due_on: null before it is issued. overdue_since: null where it is not overdue at the time of asking.

    rule, occasion_on, pending: for the department.
    """

    notice_id: UUID
    number: str | None
    state: str
    state_zh: str
    colour: str | None
    colour_zh: str | None
    colour_en: str | None
    addressee: str
    addressee_zh: str
    addressee_en: str
    region: str
    region_zh: str
    subject_kind: str
    subject_kind_zh: str
    subject: str
    subject_zh: str | None
    subject_en: str | None
    text: str
    opened_at: datetime
    due_on: date | None
    overdue: bool
    overdue_since: datetime | None
    rule: str | None
    occasion_on: date | None
    pending: PendingView | None
    version: int

    @classmethod
    def of(cls, notice: Notice, now: datetime, *, internal: bool) -> "NoticeView":
        return cls(**_shown(notice, now, internal=internal))


class StepView(BaseModel):
    """by, second: subjects of officers, for the department; to an addressee who has answered in its own name."""

    kind: str
    kind_zh: str
    kind_en: str
    at: datetime
    by: str | None
    second: str | None
    colour: str | None
    colour_zh: str | None
    due_on: date | None
    due_zh: str | None
    due_en: str | None
    text: str | None
    evidence: list[ReferenceView] | None

    @classmethod
    def of(cls, step: Step, *, internal: bool) -> "StepView":
        return cls(
            kind=step.kind.value,
            kind_zh=step.kind.zh,
            kind_en=step.kind.en,
            at=step.at,
            by=step.by if internal or step.kind in _BY_ADDRESSEE else None,
            second=step.second if internal else None,
            colour=step.colour and step.colour.value,
            colour_zh=step.colour and step.colour.zh,
            due_on=step.due_on,
            due_zh=step.due_zh,
            due_en=step.due_en,
            text=step.text,
            evidence=None if step.evidence is None else [ReferenceView.of(each) for each in step.evidence],
        )


class OpenedNotice(NoticeView):
    steps: list[StepView]

    @classmethod
    def with_steps(cls, notice: Notice, steps: list[Step], now: datetime, *, internal: bool) -> "OpenedNotice":
        shown = [StepView.of(step, internal=internal) for step in steps if internal or step.kind not in INTERNAL]
        return cls(**_shown(notice, now, internal=internal), steps=shown)


def _shown(notice: Notice, now: datetime, *, internal: bool) -> dict[str, Any]:
    colour, pending, since = notice.colour, notice.pending, notice.overdue_since(now)
    titles = title_of(notice.subject)
    return {
        "notice_id": notice.notice_id,
        "number": None if notice.number is None else notice.number.zh,
        "state": notice.state.value,
        "state_zh": notice.state.zh,
        "colour": colour and colour.value,
        "colour_zh": colour and colour.zh,
        "colour_en": colour and colour.en,
        "addressee": notice.addressee.kind.value,
        "addressee_zh": notice.addressee.zh,
        "addressee_en": notice.addressee.en,
        "region": notice.addressee.region,
        "region_zh": region_label(notice.addressee.region)[0],
        "subject_kind": notice.subject.kind.value,
        "subject_kind_zh": notice.subject.kind.zh,
        "subject": notice.subject.code,
        "subject_zh": titles[0],
        "subject_en": titles[1],
        "text": notice.text,
        "opened_at": notice.opened_at,
        "due_on": notice.due_on,
        "overdue": since is not None,
        "overdue_since": since,
        "rule": notice.occasion.rule if internal and notice.occasion is not None else None,
        "occasion_on": notice.occasion.since if internal and notice.occasion is not None else None,
        "pending": PendingView(colour=pending.colour.value, colour_zh=pending.colour.zh, first_officer=pending.first)
        if internal and pending is not None
        else None,
        "version": notice.version,
    }


def title_of(subject: Subject) -> tuple[str | None, str | None]:
    """None of a report, which is named by its id."""
    match subject.kind:
        case NoticeSubject.MEASURE:
            section = plan().section(subject.code)
            return section.title_zh, section.title_en
        case NoticeSubject.INDICATOR:
            indicator = plan().indicator(subject.code)
            return indicator.title_zh, indicator.title_en
        case NoticeSubject.DELIVERABLE:
            deliverable = plan().deliverable(subject.code)
            return deliverable.title_zh, deliverable.title_en
        case NoticeSubject.REPORT:
            return None, None
