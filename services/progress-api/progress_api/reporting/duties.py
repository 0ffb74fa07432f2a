"""Which reports are owed for a period, and what stands in each: from the catalogue and what has been reached so far."""

from collections.abc import Collection, Iterator
from datetime import date

from contracts.regions import PROVINCE
from contracts.reporting import Frequency, Reporter, ReportPeriod, asked_from, periods, reported

from progress_api.reporting.domain import Item, Report, report_id


def ended_periods(today: date) -> dict[str, ReportPeriod]:
    """By name, in order of their ends: all that reports are asked for, from the day after each has ended.

    What is asked once shares the half-years.
    """
    found = {
        str(period): period
        for frequency in Frequency
        for period in periods(frequency)
        if asked_from() <= period.until_on < today
    }
    return dict(sorted(found.items(), key=lambda each: each[1]))


def owed(period: ReportPeriod, reached: Collection[tuple[str, str]]) -> list[Report]:
    """Of every reporter, in the order of reporters and regions; reached: indicator and region that need no more
    reports of what is asked once.
    """
    items: dict[tuple[Reporter, str], list[Item]] = {}
    for reporter, region, item in _rows(period):
        if item.about.frequency is Frequency.ONCE and (item.indicator_id, item.region) in reached:
            continue
        items.setdefault((reporter, region), []).append(item)
    return [
        Report(report_id(reporter, region, period), reporter, region, period, items=tuple(items[reporter, region]))
        for reporter, region in sorted(items)
    ]


def _rows(period: ReportPeriod) -> Iterator[tuple[Reporter, str, Item]]:
    for about in reported().values():
        if period not in periods(about.frequency):
            continue
        for region in about.regions:
            reporter = about.reporter_of(region)
            reporting_region = PROVINCE if reporter.is_provincial else region
            yield reporter, reporting_region, Item(about.indicator.id, region, region == reporting_region)
