"""`/v1/stream`."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import orjson
from common.auth import CurrentPrincipal, Principal
from common.http import Router, answered_as
from common.http.sse import EVENT_STREAM, EventStream, ServerEvent
from starlette.requests import Request
from starlette.responses import Response

from progress_api.board import Board
from progress_api.permissions import Action, demand
from progress_api.stream.store import readable_heads
from progress_api.stream.use_cases import changes

router = Router(prefix="/v1", tags=["实时 Live"])


async def _events(board: Board, principal: Principal, begun: asyncio.Event) -> AsyncGenerator[ServerEvent]:
    """begun: set with the first value. All values at first come at once."""
    found = changes(board, principal)
    try:
        async for change in found:
            begun.set()
            yield ServerEvent(data=orjson.dumps(change), event="indicator")
    finally:
        await found.aclose()


@router.get(
    "/stream",
    summary="实时数值 Live values",
    description="Server-sent events: `indicator` {id, value, gap, as_of} for each value at first and when it changes; "
    "`heartbeat` {time, feeds} otherwise and never before all values were told once, with position and age of the "
    "newest event of the feeds the reader may read; `end` {reason} comes last, when the token ends or the process "
    "stops: whoever comes again has all values anew.",
    **answered_as(EVENT_STREAM),
)
async def get_stream(request: Request, principal: CurrentPrincipal) -> Response:
    demand(principal, Action.READ_VALUES)
    state = request.app.state
    begun = asyncio.Event()

    async def heartbeat() -> ServerEvent | None:
        if not begun.is_set():
            return None
        feeds = await readable_heads(state.database, principal)
        return ServerEvent(data=orjson.dumps({"time": datetime.now(UTC), "feeds": feeds}), event="heartbeat")

    return EventStream(
        request,
        _events(state.board, principal, begun),
        expires_at=principal.expires_at,
        heartbeat=heartbeat,
        heartbeat_seconds=state.settings.heartbeat_seconds,
    )
