"""Who may come near a meeting: officers of associations and justice organs; only its host moves it."""

from uuid import UUID

from common.auth import Principal, forbidden
from common.database import Tx
from common.http.etag import etag_of_version, require_match
from contracts.regions import PROVINCE, is_region
from starlette.requests import Request

from rights_api.cases.access import case_for, demand, organ_of
from rights_api.cases.domain import Complaint
from rights_api.consultations.agenda import check_case
from rights_api.consultations.domain import Meeting, demand_host
from rights_api.consultations.store import SqlConsultations
from rights_api.organs import Organ
from rights_api.permissions import Action, has
from rights_api.refusals import NotFound, Refused


def store_of(request: Request, tx: Tx) -> SqlConsultations:
    return SqlConsultations(tx, request.app.state.vault)


def caller(principal: Principal, action: Action) -> Organ:
    organ = organ_of(principal)
    if organ is None or not has(principal, action):
        raise forbidden(principal, action.value)
    return organ


def visible(principal: Principal, asked: str | None) -> str | None:
    """The region a list is restricted to; None means all bodies of the province and its cities."""
    caller(principal, Action.READ_MEETINGS)
    if asked is not None and asked != PROVINCE and not is_region(asked):
        raise Refused("region-unknown", "没有这个地区", "there is no such region", field="region")
    region = asked if asked is not None or principal.region == PROVINCE else principal.region
    if region is not None and not principal.covers(region):
        raise forbidden(principal, Action.READ_MEETINGS.value, region)
    return region


async def readable(store: SqlConsultations, meeting_id: UUID, principal: Principal, *, lock: bool = False) -> Meeting:
    caller(principal, Action.READ_MEETINGS)
    meeting = await store.get(meeting_id, lock=lock)
    if not principal.covers(meeting.region):
        raise NotFound("没有这次会议。", "There is no such meeting.")
    return meeting


async def hosted(
    store: SqlConsultations, meeting_id: UUID, principal: Principal, if_match: str | None, *, whole_body: bool = False
) -> Meeting:
    """Locked, for its host alone. `whole_body`: no other meeting of the body takes this step meanwhile."""
    organ = caller(principal, Action.CONFER)
    meeting = await readable(store, meeting_id, principal)
    demand_host(meeting.host, organ)
    if whole_body:
        await store.lock_body(meeting.body, meeting.region)
    meeting = await store.get(meeting_id, lock=True)
    require_match(if_match, etag_of_version(meeting.version))
    return meeting


async def linked(request: Request, tx: Tx, complaint_id: UUID, principal: Principal, *, field: str) -> Complaint:
    complaint = await case_for(request, tx, complaint_id, principal, lock=False)
    demand(principal, Action.LIST, complaint)
    check_case(complaint.matter.respondent, field)
    return complaint
