"""A case moves by its machine alone: `take` is the only way from one state to the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import uuid4

from common.events import Event
from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.discipline_events import ProceedingClosed, ProceedingDecided, ProceedingFiled
from contracts.proceedings import Begins, Origin, ProceedingOutcome, RemedyOutcome, Step
from contracts.regions import PROVINCE

from discipline_api.organs import Organ
from discipline_api.proceedings import guards_hearing, guards_later, guards_scale
from discipline_api.proceedings.checks import check_dates, check_fields, check_term
from discipline_api.proceedings.desk import KEPT_WITHOUT_SANCTION, Starting, taken_up
from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.effects import after, last_day
from discipline_api.proceedings.execution import owed
from discipline_api.proceedings.facts import Actor, Facts, Proceeding
from discipline_api.proceedings.guards import GUARDS, Case, competent, refused
from discipline_api.proceedings.known import NOTHING, Known
from discipline_api.refusals import Refused

_LISTED = (guards_hearing, guards_later, guards_scale)
"""Imported for their guards."""

TO_THE_DEPARTMENT = Organ(OrganKind.DEPARTMENT, PROVINCE, "")
"""The code of whoever takes it up is not known before he does."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The case after the step, and what follows from it."""

    before: Proceeding
    proceeding: Proceeding
    step: Step
    data: StepData
    events: tuple[Event, ...] = ()
    begins: tuple[Starting, ...] = ()
    meets: tuple[str, ...] = ()
    becomes_sanction: bool = False
    fallen: RemedyOutcome | None = None
    """The ground on which the decision fell in review or litigation."""
    child: Proceeding | None = None
    """The department's case that this one was handed up to."""


def take(proceeding: Proceeding, data: StepData, actor: Actor, today: date, known: Known = NOTHING) -> Taken:
    """Raises NotCompetent for the wrong organ or a recused officer, Refused for all else; nothing has changed then."""
    step = step_of(proceeding, data.step)
    competent(proceeding, step, actor)
    if not possible_from(proceeding, step):
        raise _not_now(proceeding, step)
    case = Case(taken_up(proceeding, actor), step, data, actor, today, known)
    check_fields(step, data)
    check_term(case)
    check_dates(case)
    for guard_id in step.guards:
        GUARDS[guard_id].check(case)
    return _move(proceeding, case)


def step_of(proceeding: Proceeding, code: str) -> Step:
    step = proceeding.machine.step(code)
    if step is None:
        raise refused(
            "state",
            f"{proceeding.machine.zh}案件没有这个步骤",
            f"there is no such step in an {proceeding.kind.en}",
            field="step",
        )
    return step


def possible_from(proceeding: Proceeding, step: Step) -> bool:
    on_track = not step.remedy_from or proceeding.remedy in step.remedy_from
    return proceeding.state in step.from_ and on_track


def refusals(proceeding: Proceeding, step: Step, actor: Actor, today: date, details: Details) -> Sequence[Refused]:
    """Of the guards that need no form to be filled in: which would refuse the step today."""
    case = Case(proceeding, step, StepData(step=step.code, on=today, details=details), actor, today)
    found = []
    for check in (lambda _: competent(proceeding, step, actor), *_beforehand(step)):
        try:
            check(case)
        except Refused as refusal:
            found.append(refusal)
    return found


def _beforehand(step: Step) -> Sequence[Any]:
    return [GUARDS[guard_id].check for guard_id in step.guards if GUARDS[guard_id].beforehand]


def _not_now(proceeding: Proceeding, step: Step) -> Refused:
    state = proceeding.machine.state(proceeding.state)
    from_zh = "、".join(proceeding.machine.state(code).zh for code in step.from_)
    track_zh = track_en = ""
    if proceeding.state in step.from_:
        track_zh, track_en = f"，救济情况为“{proceeding.remedy.zh}”", f", {proceeding.remedy.en}"
    return refused(
        "state",
        f"案件现为“{state.zh}”{track_zh}，“{step.zh}”须在“{from_zh}”时进行",
        f"the case is {state.code}{track_en}; {step.code} is taken from {', '.join(step.from_)}",
        field="step",
        conflict=True,
    )


def _move(before: Proceeding, case: Case) -> Taken:
    step, data, current = case.step, case.data, case.proceeding
    outcome = getattr(data.details, step.outcome_field) if step.outcome_field else None
    state = step.leads_to(current.state, outcome and outcome.value)
    moved = replace(
        current,
        state=state,
        remedy=step.remedy_to or current.remedy,
        facts=after(case, state),
        version=current.version + 1,
        conduct_code=data.details.conduct_code or current.conduct_code,
    )
    moved, child = _handed_on(moved, case)
    becomes = state != current.state and state == ("EFFECTIVE" if moved.industry else "SERVED")
    becomes = becomes and moved.facts.ruling is not None and moved.facts.ruling.outcome.sanctions
    if becomes and moved.facts.ruling is not None:
        moved = replace(moved, sanction_id=moved.facts.ruling.case_id)
    if moved.ended and moved.sanction_id is None:
        ends = moved.facts.closed_on or data.on
        moved = replace(moved, erase_on=rule(KEPT_WITHOUT_SANCTION).ends_on(ends))
    fallen = outcome if state == "WITHDRAWN" else None
    moved, events = _tell(current, moved, data.on)
    begins = tuple(
        Starting(each.name, each.rule, data.on, each.bearer == "party") for each in step.begins if _begins(each, moved)
    )
    due = owed(moved.facts, data.on)
    paid_up = ("fine-payment",) if step.code == "pay" and due is not None and due.outstanding == 0 else ()
    return Taken(before, moved, step, data, events, begins, (*step.meets, *paid_up), becomes, fallen, child)


def _handed_on(moved: Proceeding, case: Case) -> tuple[Proceeding, Proceeding | None]:
    """A county's proposal goes to the bureau of its city; a case for the department becomes a case of its own there."""
    if case.step.code == "propose":
        bureau = Organ(OrganKind.BUREAU, moved.region, "")
        return replace(moved, organ=bureau, handlers=(), county=case.actor.organ), None
    if case.details.outcome is not ProceedingOutcome.TO_PROVINCE:
        return moved, None
    child = Proceeding(
        proceeding_id=uuid4(),
        kind=moved.kind,
        organ=TO_THE_DEPARTMENT,
        region=PROVINCE,
        subject_kind=moved.subject_kind,
        origin=Origin.TRANSFER,
        state="PROPOSED",
        facts=Facts(received_on=case.data.on, last_on=case.data.on, act=moved.facts.act),
        opened_on=case.today,
        conduct_code=moved.conduct_code,
        parent_id=moved.proceeding_id,
    )
    return moved, child


def _begins(each: Begins, moved: Proceeding) -> bool:
    facts = moved.facts
    ruling, notice = facts.ruling, facts.notice
    conditions: Mapping[str | None, bool] = {
        None: True,
        "hearing-offered": notice is not None and notice.hearing_offered,
        "served": ruling is not None and not ruling.outcome.handed_on,
        "fine": facts.fine_due_on is not None,
        "penalty": ruling is not None and ruling.outcome.sanctions,
        "upheld": moved.state != "WITHDRAWN",
        "complainant": facts.has_complainant,
    }
    return conditions[each.when]


def _tell(current: Proceeding, moved: Proceeding, on: date) -> tuple[Proceeding, tuple[Event, ...]]:
    """Versions of events are their own count: steps that nobody outside is told of leave no gap."""
    facts, region, number = moved.facts, moved.region, moved.told
    events: list[Event] = []
    if facts.filed_on is not None and current.facts.filed_on is None:
        events.append(
            ProceedingFiled(
                version=number + len(events) + 1,
                region=region,
                proceeding_id=moved.proceeding_id,
                kind=moved.kind.value,
                organ_kind=moved.organ.kind.value,
                subject_kind=moved.subject_kind,
                filed_on=facts.filed_on,
                # No limit binds an association: by analogy, as its sanctions tell it, too.
                due_on=facts.decision_due_on or last_day("discipline.decision", facts.filed_on),
            )
        )
    if facts.ruling is not None and moved.state == "DECIDED" and current.state != "DECIDED":
        events.append(
            ProceedingDecided(
                version=number + len(events) + 1,
                region=region,
                proceeding_id=moved.proceeding_id,
                decided_on=on,
                outcome=facts.ruling.outcome.value,
            )
        )
    if moved.filed and facts.closed_on is not None and current.facts.closed_on is None and facts.outcome is not None:
        events.append(
            ProceedingClosed(
                version=number + len(events) + 1,
                region=region,
                proceeding_id=moved.proceeding_id,
                closed_on=facts.closed_on,
                outcome=facts.outcome.value,
            )
        )
    return replace(moved, told=number + len(events)), tuple(events)
