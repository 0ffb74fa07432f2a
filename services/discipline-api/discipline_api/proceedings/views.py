"""Cases as answers. Whoever is not assigned to a case reads where it stands, never whom it is about or a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.conduct import conduct
from contracts.labels import LabelledEnum
from contracts.proceedings import ProceedingOutcome, State, Step
from contracts.working_days import local_date
from pydantic import BaseModel, TypeAdapter

from discipline_api.clocks.domain import Owner, Running, begin, view
from discipline_api.clocks.domain import State as ClockState
from discipline_api.display.rendering import penalty_items
from discipline_api.organs import Organ
from discipline_api.proceedings.details import Details
from discipline_api.proceedings.domain import possible_from, refusals
from discipline_api.proceedings.execution import owed
from discipline_api.proceedings.facts import Actor, Facts, Penalising, Proceeding
from discipline_api.proceedings.store import Entry
from discipline_api.record.domain import Sanction, Subject
from discipline_api.record.publicity import Publicity, publicity_of
from discipline_api.refusals import Refused

_FACTS = TypeAdapter(Facts)
_GRAVEST = (ClockState.OVERDUE, ClockState.WARNED)


@dataclass(frozen=True, slots=True)
class Beside:
    """What is shown with a case: its deadlines, and the sanction it has become."""

    deadlines: Sequence[Running] = ()
    sanction: Sanction | None = None


class ProceedingLine(BaseModel):
    """Where a case stands."""

    proceeding_id: UUID
    version: int
    kind: dict[str, str]
    state: dict[str, str]
    ended: bool
    remedy: dict[str, str]
    organ: dict[str, str]
    region: str
    county: dict[str, str] | None
    subject_kind: str
    conduct: dict[str, str] | None
    origin: dict[str, str]
    complaint_id: UUID | None
    parent_id: UUID | None
    opened_on: date
    received_on: date
    filed_on: date | None
    decision: dict[str, Any] | None
    served_on: date | None
    effective_on: date | None
    closed_on: date | None
    outcome: dict[str, str] | None
    sanction: dict[str, Any] | None
    handlers: list[str]
    recused: list[str]
    deadlines: list[dict[str, Any]]
    at_risk: str | None

    @classmethod
    def of(cls, proceeding: Proceeding, beside: Beside, now: datetime) -> "ProceedingLine":
        return cls(**_line(proceeding, beside, now))


class ProceedingFile(ProceedingLine):
    """All of it, for those assigned to it."""

    subject: dict[str, str | None]
    facts: dict[str, Any]
    execution: dict[str, Any] | None
    reason_of_opening: str | None

    @classmethod
    def of_file(
        cls, proceeding: Proceeding, beside: Beside, subject: Subject, opening: Entry | None, now: datetime
    ) -> "ProceedingFile":
        return cls(
            **_line(proceeding, beside, now),
            subject={
                "kind": subject.kind.value,
                "name": subject.name,
                "licence_number": subject.licence_number,
                "credit_code": subject.credit_code,
                "firm_name": subject.firm_name,
            },
            facts=_FACTS.dump_python(proceeding.facts, mode="json", exclude_defaults=True),
            execution=_execution(proceeding, now),
            reason_of_opening=None if opening is None or opening.texts is None else opening.texts.get("reason"),
        )


class StepLine(BaseModel):
    """`texts` only in the file."""

    version: int
    step: str
    zh: str
    en: str
    from_state: str | None
    to_state: str
    on: date
    at: datetime
    actor: str
    organ: dict[str, str]
    document_number: str | None
    details: dict[str, Any]
    texts: dict[str, str] | None

    @classmethod
    def of(cls, proceeding: Proceeding, entry: Entry) -> "StepLine":
        step = proceeding.machine.step(entry.step)
        zh, en = (step.zh, step.en) if step is not None else _BESIDE_STEPS[entry.step]
        return cls(
            version=entry.version,
            step=entry.step,
            zh=zh,
            en=en,
            from_state=entry.from_state or None,
            to_state=entry.to_state,
            on=entry.on,
            at=entry.at,
            actor=entry.actor,
            organ=organ_view(entry.organ),
            document_number=entry.document_number,
            details=entry.details,
            texts=None if entry.texts is None else dict(entry.texts),
        )


_BESIDE_STEPS = {"open": ("收案", "opened"), "assign": ("指定承办人", "assigned"), "recuse": ("回避", "recused")}


class Refusal(BaseModel):
    guard: str
    zh: str
    en: str
    field: str | None
    source: str
    verified: bool

    @classmethod
    def of(cls, refusal: Refused) -> "Refusal":
        return cls(**refusal.extra, zh=refusal.zh, en=refusal.en, field=refusal.field)


class Choice(BaseModel):
    """One outcome of a step, and what stands in its way."""

    outcome: str
    refused_by: list[Refusal]


class NextStep(BaseModel):
    """A step of the present state. `refused_by` is decided by the case alone; `checks` also by what the form says."""

    step: str
    zh: str
    en: str
    organs: list[dict[str, str]]
    possible: bool
    refused_by: list[Refusal]
    choices: list[Choice]
    document_number: str
    reason: str
    required: list[str]
    optional: list[str]
    checks: list[str]
    source: str
    verified: bool


def next_steps(proceeding: Proceeding, actor: Actor, today: date) -> list[NextStep]:
    return [
        _next(proceeding, step, actor, today) for step in proceeding.machine.steps if possible_from(proceeding, step)
    ]


def _next(proceeding: Proceeding, step: Step, actor: Actor, today: date) -> NextStep:
    refused_by = [Refusal.of(each) for each in refusals(proceeding, step, actor, today, Details())]
    always = {each.guard for each in refused_by}
    choices = []
    if step.outcome_field == "outcome":
        for code in step.outcomes:
            found = refusals(proceeding, step, actor, today, Details(outcome=ProceedingOutcome(code)))
            choices.append(Choice(outcome=code, refused_by=[Refusal.of(each) for each in found]))
        # What stands in the way of one outcome is no obstacle to the step.
        always = {guard for guard in always if all(guard in {each.guard for each in one.refused_by} for one in choices)}
        refused_by = [each for each in refused_by if each.guard in always]
    return NextStep(
        step=step.code,
        zh=step.zh,
        en=step.en,
        organs=[labels(kind) for kind in step.organs],
        possible=not refused_by,
        refused_by=refused_by,
        choices=choices,
        document_number=step.document.value,
        reason=step.reason.value,
        required=list(step.needs),
        optional=list(step.may),
        checks=list(step.guards),
        source=step.source,
        verified=step.verified,
    )


def labels(value: LabelledEnum) -> dict[str, str]:
    return {"code": value.value, "zh": value.zh, "en": value.en}


def organ_view(organ: Organ) -> dict[str, str]:
    return {"kind": organ.kind.value, "region": organ.region, "code": organ.code, "name": organ.name_zh}


def _state(state: State) -> dict[str, str]:
    return {"code": state.code, "zh": state.zh, "en": state.en}


def _line(proceeding: Proceeding, beside: Beside, now: datetime) -> dict[str, Any]:
    facts, act = proceeding.facts, None
    if proceeding.conduct_code is not None:
        listed = conduct(proceeding.conduct_code)
        act = {"code": listed.code, "zh": listed.zh, "en": listed.en, "article": listed.article}
    deadlines = [*beside.deadlines, *_awaited_publication(proceeding)]
    states = {running.state(now) for running in deadlines}
    return {
        "proceeding_id": proceeding.proceeding_id,
        "version": proceeding.version,
        "kind": labels(proceeding.kind),
        "state": _state(proceeding.machine.state(proceeding.state)),
        "ended": proceeding.ended,
        "remedy": labels(proceeding.remedy),
        "organ": organ_view(proceeding.organ),
        "region": proceeding.region,
        "county": None if proceeding.county is None else organ_view(proceeding.county),
        "subject_kind": proceeding.subject_kind.value,
        "conduct": act,
        "origin": labels(proceeding.origin),
        "complaint_id": proceeding.complaint_id,
        "parent_id": proceeding.parent_id,
        "opened_on": proceeding.opened_on,
        "received_on": facts.received_on,
        "filed_on": facts.filed_on,
        "decision": _decision(facts),
        "served_on": facts.service and facts.service.on,
        "effective_on": facts.effective_on,
        "closed_on": facts.closed_on,
        "outcome": None if facts.outcome is None else labels(facts.outcome),
        "sanction": _sanction(beside.sanction, local_date(now)),
        "handlers": list(proceeding.handlers),
        "recused": list(proceeding.recused),
        "deadlines": [view(running, now) for running in deadlines],
        "at_risk": next((state.value for state in _GRAVEST if state in states), None),
    }


def _decision(facts: Facts) -> dict[str, Any] | None:
    ruling = facts.ruling
    if ruling is None:
        return None
    return {
        "decided_on": ruling.on,
        "document_number": ruling.document_number,
        "outcome": labels(ruling.outcome),
        "penalties": _penalties(ruling.penalising),
        "changed_on": ruling.changed_on,
        "changed_by": ruling.changed_by,
    }


def _penalties(penalising: Penalising | None) -> list[dict[str, Any]]:
    return [] if penalising is None else penalty_items(penalising.imposed)


def _sanction(sanction: Sanction | None, today: date) -> dict[str, Any] | None:
    if sanction is None:
        return None
    return {
        "case_id": sanction.case_id,
        "state": sanction.state,
        "published_on": sanction.published_on,
        "overdue": sanction.overdue(today),
    }


def _awaited_publication(proceeding: Proceeding) -> list[Running]:
    """Publication is due from the decision on, however late it is served; from the service on, the record's own."""
    facts, ruling = proceeding.facts, proceeding.facts.ruling
    if proceeding.industry or ruling is None or ruling.penalising is None or proceeding.state != "DECIDED":
        return []
    if publicity_of(ruling.penalising.imposed) is not Publicity.PUBLIC or facts.service is not None:
        return []
    organ = proceeding.organ
    owner = Owner("proceeding", proceeding.proceeding_id, organ.kind, organ.region, organ.code)
    return [begin(owner, "publication", "discipline.publication", ruling.on)]


def _execution(proceeding: Proceeding, now: datetime) -> dict[str, Any] | None:
    due = owed(proceeding.facts, local_date(now))
    if due is None:
        return None
    return {
        "fine_yuan": due.fine,
        "parts": [{"due_on": part.due_on, "yuan": part.yuan, "paid": str(part.paid)} for part in due.parts],
        "paid_yuan": str(due.paid),
        "additional_yuan": str(due.additional),
        "outstanding_yuan": str(due.outstanding),
    }
