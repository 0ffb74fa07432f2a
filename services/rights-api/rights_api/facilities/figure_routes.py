"""What organs report of their months, and the indicators that are computed of it, with the rows behind each."""

from datetime import date
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.regions import REGIONS
from fastapi import Path, Query, Request, Response, status

from rights_api.facilities.access import AskedRegion, act_of, kept_place, visible
from rights_api.facilities.fields import CorrectFigures, EnterFigures, MonthText, month_of
from rights_api.facilities.figures import Figures, Indicator, Row, by_region
from rights_api.facilities.store import SqlFigures
from rights_api.facilities.use_cases import enter_figures
from rights_api.facilities.views import FiguresView, IndicatorView, RowView, ValueView, month_text
from rights_api.refusals import NotFound, Refused

router = Router(prefix="/v1", tags=["设施登记 Facilities"])
_LIST = "facility-indicator-rows"
_MOST_MONTHS = 36

FromMonth = Annotated[MonthText, Query(alias="from")]
ToMonth = Annotated[MonthText, Query(alias="to")]


@router.get("/facility-organs/{organ_code}/figures", summary="月度数据 Its months, the newest first")
async def get_months(
    organ_code: UUID, response: Response, principal: CurrentPrincipal, tx: Transaction
) -> list[FiguresView]:
    await kept_place(tx, organ_code, principal)
    response.headers["Cache-Control"] = "no-store"
    return [FiguresView.of(each) for each in await SqlFigures(tx.session).months(organ_code)]


@router.post(
    "/facility-organs/{organ_code}/figures", status_code=status.HTTP_201_CREATED, summary="登记月度数据 Enter a month"
)
async def post_month(
    *,
    request: Request,
    response: Response,
    organ_code: UUID,
    body: EnterFigures,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> FiguresView:
    await kept_place(tx, organ_code, principal)
    figures = Figures(organ_code, month_of(body.month), 1, body.counts(), body.source)
    response.headers["Location"] = f"/v1/facility-organs/{organ_code}/figures/{body.month}"
    return _answer(response, await enter_figures(SqlFigures(tx.session), figures, act_of(request, principal)))


@router.get("/facility-organs/{organ_code}/figures/{month}", summary="某月数据 A month")
async def get_month(
    organ_code: UUID, month: Annotated[MonthText, Path()], response: Response, principal: CurrentPrincipal,
    tx: Transaction,
) -> FiguresView:  # fmt: skip
    await kept_place(tx, organ_code, principal)
    return _answer(response, await _known(SqlFigures(tx.session), organ_code, month_of(month)))


@router.put("/facility-organs/{organ_code}/figures/{month}", summary="更正月度数据 Correct it by a new version")
async def put_month(
    *,
    request: Request,
    response: Response,
    organ_code: UUID,
    month: Annotated[MonthText, Path()],
    body: CorrectFigures,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> FiguresView:
    await kept_place(tx, organ_code, principal, lock=True)
    store = SqlFigures(tx.session)
    before = await _known(store, organ_code, month_of(month))
    require_match(if_match, etag_of_version(before.version))
    after = Figures(organ_code, before.month, before.version + 1, body.counts(), body.source)
    return _answer(response, await enter_figures(store, after, act_of(request, principal)))


@router.get(
    "/facility-indicators",
    summary="设施指标 Indicators of facilities",
    description="按月合计；设施覆盖率为当前值。 Sums over the months asked for; coverage is that of today.",
)
async def get_indicators(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    from_month: FromMonth,
    to_month: ToMonth,
    region: AskedRegion = None,
) -> list[IndicatorView]:
    begins, ends = _period(from_month, to_month)
    seen, store, told = visible(principal, region), SqlFigures(tx.session), []
    for indicator in Indicator:
        whole, parts = by_region(await store.rows(indicator, from_month=begins, to_month=ends, region=seen))
        asked = {"from": from_month, "to": to_month} | ({} if seen is None else {"region": seen})
        told.append(
            IndicatorView(
                indicator=indicator,
                title_zh=indicator.zh,
                title_en=indicator.en,
                total=ValueView.of(whole, seen),
                regions=[ValueView.of(parts[code], code) for code in REGIONS if seen in (None, code)],
                rows=f"/v1/facility-indicators/{indicator.value}/rows?{urlencode(asked)}",
            )
        )
    response.headers["Cache-Control"] = "no-store"
    return told


@router.get("/facility-indicators/{indicator}/rows", summary="指标依据 The rows behind an indicator")
async def get_rows(
    *,
    indicator: Indicator,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    from_month: FromMonth,
    to_month: ToMonth,
    region: AskedRegion = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RowView]:
    begins, ends = _period(from_month, to_month)
    after = decode_cursor(cursor, _LIST, UUID, date)
    found = await SqlFigures(tx.session).rows(
        indicator, from_month=begins, to_month=ends, region=visible(principal, region)
    )
    response.headers["Cache-Control"] = "no-store"
    left = [row for row in found if after is None or _key(row) > after]
    return Page[RowView].of(
        left[: limit + 1], limit=limit, item=RowView.of, cursor=lambda row: encode_cursor(_LIST, *map(str, _key(row)))
    )


def _key(row: Row) -> tuple[UUID, date]:
    return row.organ_code, row.month or date.min


def _period(from_month: str, to_month: str) -> tuple[date, date]:
    begins, ends = month_of(from_month), month_of(to_month)
    months = (ends.year - begins.year) * 12 + ends.month - begins.month
    if not 0 <= months < _MOST_MONTHS:
        raise Refused(
            "period-invalid",
            f"截止月不得早于起始月，且至多{_MOST_MONTHS}个月。",
            f"The last month does not come before the first; at most {_MOST_MONTHS} months.",
            field="to",
        )
    return begins, ends


async def _known(store: SqlFigures, organ_code: UUID, month: date) -> Figures:
    figures = await store.month(organ_code, month)
    if figures is None:
        raise NotFound(f"没有{month_text(month)}的数据。", f"There are no figures of {month_text(month)}.")
    return figures


def _answer(response: Response, figures: Figures) -> FiguresView:
    response.headers["ETag"] = etag_of_version(figures.version)
    return FiguresView.of(figures)
