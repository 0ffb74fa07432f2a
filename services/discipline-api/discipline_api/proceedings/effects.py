"""What a step leaves in the case."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TypeVar
from uuid import uuid4

from contracts.deadlines import rule
from contracts.proceedings import ProceedingOutcome, RemedyOutcome

from discipline_api.proceedings.facts import (
    Facts,
    Notice,
    Payment,
    Remedy,
    Review,
    Ruling,
    Service,
    Vote,
)
from discipline_api.proceedings.guards import Case, act_of

_T = TypeVar("_T")
Effect = Callable[[Case], Facts]


def given(value: _T | None) -> _T:
    """For what the step's row requires: it has been checked."""
    if value is None:
        raise ValueError("a required member is missing: proceedings.yaml and the effect disagree")
    return value


def last_day(rule_id: str, start: date) -> date:
    row = rule(rule_id)
    return row.ends_on(start) if row.unit == "months" else row.deadline(start).due_on


def _same(case: Case) -> Facts:
    return case.facts


def _file(case: Case) -> Facts:
    on = case.data.on
    return replace(
        case.facts, filed_on=on, act=act_of(case), decision_due_on=None
        if case.proceeding.industry else last_day("discipline.decision", on),
    )  # fmt: skip


def _investigate(case: Case) -> Facts:
    details = case.details
    return replace(
        case.facts,
        act=act_of(case),
        investigators=given(details.investigators),
        major=bool(details.major),
        complex=bool(details.complex),
        serious=bool(details.serious),
    )


def _notify(case: Case) -> Facts:
    """A new notice begins anew what followed the one before; that the case was heard stays true."""
    offered = bool(case.details.hearing_offered)
    return replace(
        case.facts,
        notice=Notice(
            case.data.on,
            given(case.data.document_number),
            given(case.penalising),
            offered,
            last_day("discipline.hearing-request", case.data.on) if offered else None,
        ),
        notice_number=case.facts.notice_number + 1,
        hearing_requested_on=None,
        hearing_waived_on=None,
        legally_reviewed_on=None,
        deliberated_on=None,
    )


def _offer_hearing(case: Case) -> Facts:
    until = last_day("industry.hearing-request", case.data.on)
    notice = Notice(case.data.on, given(case.data.document_number), given(case.penalising), True, until)
    return replace(case.facts, notice=notice, notice_number=case.facts.notice_number + 1)


def _decide(case: Case) -> Facts:
    outcome = given(case.details.outcome)
    penalising = given(case.penalising) if outcome.sanctions else None
    ruling = Ruling(
        case.data.on,
        given(case.data.document_number),
        outcome,
        penalising,
        uuid4() if outcome.sanctions else None,
    )
    return replace(case.facts, ruling=ruling)


def _vote(case: Case) -> Facts:
    details = case.details
    present = given(details.present)
    return replace(
        case.facts,
        voters=tuple(sorted({*case.facts.voters, *present})),
        vote=Vote(
            case.data.on,
            given(details.committee),
            present,
            given(details.in_favour),
            given(details.outcome),
            case.penalising,
        ),
    )


def _sign(case: Case) -> Facts:
    vote = given(case.facts.vote)
    case_id = uuid4() if vote.outcome.sanctions else None
    ruling = Ruling(case.data.on, given(case.data.document_number), vote.outcome, vote.penalising, case_id)
    return replace(case.facts, ruling=ruling)


def _sanction_on_penalty(case: Case) -> Facts:
    ruling = Ruling(
        case.data.on,
        given(case.data.document_number),
        ProceedingOutcome.SANCTION,
        given(case.penalising),
        uuid4(),
    )
    return replace(case.facts, ruling=ruling, cause_case_id=given(case.details.cause_case_id))


def _serve(case: Case) -> Facts:
    service = Service(case.data.on, given(case.details.service_way), given(case.data.document_number))
    facts, ruling = replace(case.facts, service=service), given(case.facts.ruling)
    if case.proceeding.industry:
        until = last_day("industry.review-application", case.data.on)
        return replace(facts, review_until=until if ruling.outcome.sanctions else None)
    fined = ruling.penalising is not None and ruling.penalising.imposed.fine_yuan is not None
    return replace(facts, fine_due_on=last_day("discipline.fine-payment", case.data.on) if fined else None)


def _pay(case: Case) -> Facts:
    payment = Payment(case.data.on, int(given(case.details.paid_yuan) * 100))
    return replace(case.facts, payments=(*case.facts.payments, payment))


def _open_remedy(case: Case) -> Facts:
    remedy = Remedy(given(case.step.remedy_to), case.data.on)
    return replace(case.facts, remedies=(*case.facts.remedies, remedy))


def _close_remedy(case: Case) -> Facts:
    *earlier, pending = case.facts.remedies
    ended = replace(
        pending,
        outcome=given(case.details.remedy_outcome),
        ended_on=case.data.on,
        document_number=given(case.data.document_number),
    )
    return replace(case.facts, remedies=(*earlier, ended))


def _decide_review(case: Case) -> Facts:
    """Changed: the decision goes on as the committee wrote it. Remitted: investigation has been; all after it falls."""
    outcome, facts = given(case.details.remedy_outcome), case.facts
    if outcome is RemedyOutcome.REMITTED:
        return replace(
            facts,
            notice=None,
            hearing_requested_on=None,
            hearing_waived_on=None,
            heard_on=None,
            heard_notice=None,
            vote=None,
            ruling=None,
            service=None,
            review_until=None,
            review=None,
            cause_case_id=None,
        )
    ruling = given(facts.ruling)
    if outcome is RemedyOutcome.CHANGED:
        result = given(case.details.outcome)
        ruling = replace(
            ruling,
            outcome=result,
            penalising=case.penalising,
            changed_on=case.data.on,
            changed_by=given(case.data.document_number),
        )
    review = replace(given(facts.review), decided_on=case.data.on, outcome=outcome)
    return replace(facts, ruling=ruling, review=review)


_EFFECTS: dict[str, Effect] = {
    "file": _file,
    "investigate": _investigate,
    "notify": _notify,
    "defend": lambda case: replace(case.facts, defended_on=case.data.on),
    "offer-hearing": _offer_hearing,
    "request-hearing": lambda case: replace(case.facts, hearing_requested_on=case.data.on),
    "waive-hearing": lambda case: replace(case.facts, hearing_waived_on=case.data.on, hearing_requested_on=None),
    "hold-hearing": lambda case: replace(case.facts, heard_on=case.data.on, heard_notice=case.facts.notice_number),
    "review-legally": lambda case: replace(case.facts, legally_reviewed_on=case.data.on),
    "deliberate": lambda case: replace(case.facts, deliberated_on=case.data.on),
    "recommend-revocation": lambda case: replace(case.facts, recommended_revocation_on=case.data.on),
    "notify-member": lambda case: replace(case.facts, defence_until=last_day("industry.defence", case.data.on)),
    "vote": _vote,
    "sanction-on-penalty": _sanction_on_penalty,
    "serve": _serve,
    "execute": lambda case: replace(case.facts, executed_on=case.data.on),
    "grant-instalments": lambda case: replace(case.facts, instalments=given(case.details.instalments)),
    "pay": _pay,
    "open-review": _open_remedy,
    "open-litigation": _open_remedy,
    "close-review": _close_remedy,
    "close-litigation": _close_remedy,
    "request-review": lambda case: replace(case.facts, review=Review(case.data.on)),
    "accept-review": lambda case: replace(
        case.facts, review=replace(given(case.facts.review), accepted_on=case.data.on)
    ),
    "decide-review": _decide_review,
    "take-effect": lambda case: replace(case.facts, effective_on=case.data.on),
    "decide": _decide,
}
_OF_INDUSTRY = _EFFECTS | {"decide": _sign}
"""An association signs what its committee voted."""


def after(case: Case, state: str) -> Facts:
    """The facts once the step has been taken and the case stands in `state`."""
    effects = _OF_INDUSTRY if case.proceeding.industry else _EFFECTS
    facts = replace(effects.get(case.step.code, _same)(case), last_on=case.data.on)
    if state == "WITHDRAWN":
        return replace(facts, outcome=ProceedingOutcome.WITHDRAWN, closed_on=facts.closed_on or case.data.on)
    if not case.proceeding.machine.state(state).end or facts.closed_on is not None:
        return facts
    outcome = None if facts.ruling is None else facts.ruling.outcome
    return replace(facts, outcome=outcome, closed_on=case.data.on)
