"""Places of organs, where a lawyer goes: registered whether they offer anything or not, for coverage counts all."""

from dataclasses import replace
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response, status

from rights_api.facilities.access import AskedOrgan, AskedRegion, act_of, demand, kept_place, visible
from rights_api.facilities.domain import Place
from rights_api.facilities.fields import ChangePlace, RegisterPlace
from rights_api.facilities.store import SqlFacilities
from rights_api.facilities.use_cases import change_place, register_place
from rights_api.facilities.views import PlaceView

router = Router(prefix="/v1/facility-organs", tags=["设施登记 Facilities"])
_LIST = "facility-organs"


@router.post("", status_code=status.HTTP_201_CREATED, summary="登记机关场所 Register a place of an organ")
async def post_place(
    request: Request, response: Response, body: RegisterPlace, principal: CurrentPrincipal, tx: Transaction
) -> PlaceView:
    demand(principal, body.region)
    place = Place(uuid4(), body.region, body.organ_kind, 1, body.name, body.address)
    await register_place(SqlFacilities(tx.session), place, act_of(request, principal))
    response.headers["Location"] = f"/v1/facility-organs/{place.organ_code}"
    return _answer(response, place)


@router.get("", summary="机关场所列表 Places of organs")
async def get_places(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    region: AskedRegion = None,
    organ_kind: AskedOrgan = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[PlaceView]:
    after = decode_cursor(cursor, _LIST, UUID)
    found = await SqlFacilities(tx.session).places(
        region=visible(principal, region),
        organ_kind=organ_kind,
        after=None if after is None else after[0],
        limit=limit + 1,
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[PlaceView].of(
        found, limit=limit, item=PlaceView.of, cursor=lambda place: encode_cursor(_LIST, str(place.organ_code))
    )


@router.get("/{organ_code}", summary="机关场所 A place of an organ")
async def get_place(organ_code: UUID, response: Response, principal: CurrentPrincipal, tx: Transaction) -> PlaceView:
    return _answer(response, await kept_place(tx, organ_code, principal))


@router.put("/{organ_code}", summary="修改机关场所 Change its name or address, or end it")
async def put_place(
    *,
    request: Request,
    response: Response,
    organ_code: UUID,
    body: ChangePlace,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> PlaceView:
    before = await kept_place(tx, organ_code, principal, lock=True)
    require_match(if_match, etag_of_version(before.version))
    after = replace(before, name=body.name, address=body.address, ended_on=body.ended_on)
    return _answer(response, await change_place(SqlFacilities(tx.session), before, after, act_of(request, principal)))


def _answer(response: Response, place: Place) -> PlaceView:
    response.headers["ETag"] = etag_of_version(place.version)
    return PlaceView.of(place)
