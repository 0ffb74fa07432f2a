"""Lights of deliverables: dated milestones and evidence of the period, nothing else."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from contracts.deliverables import evidence_months, fresh_until
from contracts.lights import Colour, LightOf, light_rules
from contracts.plan import Deliverable, plan
from contracts.working_days import months_after

from progress_api.lights.domain import Input, Light, Reason, Scope, worst

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Milestone:
    """done_on: None where no evidence completes it."""

    due_on: date
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a deliverable in a scope on a day. newest: the newest day that any evidence is of.

    delivered: its owner or the department says that it is complete.
    """

    deliverable_id: str
    region: str | None
    milestones: tuple[Milestone, ...] = ()
    newest: date | None = None
    delivered: bool = False


def deliverable_light(work: Work, *, as_of: date) -> Light:
    deliverable = plan().deliverable(work.deliverable_id)
    open_now = [milestone for milestone in work.milestones if milestone.done_on is None]
    overdue = sorted(milestone.due_on for milestone in open_now if milestone.due_on < as_of)
    delivered = work.delivered and deliverable.recurrence == "once" and not open_now
    newest, months = work.newest, _months(deliverable)
    current = newest is not None and (delivered or as_of <= _counts_until(deliverable, newest))
    address = f"/v1/deliverables/{deliverable.id}?as_of={as_of}"
    inputs = (
        Input("milestones", len(work.milestones)),
        Input("open_milestones", len(open_now)),
        Input("overdue_milestones", len(overdue)),
        Input(
            "newest_evidence_on",
            None if newest is None else newest.isoformat(),
            address if work.region is None else f"{address}&region={work.region}",
        ),
        Input("evidence_months", months),
    )

    def light(colour: Colour, reason: Reason) -> Light:
        scope = Scope(LightOf.DELIVERABLE, work.deliverable_id, work.region)
        return Light(scope, colour, reason, evidenced=current, inputs=inputs)

    if not work.milestones:
        return light(Colour.GREY, Reason.by("D-NO-MILESTONE"))
    if overdue and (late := _lateness((as_of - overdue[0]).days)) is not None:
        words = {"milestones": len(overdue), "days": (as_of - overdue[0]).days, "due_on": overdue[0]}
        return light(late, Reason.by("D-OVERDUE", **words))
    if newest is None or not current:
        told = ("没有佐证", "there is none") if newest is None else (f"最新为{newest}", f"the newest is of {newest}")
        return light(Colour.GREY, Reason.by("D-NO-EVIDENCE", months=months, newest=told[0], newest_en=told[1]))
    if delivered:
        return light(Colour.GREEN, Reason.by("D-DELIVERED", newest_on=newest))
    return light(Colour.GREEN, Reason.by("D-ON-TIME", newest_on=newest, months=months))


def _lateness(days: int) -> Colour | None:
    overdue = light_rules().thresholds.overdue
    if days >= overdue.red_from:
        return Colour.RED
    return Colour.YELLOW if days >= overdue.yellow_from else None


def _months(deliverable: Deliverable) -> int:
    return evidence_months(deliverable) or light_rules().thresholds.under_way.months


def _counts_until(deliverable: Deliverable, newest: date) -> date:
    return fresh_until(deliverable, newest) or months_after(newest, _months(deliverable)) - _DAY


def of_province(own: Light | None, of_regions: list[Light], deliverable_id: str) -> Light:
    """Of what regions owe each for itself: the worst of them, and of the province's own part where it has one."""
    scope = Scope(LightOf.DELIVERABLE, deliverable_id)
    if own is None:
        return worst(scope, "A-WORST", of_regions)
    whole = worst(scope, "A-WORST", [own, *of_regions])
    inputs = (*own.inputs, Input("own_part", own.reason.zh))
    return replace(whole, inputs=inputs, parts=tuple(light.scope for light in of_regions))
