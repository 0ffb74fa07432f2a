"""Resolutions over HTTP: what is to be done, and the evidence that it was. Their days have no endpoint: see minutes."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.consultations import ConsultationBody
from fastapi import Query, Request, Response

from rights_api.consultations.access import caller, store_of, visible
from rights_api.consultations.domain import demand_host
from rights_api.consultations.fields import FulfilResolution
from rights_api.consultations.resolutions import Resolution
from rights_api.consultations.routes import NO_STORE, Region
from rights_api.consultations.store import SqlConsultations
from rights_api.consultations.use_cases import record_fulfilment
from rights_api.consultations.views import ResolutionLine, ResolutionView
from rights_api.permissions import Action
from rights_api.refusals import NotFound

router = Router(prefix="/v1/resolutions", tags=["四方会商、联席会议 Meetings of the organs"])
_LIST = "resolutions"


@router.get("", summary="议定事项 Resolutions")
async def get_resolutions(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    body: ConsultationBody | None = None,
    region: Region = None,
    outstanding: Annotated[bool, Query(description="只列未落实的 / only what is not done")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ResolutionLine]:
    found = await store_of(request, tx).search_resolutions(
        region=visible(principal, region),
        body=body and body.value,
        outstanding=outstanding,
        before=decode_cursor(cursor, _LIST, date, UUID),
        limit=limit + 1,
    )
    response.headers.update(NO_STORE)
    now = now_of(request)
    return Page[ResolutionLine].of(
        found,
        limit=limit,
        item=lambda resolution: ResolutionLine.line(resolution, now),
        cursor=lambda resolution: encode_cursor(_LIST, resolution.adopted_on, str(resolution.resolution_id)),
    )


@router.get("/{resolution_id}", summary="一项议定事项 A resolution", response_model=ResolutionView)
async def get_resolution(
    request: Request, resolution_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    store = store_of(request, tx)
    resolution = await _readable(store, resolution_id, principal, lock=False)
    view = ResolutionView.of(resolution, await store.texts(resolution.meeting_id), now_of(request))
    headers = {"ETag": etag_of_version(resolution.version), **NO_STORE}
    return Response(view.model_dump_json(), headers=headers, media_type="application/json")


@router.post(
    "/{resolution_id}/fulfilment",
    summary="登记落实情况 Record that it was fulfilled",
    description="期限过后才落实的，记为逾期落实，逾期记录保留。 Done late stays late; the lapse stays on record.",
)
async def post_fulfilment(
    *,
    request: Request,
    response: Response,
    resolution_id: UUID,
    body: FulfilResolution,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ResolutionLine:
    organ, store = caller(principal, Action.CONFER), store_of(request, tx)
    resolution = await _readable(store, resolution_id, principal, lock=True)
    demand_host(resolution.host, organ)
    require_match(if_match, etag_of_version(resolution.version))
    now = now_of(request)
    after = await record_fulfilment(
        store,
        tx.outbox,
        resolution,
        on=body.fulfilled_on,
        document_number=body.document_number,
        note=body.note,
        now=now,
    )
    response.headers["ETag"] = etag_of_version(after.version)
    return ResolutionLine.line(after, now)


async def _readable(store: SqlConsultations, resolution_id: UUID, principal: Principal, *, lock: bool) -> Resolution:
    caller(principal, Action.READ_MEETINGS)
    found = (await store.resolutions([resolution_id], lock=lock)).get(resolution_id)
    if found is None or not principal.covers(found.region):
        raise NotFound("没有这项议定事项。", "There is no such resolution.")
    return found
