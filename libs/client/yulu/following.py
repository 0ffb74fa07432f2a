"""The merged stream of all services, followed for ever."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson

from yulu.client import ApiProblem, Unreachable, connect
from yulu.settings import ClientSettings


async def followed(
    settings: ClientSettings, sources: list[str], after: str | None, *, ended: Callable[[dict[str, Any]], None]
) -> AsyncIterator[dict[str, Any]]:
    """Events with their `cursor`, resumed by Last-Event-ID whenever the connection ends; `ended` is told why it did.

    sources empty: all; after: a cursor or `now`, None from the first event. Raises ApiProblem, Unreachable.
    """
    last_id: str | None = None
    while True:
        # A token of its own each time: streams end with their tokens.
        async with connect(settings, "feed-verifier", organisation_kind="system") as yulu:
            headers = {"Accept": "text/event-stream"} | ({} if last_id is None else {"Last-Event-ID": last_id})
            params = {"source": sources} | ({} if after is None else {"after": [after]})
            try:
                async with yulu.exchange.http.stream(
                    "GET", "/v1/events", headers=headers, params=params, timeout=httpx.Timeout(60, connect=5)
                ) as answer:
                    if answer.is_error:
                        raise ApiProblem(answer.status_code, orjson.loads(await answer.aread()))
                    async for kind, place, data in _told(answer.aiter_lines()):
                        last_id = place or last_id
                        if kind == "event":
                            yield orjson.loads(data) | {"cursor": last_id}
                        elif kind == "end":
                            ended(orjson.loads(data))
            except httpx.TransportError as error:
                # Whatever was under way comes again after the last id.
                if last_id is None and isinstance(error, httpx.ConnectError):
                    raise Unreachable("exchange", str(yulu.exchange.http.base_url)) from error
        await asyncio.sleep(1)


async def _told(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str, str, str]]:
    """Server-sent events: kind, id (empty where there is none), data."""
    kind = place = ""
    async for line in lines:
        name, _, value = line.partition(": ")
        if name == "id":
            place = value
        elif name == "event":
            kind = value
        elif name == "data":
            yield kind, place, value
            kind = place = ""
