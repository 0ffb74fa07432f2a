"""`/v1/lights`: every colour with the rule that gave it and what the rule looked at."""

from datetime import date
from typing import Annotated

from common.auth import PROVINCE, CurrentPrincipal, Principal, forbidden
from common.clock import LegalDay, today_of
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from contracts.legal_day import end_of
from contracts.lights import LightOf
from fastapi import Query, Request, Response

from progress_api.lights.access import may_see, visible_regions
from progress_api.lights.by_hand import ByHand
from progress_api.lights.domain import PlanLights
from progress_api.lights.routes_by_hand import router as by_hand
from progress_api.lights.store import StoredLights
from progress_api.lights.views import LightsView, LightView
from progress_api.organisations import PlaceCode, RegionCode
from progress_api.permissions import Action, demand
from progress_api.refusals import NotFound, Refused, asked_day

router = Router(tags=["亮灯 Lights"])
# First: `/declarations/…` and `/overrides/…` are no kinds of light.
router.include_router(by_hand)

Region = Annotated[RegionCode | None, Query(description="地区代码；不填为全省 / none: the province")]
AsOf = Annotated[LegalDay | None, Query(description="截止日，默认今天 / day, today by default")]
KnownOn = Annotated[
    LegalDay | None,
    Query(description="自报、人工调整以该日终了时已登记的为准 / lights by hand as far as entered by then"),
]
Found = tuple[PlanLights, ByHand]


async def _lights(request: Request, as_of: date | None, known_on: date | None) -> Found:
    today = today_of(request)
    if known_on is not None and known_on > today:
        raise Refused("known-on-in-future", "日期不能晚于今天", "It must not be later than today", field="known_on")
    lights: StoredLights = request.app.state.lights
    known_at = None if known_on is None else end_of(known_on)
    return await lights.on(request.app.state.board, asked_day(as_of, today), known_at)


@router.get(
    "/v1/lights",
    summary="全部灯 All lights of a day",
    description="地区读者可见本地区和全省。A region reads itself and the province.",
    response_model=LightsView,
)
async def get_lights(
    *,
    request: Request,
    principal: CurrentPrincipal,
    region: Annotated[
        PlaceCode | None,
        Query(
            description="地区代码，410000为全省；不填为可见的全部 / 410000: the province; none: all that may be seen"
        ),
    ] = None,
    of: Annotated[
        frozenset[LightOf], Query(description="灯的对象，可填多个 / what the lights stand for, several allowed")
    ] = frozenset(),
    as_of: AsOf = None,
    known_on: KnownOn = None,
) -> Response:
    demand(principal, Action.READ_VALUES)
    place = None if region == PROVINCE else region
    _check(principal, place)
    found, by_hand = await _lights(request, as_of, known_on)
    chosen = found.within(kinds=of or LightOf, regions=visible_regions(principal) if region is None else {place})
    return _answer(request, LightsView.of(found, by_hand, chosen, principal), by_default=as_of is None)


@router.get(
    "/v1/lights/{of}/{item_id}",
    summary="一盏灯及其依据 A light, its rule and everything the rule looked at",
    response_model=LightView,
)
async def get_light(
    *,
    request: Request,
    of: LightOf,
    item_id: str,
    principal: CurrentPrincipal,
    region: Region = None,
    as_of: AsOf = None,
    known_on: KnownOn = None,
) -> Response:
    demand(principal, Action.READ_VALUES)
    _check(principal, region)
    found, by_hand = await _lights(request, as_of, known_on)
    light = found.of(of, item_id, region)
    if light is None:
        raise NotFound("没有这盏灯。", "There is no such light.")
    return _answer(request, LightView.of_light(light, found, by_hand, principal), by_default=as_of is None)


def _check(principal: Principal, region: str | None) -> None:
    if not may_see(principal, region):
        raise forbidden(principal, Action.READ_VALUES.value)


def _answer(request: Request, view: LightsView | LightView, *, by_default: bool) -> Response:
    body = view.model_dump_json().encode()
    until = end_of(today_of(request)) if by_default else None
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=until)
