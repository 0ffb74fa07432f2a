"""What must hold before a step of either machine, one small function each, under its id in proceedings.yaml."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.conduct import OrganKind, UnknownConductCode, conduct
from contracts.deadlines import rule
from contracts.discipline_events import Penalty
from contracts.proceedings import ProceedingOutcome, Reach, Step, guards, number

from discipline_api.organs import Organ
from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.facts import Act, Actor, Facts, Penalising, Proceeding
from discipline_api.proceedings.known import NOTHING, Known
from discipline_api.proceedings.severity import aggravated, exceeds, needs_hearing
from discipline_api.record.tariff import check_authority, check_tariff
from discipline_api.refusals import BeyondAuthority, NotCompetent, Refused


@dataclass(frozen=True, slots=True)
class Case:
    """A step about to be taken."""

    proceeding: Proceeding
    step: Step
    data: StepData
    actor: Actor
    today: date
    known: Known = NOTHING

    @property
    def facts(self) -> Facts:
        return self.proceeding.facts

    @property
    def details(self) -> Details:
        return self.data.details

    @property
    def penalising(self) -> Penalising | None:
        """What this step would impose, propose or tell; of an outcome without a sanction nothing."""
        if self.details.outcome is not None and not self.details.outcome.sanctions:
            return None
        return self.details.penalising()

    @property
    def penalises(self) -> bool:
        return self.details.outcome is ProceedingOutcome.PENALTY

    @property
    def on_the_merits(self) -> bool:
        """Not a case that is merely handed on."""
        return self.details.outcome is None or not self.details.outcome.handed_on


Check = Callable[[Case], None]


@dataclass(frozen=True, slots=True)
class Guard:
    """`beforehand`: decided by the case alone, so that the desk is told before anybody fills in a form."""

    check: Check
    beforehand: bool


GUARDS: dict[str, Guard] = {}


def guard(guard_id: str, *, beforehand: bool = False) -> Callable[[Check], Check]:
    def register(check: Check) -> Check:
        GUARDS[guard_id] = Guard(check, beforehand)
        return check

    return register


def refused(
    guard_id: str, zh: str, en: str, *, field: str, conflict: bool = False, kind: type[Refused] = Refused
) -> Refused:
    return kind(guard_id, zh, en, field=field, conflict=conflict, extra=told(guard_id))


def told(guard_id: str) -> dict[str, Any]:
    """Of the guard that refused: what it rests on, and whether that was read."""
    row = guards()[guard_id]
    return {"guard": row.id, "source": row.source, "verified": row.verified}


def under(guard_id: str, refusal: Refused) -> Refused:
    """A refusal of the record's own rules, told as one of this guard at its place in `details`."""
    kind = BeyondAuthority if isinstance(refusal, BeyondAuthority) else Refused
    field = refusal.field if refusal.field is None or refusal.field.startswith("organ") else f"details.{refusal.field}"
    return kind(refusal.code, refusal.zh, refusal.en, field=field, conflict=refusal.conflict, extra=told(guard_id))


def competent(proceeding: Proceeding, step: Step, actor: Actor) -> None:
    """Raises NotCompetent unless this kind of organ takes this step, and this officer may still act in the case."""
    if actor.officer in proceeding.recused:
        raise refused(
            "not-recused", "您已在本案回避，不得办理", "you are recused from this case", field="step", kind=NotCompetent
        )
    if actor.organ.kind in step.organs and _within_reach(proceeding.organ, step, actor.organ):
        return
    guard_id = "d01-county-only-proposes" if actor.of_county else "competent-organ"
    zh, en = f"本案由{proceeding.organ.name_zh}办理", f"the case is with a {proceeding.organ.kind.en} that is not yours"
    if actor.organ.kind not in step.organs:
        zh = f"“{step.zh}”由{'、'.join(kind.zh for kind in step.organs)}办理，{actor.organ.kind.zh}无权办理"
        en = f"{step.code} is taken by: {', '.join(kind.en for kind in step.organs)}"
    raise refused(guard_id, zh, en, field="step", kind=NotCompetent)


def _within_reach(organ: Organ, step: Step, acting: Organ) -> bool:
    own = (acting.kind, acting.region) == (organ.kind, organ.region) and organ.code in ("", acting.code)
    over = (acting.kind, organ.kind) == (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION)
    return (own and Reach.OWN in step.reach) or (over and Reach.ABOVE in step.reach)


@guard("d02-authority")
def authority(case: Case) -> None:
    if case.penalising is None:
        return
    try:
        check_authority(case.proceeding.organ.kind, case.penalising.imposed.kinds)
    except Refused as refusal:
        raise under("d02-authority", refusal) from None


@guard("d03-tariff")
def tariff(case: Case) -> None:
    penalising = case.penalising
    if penalising is None:
        return
    try:
        act = conduct(penalising.conduct_code)
    except UnknownConductCode:
        raise refused(
            "d03-tariff", "违法行为代码不在清单内", "the closed list has no such code", field="details.conduct_code"
        ) from None
    try:
        check_tariff(
            case.proceeding.subject_kind, act, penalising.imposed, penalising.mitigation, penalising.escalation
        )
    except Refused as refusal:
        raise under("d03-tariff", refusal) from None


def act_of(case: Case) -> Act | None:
    """The act as known after this step: investigation may have found other days than the filing."""
    before, now = case.facts.act, case.details
    on = now.act_on or (None if before is None else before.on)
    discovered_on = now.discovered_on or (None if before is None else before.discovered_on)
    if on is None or discovered_on is None:
        return None
    same = before is not None and now.act_on is None
    ended_on = now.act_ended_on or (before.ended_on if before is not None and same else None)
    grave = now.grave_harm if now.grave_harm is not None else before is not None and before.grave_harm
    return Act(on, discovered_on, ended_on, grave)


@guard("d10-limitation", beforehand=True)
def limitation(case: Case) -> None:
    act = act_of(case)
    if act is None or not (case.penalises or case.details.outcome is None):
        return
    row = rule("discipline.limitation-grave" if act.grave_harm else "discipline.limitation")
    last = row.ends_on(act.over_on)
    if act.discovered_on <= last:
        return
    raise refused(
        "d10-limitation",
        f"违法行为于{act.over_on.isoformat()}终了，{row.value}个月内（至{last.isoformat()}）未被发现，不再给予处罚",
        f"the act ended on {act.over_on.isoformat()} and was not discovered by {last.isoformat()}: no penalty",
        field="details.discovered_on" if case.details.outcome is None else "details.outcome",
    )


@guard("d11-late-decision")
def late_decision(case: Case) -> None:
    due = case.facts.decision_due_on
    if due is None or case.data.on <= due or case.details.late_reason is not None or not case.on_the_merits:
        return
    raise refused(
        "d11-late-decision",
        f"决定期限至{due.isoformat()}，逾期作出的须说明理由",
        f"a decision was due by {due.isoformat()}: say why it is late",
        field="details.late_reason",
    )


@guard("d13-prior-notice", beforehand=True)
def prior_notice(case: Case) -> None:
    if not case.penalises:
        return
    notice = case.facts.notice
    if notice is None:
        raise refused(
            "d13-prior-notice",
            "尚未告知拟处罚的内容、事实、理由和依据，不得作出处罚决定",
            "no penalty before the subject has been told what is to be imposed, and why",
            field="details.outcome",
            conflict=True,
        )
    if case.penalising is not None and case.penalising.conduct_code != notice.penalising.conduct_code:
        raise refused(
            "d13-prior-notice",
            "所认定的违法行为与告知的不同，须重新告知",
            "the conduct is not the one of which the subject was told: give a new notice",
            field="details.conduct_code",
        )


@guard("d14-hearing-offered")
def hearing_offered(case: Case) -> None:
    if case.penalising is None or case.details.hearing_offered:
        return
    if needs_hearing(case.penalising.imposed, case.proceeding.subject_kind):
        raise refused(
            "d14-hearing-offered",
            "拟作出吊销、停业整顿、停止执业或较大数额罚款、没收的，须告知听证权利",
            "a hearing must be offered before revocation, suspension, a large fine or confiscation",
            field="details.hearing_offered",
        )


@guard("d15-legal-review", beforehand=True)
def legal_review(case: Case) -> None:
    facts = case.facts
    needed = facts.heard_on is not None or facts.major or facts.complex
    if needed and facts.legally_reviewed_on is None and case.on_the_merits:
        raise refused(
            "d15-legal-review",
            "经过听证或者重大、疑难复杂的案件，须先经法制审核",
            "a case that was heard, or is major or complex, needs legal review first",
            field="step",
            conflict=True,
        )


@guard("collective-deliberation", beforehand=True)
def collective_deliberation(case: Case) -> None:
    if case.facts.deliberated_on is not None or not case.penalises:
        return
    by_tier = case.penalising is not None and aggravated(case.penalising)
    if case.facts.serious or case.facts.complex or by_tier:
        raise refused(
            "collective-deliberation",
            "情节严重或者复杂的案件，须经机关负责人集体讨论",
            "a serious or complex case is deliberated on collectively before a penalty",
            field="step",
            conflict=True,
        )


@guard("d16-not-heavier")
def not_heavier(case: Case) -> None:
    notice, penalising = case.facts.notice, case.penalising
    if notice is None or penalising is None or not exceeds(penalising.imposed, notice.penalising.imposed):
        return
    if case.details.outcome is not None:
        raise refused(
            "d16-not-heavier",
            "不得重于已告知的处罚；有新证据的须重新告知",
            "no more than what was notified; new evidence needs a new notice",
            field="details.penalties",
        )
    if case.details.new_evidence is None:
        raise refused(
            "d16-not-heavier",
            "不得因申辩加重：拟处罚重于原告知的，须说明申辩之外的新证据",
            "a defence never leads to more: a heavier notice needs evidence that is not the defence",
            field="details.new_evidence",
        )


@guard("d17-one-fine")
def one_fine(case: Case) -> None:
    penalising = case.penalising
    if penalising is None or Penalty.FINE not in penalising.imposed.kinds:
        return
    _by_higher_scale(case, penalising)
    named, same_day = case.known.fined_for_named_act, case.known.fined_for_same_day
    if named or (same_day and case.details.another_act is None):
        raise refused(
            "d17-one-fine",
            "同一违法行为已处罚款，不得再次罚款；确系另一行为的请说明",
            "this act has been fined already; where it is another act, say so in another_act",
            field="details.penalties",
        )


def _by_higher_scale(case: Case, penalising: Penalising) -> None:
    for index, code in enumerate(case.details.also_conduct_codes or ()):
        try:
            other = conduct(code)
        except UnknownConductCode:
            raise refused(
                "d17-one-fine",
                "违法行为代码不在清单内",
                "the closed list has no such code",
                field=f"details.also_conduct_codes.{index}",
            ) from None
        if (other.fine_max_yuan or 0) > (conduct(penalising.conduct_code).fine_max_yuan or 0):
            raise refused(
                "d17-one-fine",
                f"同一行为违反多项规定的，按罚款数额高的规定（{other.code}）处罚",
                f"of several provisions the one with the higher fine applies: {other.code}",
                field="details.conduct_code",
            )


@guard("investigators")
def investigators(case: Case) -> None:
    _enough_investigators(case, "investigators", number("investigators"))
    for index, each in enumerate(case.details.investigators or ()):
        if each.certificate_number is None:
            raise refused(
                "investigators",
                "执法人员须有行政执法证件",
                "an officer who investigates holds a certificate",
                field=f"details.investigators.{index}.certificate_number",
            )


@guard("industry-investigators")
def industry_investigators(case: Case) -> None:
    _enough_investigators(case, "industry-investigators", number("industry-investigators"))


def _enough_investigators(case: Case, guard_id: str, needed: Any) -> None:
    officers = [each.officer for each in case.details.investigators or ()]
    if len(set(officers)) < needed:
        raise refused(
            guard_id, f"调查人员不得少于{needed}人", f"at least {needed} investigate", field="details.investigators"
        )
    none_recused(case, "investigators", officers)


def none_recused(case: Case, field: str, officers: Iterable[str]) -> None:
    for officer in officers:
        if officer in case.proceeding.recused:
            raise refused("not-recused", "所列人员中有已回避的", "somebody listed is recused", field=f"details.{field}")


@guard("reviewer-not-investigator")
def reviewer_not_investigator(case: Case) -> None:
    reviewer = case.details.reviewer
    if reviewer in {each.officer for each in case.facts.investigators}:
        raise refused(
            "reviewer-not-investigator",
            "调查人员不得审核本案",
            "who investigated does not review",
            field="details.reviewer",
        )
    none_recused(case, "reviewer", () if reviewer is None else (reviewer,))


@guard("enough-to-deliberate")
def enough_to_deliberate(case: Case) -> None:
    needed, participants = number("deliberation"), set(case.details.participants or ())
    if len(participants) < needed:
        raise refused(
            "enough-to-deliberate",
            f"集体讨论不得少于{needed}人",
            f"at least {needed} deliberate",
            field="details.participants",
        )
    none_recused(case, "participants", participants)


@guard("not-handed-to-itself", beforehand=True)
def not_handed_to_itself(case: Case) -> None:
    if case.details.outcome is ProceedingOutcome.TO_PROVINCE and case.proceeding.organ.kind is OrganKind.DEPARTMENT:
        raise refused(
            "not-handed-to-itself",
            "省司法厅不再报请省司法厅",
            "the department does not hand a case up to itself",
            field="details.outcome",
        )
