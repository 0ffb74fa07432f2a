"""Officers: running watches of their region, calls to the centre, filing for a caller, the list of centres."""

from typing import Any
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.secrecy.sealing import KeyVault
from contracts.regions import PROVINCE
from fastapi import Request, Response, status
from pydantic import AwareDatetime

from rights_api.cases.access import organ_of
from rights_api.cases.domain import Actor
from rights_api.cases.fields import RegionCode
from rights_api.clocks.domain import Clock
from rights_api.clocks.store import SqlClocks
from rights_api.meetings.centres import SqlCentres
from rights_api.meetings.domain import OWNER_KIND, Watch
from rights_api.meetings.fields import RecordCall, SetCentre
from rights_api.meetings.keeping import check_watch_kept
from rights_api.meetings.store import SqlMeetings
from rights_api.meetings.use_cases import Watches, clock_of
from rights_api.meetings.views import CentreView, OfficerWatchDetail, OfficerWatchView
from rights_api.permissions import Action, has
from rights_api.refusals import NotFound

router = Router(prefix="/v1", tags=["维权办理 For officers"])

_LIST = "meeting-watches"


@router.get("/meeting-watches", summary="计时中的会见被拒，紧急的在前 Running watches, urgent ones first")
async def get_watches(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OfficerWatchView]:
    after = decode_cursor(cursor, _LIST, bool, AwareDatetime, UUID)
    asked = region if region is not None or principal.region == PROVINCE else principal.region
    if not has(principal, Action.WATCH_MEETINGS) or not principal.covers(asked or PROVINCE):
        raise forbidden(principal, Action.WATCH_MEETINGS.value, asked)
    watches = await SqlMeetings(tx.session).running(
        region=asked, limit=limit + 1, after=None if after is None else (after[0], after[1], after[2])
    )
    clocks: dict[UUID, Clock] = {}
    for clock in await SqlClocks(tx).of(*(watch.meeting_id for watch in watches)):
        if clock.owner.kind == OWNER_KIND:
            clocks[clock.owner.id] = clock
    now = now_of(request)
    return Page[OfficerWatchView].of(
        watches,
        limit=limit,
        item=lambda watch: OfficerWatchView.of(watch, clocks[watch.meeting_id], now),
        cursor=lambda watch: encode_cursor(_LIST, not watch.urgent, watch.asked_at, str(watch.meeting_id)),
    )


@router.get("/meeting-watches/{meeting_id}", summary="会见被拒的计时 One watch", response_model=OfficerWatchDetail)
async def get_watch(request: Request, meeting_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    watch = await _watch(request, tx, principal, meeting_id, lock=False)
    body = (await _detail(request, tx, watch)).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post(
    "/meeting-watches/{meeting_id}/calls",
    status_code=status.HTTP_201_CREATED,
    summary="登记致电看守所、驻所检察 Record a call to the centre or its procurators",
)
async def post_call(
    request: Request, meeting_id: UUID, body: RecordCall, principal: CurrentPrincipal, tx: Transaction
) -> OfficerWatchDetail:
    vault: KeyVault = request.app.state.vault
    now = now_of(request)
    watch = await _watch(request, tx, principal, meeting_id, lock=True)
    watches = Watches(tx, vault, SqlMeetings(tx.session))
    watch = await watches.called(await watches.settle(watch, now), body.called, body.result, _actor(principal), now)
    return await _detail(request, tx, watch)


@router.get("/detention-centres", summary="看守所名单，含已撤下的 Detention centres, also off the list")
async def get_centres(
    *, response: Response, principal: CurrentPrincipal, tx: Transaction, region: RegionCode | None = None
) -> list[CentreView]:
    asked = region if region is not None or principal.region == PROVINCE else principal.region
    _demand_region(principal, asked or PROVINCE)
    response.headers["Cache-Control"] = "no-store"
    return [CentreView.of(centre) for centre in await SqlCentres(tx.session).all_of(asked)]


@router.get("/detention-centres/{centre_id}", summary="看守所 A detention centre")
async def get_centre(response: Response, centre_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> CentreView:
    centre = await SqlCentres(tx.session).get(centre_id)
    _demand_region(principal, PROVINCE if centre is None else centre.region)
    if centre is None:
        raise NotFound("没有这家看守所。", "There is no such detention centre.")
    response.headers["ETag"] = etag_of_version(centre.version)
    response.headers["Cache-Control"] = "no-store"
    return CentreView.of(centre)


@router.post("/detention-centres", status_code=status.HTTP_201_CREATED, summary="登记看守所 Add a detention centre")
async def post_centre(
    request: Request, response: Response, body: SetCentre, principal: CurrentPrincipal, tx: Transaction
) -> CentreView:
    _demand_region(principal, body.region)
    centre = body.centre(uuid4(), 1)
    await SqlCentres(tx.session).add(centre, by=principal.subject, at=now_of(request))
    response.headers["ETag"] = etag_of_version(1)
    return CentreView.of(centre)


@router.put("/detention-centres/{centre_id}", summary="更改看守所信息 Change a detention centre")
async def put_centre(
    *,
    request: Request,
    response: Response,
    centre_id: UUID,
    body: SetCentre,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CentreView:
    centres = SqlCentres(tx.session)
    known = await centres.get(centre_id)
    if known is None:
        raise NotFound("没有这家看守所。", "There is no such detention centre.")
    _demand_region(principal, known.region)
    _demand_region(principal, body.region)
    require_match(if_match, etag_of_version(known.version))
    centre = body.centre(centre_id, known.version + 1)
    await centres.add(centre, by=principal.subject, at=now_of(request))
    response.headers["ETag"] = etag_of_version(centre.version)
    return CentreView.of(centre)


async def _watch(request: Request, tx: Tx, principal: Principal, meeting_id: UUID, *, lock: bool) -> Watch:
    """Raises the same for one that does not exist and one of another region; TermOver."""
    if not has(principal, Action.WATCH_MEETINGS):
        raise forbidden(principal, Action.WATCH_MEETINGS.value)
    watch = await SqlMeetings(tx.session).get(meeting_id, lock=lock)
    if watch is None or not (principal.covers(watch.owner_region) or principal.covers(watch.incident_region)):
        raise NotFound("没有这项计时。", "There is no such watch.")
    await check_watch_kept(request, tx, watch)
    return watch


async def _detail(request: Request, tx: Tx, watch: Watch) -> OfficerWatchDetail:
    now: Any = now_of(request)
    numbers = await SqlCentres(tx.session).numbers(watch, now)
    steps = await SqlMeetings(tx.session).steps(watch.meeting_id)
    return OfficerWatchDetail.detailed(watch, await clock_of(tx, watch), numbers, steps, now)


def _demand_region(principal: Principal, region: str) -> None:
    if not has(principal, Action.WATCH_MEETINGS) or not principal.covers(region):
        raise forbidden(principal, Action.WATCH_MEETINGS.value, region)


def _actor(principal: Principal) -> Actor:
    return Actor("officer", principal.subject, organ_of(principal))
