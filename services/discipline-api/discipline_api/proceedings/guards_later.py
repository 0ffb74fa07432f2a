"""Guards of votes, reviews, execution and the end of a case."""

from itertools import pairwise

from contracts.discipline_events import Penalty
from contracts.proceedings import RemedyOutcome, number

from discipline_api.proceedings.execution import fine_of, owed
from discipline_api.proceedings.guards import Case, guard, none_recused, refused
from discipline_api.record.tariff import SUSPENSIONS, Imposed


@guard("defence-period", beforehand=True)
def defence_period(case: Case) -> None:
    until = case.facts.defence_until
    if until is not None and case.data.on <= until:
        raise refused(
            "defence-period",
            f"申辩期限至{until.isoformat()}",
            f"the member may answer until {until.isoformat()}",
            field="on",
        )


@guard("quorum")
def quorum(case: Case) -> None:
    needed, present, committee = number("quorum"), case.details.present or (), case.details.committee or 0
    none_recused(case, "present", present)
    if len(set(present)) < len(present) or len(present) > committee:
        raise refused(
            "quorum", "出席委员应各不相同且不超过委员总数", "each member once, and no more than there are",
            field="details.present",
        )  # fmt: skip
    if len(present) < needed * committee:
        raise refused(
            "quorum",
            f"出席委员须达到{needed.denominator}分之{needed.numerator}",
            f"{needed} of the committee must be present",
            field="details.present",
        )


@guard("majority")
def majority(case: Case) -> None:
    present, in_favour = len(case.details.present or ()), case.details.in_favour or 0
    if in_favour > present or in_favour <= number("majority") * present:
        raise refused(
            "majority",
            "须经出席委员过半数同意",
            "more than half of those present must agree",
            field="details.in_favour",
        )


@guard("revocation-recommended")
def revocation_recommended(case: Case) -> None:
    penalising = case.penalising
    if penalising is None or Penalty.MEMBERSHIP_CANCELLATION not in penalising.imposed.kinds:
        return
    if case.facts.recommended_revocation_on is None:
        raise refused(
            "revocation-recommended",
            "取消会员资格前，须先建议司法行政机关吊销执业证书（未核对原文）",
            "before membership is cancelled, revocation must have been recommended (not checked against the source)",
            field="details.penalties",
        )


@guard("penalty-as-cause")
def penalty_as_cause(case: Case) -> None:
    cause, penalising = case.known.cause, case.penalising
    if cause is None or not case.known.cause_is_of_subject or cause.withdrawal is not None:
        raise refused(
            "penalty-as-cause",
            "未找到对该会员仍然有效的行政处罚",
            "there is no penalty in force against this member under this id",
            field="details.cause_case_id",
        )
    if penalising is not None and penalising.imposed != _consequence(cause.decision.imposed):
        raise refused(
            "penalty-as-cause",
            "直接处分应与行政处罚相当：停止执业对应同期限的中止会员权利，吊销对应取消会员资格",
            "it equals the penalty: suspension for as long, cancellation for a revocation",
            field="details.penalties",
        )


def _consequence(imposed: Imposed) -> Imposed | None:
    if Penalty.REVOCATION in imposed.kinds:
        return Imposed((Penalty.MEMBERSHIP_CANCELLATION,))
    if SUSPENSIONS & set(imposed.kinds):
        return Imposed((Penalty.MEMBERSHIP_SUSPENSION,), suspension_months=imposed.suspension_months)
    return None


@guard("penalty-to-execute", beforehand=True)
def penalty_to_execute(case: Case) -> None:
    ruling = case.facts.ruling
    if ruling is None or not ruling.outcome.sanctions:
        raise refused(
            "penalty-to-execute",
            "决定未给予处罚或处分",
            "the decision imposes nothing",
            field="step",
            conflict=True,
        )


@guard("needs-service", beforehand=True)
def needs_service(case: Case) -> None:
    ruling = case.facts.ruling
    if ruling is not None and ruling.outcome.handed_on:
        raise refused(
            "needs-service", "移送、报请的案件直接结案", "a case handed on is closed", field="step", conflict=True
        )


@guard("review-in-time", beforehand=True)
def review_in_time(case: Case) -> None:
    until = case.facts.review_until
    if until is not None and case.data.on > until:
        raise refused(
            "review-in-time",
            f"申请复查期限已于{until.isoformat()}届满",
            f"review could be asked for until {until.isoformat()}",
            field="on",
        )


@guard("review-accepted", beforehand=True)
def review_accepted(case: Case) -> None:
    review = case.facts.review
    if review is None or review.accepted_on is None or review.outcome is not None:
        raise refused(
            "review-accepted",
            "复查尚未受理，或者已经作出复查决定",
            "the review has not been accepted, or is decided already",
            field="step",
            conflict=True,
        )


@guard("review-not-accepted", beforehand=True)
def review_not_accepted(case: Case) -> None:
    if case.facts.review is not None and case.facts.review.accepted_on is not None:
        raise refused(
            "review-not-accepted", "复查已经受理", "the review has been accepted already", field="step", conflict=True
        )


@guard("review-committee")
def review_committee(case: Case) -> None:
    present = case.details.present or ()
    none_recused(case, "present", present)
    if not present or set(present) & set(case.facts.voters):
        raise refused(
            "review-committee",
            "复查委员会不得有作出原表决的惩戒委员会委员",
            "nobody who voted in the disciplinary committee reviews",
            field="details.present",
        )


@guard("effect", beforehand=True)
def effect(case: Case) -> None:
    facts = case.facts
    if case.proceeding.state == "REVIEW":
        if facts.review is None or facts.review.outcome not in (RemedyOutcome.UPHELD, RemedyOutcome.CHANGED):
            raise refused("effect", "复查尚未作出决定", "the review is not decided yet", field="step", conflict=True)
    elif facts.review_until is not None and case.data.on <= facts.review_until:
        raise refused(
            "effect",
            f"申请复查期限至{facts.review_until.isoformat()}，期满后方可生效",
            f"review may be asked for until {facts.review_until.isoformat()}; it takes effect after that day",
            field="on",
        )


@guard("fine-imposed", beforehand=True)
def fine_imposed(case: Case) -> None:
    if fine_of(case.facts) is None:
        raise refused("fine-imposed", "本案没有罚款", "there is no fine", field="step", conflict=True)


@guard("instalments-add-up")
def instalments_add_up(case: Case) -> None:
    parts = case.details.instalments or ()
    days = [part.due_on for part in parts]
    rising = all(earlier < later for earlier, later in pairwise(days))
    if sum(part.yuan for part in parts) != fine_of(case.facts) or not rising or days[0] < case.data.on:
        raise refused(
            "instalments-add-up",
            f"各期之和应为罚款{fine_of(case.facts)}元，日期依次且不早于准予之日",
            f"instalments add up to {fine_of(case.facts)} yuan, one after another, none before this step",
            field="details.instalments",
        )


@guard("not-overpaid")
def not_overpaid(case: Case) -> None:
    due, paid = owed(case.facts, case.data.on), case.details.paid_yuan
    if due is not None and paid is not None and paid > due.outstanding:
        raise refused(
            "not-overpaid",
            f"至该日应缴{due.outstanding}元",
            f"{due.outstanding} yuan are owed on that day",
            field="details.paid_yuan",
        )


@guard("remedy-not-pending", beforehand=True)
def remedy_not_pending(case: Case) -> None:
    if case.proceeding.remedy.pending:
        raise refused(
            "remedy-not-pending",
            "复议或者诉讼尚未审结",
            "review or litigation is pending",
            field="step",
            conflict=True,
        )


@guard("finished", beforehand=True)
def finished(case: Case) -> None:
    ruling, state = case.facts.ruling, case.proceeding.state
    if ruling is None:
        return
    sanctions = ruling.outcome.sanctions
    if (state == "DECIDED" and not ruling.outcome.handed_on) or (state in ("SERVED", "REVIEW") and sanctions):
        raise refused(
            "finished",
            "决定尚未送达，或者处罚、处分尚未执行",
            "the decision has not been served, or what it imposes is not executed",
            field="step",
            conflict=True,
        )
    if state == "REVIEW" and (case.facts.review is None or case.facts.review.outcome is None):
        raise refused("finished", "复查尚未作出决定", "the review is not decided yet", field="step", conflict=True)
    due = owed(case.facts, case.data.on)
    if state == "EXECUTING" and due is not None and due.outstanding > 0 and case.details.unpaid_reason is None:
        raise refused(
            "finished",
            f"罚款尚有{due.outstanding}元未缴，须说明依法强制执行、终结执行等情况",
            f"{due.outstanding} yuan of the fine are unpaid: say what became of them",
            field="details.unpaid_reason",
        )


@guard("has-complainant", beforehand=True)
def has_complainant(case: Case) -> None:
    if not case.facts.has_complainant:
        raise refused(
            "has-complainant", "本案没有可告知的投诉人", "there is no complainant to tell", field="step", conflict=True
        )
