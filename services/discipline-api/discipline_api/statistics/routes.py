"""HTTP of statistics: a public one for whole years, and one for the organs."""

from datetime import date
from typing import Annotated, Any

from common.auth import CurrentPrincipal
from common.clock import LegalDay, today_of
from common.http import Router, Transaction
from common.http.rate_limit import public_rate_limit
from contracts.conduct import OrganKind, conduct_codes, penalties
from contracts.entitlements import SMALLEST_DENOMINATOR
from contracts.regions import PROVINCE, REGIONS
from fastapi import Depends, Query, Response
from pydantic import BaseModel
from starlette.requests import Request

from discipline_api.permissions import Action, visible
from discipline_api.statistics.domain import Counted, GroupBy, Table
from discipline_api.statistics.store import SqlFacts
from discipline_api.statistics.use_cases import own_table, public_table

router = Router(prefix="/v1", tags=["统计 Statistics"])


class CellView(BaseModel):
    """`cases` is null where the count is suppressed."""

    code: str
    zh: str
    cases: int | None


class StatisticsView(BaseModel):
    counted: Counted
    counted_zh: str
    group_by: GroupBy
    from_on: date
    to_on: date
    total: int | None
    cells: list[CellView]
    suppressed: int
    note_zh: str
    note_en: str

    @classmethod
    def of(
        cls, table: Table, counted: Counted, by: GroupBy, first: date, last: date, *, public: bool
    ) -> "StatisticsView":
        return cls(
            counted=counted,
            counted_zh=counted.zh,
            group_by=by,
            from_on=first,
            to_on=last,
            total=table.total,
            cells=[CellView(code=code, zh=_label(code), cases=cases) for code, cases in sorted(table.cells.items())],
            suppressed=table.suppressed,
            note_zh=f"小于{SMALLEST_DENOMINATOR}的数及可由此推算的数不予公布；已撤回的决定不计。"
            if public
            else "已撤回的决定不计。",
            note_en=f"Counts below {SMALLEST_DENOMINATOR}, and those from which they follow, are left out; withdrawn "
            "decisions do not count."
            if public
            else "Withdrawn decisions do not count.",
        )


@router.get(
    "/public/statistics",
    summary="年度统计 Statistics of a year that is over",
    dependencies=[Depends(public_rate_limit)],
)
async def get_public_statistics(
    *,
    request: Request,
    tx: Transaction,
    year: Annotated[int, Query(ge=2000, le=2100)],
    counted: Counted = Counted.SANCTIONS,
    group_by: GroupBy = GroupBy.REGION,
) -> StatisticsView:
    table = await public_table(SqlFacts(tx, None), counted, group_by, year, today_of(request))
    return StatisticsView.of(table, counted, group_by, date(year, 1, 1), date(year, 12, 31), public=True)


@router.get("/statistics", summary="本机关范围内的统计 Statistics of the organs whose cases one sees")
async def get_statistics(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    from_on: Annotated[LegalDay, Query(alias="from")],
    to_on: Annotated[LegalDay, Query(alias="to")],
    counted: Counted = Counted.SANCTIONS,
    group_by: GroupBy = GroupBy.ORGAN,
) -> StatisticsView:
    facts = SqlFacts(tx, visible(principal, Action.READ_STATISTICS))
    table = await own_table(facts, counted, group_by, from_on, to_on)
    response.headers["Cache-Control"] = "no-store"
    return StatisticsView.of(table, counted, group_by, from_on, to_on, public=False)


def _label(code: str) -> str:
    labels: dict[str, Any] = {PROVINCE: "省级", "administrative": "行政处罚", "industry": "行业处分"}
    labels |= {region: each.name_zh for region, each in REGIONS.items()}
    labels |= {kind.value: kind.zh for kind in OrganKind}
    labels |= {penalty.value: info.zh for penalty, info in penalties().items()}
    labels |= {conduct: act.zh for conduct, act in conduct_codes().items()}
    return str(labels.get(code, code))
