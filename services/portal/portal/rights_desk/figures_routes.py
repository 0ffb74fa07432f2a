"""What came of mutual evaluations by quarter, and of facilities by month; comments are opened for a purpose."""

from datetime import date
from typing import Any

from common.clock import today_of
from contracts.regions import REGIONS
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf, Refused
from portal.desks.pages import desk_page
from portal.desks.tables import room_of
from portal.forms import Choice, Field, Filled, Form
from portal.look.asked import asked_of, found
from portal.look.sheets import download
from portal.rights_desk.figures import facility_sheet, facility_sheets, mean_sheets, months_before, quarters_before
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/desk/rights", dependencies=[Depends(require_sign_in)])
_QUARTERS = 8
_A_YEAR, _MONTHS = 12, 36
_PLACES = [Choice("410000", "全省"), *(Choice(code, region.name_zh) for code, region in REGIONS.items())]
_COMMENTS = Form(
    "打开意见建议",
    (
        Field("region", "地区", "choice", choices=_PLACES),
        Field("organ", "被评一方", "choice", choices=[Choice("court", "法官"), Choice("procuratorate", "检察官")]),
        Field(
            "side", "谁评谁", "choice",
            choices=[Choice("lawyer", "律师评法官、检察官"), Choice("official", "法官、检察官评律师")],
        ),
        Field(
            "purpose", "用途", "choice",
            choices=[Choice("improvement", "改进工作"), Choice("consultation", "会商议题")],
        ),
    ),
    submit="打开",
    note="满5人方予显示；每次查看连同用途都会留下记录。",
)  # fmt: skip


@router.get("/evaluation-means")
async def means(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    return await _means(request, visitor, apis, Filled.blank(_COMMENTS))


@router.post("/evaluation-means")
async def comments(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    """The purpose stands in no address."""
    room_of("rights", "evaluation-means", visitor)
    filled = Filled.sent(_COMMENTS, await request.form())
    if filled.faults:
        return await _means(request, visitor, apis, filled.refused(filled.faults), status=422)
    said = filled.body()
    purpose = said.pop("purpose")
    where = f"/v1/evaluations/means/{_quarter(request)}/comments"
    try:
        told = (await apis.get("rights", where, purpose=purpose, **said)).body
    except Refused as refused:
        again = filled.refused(refused.faults, refused.problem.get("detail") or "不能打开。")
        return await _means(request, visitor, apis, again, status=refused.status)
    return await _means(request, visitor, apis, filled, opened=told)


@router.get("/evaluation-means.xlsx")
async def means_xlsx(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    room_of("rights", "evaluation-means", visitor)
    told, sides = await _told_means(apis, _quarter(request))
    return download(f"互评汇总 {told['quarter']}", *mean_sheets(told["means"], sides))


async def _means(
    request: Request,
    visitor: Visitor,
    apis: Apis,
    filled: Filled,
    *,
    opened: list[str] | None = None,
    status: int = 200,
) -> Response:
    desk, room = room_of("rights", "evaluation-means", visitor)
    quarter = _quarter(request)
    told, sides = await _told_means(apis, quarter)
    return await desk_page(
        request, "desks/rights/means.html", desk=desk, room=room, status=status, told=told, quarter=quarter,
        quarters=[(each, each) for each in quarters_before(today_of(request), _QUARTERS)],
        sheets=mean_sheets(told["means"], sides), filled=filled, opened=opened,
    )  # fmt: skip


async def _told_means(apis: Apis, quarter: str) -> tuple[Any, Any]:
    told, sides = await apis.together(
        apis.read("rights", f"/v1/evaluations/means/{quarter}"),
        apis.read("rights_public", "/v1/evaluation-items"),
    )
    return told, sides


def _quarter(request: Request) -> str:
    """One of those that are over, the last unless another was asked for."""
    known = quarters_before(today_of(request), _QUARTERS)
    asked = asked_of(request, "quarter")["quarter"]
    return asked if asked in known else known[0]


@router.get("/facility-figures")
async def facilities(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    """Of the last twelve months unless others are asked for."""
    desk, room = room_of("rights", "facility-figures", visitor)
    asked = _months(request, today_of(request))
    told, faults = await found(apis, "rights", "/v1/facility-indicators", {}, **asked)
    return await desk_page(
        request, "desks/rights/facility_figures.html", desk=desk, room=room, asked=asked, faults=faults,
        months=[(each, each) for each in months_before(today_of(request), _MONTHS)],
        sheet=None if told is None else facility_sheet(told), status=200 if told is not None else 422,
    )  # fmt: skip


@router.get("/facility-figures.xlsx")
async def facilities_xlsx(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    room_of("rights", "facility-figures", visitor)
    asked = _months(request, today_of(request))
    told = await apis.read("rights", "/v1/facility-indicators", **asked)
    return download(f"设施指标 {asked['from']}—{asked['to']}", *facility_sheets(told))


def _months(request: Request, today: date) -> dict[str, str]:
    known, asked = months_before(today, _MONTHS), asked_of(request, "from", "to")
    first, last = known[_A_YEAR - 1], known[0]
    return {name: asked[name] if asked[name] in known else last for name, last in (("from", first), ("to", last))}
