"""National tables of lawyers by province, as far as they were published: sourced numbers, none made up."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from contracts.baselines import Baseline, OverList, baselines
from contracts.statistics import Bound, Convention, province_named, provinces

from yulu.client import Service

_OVER = 30_000


async def enter_published_tables(officer: Service, second: Service) -> int:
    """How many were entered and confirmed; a year that has a table of the same convention is left as it is."""
    known = {(table["year"], table["convention"]["code"]) async for table in officer.pages("/v1/statistics")}
    entered = 0
    for table in _tables():
        if (table["year"], table["convention"]) not in known:
            made = await officer.post("/v1/statistics", table)
            path = f"/v1/statistics/{made['table_id']}/confirmations"
            await second.post(path, {"accept_doubts": True}, etag='"v1"')
            entered += 1
    return entered


def _tables() -> Iterator[dict[str, Any]]:
    shown = baselines().shown()
    for over in shown.over_30000:
        yield _of_list(over, next(total for total in shown.national if total.year == over.year))
    for baseline in shown.provinces:
        published_on = _published_on(baseline)
        if (
            baseline.convention is Convention.WITHOUT_MILITARY
            and baseline.year is not None
            and published_on is not None
        ):
            yield _of_one(baseline, baseline.year, published_on)


def _published_on(baseline: Baseline) -> date | None:
    """Of what is dated by its year alone, the last day on which it can have been published."""
    if baseline.published_on is None and baseline.published_year is not None:
        return date(baseline.published_year, 12, 31)
    return baseline.published_on


def _of_list(over: OverList, total: Baseline) -> dict[str, Any]:
    """Who is on the list has more, everybody else at most so many."""
    listed = {unit.code for name in over.provinces if (unit := province_named(name)) is not None}
    return {
        "year": over.year,
        "convention": Convention.ALL_KINDS.value,
        "title": f"{over.year}年度律师工作统计：执业律师超过3万人的省份",
        "issuer": "司法部",
        "citation": over.source.zh,
        "published_on": over.published_on.isoformat(),
        "confidence": over.confidence.value,
        "national_total": total.lawyers,
        "national_bound": total.bound.value,
        "note": "公布的是超过3万人的省份名单，未列入的省份按不多于3万人录入。",
        "figures": [
            {
                "province": code,
                "lawyers": _OVER,
                "bound": (Bound.MORE_THAN if code in listed else Bound.AT_MOST).value,
            }
            for code in provinces()
        ],
    }


def _of_one(baseline: Baseline, year: int, published_on: date) -> dict[str, Any]:
    unit = province_named(baseline.of or "")
    assert unit is not None  # noqa: S101 -- a test holds the names of the baselines against the list of provinces
    return {
        "year": year,
        "convention": baseline.convention.value,
        "title": f"{unit.official_zh}{year}年末律师人数",
        "issuer": f"{unit.official_zh}律师协会",
        "citation": baseline.source.zh,
        "published_on": published_on.isoformat(),
        "confidence": baseline.confidence.value,
        "note": "公布日期只知年度，按可能的最晚日期录入。" if baseline.published_on is None else None,
        "figures": [{"province": unit.code, "lawyers": baseline.lawyers, "bound": baseline.bound.value}],
    }
