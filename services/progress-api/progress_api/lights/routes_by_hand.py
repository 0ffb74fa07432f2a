"""`/v1/lights/declarations`, `/v1/lights/overrides`: lights that officers give."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, decode_cursor, encode_cursor
from common.http.paging import Page as PageView
from contracts.lights import LightOf
from contracts.regions import REGIONS
from fastapi import Query, Request, Response, status
from pydantic import AwareDatetime

from progress_api.freezes import check_open
from progress_api.lights.access import visible_regions
from progress_api.lights.by_hand import Act, Override
from progress_api.lights.domain import PlanLights
from progress_api.lights.fields import DeclareLight, EndOverride, OverrideLight
from progress_api.lights.giving import approve_override, declare, demand_declaring, end_override, request_override
from progress_api.lights.store import StoredLights
from progress_api.lights.store_by_hand import Page, SqlByHand
from progress_api.lights.views_by_hand import DeclarationView, OverrideView
from progress_api.permissions import Action, demand

router = Router(prefix="/v1/lights", tags=["亮灯 Lights"])
_DECLARATIONS, _OVERRIDES = "light-declarations", "light-overrides"

Of = Annotated[LightOf | None, Query(description="灯的对象 / what the light stands for")]
Item = Annotated[str | None, Query(alias="id", max_length=40, description="编号 / its id")]


@router.post("/declarations", status_code=status.HTTP_201_CREATED, summary="自报灯色 Declare a light")
async def post_declaration(
    request: Request, response: Response, body: DeclareLight, principal: CurrentPrincipal, tx: Transaction
) -> DeclarationView:
    """地区由填报人员就本地区申报，省厅可就任何范围申报。 Reporters for their own region, the department for any."""
    demand_declaring(principal, body.region)
    await check_open(await tx.raw(), body.holds_from(today_of(request)))
    given, kind = SqlByHand(await tx.raw()), principal.organisation_kind
    declaration = await declare(
        given, tx.outbox, await _lights(request), body, _act(request, principal), organisation_kind=kind
    )
    response.headers["Cache-Control"] = "no-store"
    return DeclarationView.line(declaration)


@router.get("/declarations", summary="历次自报 Declarations, the newest first")
async def get_declarations(
    *,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    of: Of = None,
    item_id: Item = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PageView[DeclarationView]:
    demand(principal, Action.READ_VALUES)
    found = await SqlByHand(await tx.raw()).declarations(
        (of, item_id),
        everywhere=visible_regions(principal) is None,
        region=principal.region if principal.region in REGIONS else None,
        page=_page(cursor, _DECLARATIONS, limit),
    )
    response.headers["Cache-Control"] = "no-store"
    return PageView[DeclarationView].of(
        found,
        limit=limit,
        item=DeclarationView.line,
        cursor=lambda each: encode_cursor(_DECLARATIONS, each.act.at, str(each.declaration_id)),
    )


@router.post(
    "/overrides",
    status_code=status.HTTP_201_CREATED,
    summary="提出人工调整 Ask for a light to be set by hand",
    description="须由另一名人员批准后生效，到期自动失效；没有佐证或者无从评价的灯不得调整为绿灯。"
    " In force once another officer approves it, until its day; never green without evidence, or over what judges "
    "nothing.",
)
async def post_override(
    request: Request, response: Response, body: OverrideLight, principal: CurrentPrincipal, tx: Transaction
) -> OverrideView:
    demand(principal, Action.STEER)
    given = SqlByHand(await tx.raw())
    override = await request_override(given, await _lights(request), body, _act(request, principal))
    return _answer(request, response, override)


@router.get("/overrides", summary="历次人工调整 Overrides, the newest first")
async def get_overrides(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    of: Of = None,
    item_id: Item = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PageView[OverrideView]:
    demand(principal, Action.STEER)
    today = today_of(request)
    found = await SqlByHand(await tx.raw()).overrides((of, item_id), page=_page(cursor, _OVERRIDES, limit))
    response.headers["Cache-Control"] = "no-store"
    return PageView[OverrideView].of(
        found,
        limit=limit,
        item=lambda each: OverrideView.line(each, today),
        cursor=lambda each: encode_cursor(_OVERRIDES, each.request.at, str(each.override_id)),
    )


@router.get("/overrides/{override_id}", summary="一项人工调整 An override")
async def get_override(
    request: Request, response: Response, override_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> OverrideView:
    demand(principal, Action.STEER)
    return _answer(request, response, await SqlByHand(await tx.raw()).get(override_id))


@router.post(
    "/overrides/{override_id}/approvals",
    status_code=status.HTTP_201_CREATED,
    summary="批准 Approve it, as another officer than who asked",
)
async def post_approval(
    *,
    request: Request,
    response: Response,
    override_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> OverrideView:
    demand(principal, Action.STEER)
    given = SqlByHand(await tx.raw())
    before = await _locked(given, override_id, if_match)
    after = await approve_override(given, tx.outbox, await _lights(request), before, _act(request, principal))
    return _answer(request, response, after)


@router.post("/overrides/{override_id}/endings", status_code=status.HTTP_201_CREATED, summary="结束 End it")
async def post_ending(
    *,
    request: Request,
    response: Response,
    override_id: UUID,
    body: EndOverride,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> OverrideView:
    demand(principal, Action.STEER)
    given = SqlByHand(await tx.raw())
    before = await _locked(given, override_id, if_match)
    after = await end_override(given, tx.outbox, before, _act(request, principal), body.reason)
    return _answer(request, response, after)


async def _locked(given: SqlByHand, override_id: UUID, if_match: str | None) -> Override:
    found = await given.get(override_id, lock=True)
    require_match(if_match, etag_of_version(found.version))
    return found


async def _lights(request: Request) -> PlanLights:
    """Today's, as computed."""
    lights: StoredLights = request.app.state.lights
    computed, _ = await lights.on(request.app.state.board, today_of(request))
    return computed


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


def _page(cursor: str | None, kind: str, limit: int) -> Page:
    before = decode_cursor(cursor, kind, AwareDatetime, UUID)
    return Page(limit + 1, (None, None) if before is None else (before[0], before[1]))


def _answer(request: Request, response: Response, override: Override) -> OverrideView:
    response.headers["ETag"] = etag_of_version(override.version)
    response.headers["Location"] = f"/v1/lights/overrides/{override.override_id}"
    response.headers["Cache-Control"] = "no-store"
    return OverrideView.line(override, today_of(request))
