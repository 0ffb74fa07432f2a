"""What the public may know of an indicator's regions: nothing of closed ones, no small cells, nor what tells them."""

from collections.abc import Collection

from common.auth import Principal
from contracts.entitlements import PROGRESS, REGISTRY, SMALLEST_DENOMINATOR, SMALLEST_MEDIAN, is_closed_indicator
from contracts.plan import Indicator, Source
from contracts.regions import region_label
from progress_store.queries import COMPUTATIONS, Figures, Kind, Policy, Reason

from progress_api.bulletins.domain import RegionLine, Told

THE_PUBLIC = Principal(subject="")
"""A reader without any right: what he may see everyone may."""

OPEN_FEEDS = frozenset({REGISTRY, PROGRESS})
"""Feeds whose length may be told: that of the others counts cases."""

_CLOSED = Reason(
    "closed-indicator",
    "涉及个案的指标只公布全省数值。",
    "Of indicators that tell of cases only the province's value is published.",
)
_TELLS_SUSPENDED = Reason(
    "tells-suspended",
    "“停止执业不计”的分地区数值与登记人数相减，即为当地停止执业人数，不予公布。",
    "Regional numbers without suspended lawyers, subtracted from those with them, tell how many are suspended.",
)
_NOT_RELEASED = Reason(
    "regions-not-released",
    "本期不公布各地报送的分地区数值。",
    "The numbers that regions reported are not published by region in this edition.",
)
_NO_BREAKDOWN = Reason("province-only", "该指标只有全省数值。", "The indicator has a value of the province alone.")
_SMALL = Reason(
    "small-cell",
    "数量过小，或者可由其推知他地的小数量，不予公布。",
    "Too small a number, or one that would give another small one away; it is not published.",
)
_ALL_SMALL = Reason(
    "small-cells",
    "各地数量均较小，不公布分地区数值。",
    "The regions' numbers are all small; none is published.",
)
_NO_VALUE = Reason("no-value", "暂无数值。", "There is no value.")

_TRACEABLE = frozenset({"lawyers", "person-times", "cases", "pairs", "count"})
"""Units of which a small number could be traced to persons or cases; firms, offices and counties are public by name."""


def may_release_regions(indicator: Indicator) -> bool:
    """Whether the department can decide, per edition, to publish what regions reported of it."""
    return indicator.source is Source.CITY_REPORT and indicator.region_breakdown


def released_regions(
    indicator: Indicator, found: Figures, policy: Policy, released: Collection[str]
) -> tuple[tuple[RegionLine, ...], Told | None]:
    """The regions, in the order of their codes; or why there are none.

    policy: under which the figures were found; released: reported indicators to be shown.
    """
    why = _withheld(indicator, policy, released)
    untold = None if why is not None else untold_regions(indicator, found)
    if untold is None:
        return (), Told.of(why or _ALL_SMALL)
    lines = []
    for code, figures in found.regions.items():
        value = None if code in untold else figures.value
        reason = _SMALL if code in untold else _NO_VALUE if value is None else None
        zh, en = region_label(code)
        lines.append(RegionLine(code=code, zh=zh, en=en, value=value, reason=Told.of(reason)))
    return tuple(lines), None


def _withheld(indicator: Indicator, policy: Policy, released: Collection[str]) -> Reason | None:
    """Why no region is shown, whatever the numbers."""
    if not indicator.region_breakdown:
        return _NO_BREAKDOWN
    if is_closed_indicator(indicator.id):
        return _CLOSED
    if policy.without_suspended and COMPUTATIONS[indicator.id].names_lawyers:
        return _TELLS_SUSPENDED
    reported = indicator.source in (Source.CITY_REPORT, Source.PROGRESS_EVENT)
    return _NOT_RELEASED if reported and indicator.id not in released else None


def untold_regions(indicator: Indicator, found: Figures) -> frozenset[str] | None:
    """Regions whose number is not told; None where none may be.

    Whoever has the province's number subtracts the regions that are told from it: so beside the small ones the
    smallest of the others stays untold, and where no other is large enough they all do.
    """
    kind = COMPUTATIONS[indicator.id].kind
    smallest = SMALLEST_DENOMINATOR
    if kind in (Kind.RATIO, Kind.RATE, Kind.SHARE, Kind.MEDIAN):
        smallest = SMALLEST_MEDIAN if kind is Kind.MEDIAN else SMALLEST_DENOMINATOR
        sizes = {code: figures.denominator or 0 for code, figures in found.regions.items()}
    elif indicator.unit in _TRACEABLE:
        sizes = {code: figures.numerator for code, figures in found.regions.items()}
    else:
        return frozenset()
    small = {code for code, size in sizes.items() if 0 < size < smallest}
    if not small:
        return frozenset()
    large = sorted((size, code) for code, size in sizes.items() if size >= smallest)
    return frozenset({*small, large[0][1]}) if large else None
