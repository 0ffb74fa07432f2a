"""A complaint and how it moves. It knows regions, codes and dates; texts and persons stay sealed outside."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.rights_events import ComplaintFiled
from contracts.rights_proceedings import Step, rights_states, rights_steps
from contracts.rights_taxonomy import ComplaintKind, Outcome, RefusalGround
from contracts.working_days import local_date

from rights_api.cases.routing import Matter
from rights_api.cases.terms import ENDED, check_kept
from rights_api.clocks.domain import Clock, State
from rights_api.organs import Organ, association_of
from rights_api.refusals import Refused


class Status(LabelledEnum):
    """The states of rights_proceedings.yaml."""

    TRIAGE = "TRIAGE", "受理审查", "in triage"
    NEEDS_INFO = "NEEDS_INFO", "待补充材料", "more is asked for"
    ACCEPTED = "ACCEPTED", "已受理，待致函", "accepted, letter to be sent"
    REFUSED = "REFUSED", "不予受理", "refused"
    TRANSFERRED = "TRANSFERRED", "已移送其他渠道", "handed to another channel"
    WITH_ORGAN = "WITH_ORGAN", "有关机关办理中", "with the organ"
    WITH_PROC = "WITH_PROC", "检察院办理中", "with the procuratorate"
    DECIDED = "DECIDED", "有关机关已决定，待答复", "decided, reply to be given"
    REPLIED = "REPLIED", "已答复", "replied"
    REVIEW = "REVIEW", "异议复核中", "under review"
    MONITORING = "MONITORING", "跟踪纠正", "correction watched"
    CLOSED = "CLOSED", "已办结", "closed"
    CLUE = "CLUE", "匿名线索", "anonymous clue"


class IllegalTransition(Refused):
    """The complaint is not in a state from which this step is taken."""

    def __init__(self, status: Status, step: Step) -> None:
        needed = [rights_states()[state] for state in step.from_]
        super().__init__(
            "illegal-transition",
            f"该件目前状态为“{status.zh}”，只有处于“{'、'.join(state.zh for state in needed)}”的件才能{step.zh}。",
            f"This complaint is {status.en}; to {step.en} it must be {' or '.join(state.en for state in needed)}.",
            conflict=True,
            extra={"state": status.value, "needed": [state.id for state in needed], "step": step.id},
        )


class GuardRefused(Refused):
    def __init__(self, guard: str, zh: str, en: str, *, field: str | None = None) -> None:
        super().__init__("guard-refused", zh, en, field=field, conflict=field is None, extra={"guard": guard})


@dataclass(frozen=True, slots=True)
class Complaint:
    complaint_id: UUID
    matter: Matter
    status: Status
    version: int
    filed_at: datetime
    changed_at: datetime
    owner_region: str
    accepted_at: datetime | None = None
    refusal_ground: RefusalGround | None = None
    outcome: Outcome | None = None
    decided_on: date | None = None
    """Of the decision that stands: a new one after an objection upheld."""
    info_asked: bool = False
    reviewed: bool = False
    referred: bool = False
    """Reported to the organ's inspection (P43)."""
    escalated: bool = False
    assignees: frozenset[str] = frozenset()
    recused: frozenset[str] = frozenset()
    dictated: bool = False
    """An officer wrote it down for a caller (电话代录)."""
    heard_at: datetime | None = field(default=None, compare=False)
    """The last message, file, mark or reply of an organ: no step, but the case is kept from then. Written by the
    database."""
    erased_at: datetime | None = field(default=None, compare=False)

    @property
    def region(self) -> str:
        return self.owner_region

    @property
    def organ(self) -> Organ:
        """Who must keep its deadlines: its association, or the one above once a deadline was missed."""
        owner = association_of(self.owner_region)
        return (owner.next_higher or owner) if self.escalated else owner

    @property
    def is_petition(self) -> bool:
        return self.matter.kind is ComplaintKind.PETITION

    def check_kept(self, today: date) -> None:
        """Raises TermOver."""
        if self.status.value in ENDED:
            check_kept(max(self.changed_at, self.heard_at or self.changed_at), today, self.erased_at)


@dataclass(frozen=True, slots=True)
class Details:
    """What a step says, as far as guards and the case need it; texts are sealed beside it."""

    ground: RefusalGround | None = None
    outcome: Outcome | None = None
    to_region: str | None = None
    decided_on: date | None = None
    received_on: date | None = None
    document_number: str | None = None
    document_date: date | None = None
    organ: str | None = None
    """The public name of the organ a document went to or came from."""
    evidence: bool = False
    confirmed_by: str | None = None
    satisfied: bool | None = None
    result: str | None = None
    texts: dict[str, str] = field(default_factory=dict, repr=False)
    """By place; sealed before they reach a statement."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step. `subject` is empty for complainants and timers."""

    by: str
    subject: str = ""
    organ: Organ | None = None
    replied: bool = False
    """He gave a reply in this case: whatever organ he now acts for, he does not review it."""


def take(
    complaint: Complaint, step_id: str, details: Details, *, actor: Actor, clocks: Sequence[Clock], at: datetime
) -> Complaint:
    """The case after the step. Raises IllegalTransition, GuardRefused; nothing else of it changes."""
    step = rights_steps()[step_id]
    if complaint.status not in step.from_:
        raise IllegalTransition(complaint.status, step)
    for guard in step.guards:
        GUARDS[guard](complaint, details, actor, clocks, at)
    status = Status(step.leads_to(complaint.status, petition=complaint.is_petition))
    after = replace(complaint, status=status, version=complaint.version + 1, changed_at=at)
    change = _CHANGES.get(step_id)
    return after if change is None else replace(after, **change(details, at))


_CHANGES: dict[str, Callable[[Details, datetime], dict[str, Any]]] = {
    "request-info": lambda _, __: {"info_asked": True},
    "accept": lambda _, at: {"accepted_at": at},
    "refuse": lambda details, _: {"refusal_ground": details.ground},
    "hand-over": lambda details, _: {"owner_region": details.to_region, "assignees": frozenset()},
    "record-decision": lambda details, _: {"decided_on": details.decided_on},
    "reject-objection": lambda _, __: {"reviewed": True},
    "uphold-objection": lambda _, __: {"reviewed": True},
    "refer-to-inspection": lambda _, __: {"referred": True},
    "close": lambda details, _: {"outcome": details.outcome},
    "withdraw": lambda _, __: {"outcome": Outcome.WITHDRAWN},
    "terminate": lambda _, __: {"outcome": Outcome.TERMINATED},
    "escalate": lambda _, __: {"escalated": True, "assignees": frozenset()},
}
"""What a step changes of the case beside its state."""

Check = Callable[[Complaint, Details, Actor, Sequence[Clock], datetime], None]


def _info_asked_once(complaint: Complaint, *_: object) -> None:
    if complaint.info_asked:
        raise GuardRefused("info-asked-once", "只能要求补充一次。", "More has been asked for already.")


def _not_lawyer_confirmed(_: Complaint, details: Details, *__: object) -> None:
    if details.ground is RefusalGround.NOT_LAWYER and not details.confirmed_by:
        raise GuardRefused(
            "not-lawyer-confirmed",
            "须填写发证机关书面确认的文号；登记库中查不到不是不予受理的理由。",
            "Name the licensing authority's written confirmation; absence from a register is no ground.",
            field="confirmed_by",
        )


def _facts_were_asked(complaint: Complaint, details: Details, *_: object) -> None:
    if details.ground is RefusalGround.NO_FACTS_AFTER_REQUEST and not complaint.info_asked:
        raise GuardRefused(
            "facts-were-asked", "须先要求补充，期满仍未提供。", "Ask for the facts first.", field="ground"
        )


def _within_the_province(complaint: Complaint, details: Details, *_: object) -> None:
    if details.to_region == complaint.owner_region:
        raise GuardRefused("within-the-province", "该件已由该地办理。", "It is there already.", field="to_region")


def _decision_day(complaint: Complaint, details: Details, _: Actor, clocks: Sequence[Clock], at: datetime) -> None:
    decided, received = details.decided_on, details.received_on
    if complaint.accepted_at is None or decided is None or received is None:
        raise ValueError("a decision has a day, is received, and is of an accepted case")
    # After an objection upheld the organ decides anew: what it had decided before is no answer.
    rounds = [clock.datings[0].started_at for clock in clocks if clock.name == "handling"]
    begun = rounds[-1] if rounds else complaint.accepted_at
    if not local_date(begun) <= decided <= received <= local_date(at):
        raise GuardRefused(
            "decision-day",
            "决定日期不得早于受理日（异议成立的，不得早于重新办理之日），收到日期不得早于决定日期，均不得晚于今日。",
            "A decision follows the acceptance or upheld objection, its receipt the decision; none lies in the future.",
            field="decided_on",
        )


def _objection_in_time(complaint: Complaint, _: Details, __: Actor, clocks: Sequence[Clock], at: datetime) -> None:
    if complaint.reviewed:
        raise GuardRefused("objection-in-time", "复核后不再次受理异议。", "It has been reviewed already.")
    if not any(clock.name == "objection" and _runs(clock, at) for clock in clocks):
        raise GuardRefused("objection-in-time", "异议期已过或已认可答复。", "The time for objecting is over.")


def _by_next_higher(complaint: Complaint, _: Details, actor: Actor, *__: object) -> None:
    owner = association_of(complaint.owner_region)
    higher = owner.next_higher
    # Above the province nobody has an account here: there another officer than those who handled it reviews.
    if (
        actor.organ is None
        or actor.replied
        or (actor.organ == owner and (higher is not None or actor.subject in complaint.assignees))
    ):
        raise GuardRefused("by-next-higher", "应由上一级复核。", "The next higher organ reviews.")


def _objection_over(complaint: Complaint, _: Details, __: Actor, clocks: Sequence[Clock], at: datetime) -> None:
    if not complaint.reviewed and any(clock.name == "objection" and _runs(clock, at) for clock in clocks):
        raise GuardRefused("objection-over", "异议期尚未届满，申请人也未认可。", "The time for objecting still runs.")


def _correction_evidence(_: Complaint, details: Details, *__: object) -> None:
    if details.outcome in (Outcome.CORRECTED, Outcome.PARTLY) and not details.evidence:
        raise GuardRefused(
            "correction-evidence", "须填写纠正的凭证。", "Say what proves the correction.", field="evidence"
        )
    if details.outcome in (Outcome.WITHDRAWN, Outcome.TERMINATED):
        raise GuardRefused(
            "correction-evidence", "撤回、终止另有步骤。", "That has a step of its own.", field="outcome"
        )


def _discipline_reference(complaint: Complaint, details: Details, *_: object) -> None:
    if details.outcome is Outcome.REFUSED_TO_CORRECT and not complaint.referred:
        raise GuardRefused(
            "discipline-reference",
            "拒不纠正的，须先向有关机关的纪检监察部门反映并登记。",
            "A refusal to correct is reported to the organ's inspection first.",
            field="outcome",
        )


def _urgent(complaint: Complaint, *_: object) -> None:
    if not complaint.matter.fast_lane:
        raise GuardRefused("urgent", "该件不属于快速通道。", "This case is not in the fast lane.")


def _runs(clock: Clock, at: datetime) -> bool:
    return clock.state(at) in (State.RUNNING, State.WARNED)


GUARDS: dict[str, Check] = {
    "info-asked-once": _info_asked_once,
    "not-lawyer-confirmed": _not_lawyer_confirmed,
    "facts-were-asked": _facts_were_asked,
    "within-the-province": _within_the_province,
    "decision-day": _decision_day,
    "objection-in-time": _objection_in_time,
    "by-next-higher": _by_next_higher,
    "objection-over": _objection_over,
    "correction-evidence": _correction_evidence,
    "discipline-reference": _discipline_reference,
    "urgent": _urgent,
}


def file_complaint(
    complaint_id: UUID, matter: Matter, at: datetime, *, told_at: datetime | None = None, version: int = 1
) -> Complaint:
    """A clue is kept and sets nothing in motion. `told_at`: when we were first told of it, where that was before;
    `version`: the next of that id, where events have been told of it before.
    """
    status = Status.CLUE if matter.is_clue else Status.TRIAGE
    filed_at, owner = told_at or at, matter.owner_region
    return Complaint(complaint_id, matter, status, version, filed_at=filed_at, changed_at=at, owner_region=owner)


def filed(complaint: Complaint, triage: Clock) -> ComplaintFiled:
    return ComplaintFiled(
        complaint_id=complaint.complaint_id,
        version=complaint.version,
        region=complaint.region,
        fast_lane=complaint.matter.fast_lane,
        filed_at=complaint.filed_at,
        triage_due_at=triage.current.due_at,
    )
