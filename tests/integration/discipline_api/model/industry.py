"""The guards of an industry case (行业处分) and what an accepted step makes of it; §2 and §5 of the note, D02, D03, D22.

Where the note is silent the model's choice is marked `choice`.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction

from . import penalties
from .case import Case, Notice, Order
from .dates import months_later, working_days_later

NOTICE, DEFENCE, HEARING_REQUEST, HEARING_NOTICE = 10, 20, 7, 7  # working days, as all of these recalled
SERVICE, REVIEW, REVIEW_ACCEPTANCE, REVIEW_DECISION = 15, 15, 10, 30
QUORUM = Fraction(2, 3)


def faults(case: Case, order: Order, others: Sequence[Case]) -> set[str]:
    """Why a well-formed order of the competent organ is refused all the same."""
    guard = _GUARDS.get(order.step)
    return set() if guard is None else guard(case, order, others)


def _lapse_defence(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    assert case.defence_until is not None
    return {"defence-period"} if order.on <= case.defence_until else set()


def _investigate(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    people = [each["officer"] for each in order.details["investigators"]]
    found = {"industry-investigators"} if len(set(people)) < 2 else set()
    return found | {"industry-investigators", "not-recused"} if set(people) & case.recused else found


def _imposing(case: Case, order: Order) -> set[str]:
    found = set()
    if penalties.is_beyond_authority(case.organ[0], order.penalties):
        found.add("d02-authority")
    if penalties.is_beyond_tariff(case.subject, order.details["conduct_code"], order.penalties, mitigated=False):
        found.add("d03-tariff")
    return found


def _offer_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    return _imposing(case, order)


def _request_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Choice: it is asked for once."""
    assert case.notice is not None
    late = order.on > case.notice.request_until or case.notice.requested_on is not None
    return {"hearing-request-in-time"} if late else set()


def _waive_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Choice: a written waiver ends the period; without one, or after a request, it is waited for."""
    notice = case.notice
    assert notice is not None
    if order.document is not None:
        return set()
    return {"hearing-settled"} if order.on <= notice.request_until or notice.requested_on else set()


def _hold_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found, notice, noticed = set(), case.notice, order.details["hearing_noticed_on"]
    assert notice is not None
    if notice.requested_on is None:
        found.add("hearing-requested")
    elif noticed < notice.requested_on:
        found |= {"hearing-notice", "dates-in-order"}
    if order.on < working_days_later(noticed, HEARING_NOTICE):
        found.add("hearing-notice")
    panel = order.details["panel"]
    if not 3 <= len(set(panel)) <= 5 or len(set(panel)) < len(panel):
        found.add("hearing-panel")
    if set(panel) & case.investigators:
        found.add("hearing-not-by-investigators")
    if set(panel) & case.recused:
        found.add("not-recused")
    return found


def _outcome_faults(order: Order, outcome: str | None) -> set[str]:
    told = {name for name, value in order.details.items() if value is not None}
    imposes = {"conduct_code", "penalties", "tier", "deviation_reasons"} & told
    if outcome == "sanction":
        return set() if {"conduct_code", "penalties"} <= imposes else {"fields"}
    return {"fields"} if imposes or outcome != "none" else set()


def _vote(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    details = order.details
    outcome, present = details["outcome"], details["present"]
    found = _outcome_faults(order, outcome)
    if "fields" in found and outcome == "sanction":
        return found
    there = len(set(present))
    if there < len(present) or there > details["committee"]:
        found |= {"quorum", "fields"}
    if there < QUORUM * details["committee"]:
        found.add("quorum")
    if not there / 2 < details["in_favour"] <= there:
        found |= {"majority", "fields"}
    if set(present) & case.recused:
        found.add("not-recused")
    if outcome == "sanction":
        found |= _imposing(case, order) | _hearing_not_offered(case, order)
        if "membership-cancellation" in penalties.kinds(order.penalties) and not case.recommended:
            found.add("revocation-recommended")
    return found


def _hearing_not_offered(case: Case, order: Order) -> set[str]:
    """D22. Choice: the offer must have been of a sanction no lighter than this one."""
    if not penalties.needs_hearing(case.subject, order.penalties):
        return set()
    if case.notice is None or penalties.is_heavier(order.penalties, case.notice.penalties):
        return {"d22-hearing-offered"}
    return set()


def _sanction_on_penalty(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """The model's cases rest on no penalty; `cause` is tested beside it."""
    return _imposing(case, order) | {"penalty-as-cause"}


def _request_review(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    if not case.is_penalised:
        return {"penalty-to-execute", "review-in-time"}
    assert case.review_until is not None
    return {"review-in-time"} if order.on > case.review_until else set()


def _accept_review(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    return set() if case.review == "asked" else {"review-not-accepted"}


def _decide_review(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Choice: a changed decision stays that of the organ that made it, and within its power."""
    details, found = order.details, set()
    remedy = details["remedy_outcome"]
    if remedy not in ("upheld", "changed", "remitted"):
        found.add("fields")
    if case.review != "accepted":
        found.add("review-accepted")
    if remedy == "changed":
        found |= _outcome_faults(order, details.get("outcome"))
        if "fields" not in found and details["outcome"] == "sanction":
            found |= _imposing(case, order) | _hearing_not_offered(case, order)
    elif {name for name, value in details.items() if value is not None} - {"remedy_outcome", "present"}:
        found.add("fields")
    if set(details["present"]) & case.voters:
        found.add("review-committee")
    if set(details["present"]) & case.recused:
        found.add("not-recused")
    return found


def _take_effect(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Review has lapsed at the end of its last day, or has upheld or changed the decision."""
    if not case.is_penalised:
        return {"penalty-to-execute", "effect"}
    if case.state == "REVIEW":
        return set() if case.review in ("upheld", "changed") else {"effect"}
    assert case.review_until is not None
    return {"effect"} if order.on <= case.review_until else set()


def _tell(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    return set() if case.told_as == "complaint" else {"has-complainant"}


def _close(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    finished = {
        "SERVED": not case.is_penalised,
        "REVIEW": case.review == "changed" and not case.is_penalised,
        "EXECUTED": True,
    }[case.state]
    return set() if finished else {"finished"}


_GUARDS: dict[str, Callable[[Case, Order, Sequence[Case]], set[str]]] = {
    "lapse-defence": _lapse_defence,
    "investigate": _investigate,
    "offer-hearing": _offer_hearing,
    "request-hearing": _request_hearing,
    "waive-hearing": _waive_hearing,
    "hold-hearing": _hold_hearing,
    "vote": _vote,
    "sanction-on-penalty": _sanction_on_penalty,
    "request-review": _request_review,
    "accept-review": _accept_review,
    "decide-review": _decide_review,
    "take-effect": _take_effect,
    "tell-complainant": _tell,
    "close": _close,
}


def apply(case: Case, order: Order) -> None:
    """What the step adds to the case beside its state."""
    details, notice = order.details, case.notice
    match order.step:
        case "file":
            case.filed_on = order.on
            case.events.append("filed")
            case.clocks["notice"] = working_days_later(order.on, NOTICE)
        case "notify-member":
            case.clocks["defence"] = case.defence_until = working_days_later(order.on, DEFENCE)
        case "investigate":
            case.investigators = {each["officer"] for each in details["investigators"]}
        case "recommend-revocation":
            case.recommended = True
        case "offer-hearing":
            until = working_days_later(order.on, HEARING_REQUEST)
            case.notice = Notice(order.on, details["conduct_code"], details["penalties"], True, until)
            case.clocks["hearing-request"] = until
        case "request-hearing":
            assert notice
            notice.requested_on = order.on
        case "waive-hearing":
            assert notice
            notice.waived = True
        case "hold-hearing":
            assert notice
            notice.heard = case.ever_heard = True
        case "vote":
            case.outcome, case.voters = details["outcome"], case.voters | set(details["present"])
            case.conduct, case.imposed = details.get("conduct_code"), order.penalties
        case "decide":
            case.decided_on, case.review = order.on, None
            case.events.append("decided")
            case.number = order.document
            case.clocks["service"] = working_days_later(order.on, SERVICE)
        case "serve":
            case.served_on = order.on
            case.review_until = working_days_later(order.on, REVIEW)
            if case.is_penalised:
                case.clocks["review-application"] = case.review_until
        case "request-review":
            case.review = "asked"
            case.clocks["review-acceptance"] = working_days_later(order.on, REVIEW_ACCEPTANCE)
        case "accept-review":
            case.review = "accepted"
            case.clocks["review-decision"] = working_days_later(order.on, REVIEW_DECISION)
        case "decide-review":
            case.review = details["remedy_outcome"]
            if case.review == "changed":
                case.outcome, case.imposed = details["outcome"], order.penalties
            elif case.review == "remitted":
                case.state, case.notice, case.outcome, case.imposed = "INVESTIGATED", None, None, ()
        case "take-effect":
            case.has_sanction, case.from_on = True, order.on
            months = penalties.amount(case.imposed, "suspension_months")
            case.to_on = months_later(order.on, months) if months else None
