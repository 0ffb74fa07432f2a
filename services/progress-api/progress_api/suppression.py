"""Closed indicators: what a reader without the right must be able neither to trace to single cases nor to date."""

from dataclasses import dataclass

from common.auth import Principal
from contracts.entitlements import SMALLEST_DENOMINATOR, SMALLEST_MEDIAN, IndicatorScope, indicator_scope
from progress_store.queries import COMPUTATIONS, Figures, Kind, Reason

LAST_MONTH = Reason(
    "last-month",
    "此处为上月末的数值：逐日变动的数值会透露个案发生的日期。",
    "This is the figure as of the end of last month: one that moves from day to day would date single cases.",
)


def is_monthly(principal: Principal, indicator_id: str) -> bool:
    """Whether this reader sees the province's value as it was at the end of last month, not today's."""
    return indicator_scope(principal, indicator_id) in (IndicatorScope.PROVINCE_MONTHLY, IndicatorScope.OWN_REGION)


def too_few(smallest: int) -> Reason:
    return Reason(
        "too-few-cases",
        f"案件数小于 {smallest}，为避免指认个案，不予显示。",
        f"There are fewer than {smallest} cases; it is not shown, so that no single case can be traced.",
    )


@dataclass(frozen=True, slots=True)
class Shown:
    value: int | float | None
    numerator: int | None
    denominator: int | None
    at_threshold: int | None
    reason: Reason | None


def province_figures(found: Figures, indicator_id: str, principal: Principal) -> Shown:
    """The province's figures; of a closed indicator the value alone, where it cannot be traced."""
    scope = indicator_scope(principal, indicator_id)
    if scope in (IndicatorScope.ALL_REGIONS, IndicatorScope.OWN_REGION_OPEN):
        return Shown(found.value, found.numerator, found.denominator, found.at_threshold, found.reason)
    kind = COMPUTATIONS[indicator_id].kind
    smallest = SMALLEST_MEDIAN if kind is Kind.MEDIAN else SMALLEST_DENOMINATOR
    # Who sees his own region could subtract it from the whole: the others together must be enough.
    others = [
        region
        for region in found.rows_by_region
        if scope is not IndicatorScope.OWN_REGION or not principal.covers(region)
    ]
    cases = sum(found.rows_by_region[region] for region in others)
    if kind in (Kind.RATE, Kind.COUNT):
        # Only rows that count are told: of a rate the others are no cases (the honoured are known by name).
        cases = sum(found.regions[region].numerator for region in others)
    if cases < smallest:
        return Shown(None, None, None, None, too_few(smallest))
    return Shown(found.value, None, None, None, found.reason)
