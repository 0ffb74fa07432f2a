"""Three pages and a CSV of each table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any

from common.clock import today_of
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf
from portal.look import page
from portal.look.asked import asked_of
from portal.look.failures import failure
from portal.look.passing_on import passed_on
from portal.statistics.domain import Row, Table, by_day, ends_of_years, grouped, of_discipline

router = APIRouter(prefix="/statistics")

_LAWYERS, _FIRMS = "/v1/statistics/lawyers", "/v1/statistics/firms"
_DISCIPLINE = "/v1/public/statistics"
_YEARS = 5
_FIRST_YEAR = 2024
"""The plan's first; nothing before it was counted."""

_DISCIPLINE_TABLES: Mapping[str, tuple[str, str]] = {
    "region": ("按决定机关所在地区", "地区"),
    "kind": ("按处罚、处分", "类别"),
    "penalty": ("按种类", "种类"),
    "conduct": ("按违法违规行为", "行为"),
}


@router.get("")
async def register(request: Request, apis: ApisOf) -> Response:
    """Lawyers and firms, as the register counts them today."""
    today = today_of(request)
    tables = await apis.together(*(make(apis, today) for make in _REGISTER.values()))
    total = {table.name: table.total for table in tables}
    return await page(request, "statistics/register.html", public=True, tables=tables, total=total, today=today)


@router.get("/register/{name}.csv")
async def register_csv(request: Request, name: str, apis: ApisOf) -> Response:
    if name not in _REGISTER:
        return failure(request.app, 404)
    return _csv(await _REGISTER[name](apis, today_of(request)))


@router.get("/discipline")
async def discipline(request: Request, apis: ApisOf) -> Response:
    """Whole years that are over, `year` or the last."""
    years = _years(request)
    year = _year(request, years)
    if year is None:
        return failure(request.app, 404, "只公布已结束年度的统计。", "Only years that are over are published.")
    tables = await apis.together(*(_discipline(apis, year, by) for by in _DISCIPLINE_TABLES))
    missed = await _discipline(apis, year, "region", "missed-deadlines")
    return await page(
        request, "statistics/discipline.html", public=True, year=year, years=years, tables=[*tables, missed]
    )


@router.get("/discipline/{year}/{name}.csv")
async def discipline_csv(request: Request, year: int, name: str, apis: ApisOf) -> Response:
    counted, _, by = name.rpartition("-by-")
    if year not in _years(request) or by not in _DISCIPLINE_TABLES or counted not in ("sanctions", "missed-deadlines"):
        return failure(request.app, 404)
    return _csv(await _discipline(apis, year, by, counted), f"{year}-")


@router.get("/rights")
async def rights(request: Request, apis: ApisOf) -> Response:
    """The newest released edition of a year, `year` or the newest."""
    released = await apis.read("rights", _DISCIPLINE)
    newest = [each for each in released if each["newest"]]
    year = asked_of(request, "year")["year"] or (str(newest[0]["year"]) if newest else "")
    known = next((each for each in newest if str(each["year"]) == year), None)
    if known is None and year:
        return failure(request.app, 404, "该年度统计尚未发布。", "That year has not been published.")
    edition = None if known is None else await apis.read("rights", f"{_DISCIPLINE}/{known['year']}")
    return await page(
        request, "statistics/rights.html", public=True, edition=edition, released=released,
        parts=[] if edition is None else [_part(part) for part in edition["parts"]],
    )  # fmt: skip


@router.get("/rights/{year}-{number}.csv")
async def rights_csv(year: int, number: int, apis: ApisOf) -> Response:
    return await passed_on(apis, "rights", f"{_DISCIPLINE}/{year}/{number}/csv")


Made = Callable[[Apis, date], Awaitable[Table]]


def _grouped(path: str, key: str, table: Table) -> Made:
    async def make(apis: Apis, today: date) -> Table:
        return grouped(table, await apis.read("registry", path, group_by=key, as_of=today.isoformat()), key)

    return make


def _through_years(path: str, table: Table) -> Made:
    async def make(apis: Apis, today: date) -> Table:
        days = ends_of_years(today, _YEARS)
        told = await apis.together(*(apis.read("registry", path, as_of=day.isoformat()) for day in days))
        return by_day(table, zip(days, told, strict=True))

    return make


_REGISTER: Mapping[str, Made] = {
    "lawyers-by-region": _grouped(
        _LAWYERS, "region", Table("lawyers-by-region", "律师：按地区", "地区", "人")
    ),
    "lawyers-by-category": _grouped(
        _LAWYERS, "category", Table("lawyers-by-category", "律师：按执业类别", "执业类别", "人")
    ),
    "lawyers-by-year": _through_years(
        _LAWYERS, Table("lawyers-by-year", "律师：各年末与今日", "日期", "人")
    ),
    "firms-by-region": _grouped(
        _FIRMS, "region", Table("firms-by-region", "律师事务所：按地区", "地区", "家")
    ),
    "firms-by-size": _grouped(
        _FIRMS, "size_band", Table("firms-by-size", "律师事务所：按执业律师人数", "执业律师人数", "家")
    ),
    "firms-by-kind": _grouped(
        _FIRMS, "kind", Table("firms-by-kind", "律师事务所：按组织形式", "组织形式", "家")
    ),
    "firms-by-year": _through_years(
        _FIRMS, Table("firms-by-year", "律师事务所：各年末与今日", "日期", "家")
    ),
}  # fmt: skip


async def _discipline(apis: Apis, year: int, by: str, counted: str = "sanctions") -> Table:
    told = await apis.read("discipline", _DISCIPLINE, year=year, counted=counted, group_by=by)
    title, of = _DISCIPLINE_TABLES[by]
    if counted == "missed-deadlines":
        title = "办理逾期：" + title
    return of_discipline(Table(f"{counted}-by-{by}", title, of, "件"), told)


def _years(request: Request) -> Sequence[int]:
    """The newest first."""
    return range(today_of(request).year - 1, _FIRST_YEAR - 1, -1)


def _year(request: Request, years: Sequence[int]) -> int | None:
    asked = asked_of(request, "year")["year"]
    if not asked:
        return years[0]
    return next((year for year in years if str(year) == asked), None)


_DIMENSIONS = {
    "right": ("按受侵犯的权利", "权利"),
    "respondent": ("按被投诉机关类别", "机关类别"),
    "city": ("按地区", "地区"),
    "outcome": ("按办理结果", "结果"),
}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    tables = [
        Table(
            f"{part['part']}-{name}", title, of, "件",
            [Row(cell["code"], cell["zh"], cell["cases"]) for cell in part["by"][name]],
        )
        for name, (title, of) in _DIMENSIONS.items()
        if name in part["by"]
    ]  # fmt: skip
    return {"title": part["part_zh"], "cases": part["cases"], "median_days": part["median_days"], "tables": tables}


def _csv(table: Table, prefix: str = "") -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{prefix}{table.name}.csv"', "Cache-Control": "no-cache"}
    return Response(table.as_csv(), headers=headers, media_type="text/csv; charset=utf-8")
