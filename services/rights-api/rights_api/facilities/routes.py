"""Facilities: registered by one officer, verified by another, out of use for a while, changed by new versions."""

from typing import Annotated
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.clock import today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.facilities import FacilityKind, FacilityStatus
from fastapi import Query, Request, Response, status

from rights_api.facilities.access import AskedOrgan, AskedRegion, act_of, demand, kept, kept_place, visible
from rights_api.facilities.domain import Facility, Outage
from rights_api.facilities.fields import BeginOutage, ChangeFacility, EndOutage, RegisterFacility, VerifyFacility
from rights_api.facilities.store import SqlFacilities
from rights_api.facilities.use_cases import (
    change_facility,
    register,
    report_outage,
    report_outage_end,
    verify_facility,
)
from rights_api.facilities.views import FacilityView, HistoryView

router = Router(prefix="/v1/facilities", tags=["设施登记 Facilities"])
_LIST = "facilities"


@router.post("", status_code=status.HTTP_201_CREATED, summary="登记设施 Register a facility")
async def post_facility(
    request: Request, response: Response, body: RegisterFacility, principal: CurrentPrincipal, tx: Transaction
) -> FacilityView:
    # Locked: the place must not end meanwhile.
    place = await kept_place(tx, body.organ_code, principal, lock=True)
    act = act_of(request, principal)
    content = body.content(act.today)
    facility = await register(SqlFacilities(tx.session), tx, place, body.kind, content, act=act)
    response.headers["Location"] = f"/v1/facilities/{facility.facility_id}"
    return _answer(request, response, facility)


@router.get("", summary="设施列表 Facilities")
async def get_facilities(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    region: AskedRegion = None,
    organ_kind: AskedOrgan = None,
    kind: FacilityKind | None = None,
    state: Annotated[FacilityStatus | None, Query(alias="status")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[FacilityView]:
    after, today = decode_cursor(cursor, _LIST, UUID), today_of(request)
    found = await SqlFacilities(tx.session).search(
        {
            "region": visible(principal, region),
            "organ_kind": organ_kind and organ_kind.value,
            "kind": kind and kind.value,
            "status": state and state.value,
            "after": after and after[0],
            "limit": limit + 1,
        }
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[FacilityView].of(
        found,
        limit=limit,
        item=lambda facility: FacilityView.of(facility, today),
        cursor=lambda facility: encode_cursor(_LIST, str(facility.facility_id)),
    )


@router.get("/{facility_id}", summary="设施 A facility")
async def get_facility(
    request: Request, response: Response, facility_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> FacilityView:
    facility = await SqlFacilities(tx.session).get(facility_id)
    demand(principal, facility.place.region)
    return _answer(request, response, facility)


@router.get("/{facility_id}/history", summary="历次登记与停用 All versions and outages")
async def get_history(
    response: Response, facility_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> HistoryView:
    store = SqlFacilities(tx.session)
    demand(principal, (await store.get(facility_id)).place.region)
    response.headers["Cache-Control"] = "no-store"
    return HistoryView.of(
        await store.versions(facility_id), await store.verifications(facility_id), await store.outages(facility_id)
    )


@router.put("/{facility_id}", summary="修改登记 A new version, which is not verified yet")
async def put_facility(
    *,
    request: Request,
    response: Response,
    facility_id: UUID,
    body: ChangeFacility,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> FacilityView:
    before, act = await kept(tx, facility_id, principal, if_match), act_of(request, principal)
    after = await change_facility(SqlFacilities(tx.session), tx, before, body.content(act.today), act)
    return _answer(request, response, after)


@router.post(
    "/{facility_id}/verifications",
    status_code=status.HTTP_201_CREATED,
    summary="核验 Verify what is registered",
    description="由登记人以外的工作人员核验，期满后显示为未核验。"
    " By another officer than who entered it; it expires, and then shows as not verified.",
)
async def post_verification(
    *,
    request: Request,
    response: Response,
    facility_id: UUID,
    body: VerifyFacility,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> FacilityView:
    before, act = await kept(tx, facility_id, principal, if_match), act_of(request, principal)
    return _answer(request, response, await verify_facility(SqlFacilities(tx.session), before, body.verified_on, act))


@router.post(
    "/{facility_id}/outages", status_code=status.HTTP_201_CREATED, summary="登记停用 It cannot be used for a while"
)
async def post_outage(
    *,
    request: Request,
    response: Response,
    facility_id: UUID,
    body: BeginOutage,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> FacilityView:
    before, act = await kept(tx, facility_id, principal, if_match), act_of(request, principal)
    outage = Outage(uuid4(), body.reason, body.began_at, body.expected_until)
    return _answer(request, response, await report_outage(SqlFacilities(tx.session), tx, before, outage, act))


@router.post("/{facility_id}/outages/{outage_id}/end", summary="登记恢复 It can be used again")
async def post_outage_end(
    *,
    request: Request,
    response: Response,
    facility_id: UUID,
    outage_id: UUID,
    body: EndOutage,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> FacilityView:
    before, act = await kept(tx, facility_id, principal, if_match), act_of(request, principal)
    after = await report_outage_end(SqlFacilities(tx.session), tx, before, outage_id, ended_at=body.ended_at, act=act)
    return _answer(request, response, after)


def _answer(request: Request, response: Response, facility: Facility) -> FacilityView:
    response.headers["ETag"] = etag_of_version(facility.version)
    return FacilityView.of(facility, today_of(request))
