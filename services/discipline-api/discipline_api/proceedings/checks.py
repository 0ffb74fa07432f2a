"""Whether a step says all it must, nothing that is not its own, and lies where it can in time."""

from datetime import date

from contracts.proceedings import Need, ProceedingOutcome, RemedyOutcome, Step

from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.guards import Case, act_of, refused

_CHANGED_TO = (ProceedingOutcome.SANCTION, ProceedingOutcome.NONE)
EARLIEST = date(1980, 1, 1)
"""The profession was restored in 1979."""


def check_fields(step: Step, data: StepData) -> None:
    for name, need, value in (
        ("document_number", step.document, data.document_number),
        ("reason", step.reason, data.reason),
    ):
        _check_field(name, value, required=need is Need.REQUIRED, possible=need is not Need.NONE)
    details, given = data.details, data.details.given
    wanted, possible = set(step.needs), {*step.needs, *step.may}
    if step.outcome_field is not None:
        more, less = _by_outcome(step, details)
        wanted |= more
        possible = (possible | more) - less
    for name in (*step.needs, *sorted(wanted - set(step.needs))):
        _check_field(f"details.{name}", given.get(name), required=True, possible=True)
    for name in given:
        _check_field(f"details.{name}", given[name], required=False, possible=name in possible)
    if step.outcome_field is not None and given[step.outcome_field].value not in step.outcomes:
        raise refused(
            "fields",
            f"“{step.zh}”的结果只能是：{'、'.join(step.outcomes)}",
            f"{step.code} comes to one of: {', '.join(step.outcomes)}",
            field=f"details.{step.outcome_field}",
        )
    if step.outcome_field == "remedy_outcome" and details.outcome not in (None, *_CHANGED_TO):
        raise refused(
            "fields",
            "变更后的结果只能是：sanction, none",
            "a changed decision is one of: sanction, none",
            field="details.outcome",
        )


def check_term(case: Case) -> None:
    """The days of a term belong to what has one; all else begins when it is served."""
    ruling = case.facts.ruling
    if ruling is None or (ruling.penalising is not None and ruling.penalising.imposed.has_term):
        return
    for name in ("from_on", "to_on"):
        _check_field(f"details.{name}", case.details.given.get(name), required=False, possible=False)


def _by_outcome(step: Step, details: Details) -> tuple[set[str], set[str]]:
    """What else an outcome requires and what it excludes."""
    penalising, beside = (
        {"conduct_code", "penalties"},
        {
            "mitigation",
            "escalation",
            "also_conduct_codes",
            "same_act_as",
            "another_act",
            "tier",
            "deviation_reasons",
        },
    )
    wanted: set[str] = set()
    excluded: set[str] = set()
    outcome = details.outcome
    if step.outcome_field == "remedy_outcome" and "outcome" in step.may:
        if details.remedy_outcome is RemedyOutcome.CHANGED:
            wanted.add("outcome")
        else:
            excluded |= {"outcome", *penalising}
    if "penalties" in step.may:
        if outcome is not None and outcome.sanctions:
            wanted |= penalising
        else:
            excluded |= penalising | beside
    if "handed_to" in step.may:
        (wanted if outcome is ProceedingOutcome.CRIMINAL else excluded).add("handed_to")
    return wanted, excluded


def _check_field(name: str, value: object, *, required: bool, possible: bool) -> None:
    if required and value is None:
        raise refused("fields", f"{name} 必须填写", f"{name} is required here", field=name)
    if value is not None and not possible:
        raise refused("fields", f"{name} 不适用于此处", f"{name} does not belong here", field=name)


def check_dates(case: Case) -> None:
    on, last = case.data.on, case.facts.last_on
    if not last <= on <= case.today:
        raise refused(
            "dates-in-order",
            f"日期应在上一步骤（{last.isoformat()}）至今日（{case.today.isoformat()}）之间",
            f"lies between the step before ({last.isoformat()}) and today ({case.today.isoformat()})",
            field="on",
        )
    details = case.details
    act = act_of(case)
    act_on = details.act_on or (case.facts.act and case.facts.act.on)
    if details.act_on is not None and details.discovered_on is None and act is not None and act.discovered_on < act.on:
        raise refused("dates-in-order", "不得晚于发现之日", "lies no later than its discovery", field="details.act_on")
    for name, day in (("discovered_on", details.discovered_on), ("act_ended_on", details.act_ended_on)):
        if day is not None and not (act_on or EARLIEST) <= day <= on:
            raise refused(
                "dates-in-order",
                "不得早于行为发生之日或者晚于本步骤之日",
                "lies neither before the act nor after this step",
                field=f"details.{name}",
            )
    if details.act_on is not None and not EARLIEST <= details.act_on <= on:
        raise refused("dates-in-order", "行为日期不合理", "is no likely day of the act", field="details.act_on")
