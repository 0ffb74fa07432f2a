"""Commands on notices, and what rules find: each change checked, stored and told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from common.database import Tx
from common.events import Event
from contracts.notices import NoticeColour, NoticeRule, NoticeSubject, NoticeTrigger, notice_rules
from contracts.plan import UnknownPlanId, plan
from contracts.plan_events import NoticeAnswered, NoticeClosed, NoticeEscalated, NoticeIssued, NoticeWithdrawn

from progress_api.notices import domain
from progress_api.notices.domain import Act, Moved, Notice, Number, Occasion, State, Step, StepKind, Subject
from progress_api.organisations import Organisation
from progress_api.references import Reference, ReferenceKind
from progress_api.refusals import Fault, Refused


class Notices(Protocol):
    """Where they are stored."""

    async def add(self, notice: Notice) -> bool:
        """False where the rule has put this occasion forward, or has a notice open about it."""

    async def save(self, notice: Notice, step: Step) -> None: ...

    async def next_number(self, year: int) -> int:
        """Without gaps: taken in the transaction that issues."""

    async def put_forward(self, rule: str) -> Collection[tuple[Organisation, Subject, date]]:
        """What the rule has found before: of whom, about what, since when."""

    async def owes_report(self, report_id: UUID, organisation: Organisation) -> bool: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule looks for: of whom, about what, since which day it is so. label: how its text names it."""

    addressee: Organisation
    subject: Subject
    since: date
    label: str


async def open_by_hand(
    notices: Notices, tx: Tx, *, addressee: Organisation, subject: Subject, colour: NoticeColour, text: str, act: Act
) -> Notice:
    """Issued at once, or, in a colour of two officers, waiting for the second."""
    await _check_subject(notices, addressee, subject)
    notice = Notice(uuid4(), addressee, subject, text, act.at)
    proposed, step = domain.propose(notice, colour, act)
    if not await notices.add(proposed):
        raise ValueError("a notice by hand belongs to no rule")
    await notices.save(proposed, step)
    return await agree(notices, tx, proposed, act)


async def agree(notices: Notices, tx: Tx, notice: Notice, act: Act, text: str | None = None) -> Notice:
    """Issues or escalates what waits, or is the first of two officers to agree."""
    after, step = domain.agree(notice, act, text)
    if after.state is State.ISSUED and after.number is None:
        after = replace(after, number=Number(act.today.year, await notices.next_number(act.today.year)))
    return await _save(notices, tx, (after, step), act)


async def escalate(notices: Notices, tx: Tx, notice: Notice, reason: str, act: Act) -> Notice:
    """By hand, overdue or not."""
    proposed, step = domain.propose(notice, domain.next_colour(notice), act, reason)
    await notices.save(proposed, step)
    return await agree(notices, tx, proposed, act, reason)


async def answer(
    notices: Notices, tx: Tx, notice: Notice, *, text: str, evidence: tuple[Reference, ...], act: Act
) -> Notice:
    faults = [
        Fault(f"evidence.{n}.reference", "没有本单位的这份报送", "is no report of this organisation")
        for n, each in enumerate(evidence)
        if each.kind is ReferenceKind.REPORT and not await notices.owes_report(UUID(each.reference), notice.addressee)
    ]
    if faults:
        raise Refused("report-unknown", faults[0].zh, faults[0].en, faults=faults)
    return await _save(notices, tx, domain.answer(notice, text, evidence, act), act)


async def accept(notices: Notices, tx: Tx, notice: Notice, text: str | None, act: Act) -> Notice:
    return await _save(notices, tx, domain.accept(notice, act, text), act)


async def send_back(notices: Notices, tx: Tx, notice: Notice, reason: str, act: Act) -> Notice:
    return await _save(notices, tx, domain.send_back(notice, reason, act), act)


async def close(notices: Notices, tx: Tx, notice: Notice, text: str | None, act: Act) -> Notice:
    return await _save(notices, tx, domain.close(notice, act, text), act)


async def withdraw(notices: Notices, tx: Tx, notice: Notice, reason: str, act: Act) -> Notice:
    return await _save(notices, tx, domain.withdraw(notice, reason, act), act)


def is_due(rule: NoticeRule, since: date, today: date) -> bool:
    return today >= since + timedelta(days=rule.days)


async def put_forward(notices: Notices, tx: Tx, rule: NoticeRule, findings: Sequence[Finding], act: Act) -> int:
    """One notice per rule, subject and organisation stands open, and each occasion is put forward once."""
    if rule.colour is None:
        raise ValueError(f"{rule.id} opens no notice")
    opened, before = 0, await notices.put_forward(rule.id)
    for finding in findings:
        is_new = (finding.addressee, finding.subject, finding.since) not in before
        if not is_new or not is_due(rule, finding.since, act.today):
            continue
        text = rule.text(finding.label, finding.since)
        occasion = Occasion(rule.id, finding.since)
        notice = Notice(uuid4(), finding.addressee, finding.subject, text, act.at, occasion)
        proposed, step = domain.propose(notice, rule.colour, act)
        if not await notices.add(proposed):
            continue
        await notices.save(proposed, step)
        opened += 1
        if rule.issues:
            await agree(notices, tx, proposed, act)
    return opened


async def escalate_overdue(notices: Notices, tx: Tx, overdue: Sequence[Notice], act: Act) -> int:
    """`overdue` are locked. Where two officers must agree, the rule only puts it before them."""
    escalated = 0
    for rule in notice_rules().of(NoticeTrigger.ANSWER_OVERDUE):
        by_rule = replace(act, by=f"rule:{rule.id}")
        for notice in overdue:
            if notice.due_on is None or not domain.is_to_be_escalated(notice, rule.days, act.today):
                continue
            colour = domain.next_colour(notice)
            text = rule.text("", notice.due_on + timedelta(days=1))
            proposed, step = domain.propose(replace(notice, version=notice.version + 1), colour, by_rule, text)
            await notices.save(proposed, step)
            escalated += 1
            if rule.issues and not notice_rules().colours[colour].two_officers:
                await agree(notices, tx, proposed, by_rule, text)
    return escalated


async def _check_subject(notices: Notices, addressee: Organisation, subject: Subject) -> None:
    unknown = Refused("subject-unknown", "方案中没有这一事项", "the plan has no such thing", field="subject")
    try:
        match subject.kind:
            case NoticeSubject.MEASURE:
                plan().section(subject.code)
            case NoticeSubject.INDICATOR:
                plan().indicator(subject.code)
            case NoticeSubject.DELIVERABLE:
                plan().deliverable(subject.code)
            case NoticeSubject.REPORT:
                if not await notices.owes_report(UUID(subject.code), addressee):
                    raise Refused(
                        "report-unknown", "没有该单位的这份报送", "is no report of that organisation", field="subject"
                    )
    except UnknownPlanId as error:
        raise unknown from error


async def _save(notices: Notices, tx: Tx, moved: Moved, act: Act) -> Notice:
    after, step = moved
    await notices.save(after, step)
    event = _told(after, step, act.today)
    if event is not None:
        tx.outbox.add(event)
    return after


def _told(notice: Notice, step: Step, today: date) -> Event | None:
    if notice.colour is None or notice.due_on is None or notice.number is None:
        return None
    common = {
        "version": notice.events,
        "region": notice.addressee.region,
        "notice_id": notice.notice_id,
        "colour": notice.colour,
        "addressee": notice.addressee.kind,
    }
    about = {"subject_kind": notice.subject.kind, "subject": notice.subject.code, "due_on": notice.due_on}
    event: Event | None = None
    match step.kind:
        case StepKind.ISSUED:
            rule = None if notice.occasion is None else notice.occasion.rule
            event = NoticeIssued(**common, **about, issued_on=today, rule=rule)
        case StepKind.ESCALATED:
            event = NoticeEscalated(**common, **about, escalated_on=today)
        case StepKind.ANSWERED:
            event = NoticeAnswered(**common, answered_on=today, due_on=notice.due_on)
        case StepKind.CLOSED:
            event = NoticeClosed(**common, closed_on=today)
        case StepKind.WITHDRAWN:
            event = NoticeWithdrawn(**common, withdrawn_on=today)
    return event
