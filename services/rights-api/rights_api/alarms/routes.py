"""Officers: the alarms that have reached their organ, and the acknowledgement."""

from typing import Literal
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response
from pydantic import AwareDatetime

from rights_api.alarms.store import SqlDeliveries
from rights_api.alarms.use_cases import acknowledge
from rights_api.alarms.views import AlarmView, OpenedAlarm, SentView
from rights_api.duty.domain import Alarm
from rights_api.duty.officers import own_organ
from rights_api.duty.store import SqlAlarms
from rights_api.duty.store_staffing import holders
from rights_api.organs import Organ
from rights_api.permissions import Action
from rights_api.refusals import NotFound

router = Router(prefix="/v1/alarms", tags=["值班提醒 Alarms"])
_LIST = "alarms"


@router.get("", summary="本单位的提醒 Alarms of one's organ")
async def get_alarms(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: Literal["open", "all"] = "open",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AlarmView]:
    organ = own_organ(principal, Action.DUTY)
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    alarms = await SqlAlarms(tx).of(
        organ,
        reader=principal.subject,
        limit=limit + 1,
        open_only=state == "open",
        after=None if after is None else (after[0], after[1]),
    )
    return Page[AlarmView].of(
        alarms,
        limit=limit,
        item=lambda alarm: AlarmView.of(alarm, organ),
        cursor=lambda alarm: encode_cursor(_LIST, alarm.raised_at, str(alarm.alarm_id)),
    )


@router.get("/{alarm_id}", summary="一项提醒及其发送情况 An alarm and what was sent", response_model=OpenedAlarm)
async def get_alarm(request: Request, alarm_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    organ = own_organ(principal, Action.DUTY)
    alarm = await _found(tx, alarm_id, organ, principal.subject)
    sent = await SqlDeliveries(tx.session, request.app.state.vault).of(alarm_id)
    view = OpenedAlarm(alarm=AlarmView.of(alarm, organ), deliveries=[SentView.of(each) for each in sent])
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post("/{alarm_id}/acknowledgement", summary="确认提醒 Acknowledge")
async def post_acknowledgement(
    request: Request, alarm_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> AlarmView:
    """Without If-Match: that it has climbed meanwhile is no reason to ask once more."""
    organ = own_organ(principal, Action.DUTY)
    alarm = await _found(tx, alarm_id, organ, principal.subject, lock=True)
    on_duty_now = (await holders(tx.session, organ, today_of(request))).values()
    after = await acknowledge(
        alarm,
        SqlAlarms(tx),
        organ,
        subject=principal.subject,
        on_duty_now=set(on_duty_now),
        at=now_of(request),
    )
    return AlarmView.of(after, organ)


async def _found(tx: Transaction, alarm_id: UUID, organ: Organ, reader: str, *, lock: bool = False) -> Alarm:
    alarm = await SqlAlarms(tx).get(alarm_id, reader=reader, lock=lock)
    if alarm is None or organ not in alarm.organs:
        raise NotFound("没有这项提醒。", "There is no such alarm.")
    return alarm
