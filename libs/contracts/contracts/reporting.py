"""What is reported of the plan: by whom, for which periods, due when; reporting.yaml, the plan's own proposals."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.plan import Indicator, Source, plan
from contracts.policy import Frozen
from contracts.regions import PROVINCE, REGIONS
from contracts.working_days import months_after


class Reporter(LabelledEnum):
    """Who is asked for an indicator. Nobody below the city is."""

    CITY_BUREAU = "city-bureau", "市级司法局", "city bureau"
    CITY_ASSOCIATION = "city-association", "市律师协会", "city lawyers association"
    CITY_PARTY_COMMITTEE = "city-party-committee", "市律师行业党委", "city party committee of the profession"
    PROVINCIAL_ASSOCIATION = "provincial-association", "省律师协会", "provincial lawyers association"
    PROVINCIAL_DIVISION = "provincial-division", "省司法厅业务处室", "division of the department"
    PROVINCIAL_PARTY_COMMITTEE = (
        "provincial-party-committee",
        "省律师行业党委",
        "provincial party committee of the profession",
    )

    @property
    def organisation_kind(self) -> str:
        """As in the claims of a token."""
        return _ORGANISATION_KINDS[self]

    @property
    def is_provincial(self) -> bool:
        return self not in _COUNTERPARTS

    @property
    def counterpart(self) -> "Reporter":
        """Who tells what the province supervises directly (省直), where cities tell the rest."""
        return _COUNTERPARTS.get(self, self)


_ORGANISATION_KINDS = {
    Reporter.CITY_BUREAU: "bureau",
    Reporter.CITY_ASSOCIATION: "city-association",
    Reporter.CITY_PARTY_COMMITTEE: "city-party-committee",
    Reporter.PROVINCIAL_ASSOCIATION: "association",
    Reporter.PROVINCIAL_DIVISION: "department",
    Reporter.PROVINCIAL_PARTY_COMMITTEE: "party-committee",
}
_COUNTERPARTS = {
    Reporter.CITY_BUREAU: Reporter.PROVINCIAL_DIVISION,
    Reporter.CITY_ASSOCIATION: Reporter.PROVINCIAL_ASSOCIATION,
    Reporter.CITY_PARTY_COMMITTEE: Reporter.PROVINCIAL_PARTY_COMMITTEE,
}


class Nature(LabelledEnum):
    """How the numbers of successive periods belong together."""

    FLOW = "flow", "期间数", "what happened in the period"
    STOCK = "stock", "时点数", "what there is on the last day"
    REACHED = "reached", "达成情况", "whether it has been reached"


class Frequency(StrEnum):
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"
    ONCE = "once"


class _Rhythm(Frozen):
    months: int
    due_days: int


class ScanRule(Frozen):
    """Of stamped scans: until how many days after a submission one may follow, how many years it is kept."""

    within_days: int
    kept_years: int


class _Reporting(Frozen):
    verified: bool
    asked_from: date
    scans: ScanRule
    reminder_days: tuple[int, ...]
    frequencies: dict[Frequency, _Rhythm]
    natures: dict[Nature, tuple[str, ...]]
    at_most: dict[str, int]
    only_regions: dict[str, tuple[str, ...]]
    province_only: tuple[str, ...]


@lru_cache(maxsize=1)
def _reporting() -> _Reporting:
    return _Reporting.model_validate(load_yaml("reporting.yaml"))


_PARTS_ZH = {
    "": "", "H1": "上半年", "H2": "下半年", "Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class ReportPeriod:
    """[from_on, until_on], both days in it; a report is in time up to and including due_on."""

    until_on: date
    from_on: date
    due_on: date

    def asked(self, on: date) -> "ReportPeriod":
        """As it is asked for on a day: nobody is late before he was asked, so whoever is asked after the due day gets
        as many days as there were between the period's end and that day.
        """
        return self if on <= self.due_on else replace(self, due_on=on + (self.due_on - self.until_on))

    def __str__(self) -> str:
        """2026, 2026H1, 2026Q3."""
        months = self.until_on.month - self.from_on.month + 1
        number = self.until_on.month // months
        match months:
            case 12:
                return f"{self.until_on.year}"
            case 6:
                return f"{self.until_on.year}H{number}"
            case _:
                return f"{self.until_on.year}Q{number}"

    @property
    def zh(self) -> str:
        """2026年, 2026年上半年, 2026年第三季度."""
        part = str(self)[4:]
        return f"{self.until_on.year}年{_PARTS_ZH[part]}"


@dataclass(frozen=True, slots=True)
class Reported:
    """What the catalogue says of one reported indicator; numbers are whole."""

    indicator: Indicator
    reporter: Reporter
    frequency: Frequency
    nature: Nature
    regions: tuple[str, ...]
    """Asked for: regions by code; 410000 is the province's own row (省直), or its only one."""
    at_most: int | None

    @property
    def definition_zh(self) -> str:
        return str(_definitions()[self.indicator.id])

    @property
    def is_share(self) -> bool:
        """Told as two numbers, how many of how many."""
        return self.indicator.unit == "%"

    @property
    def is_yes_or_no(self) -> bool:
        return self.indicator.unit == "yes/no"

    @property
    def required(self) -> tuple[str, ...]:
        """Without these the province's number is incomplete; beside them 省直 may be told."""
        return tuple(region for region in self.regions if region != PROVINCE) or self.regions

    def reporter_of(self, region: str) -> Reporter:
        return self.reporter.counterpart if region == PROVINCE else self.reporter


@lru_cache(maxsize=1)
def _definitions() -> dict[str, str]:
    """By indicator, what is counted, in Chinese."""
    return dict(load_yaml("report_definitions.yaml"))


@lru_cache(maxsize=1)
def reported() -> dict[str, Reported]:
    """Every indicator that is reported, in the order of the plan."""
    return {
        indicator.id: _reported(indicator)
        for indicator in plan().indicators()
        if indicator.source is Source.CITY_REPORT
    }


def _reported(indicator: Indicator) -> Reported:
    data = _reporting()
    [nature] = [nature for nature, ids in data.natures.items() if indicator.id in ids]
    if indicator.id in data.province_only:
        regions: tuple[str, ...] = (PROVINCE,)
    elif indicator.id in data.only_regions:
        regions = data.only_regions[indicator.id]
    else:
        regions = (*REGIONS, PROVINCE)
    return Reported(
        indicator=indicator,
        reporter=Reporter(indicator.reporter or ""),
        frequency=Frequency(indicator.frequency or ""),
        nature=nature,
        regions=regions,
        at_most=1 if indicator.unit == "yes/no" else data.at_most.get(indicator.id),
    )


def scan_rule() -> ScanRule:
    return _reporting().scans


def asked_from() -> date:
    """Periods that ended before it are not asked of anybody."""
    return _reporting().asked_from


def reminder_days() -> tuple[int, ...]:
    """Days after the due day on which who has not reported is reminded; negative: before it. In order."""
    return tuple(sorted(_reporting().reminder_days))


def periods(frequency: Frequency) -> Iterator[ReportPeriod]:
    """Those of the plan's years, in order."""
    rhythm, years = _reporting().frequencies[frequency], plan().meta.period
    from_on = date(years.start_year, 1, 1)
    while from_on.year <= years.end_year:
        following = months_after(from_on, rhythm.months)
        until_on = following - timedelta(days=1)
        yield ReportPeriod(until_on, from_on, until_on + timedelta(days=rhythm.due_days))
        from_on = following


def period(frequency: Frequency, until_on: date) -> ReportPeriod | None:
    return next((found for found in periods(frequency) if found.until_on == until_on), None)
