"""`GET /v1/events`, ahead of the app's own handling: an open stream must not hold on to more than it needs."""

import time

import structlog
from common.auth import Principal, forbidden
from common.auth.dependencies import current_principal, optional_principal
from common.http import Problem, add_raw_route
from common.http.sse import last_event_id
from common.http.translations import status_titles
from common.positions import FeedUnavailable
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from exchange_api.clients.store import of_subject
from exchange_api.organs import connected
from exchange_api.refusals import Refused
from exchange_api.sources.cursor import decode
from exchange_api.sources.readable import readable_sources
from exchange_api.stream.description import OPENAPI
from exchange_api.stream.domain import Selection, Vector
from exchange_api.stream.hub import Hub
from exchange_api.stream.listeners import Listener, Listening
from exchange_api.stream.places import Listeners, holder_of
from exchange_api.stream.questions import NOW, Question, question, selection
from exchange_api.stream.use_cases import Poll, page, refuse_future

_EVENT_STREAM, _NDJSON = "text/event-stream", "application/x-ndjson"
_log = structlog.get_logger()


def add_stream(app: FastAPI) -> None:
    add_raw_route(app, "/v1/events", get_events, openapi=OPENAPI)


async def get_events(request: Request) -> Response:
    principal = await optional_principal(request)
    if principal is None:
        request.app.state.rate_limit.check(request)
    try:
        return await _answer(request, principal)
    except Refused as refused:
        _log.warning(
            "stream-refused", code=refused.code, field=refused.field,
            subject=None if principal is None else principal.subject,
            organisation_id=None if principal is None else principal.loggable_organisation,
        )  # fmt: skip
        raise


async def _answer(request: Request, principal: Principal | None) -> Response:
    hub: Hub = request.app.state.hub
    sources = hub.known(readable_sources(principal))
    if not sources:
        raise forbidden(await current_principal(principal), "read:events")
    system = await _connected_system(request, principal)
    asked = question(request)
    chosen = selection(asked, principal, sources)
    vector = await _place(request, hub, asked, chosen)
    accept = request.headers.get("accept", "")
    listeners: Listeners = request.app.state.listeners
    holder = holder_of(principal, system, request.client.host if request.client else "unknown")
    if _EVENT_STREAM in accept and request.method != "HEAD":
        listeners.demand_room(holder)
        listener = Listener(
            hub, chosen, vector,
            expires_at=None if principal is None else principal.expires_at,
            write_seconds=request.app.state.settings.stream_write_seconds,
        )  # fmt: skip
        return Listening(listeners, listener, holder)
    if asked.wait:
        poll = Poll()
        listeners.demand_room(holder)
        with listeners.entered(poll, holder):
            found = await poll.page(
                hub, chosen, vector, asked.limit, seconds=asked.wait, at_most=_left_of_token(principal)
            )
        await _connected_system(request, principal)  # it may have been suspended meanwhile
    else:
        found = await page(hub, chosen, vector, asked.limit)
    if _NDJSON in accept:
        headers = {"Next-Cursor": found.cursor(hub)} | (
            {"Unavailable-Sources": ", ".join(found.unavailable)} if found.unavailable else {}
        )
        return Response(found.ndjson(hub), headers=headers, media_type=_NDJSON)
    return Response(found.json(hub), media_type="application/json")


def _left_of_token(principal: Principal | None) -> float | None:
    """Seconds; None of a reader without one."""
    if principal is None or principal.expires_at is None:
        return None
    return max(0.0, principal.expires_at - time.time())


async def _connected_system(request: Request, principal: Principal | None) -> str | None:
    """Subject of the system that calls, None where no system does. Raises the 403 problem where it is not let in."""
    if principal is None or "stream-client" not in principal.roles:
        return None
    connected(principal, await of_subject(await request.app.state.database.pool(), principal.subject))
    return principal.subject


async def _place(request: Request, hub: Hub, asked: Question, chosen: Selection) -> Vector:
    """Where the reader stands. A cursor's places in other sources are left away: they are of another selection."""
    offered, field = last_event_id(request), "Last-Event-ID"
    if offered is None:
        offered, field = asked.after, "after"
    if offered is None:
        return dict.fromkeys(chosen.sources, 0)
    if offered == NOW:
        try:
            return {name: await hub.head(name) for name in chosen.sources}
        except FeedUnavailable as error:
            raise _unavailable() from error
    cursor = decode(offered, hub.deployment_id, field_name=field)
    vector = {name: cursor.after(name) for name in chosen.sources}
    await refuse_future(hub, vector, field)
    return vector


def _unavailable() -> Problem:
    title_zh, title_en = status_titles(503)
    return Problem(
        type="source-unavailable", status=503, title_zh=title_zh, title_en=title_en,
        detail_zh="有来源暂时无法读取，无法确定现在的位置，请稍后重试，或从游标继续。",
        detail_en="A source cannot be read, so where now is cannot be told; try again later, or resume from a cursor.",
        headers={"Retry-After": "5"},
    )  # fmt: skip
