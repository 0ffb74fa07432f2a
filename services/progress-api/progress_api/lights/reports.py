"""Lights of reported indicators: no number is asked for; the question is whether what is told is of its time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contracts.lights import Colour, LightOf
from contracts.reporting import Frequency, Nature, Reported, ReportPeriod, periods

from progress_api.lights.domain import Input, Light, Reason, Scope
from progress_api.lights.targets import Halted


@dataclass(frozen=True, slots=True)
class Told:
    """The newest confirmed number of a region: the end of its period, and its amount."""

    until_on: date
    amount: int


@lru_cache(maxsize=64)
def expected(frequency: Frequency, as_of: date) -> ReportPeriod | None:
    """The last period whose day of grace is over."""
    return next((period for period in reversed([*periods(frequency)]) if period.due_on < as_of), None)


def is_behind(about: Reported, told: Told | None, due: ReportPeriod | None) -> bool:
    """Older than what is due; what has been reached is not asked again."""
    if due is None:
        return False
    if told is None:
        return True
    reached = about.nature is Nature.REACHED and told.amount >= (about.at_most or 1)
    return told.until_on < due.until_on and not reached


def report_light(
    about: Reported, region: str | None, told: Mapping[str, Told], halted: Halted, *, as_of: date
) -> Light:
    """region None: of all regions that are asked. told: by region."""
    asked = about.required if region is None else (region,)
    due = expected(about.frequency, as_of)
    known = {code: told[code] for code in asked if code in told}
    behind = [code for code in asked if is_behind(about, told.get(code), due)]
    newest = max((each.until_on for each in known.values()), default=None)
    evidence = f"/v1/indicators/{about.indicator.id}/evidence?as_of={as_of}"
    inputs = (
        Input("newest_until_on", None if newest is None else newest.isoformat(), evidence),
        Input("due_period", None if due is None else str(due)),
        Input("due_on", None if due is None else due.due_on.isoformat()),
        Input("regions_behind", len(behind)),
        Input("regions_asked", len(asked)),
    )

    def light(colour: Colour, reason: Reason) -> Light:
        scope = Scope(LightOf.INDICATOR, about.indicator.id, region)
        return Light(scope, colour, reason, evidenced=bool(known) and not behind, inputs=inputs)

    if halted:
        return light(Colour.STALE, Reason.by("I-STALE-EVENTS", parked=halted.parked, stopped=halted.stopped))
    if due is not None and not known:
        return light(Colour.GREY, Reason.by("I-NO-REPORT", period=due, due_on=due.due_on))
    if due is not None and behind:
        words = {"period": due, "due_on": due.due_on, "behind": len(behind), "asked": len(asked), "newest": newest}
        return light(Colour.STALE, Reason.by("I-STALE-REPORT", **words))
    told_zh, told_en = ("尚未到报送期", "nothing is due yet") if newest is None else (
        f"数值截至{newest}", f"the number is of {newest}"
    )  # fmt: skip
    return light(Colour.GREY, Reason.by("I-NO-NUMBER", newest=told_zh, newest_en=told_en))
