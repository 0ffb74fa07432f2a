"""`/v1/operations`: what operators see. A service that does not answer is shown so, never left out."""

import hashlib
import re
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.http import RequestModel, Router, Transaction, answered_as
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, MAX_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.sse import EVENT_STREAM, EventStream, ServerEvent, last_event_id
from common.operator_acts import Act, record
from fastapi import Query, Request, Response
from pydantic import Field, TypeAdapter

from exchange_api.operations.observing import Observer
from exchange_api.operations.store import alarms, lock_alarm, save_alarm, sources
from exchange_api.operations.use_cases import acknowledged
from exchange_api.operations.views import (
    AlarmView,
    ConsumerView,
    DutyView,
    Overview,
    RelayView,
    RhythmView,
    closed_to,
    consumers_view,
    duties_view,
    overview,
    relays_view,
    rhythms_view,
)
from exchange_api.permissions import Action, demand
from exchange_api.refusals import Refused

router = Router(prefix="/v1/operations", tags=["运行监测 Operations"])

_consumers = TypeAdapter(list[ConsumerView])
_duties = TypeAdapter(list[DutyView])
_relays = TypeAdapter(list[RelayView])
_rhythms = TypeAdapter(list[RhythmView])
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Acknowledge(RequestModel):
    reason: str = Field(min_length=1, max_length=500)


def _observer(request: Request) -> Observer:
    observer: Observer = request.app.state.observer
    return observer


def _answer(request: Request, body: bytes) -> Response:
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def _overview(request: Request, principal: Principal) -> Overview:
    closed = closed_to(principal)
    pool = await request.app.state.database.pool()
    opened = await alarms(pool, open_only=True, closed_topics=closed, after=None, limit=MAX_LIMIT)
    return overview(await _observer(request).observe(), closed, opened)


@router.get("", summary="总览 Overview", response_model=Overview)
async def get_overview(request: Request, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.WATCH)
    return _answer(request, (await _overview(request, principal)).model_dump_json().encode())


@router.get(
    "/stream",
    summary="实时总览 Overview, live",
    description="Server-sent events: `operations` with the overview, at first and whenever it has changed. Its `id` is "
    "a digest of what it shows: resumed by `Last-Event-ID`, nothing is sent until it shows something else. `end` comes "
    "last, when the token ends or the process stops.",
    **answered_as(EVENT_STREAM),
)
async def get_stream(request: Request, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.WATCH)
    changes = _Changes(request, principal, _resumed(request))
    return EventStream(request, changes.events(), expires_at=principal.expires_at, cursor=lambda: changes.told)


def _resumed(request: Request) -> str | None:
    """Raises Refused where it is nothing that this stream sends."""
    offered = last_event_id(request)
    if offered is not None and not _DIGEST.fullmatch(offered):
        raise Refused(
            "last-event-id-invalid", "Last-Event-ID 不是本事件流给出的", "Last-Event-ID is none that this stream gave",
            field="Last-Event-ID",
        )  # fmt: skip
    return offered


class _Changes:
    """`told`: digest of the overview that the reader has."""

    def __init__(self, request: Request, principal: Principal, told: str | None) -> None:
        self._request, self._principal = request, principal
        self.told = told

    async def events(self) -> AsyncGenerator[ServerEvent]:
        async for _ in _observer(self._request).ticks():
            seen = await _overview(self._request, self._principal)
            shown = seen.model_dump_json(exclude={"observed_at"})
            digest = hashlib.new("sm3", shown.encode()).hexdigest()
            if digest != self.told:
                yield ServerEvent(data=seen.model_dump_json(), id=digest, event="operations")
                self.told = digest


@router.get("/consumers", summary="消费方与落后情况 Consumers and their lag", response_model=list[ConsumerView])
async def get_consumers(request: Request, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.WATCH)
    seen = await _observer(request).observe()
    return _answer(request, _consumers.dump_json(consumers_view(seen, closed_to(principal))))


@router.get("/deadlines", summary="有风险的法定期限 Legal deadlines at risk", response_model=list[DutyView])
async def get_deadlines(
    request: Request,
    principal: CurrentPrincipal,
    endangered: Annotated[bool, Query(description="只列有风险的 / only those at risk")] = False,
) -> Response:
    demand(principal, Action.WATCH)
    duties = duties_view(await _observer(request).observe(), closed_to(principal))
    return _answer(request, _duties.dump_json([duty for duty in duties if duty.endangered or not endangered]))


@router.get("/relay", summary="事件转发 Relay of events", response_model=list[RelayView])
async def get_relay(request: Request, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.WATCH)
    seen = await _observer(request).observe()
    return _answer(request, _relays.dump_json(relays_view(seen, closed_to(principal))))


@router.get("/rhythms", summary="各来源的节律 Rhythms of the sources", response_model=list[RhythmView])
async def get_rhythms(
    request: Request,
    principal: CurrentPrincipal,
    silent: Annotated[bool, Query(description="只列沉默的 / only silent ones")] = False,
) -> Response:
    demand(principal, Action.WATCH)
    found = await sources(await request.app.state.database.pool())
    views = rhythms_view(found, now_of(request), closed_to(principal))
    return _answer(request, _rhythms.dump_json([view for view in views if view.silent or not silent]))


@router.get("/alarms", summary="沉默告警 Alarms about silence", response_model=Page[AlarmView])
async def get_alarms(
    request: Request,
    principal: CurrentPrincipal,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    open_only: Annotated[bool, Query(alias="open", description="只列未消除的 / only those still open")] = True,
) -> Response:
    demand(principal, Action.WATCH)
    after = decode_cursor(cursor, "alarms", datetime, UUID)
    found = await alarms(
        await request.app.state.database.pool(),
        open_only=open_only, closed_topics=closed_to(principal), after=after, limit=limit + 1,
    )  # fmt: skip
    shown = Page[AlarmView].of(
        found,
        limit=limit,
        item=AlarmView.of,
        cursor=lambda alarm: encode_cursor("alarms", alarm.opened_at, str(alarm.alarm_id)),
    )
    return _answer(request, shown.model_dump_json().encode())


@router.post("/alarms/{alarm_id}/acknowledge", summary="确认告警 Acknowledge an alarm")
async def post_acknowledge(
    *,
    request: Request,
    response: Response,
    alarm_id: UUID,
    body: Acknowledge,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> AlarmView:
    demand(principal, Action.OPERATE)
    raw = await tx.raw()
    before = await lock_alarm(raw, alarm_id, closed_topics=closed_to(principal))
    require_match(if_match, etag_of_version(before.version))
    after = acknowledged(before, reason=body.reason, by=principal.subject, at=now_of(request))
    await save_alarm(raw, after)
    await record(tx, principal, Act("acknowledge", "alarm", str(alarm_id), body.reason), now_of(request))
    response.headers["ETag"] = etag_of_version(after.version)
    return AlarmView.of(after)
