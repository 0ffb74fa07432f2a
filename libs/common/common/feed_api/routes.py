"""The HTTP side of a feed: `/v1/events` and `/v1/feed/heads`, under the reader's rights.

Whoever may read a feed may verify its chain: events he may not see, and erased ones, appear as digests. Whoever may
not read it learns neither position, head, digest nor age.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import Annotated, Any, Protocol

import orjson
from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.responses import Response

from common import feed
from common.auth import CurrentPrincipal, Principal, forbidden
from common.auth.dependencies import current_principal, optional_principal
from common.database import Database
from common.events import PARTITIONS
from common.feed import FeedRecord
from common.http.problems import Problem
from common.http.sse import EventStream, ServerEvent, last_event_id

MAX_EVENTS = 5_000
MAX_POSITION = 2**63 - 1
FOLLOW_SECONDS = 0.1
"""How often a listener looks for new events once it has caught up."""
NDJSON = "application/x-ndjson"
EVENT_STREAM = "text/event-stream"


class FeedRights(Protocol):
    """Who may read a topic's feed, and which of its events; the table is the contracts' own."""

    def may_read_feed(self, principal: Principal | None, topic: str) -> bool: ...

    def may_read_event(self, principal: Principal | None, event_type: str, region: str) -> bool: ...

    def may_operate(self, principal: Principal) -> bool:
        """Redrive, discard and resume."""

    def is_worker(self, principal: Principal) -> bool:
        """One of our own processes, which is shown the bytes of a parked event that it may read."""


def feed_router(topic: str, rights: FeedRights) -> APIRouter:
    """Routes over `request.app.state.database`; `topic` names the feed."""
    router = APIRouter(prefix="/v1", tags=["事件 Events"])

    def check(request: Request, principal: Principal) -> Database:
        if not rights.may_read_feed(principal, topic):
            raise forbidden(principal, f"read:{topic}")
        database: Database = request.app.state.database
        return database

    @router.get("/feed/heads", summary="事件流末端 Heads of the feed")
    async def get_heads(request: Request, principal: CurrentPrincipal) -> Response:
        heads = await feed.heads(await check(request, principal).pool())
        return _json(
            {
                "topic": topic,
                "epoch": heads.epoch,
                "position": heads.position,
                "hash": heads.hash.hex(),
                "recorded_at": heads.recorded_at,
                "partitions": {str(p): {"seq": h.seq, "hash": h.hash.hex()} for p, h in heads.partitions.items()},
            }
        )

    @router.get(
        "/events",
        summary="读取事件 Read events",
        description="JSON; NDJSON with `Accept: application/x-ndjson`; server-sent events with `text/event-stream`, "
        "resumable by `Last-Event-ID`. `raw=true` adds the exact bytes that the digest covers.",
    )
    async def get_events(  # noqa: PLR0917 -- FastAPI passes query parameters by name
        request: Request,
        principal: CurrentPrincipal,
        after: Annotated[int | None, Query(ge=0, le=MAX_POSITION, description="Position after which to read.")] = None,
        partition: Annotated[int | None, Query(ge=0, lt=PARTITIONS)] = None,
        after_seq: Annotated[
            int, Query(ge=0, le=MAX_POSITION, description="With partition: sequence after which to read.")
        ] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 500,
        type: Annotated[list[str] | None, Query(description="Event types.")] = None,  # noqa: A002 -- the API's word
        region: Annotated[str | None, Query(pattern=r"^\d{6}$")] = None,
        key: str | None = None,
        raw: bool = False,
        accept: Annotated[str, Header()] = "application/json",
    ) -> Response:
        database = check(request, principal)
        view = _View(rights, principal, frozenset(type or ()), region, key, raw=raw)
        if EVENT_STREAM in accept:
            if partition is not None:
                raise Problem(
                    type="events-stream-by-partition", status=422, field="partition",
                    title_zh="事件流不能按分区订阅", title_en="A stream follows the whole feed, not one partition",
                )  # fmt: skip
            offered = last_event_id(request)
            start = after if offered is None else _resume(offered)
            return EventStream(request, _follow(database, view, start))
        pool = await database.pool()
        if partition is not None:
            records = await feed.read_partition(pool, partition, after_seq, limit)
        else:
            records = await feed.read_after(pool, after or 0, limit)
        shown = [view.render(record) for record in records if view.wants(record)]
        if NDJSON in accept:
            return Response(b"".join(orjson.dumps(item) + b"\n" for item in shown), media_type=NDJSON)
        return _json({"events": shown, "next_after": records[-1].position if records else after or 0})

    return router


def close_metrics(app: FastAPI, topic: str, rights: FeedRights) -> None:
    """`/metrics` for readers of the feed only: counted requests tell how many events a closed feed has, and when."""

    async def guard(request: Request) -> None:
        principal = await current_principal(await optional_principal(request))
        if not rights.may_read_feed(principal, topic):
            raise forbidden(principal, f"read:{topic}")

    app.state.metrics_guard = guard


class _View:
    """One reader's filter and what he sees of each event."""

    def __init__(
        self,
        rights: FeedRights,
        principal: Principal,
        types: frozenset[str],
        region: str | None,
        key: str | None,
        *,
        raw: bool,
    ) -> None:
        self._rights, self._principal = rights, principal
        self._types, self._region, self._key, self._raw = types, region, key, raw

    @property
    def filtered(self) -> bool:
        return bool(self._types) or self._region is not None or self._key is not None

    def _may(self, record: FeedRecord) -> bool:
        return self._rights.may_read_event(self._principal, record.event_type, record.region)

    def wants(self, record: FeedRecord) -> bool:
        if not self.filtered:
            return True
        # A filter must not tell more about an event than reading it would.
        return (
            self._may(record)
            and (not self._types or record.event_type in self._types)
            and self._region in (None, record.region)
            and self._key in (None, record.key)
        )

    def render(self, record: FeedRecord) -> dict[str, Any]:
        item: dict[str, Any] = {
            "position": record.position,
            "partition": record.partition,
            "partition_seq": record.seq,
            "recorded_at": record.recorded_at,
            "digest": record.digest.hex(),
            "hash": record.hash.hex(),
            "partition_hash": record.partition_hash.hex(),
        }
        if not self._may(record):
            return item
        if record.raw is None:
            item["erased"] = True  # a consumer must know it from what is only withheld from him
        else:
            item["event"] = orjson.Fragment(record.raw)
            if self._raw:
                item["raw"] = record.raw.decode()
        return item


async def _follow(database: Database, view: _View, after: int | None) -> AsyncGenerator[ServerEvent]:
    """Events as they come; a start of None means from now on."""
    pool = await database.pool()
    position = (await feed.heads(pool)).position if after is None else after
    while True:
        records = await feed.read_after(pool, position, 500)
        for record in records:
            position = record.position
            if view.wants(record):
                yield ServerEvent(data=orjson.dumps(view.render(record)), id=str(position), event="event")
        if not records:
            await asyncio.sleep(FOLLOW_SECONDS)


def _resume(last_event_id: str) -> int:
    # "²" is a digit to isdigit(); and what PostgreSQL cannot hold is no position.
    plain = last_event_id.isascii() and last_event_id.isdigit()
    if not plain or len(last_event_id) >= len(str(MAX_POSITION)):
        raise Problem(
            type="last-event-id-invalid", status=422, field="Last-Event-ID",
            title_zh="Last-Event-ID 不是本事件流的位置", title_en="Last-Event-ID is not a position of this feed",
        )  # fmt: skip
    return int(last_event_id)


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


__all__ = ["MAX_EVENTS", "FeedRights", "close_metrics", "feed_router"]
