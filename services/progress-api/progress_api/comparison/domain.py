"""A table of regions under chosen indicators: what of each number may stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from common.auth import Principal
from contracts.comparison import LAWYERS, comparison_rules
from contracts.entitlements import SMALLEST_DENOMINATOR, SMALLEST_MEDIAN, is_closed_indicator, may_read_standing_of
from contracts.plan import Indicator, UnknownPlanId, plan
from progress_store.queries import COMPUTATIONS, Figures, Kind, Policy, Reason, RegionFigures
from progress_store.queries.computation import NOTHING_DUE

from progress_api.refusals import Fault, Refused
from progress_api.suppression import too_few

CLOSED = Reason(
    "closed-indicator",
    "维权、惩戒类指标不作地区比较，仅显示按规定发布的全省数值。",
    "Regions are not compared by rights and discipline; the province's number is shown as it is released.",
)
TELLS_SUSPENDED = Reason(
    "tells-suspended",
    "该数值不计停止执业人员，只对有权查看当地执业状态者显示。",
    "The number leaves out the suspended; it is shown to those who may read of standing there.",
)
_SAMPLES = {
    Kind.RATIO: SMALLEST_DENOMINATOR,
    Kind.RATE: SMALLEST_DENOMINATOR,
    Kind.SHARE: SMALLEST_DENOMINATOR,
    Kind.MEDIAN: SMALLEST_MEDIAN,
}
"""Below so many cases a share or a median says nothing of a region, and may tell of a single case."""


@dataclass(frozen=True, slots=True)
class Known:
    """Of one indicator: its figures on the day and on the day that it is compared with, both under their readings."""

    indicator: Indicator
    as_of: date
    before_on: date
    now: Figures
    before: Figures
    policy: Policy
    policy_before: Policy


@dataclass(frozen=True, slots=True)
class Cell:
    """per_lawyers: per so many lawyers of the region as comparison.yaml says. reason: why there is no value."""

    region: str
    value: int | float | None
    numerator: int | None
    denominator: int | None
    per_lawyers: float | None
    change: int | float | None
    reason: Reason | None


def chosen(indicator_ids: Sequence[str], measure_id: str | None) -> list[Indicator]:
    """Raises Refused, naming what regions are not compared by."""
    found: dict[str, Indicator] = {}
    faults = []
    for n, indicator_id in enumerate(indicator_ids):
        try:
            indicator = plan().indicator(indicator_id)
        except UnknownPlanId:
            faults.append(Fault(f"indicators.{n}", "方案中没有这个指标", "the plan has no such indicator"))
            continue
        if (why := _not_compared(indicator)) is not None:
            faults.append(Fault(f"indicators.{n}", *why))
        found[indicator.id] = indicator
    if faults:
        raise Refused("not-compared", faults[0].zh, faults[0].en, faults=faults)
    if measure_id is not None:
        found |= _of_measure(measure_id)
    if not found:
        raise Refused("nothing-chosen", "请选择指标或举措", "choose indicators or a measure", field="indicators")
    most = comparison_rules().most_indicators
    if len(found) > most:
        raise Refused("too-many", f"一次至多比较{most}个指标", f"at most {most} indicators at once", field="indicators")
    return list(found.values())


def _of_measure(measure_id: str) -> dict[str, Indicator]:
    """Those by which regions are compared."""
    try:
        section = plan().section(measure_id)
    except UnknownPlanId:
        raise Refused(
            "measure-unknown", "方案中没有这项举措", "the plan has no such measure", field="measure"
        ) from None
    found = {each.id: each for each in section.indicators if _not_compared(each) is None}
    if not found:
        raise Refused("not-compared", "该项不作地区比较", "regions are not compared by it", field="measure")
    return found


def _not_compared(indicator: Indicator) -> tuple[str, str] | None:
    why = comparison_rules().why_left_out(indicator)
    if why is not None:
        return why.zh, why.en
    if not indicator.region_breakdown or COMPUTATIONS[indicator.id].kind is Kind.RANK:
        return "该指标不分地区", "it is not told by region"
    return None


def cells(known: Known, lawyers: Known, principal: Principal) -> list[Cell]:
    """In the order of the regions' codes; 省直 last, where it has a row."""
    return [_cell(known, lawyers, region, principal) for region in known.now.regions]


def _cell(known: Known, lawyers: Known, region: str, principal: Principal) -> Cell:
    now = known.now.regions[region]
    reason = _withheld(known.indicator, known.policy, now, region, principal)
    if reason is not None:
        return Cell(region, None, None, None, None, None, reason)
    if now.value is None:
        return Cell(region, None, None, None, None, None, known.now.reason or NOTHING_DUE)
    before = known.before.regions.get(region)
    change = None
    if (
        before is not None
        and before.value is not None
        and _withheld(known.indicator, known.policy_before, before, region, principal) is None
    ):
        change = round(now.value - before.value, 2)
    return Cell(
        region, now.value, now.numerator, now.denominator, _per_lawyers(known, lawyers, region, principal), change, None
    )


def _withheld(
    indicator: Indicator, policy: Policy, figures: RegionFigures, region: str, principal: Principal
) -> Reason | None:
    if is_closed_indicator(indicator.id):
        return CLOSED
    computation = COMPUTATIONS[indicator.id]
    tells = computation.names_lawyers and policy.without_suspended
    if tells and not may_read_standing_of(principal, region):
        return TELLS_SUSPENDED
    smallest = _SAMPLES.get(computation.kind)
    if smallest is not None and figures.denominator is not None and 0 < figures.denominator < smallest:
        return too_few(smallest)
    return None


def _per_lawyers(known: Known, lawyers: Known, region: str, principal: Principal) -> float | None:
    rules = comparison_rules()
    found = lawyers.now.regions.get(region)
    if found is None or not rules.is_per_lawyers(known.indicator):
        return None
    number, value = found.value, known.now.regions[region].value
    if number is None or value is None or number < SMALLEST_DENOMINATOR:
        return None
    if _withheld(plan().indicator(LAWYERS), lawyers.policy, found, region, principal) is not None:
        return None
    return round(rules.per_lawyers * value / number, 2)
