"""The guards of an administrative case (行政处罚) and what an accepted step makes of it; §5 and D01–D17 of the note.

Where the note is silent the model's choice is marked `choice`.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from . import law, penalties
from .case import Case, Notice, Order
from .dates import months_later, rolled, working_days_later

LIMITATION, LIMITATION_GRAVE = 24, 60  # months, 行政处罚法 36
HEARING_REQUEST, HEARING_NOTICE = 5, 7  # working days, 行政处罚法 64, 85
DECISION = timedelta(days=90)  # 行政处罚法 60
SERVICE = 7  # working days, 行政处罚法 61, 85
PAYMENT = timedelta(days=15)
REVIEW, LITIGATION, LITIGATION_AFTER_REVIEW = timedelta(days=60), 6, timedelta(days=15)  # 6 months
DAILY_ADDITION = Decimal("0.03")  # up to the fine itself, 行政处罚法 72

Guard = Callable[[Case, Order, Sequence[Case]], set[str]]


def faults(case: Case, order: Order, others: Sequence[Case]) -> set[str]:
    """Why a well-formed order of the competent organ is refused all the same."""
    guard = _GUARDS.get(order.step)
    return set() if guard is None else guard(case, order, others)


def _act(case: Case, order: Order) -> dict[str, Any]:
    names = ("act_on", "act_ended_on", "discovered_on", "grave_harm")
    told = {name: order.details[name] for name in names if order.details.get(name) is not None}
    # Choice: whose beginning is found to be another is another act, and ends when the same step says so.
    known = {name: day for name, day in case.act.items() if name != "act_ended_on" or "act_on" not in told}
    return known | told


def _act_out_of_order(act: dict[str, Any], order: Order) -> bool:
    """An act that goes on may end after it was discovered."""
    ended = act.get("act_ended_on") or act["act_on"]
    return not (act["act_on"] <= ended <= order.on and act["act_on"] <= act["discovered_on"] <= order.on)


def is_time_barred(act: dict[str, Any]) -> bool:
    """D10. Discovered on the last day is discovered in time."""
    months = LIMITATION_GRAVE if act.get("grave_harm") else LIMITATION
    return act["discovered_on"] > months_later(act.get("act_ended_on") or act["act_on"], months)


def _file(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    act = _act(case, order)
    if _act_out_of_order(act, order):
        return {"dates-in-order"}
    return {"d10-limitation"} if is_time_barred(act) else set()


def _investigate(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found = set()
    people = [each["officer"] for each in order.details["investigators"]]
    certified = all(each.get("certificate_number") for each in order.details["investigators"])
    if len(set(people)) < 2 or not certified:
        found.add("investigators")
    if set(people) & case.recused:
        found |= {"investigators", "not-recused"}
    if _act_out_of_order(_act(case, order), order):
        found.add("dates-in-order")
    return found


def _imposing(case: Case, order: Order, others: Sequence[Case]) -> set[str]:
    """D02, D03, D04, D17 of a notice or a decision."""
    details, found = order.details, set()
    code = details["conduct_code"]
    if penalties.is_beyond_authority(case.organ[0], order.penalties):
        found.add("d02-authority")
    if penalties.is_beyond_tariff(case.subject, code, order.penalties, mitigated=bool(details.get("mitigation"))):
        found.add("d03-tariff")
    fined = penalties.amount(order.penalties, "fine_yuan")
    also = [law.TARIFF.get(other) for other in details.get("also_conduct_codes") or []]
    if fined and code in law.TARIFF and also:
        # Choice: what else the act violates matters to a fine alone.
        if any(row is None or row.subject != case.subject for row in also):
            found |= {"d17-one-fine", "d03-tariff"}
        elif max(row.may_add_fine for row in also if row) > law.TARIFF[code].may_add_fine:
            found.add("d17-one-fine")
    if fined and _fined_already(case, order, others):
        found.add("d17-one-fine")
    return found


def _fined_already(case: Case, order: Order, others: Sequence[Case]) -> bool:
    """D17 across cases of one subject. Choice: acts that began on one day are taken for one, unless the order says why
    they are not; what it says itself to be the same act is the same."""
    fined = [each for each in others if _fine(each) and each.state != "WITHDRAWN"]
    same = [each for each in fined if each.name in (order.details.get("same_act_as") or [])]
    alike = [each for each in fined if each.act["act_on"] == case.act["act_on"]]
    return bool(same or (alike and not order.details.get("another_act")))


def _notify(case: Case, order: Order, others: Sequence[Case]) -> set[str]:
    found = _imposing(case, order, others)
    if penalties.needs_hearing(case.subject, order.penalties) and not order.details["hearing_offered"]:
        found.add("d14-hearing-offered")
    before = case.notice
    if before and penalties.is_heavier(order.penalties, before.penalties) and not order.details.get("new_evidence"):
        found.add("d16-not-heavier")
    return found


def _request_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Choice: who has waived a hearing in writing does not get it back under the same notice."""
    notice = case.notice
    if notice is None or not notice.offered or notice.waived:
        return {"hearing-was-offered", "hearing-request-in-time"}
    return {"hearing-request-in-time"} if order.on > notice.request_until else set()


def _waive_hearing(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    return set() if case.notice and case.notice.offered else {"hearing-was-offered"}


def _hold_hearing(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """At least seven working days lie between the notice, which answers a request, and the hearing."""
    found, noticed = set(), order.details["hearing_noticed_on"]
    assert case.notice is not None
    if order.on < working_days_later(noticed, HEARING_NOTICE):
        found.add("hearing-notice")
    if case.notice.requested_on is not None and noticed < case.notice.requested_on:
        found |= {"hearing-notice", "dates-in-order"}
    panel = set(order.details["panel"])
    if panel & case.investigators:
        found.add("hearing-not-by-investigators")
    if panel & case.recused:
        found.add("not-recused")
    return found


def _unsettled(case: Case, order: Order) -> bool:
    """A hearing may still be asked for: up to the end of the last day."""
    notice = case.notice
    return bool(notice and notice.offered and not (notice.waived or notice.heard) and order.on <= notice.request_until)


def _review_legally(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found = {"hearing-settled"} if _unsettled(case, order) else set()
    if order.details["reviewer"] in case.investigators:
        found.add("reviewer-not-investigator")
    if order.details["reviewer"] in case.recused:
        found.add("not-recused")
    return found


def _needs_review(case: Case) -> bool:
    """D15. What was reviewed before another notice was another matter."""
    return not case.reviewed and (case.ever_heard or bool(case.flags & {"major", "complex"}))


def _deliberate(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found = {"hearing-settled"} if _unsettled(case, order) else set()
    if _needs_review(case):
        found.add("d15-legal-review")
    people = order.details["participants"]
    if len(set(people)) < 3:
        found.add("enough-to-deliberate")
    if set(people) & case.recused:
        found.add("not-recused")
    return found


def _decide(case: Case, order: Order, others: Sequence[Case]) -> set[str]:
    details, found = order.details, set()
    outcome = details["outcome"]
    if outcome not in ("penalty", "none", "unproven", "criminal", "to-province"):
        return {"fields"}
    imposes = {"conduct_code", "penalties", "mitigation", "escalation", "also_conduct_codes", "same_act_as",
               "another_act", "tier", "deviation_reasons"}  # fmt: skip
    told = {name for name, value in details.items() if value is not None}
    if outcome == "penalty":
        if not {"conduct_code", "penalties"} <= told:
            return {"fields"}
    elif told & imposes:
        found.add("fields")
    if ("handed_to" in told) != (outcome == "criminal"):
        found.add("fields")
    if outcome == "to-province" and case.organ[0] == law.DEPARTMENT:
        found.add("not-handed-to-itself")
    assert case.filed_on is not None
    # Choice: who hands a matter on decides nothing in it, and does so without delay (行政处罚法 27).
    if outcome in ("penalty", "none", "unproven"):
        if order.on > case.filed_on + DECISION and not details.get("late_reason"):
            found.add("d11-late-decision")
        if _needs_review(case):
            found.add("d15-legal-review")
    if outcome == "penalty":
        if _unsettled(case, order):  # choice: nobody need be heard on nothing
            found.add("hearing-settled")
        found |= _imposing(case, order, others) | _decide_penalty(case, order)
    return found


def _decide_penalty(case: Case, order: Order) -> set[str]:
    found, notice = set(), case.notice
    code = order.details["conduct_code"]
    if notice is None or notice.conduct != code:
        found |= {"d13-prior-notice", "d16-not-heavier"}
    elif penalties.is_heavier(order.penalties, notice.penalties):
        found |= {"d16-not-heavier", "d13-prior-notice"}
    if is_time_barred(case.act):
        found.add("d10-limitation")
    grave = case.flags & {"serious", "complex"} or (code in law.TARIFF and penalties.is_severe(code, order.penalties))
    if grave and not case.deliberated:
        found.add("collective-deliberation")
    return found


def _serve(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found = {"needs-service"} if case.outcome in ("criminal", "to-province") else set()
    from_on, to_on = order.details.get("from_on"), order.details.get("to_on")
    months = penalties.amount(case.imposed, "suspension_months")
    if not months:  # choice: what has no term begins when it is served
        return found | {"fields"} if from_on or to_on else found
    if from_on is None:
        return {"fields"}
    return set() if from_on >= order.on and to_on in (None, months_later(from_on, months)) else {"dates-in-order"}


def _fine(case: Case) -> int:
    return penalties.amount(case.imposed, "fine_yuan") if case.outcome == "penalty" else 0


def owed(case: Case, on: date) -> Decimal:
    """The fine and what is added for each day of delay of what was not paid by its last day, less what was paid."""
    total = Decimal(_fine(case))
    added, carried = Decimal(0), Decimal(0)
    payments = sorted(case.paid)
    for last, yuan in case.due:
        carried += yuan
        open_, since = carried, last
        for day, paid in payments:
            amount = Decimal(str(paid))
            if day > last and open_ > 0:
                added += open_ * DAILY_ADDITION * (min(day, on) - since).days
                since = min(day, on)
            open_ -= amount
        if open_ > 0 and on > since:
            added += open_ * DAILY_ADDITION * (on - since).days
    return total + min(added, total) - sum((Decimal(str(yuan)) for _, yuan in payments), Decimal(0))


def _grant_instalments(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    if not _fine(case):
        return {"fine-imposed"}
    parts = [(part["due_on"], part["yuan"]) for part in order.details["instalments"]]
    days = [day for day, _ in parts]
    in_order = all(one < two for one, two in zip(days, days[1:], strict=False)) and days[0] >= order.on
    return set() if in_order and sum(yuan for _, yuan in parts) == _fine(case) else {"instalments-add-up"}


def _pay(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    if not _fine(case):
        return {"fine-imposed"}
    return {"not-overpaid"} if Decimal(str(order.details["paid_yuan"])) > owed(case, order.on) else set()


def _penalised(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    return set() if case.is_penalised else {"penalty-to-execute"}


def _close_remedy(_case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    """Nothing is sent back to be handled anew: that is of an association's review."""
    return {"fields"} if order.details["remedy_outcome"] == "remitted" else set()


def _tell(case: Case, _order: Order, _others: Sequence[Case]) -> set[str]:
    return set() if case.told_as == "complaint" else {"has-complainant"}


def _close(case: Case, order: Order, _others: Sequence[Case]) -> set[str]:
    found = {"remedy-not-pending"} if case.remedy in ("review", "litigation") else set()
    finished = {
        "DECIDED": case.outcome in ("criminal", "to-province"),
        "SERVED": case.outcome in ("none", "unproven"),
        "EXECUTING": owed(case, order.on) <= 0 or bool(order.details.get("unpaid_reason")),
    }[case.state]
    return found if finished else found | {"finished"}


_GUARDS: dict[str, Guard] = {
    "file": _file,
    "investigate": _investigate,
    "notify": _notify,
    "request-hearing": _request_hearing,
    "waive-hearing": _waive_hearing,
    "hold-hearing": _hold_hearing,
    "review-legally": _review_legally,
    "deliberate": _deliberate,
    "decide": _decide,
    "serve": _serve,
    "execute": _penalised,
    "grant-instalments": _grant_instalments,
    "pay": _pay,
    "open-review": _penalised,
    "close-review": _close_remedy,
    "open-litigation": _penalised,
    "close-litigation": _close_remedy,
    "tell-complainant": _tell,
    "close": _close,
}


def apply(case: Case, order: Order) -> None:
    """What the step adds to the case beside its state."""
    details, notice = order.details, case.notice
    match order.step:
        case "propose":
            case.organ = (law.BUREAU, case.organ[1][:4] + "00", None)
        case "file":
            case.act, case.filed_on = _act(case, order), order.on
            case.events.append("filed")
            case.clocks["decision"] = order.on + DECISION
        case "investigate":
            case.act = _act(case, order)
            case.flags = {name for name in ("major", "complex", "serious") if details.get(name)}
            case.investigators = {each["officer"] for each in details["investigators"]}
        case "notify":
            until = working_days_later(order.on, HEARING_REQUEST)
            case.reviewed = case.deliberated = False
            case.notice = Notice(
                order.on, details["conduct_code"], details["penalties"], details["hearing_offered"], until
            )
            if case.notice.offered:
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
        case "review-legally":
            case.reviewed = True
        case "deliberate":
            case.deliberated = True
        case "decide":
            case.outcome, case.decided_on = details["outcome"], order.on
            case.conduct, case.imposed = details.get("conduct_code"), order.penalties
            case.events.append("decided")
            case.number = order.document
            if case.outcome in ("penalty", "none", "unproven"):
                case.clocks["service"] = working_days_later(order.on, SERVICE)
        case "serve":
            case.served_on, case.has_sanction = order.on, case.is_penalised
            case.clocks["review-application"] = rolled(order.on + REVIEW)
            case.clocks["litigation"] = months_later(order.on, LITIGATION)
            if case.is_penalised:
                case.from_on = details.get("from_on") or order.on
                months = penalties.amount(case.imposed, "suspension_months")
                case.to_on = months_later(case.from_on, months) if months else None
            if _fine(case):
                case.due = [(rolled(order.on + PAYMENT), _fine(case))]
                case.clocks["fine-payment"] = case.due[0][0]
        case "grant-instalments":
            case.due = [(part["due_on"], part["yuan"]) for part in details["instalments"]]
        case "pay":
            case.paid.append((order.on, details["paid_yuan"]))
        case "open-review":
            case.remedy = "review"
        case "open-litigation":
            case.remedy = "litigation"
        case "close-review" | "close-litigation":
            case.remedy = "reviewed" if order.step == "close-review" else "ended"
            if details["remedy_outcome"] in law.FALLEN:
                case.state = "WITHDRAWN"
            elif order.step == "close-review" and details["remedy_outcome"] == "upheld":
                case.clocks["litigation-after-review"] = rolled(order.on + LITIGATION_AFTER_REVIEW)
