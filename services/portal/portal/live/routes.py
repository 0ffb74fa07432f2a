"""The page of the stream, and the stream itself, passed on with the visitor's own rights."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import httpx
import orjson
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from portal.apis import ApisOf, Refused, Unreachable
from portal.live import domain
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found
from portal.look.failures import failure
from portal.visitors import CurrentVisitor, Visitor, require_sign_in

router = APIRouter(prefix="/live")

_EVENTS = "/v1/events"
_PAGE = 50
_FIRST = "first"
_LOOK_EVERY_SECONDS = 10
"""How often an open stream asks whether the session that it is read in is still open; heartbeats come every 15 s."""
_SIGNED_OUT = b'event: end\ndata: {"reason":"signed-out"}\n\n'


@router.get("", dependencies=[Depends(require_sign_in)])
async def live(request: Request, apis: ApisOf) -> Response:
    """From now on, or from `cursor` a page at a time; without scripts that is all, with them the stream goes on."""
    filters, cursor = _filters(request), cursor_of(request)
    after = None if cursor == _FIRST else cursor or "now"
    told, faults = await found(
        apis, "exchange", _EVENTS, {"after": "cursor"}, after=after, limit=_PAGE, **_asked(filters)
    )
    return await page(
        request, "live/live.html", told=told, faults=faults, filters=filters, types=domain.types(),
        lines=[] if told is None else domain.lines(told["events"]), status=200 if told is not None else 422,
    )  # fmt: skip


@router.get("/events")
async def events(request: Request, apis: ApisOf, visitor: CurrentVisitor) -> Response:
    """Server-sent events: resumed by `Last-Event-ID`, ended with the session. 401 for the public: a redirect to the
    issuer is nothing that a script could follow."""
    if not visitor.signed_in:
        return failure(request.app, 401, "登录已结束，请重新登录。", "You are signed out.")
    headers = {"Accept": "text/event-stream"}
    resumed = request.headers.get("last-event-id", "")
    if resumed and resumed.isascii() and resumed.isprintable():
        headers["Last-Event-ID"] = resumed
    async with AsyncExitStack() as opened:
        try:
            answer = await opened.enter_async_context(
                apis.stream(
                    "exchange", _EVENTS, headers, after=cursor_of(request) or "now", **_asked(_filters(request))
                )
            )
            body = await answer.aread() if answer.is_error else b""
        except httpx.HTTPError as error:
            raise Unreachable("exchange") from error
        if answer.is_error:
            raise Refused(answer.status_code, _problem(body), answer.headers)
        kept = opened.pop_all()
    return StreamingResponse(
        _passed_on(request, visitor, answer, kept),
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        media_type="text/event-stream",
    )


async def _passed_on(
    request: Request, visitor: Visitor, answer: httpx.Response, opened: AsyncExitStack
) -> AsyncIterator[bytes]:
    async with opened:
        looked = time.monotonic()
        try:
            async for part in answer.aiter_raw():
                yield part
                if part.endswith(b"\n\n") and time.monotonic() - looked > _LOOK_EVERY_SECONDS:
                    looked = time.monotonic()
                    if not await _still_open(request, visitor):
                        yield _SIGNED_OUT
                        return
        except httpx.HTTPError:
            # The browser sees its stream end and resumes it behind the last event that it has.
            return


async def _still_open(request: Request, visitor: Visitor) -> bool:
    """Asked anew: what the request knows of its visitor is from when the stream began."""
    now: Visitor = await request.app.state.visitors.find(request)
    return now.signed_in and now.session_id == visitor.session_id


def _filters(request: Request) -> dict[str, str]:
    return asked_of(request, "type", "region", "key")


def _asked(filters: Mapping[str, str]) -> dict[str, str | None]:
    """As the service is asked: what is empty is left out."""
    return {name: value or None for name, value in filters.items()}


def _problem(body: bytes) -> Any:
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
