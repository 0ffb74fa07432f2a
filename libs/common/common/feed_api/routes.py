"""The HTTP side of a feed: `/v1/events` and `/v1/feed/heads`, under the reader's rights.

Whoever may read a feed may verify its chain: events he may not see, and erased ones, appear as digests. Whoever may
not read it learns neither position, head, digest nor age.
"""

import re
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, FastAPI, Header, Query, Request
from fastapi.responses import Response

from common import feed
from common.auth import CurrentPrincipal, Principal, forbidden
from common.auth.dependencies import current_principal, optional_principal
from common.database import Database
from common.events import PARTITIONS
from common.feed import FeedRecord
from common.feed_api import frames
from common.feed_api.arrivals import Arrivals
from common.feed_api.rights import MAX_PLACES, MAX_POSITION, FeedRights
from common.feed_api.watching import add_feed_watch
from common.http.problems import Problem
from common.http.routes import JSON, answered_as
from common.http.sse import EVENT_STREAM, EventStream, ServerEvent, last_event_id

MAX_EVENTS = 5_000
MAX_WAIT_SECONDS = 30.0
NDJSON = "application/x-ndjson"
_PLACE = re.compile(r"([0-9]{1,2})\.([0-9]{1,18})")


def feed_router(topic: str, rights: FeedRights, *, prefix: str = "/v1") -> APIRouter:
    """Routes over `request.app.state.database`; `topic` names the feed."""
    router = APIRouter(prefix=prefix, tags=["事件 Events"])

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
        "resumable by `Last-Event-ID`, with a heartbeat that tells the head and a last event `end` when the token ends "
        "or the process stops. `wait` is long-polling: an empty page is answered when the next event comes, when the "
        "token ends, or after so many seconds. `raw=true` adds the exact bytes that the digest "
        "covers. Followers take "
        f"`{frames.MEDIA_TYPE}`: per event its link and its bytes, with their lengths before them.",
        **answered_as(JSON, NDJSON, EVENT_STREAM, frames.MEDIA_TYPE),
    )
    async def get_events(  # noqa: PLR0917 -- FastAPI passes query parameters by name
        request: Request,
        principal: CurrentPrincipal,
        after: Annotated[int | None, Query(ge=0, le=MAX_POSITION, description="Position after which to read.")] = None,
        partition: Annotated[int | None, Query(ge=0, lt=PARTITIONS)] = None,
        place: Annotated[
            list[str] | None,
            Query(max_length=MAX_PLACES, description="Single events, each as partition.seq; nothing else counts then."),
        ] = None,
        after_seq: Annotated[
            int, Query(ge=0, le=MAX_POSITION, description="With partition: sequence after which to read.")
        ] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_EVENTS)] = 500,
        type: Annotated[list[str] | None, Query(description="Event types.")] = None,  # noqa: A002 -- the API's word
        region: Annotated[str | None, Query(pattern=r"^\d{6}$")] = None,
        key: str | None = None,
        raw: bool = False,
        event: Annotated[
            bool, Query(description="With raw: false leaves out the event beside its bytes, and tells its attributes.")
        ] = True,
        wait: Annotated[float, Query(ge=0, le=MAX_WAIT_SECONDS, description="Seconds, by position only.")] = 0,
        accept: Annotated[str, Header()] = "application/json",
    ) -> Response:
        database = check(request, principal)
        view = _View(rights, principal, frozenset(type or ()), region, key, raw=raw, event=event or not raw)
        if EVENT_STREAM in accept:
            if partition is not None:
                raise Problem(
                    type="events-stream-by-partition", status=422, field="partition",
                    title_zh="事件流不能按分区订阅", title_en="A stream follows the whole feed, not one partition",
                )  # fmt: skip
            offered = last_event_id(request)
            following = _Following(database, _arrivals(request), view, after if offered is None else _resume(offered))
            return EventStream(
                request, following.events(),
                expires_at=principal.expires_at, cursor=following.cursor, heartbeat=following.beat,
            )  # fmt: skip
        pool, start = await database.pool(), after or 0
        if place is not None:
            records = await feed.read_places(pool, [_place(each) for each in place])
        elif partition is not None:
            records = await feed.read_partition(pool, partition, after_seq, limit)
        elif key is not None:
            # All of them: where the next page starts must not tell of events that this reader is not shown.
            found = await feed.read_of_key(pool, key, start, MAX_EVENTS)
            records = [record for record in found if view.wants(record)][:limit]
        else:
            records = await _read_after(database, _arrivals(request), start, limit, _within(principal, wait))
        return view.page(records, accept, start)

    add_feed_watch(router, topic, rights)
    return router


def close_metrics(app: FastAPI, topic: str, rights: FeedRights) -> None:
    """`/metrics` for readers of the feed only: counted requests tell how many events a closed feed has, and when.

    Of an open feed they are operators, and are told what operators are.
    """

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
        event: bool,
    ) -> None:
        # A page holds few pairs of type and region.
        self._may = cache(lambda event_type, of_region: rights.may_read_event(principal, event_type, of_region))
        self._types, self._region, self._key, self._raw, self._event = types, region, key, raw, event

    @property
    def filtered(self) -> bool:
        return bool(self._types) or self._region is not None or self._key is not None

    def may(self, record: FeedRecord) -> bool:
        return self._may(record.event_type, record.region)

    def wants(self, record: FeedRecord) -> bool:
        if not self.filtered:
            return True
        # A filter must not tell more about an event than reading it would.
        return (
            self.may(record)
            and (not self._types or record.event_type in self._types)
            and self._region in (None, record.region)
            and self._key in (None, record.key)
        )

    def page(self, records: Sequence[FeedRecord], accept: str, start: int) -> Response:
        wanted = [record for record in records if self.wants(record)]
        if frames.MEDIA_TYPE in accept:
            page = b"".join(frames.pack(record, may_read=self.may(record)) for record in wanted)
            return Response(page, media_type=frames.MEDIA_TYPE)
        shown = [self.render(record) for record in wanted]
        if NDJSON in accept:
            return Response(b"".join(orjson.dumps(item) + b"\n" for item in shown), media_type=NDJSON)
        return _json({"events": shown, "next_after": records[-1].position if records else start})

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
        if not self.may(record):
            return item
        if record.raw is None:
            item["erased"] = True  # a consumer must know it from what is only withheld from him
        else:
            if self._event:
                item["event"] = orjson.Fragment(record.raw)
            else:
                item |= {
                    "type": record.event_type, "subject": record.key, "region": record.region,
                    "entityversion": record.entity_version,
                }  # fmt: skip
            if self._raw:
                item["raw"] = record.raw.decode()
        return item


def _arrivals(request: Request) -> Arrivals:
    """One per process: whoever waits, waits for the same look."""
    state = request.app.state
    if getattr(state, "arrivals", None) is None or state.arrivals.database is not state.database:
        state.arrivals = Arrivals(state.database, state.stopping)
    arrivals: Arrivals = state.arrivals
    return arrivals


async def _read_after(
    database: Database, arrivals: Arrivals, position: int, limit: int, wait: float
) -> list[FeedRecord]:
    pool = await database.pool()
    records = await feed.read_after(pool, position, limit)
    if not records and wait and await arrivals.beyond(position, wait):
        records = await feed.read_after(pool, position, limit)
    return records


def _within(principal: Principal, seconds: float) -> float:
    """No wait outlives the token."""
    if principal.expires_at is None:
        return seconds
    return max(0.0, min(seconds, principal.expires_at - time.time()))


class _Following:
    """Events as they come; `after` None means from now on. `position`: up to where the reader was shown everything."""

    def __init__(self, database: Database, arrivals: Arrivals, view: _View, after: int | None) -> None:
        self._database, self._arrivals, self._view = database, arrivals, view
        self._position = after

    def cursor(self) -> str | None:
        return None if self._position is None else str(self._position)

    async def events(self) -> AsyncGenerator[ServerEvent]:
        pool = await self._database.pool()
        position = self._position = (await feed.heads(pool)).position if self._position is None else self._position
        while True:
            records = await feed.read_after(pool, position, 500)
            for record in records:
                if self._view.wants(record):
                    data = orjson.dumps(self._view.render(record))
                    yield ServerEvent(data=data, id=str(record.position), event="event")
                # Only now it has left: a stream that ends in between must not tell a place behind it.
                position = self._position = record.position
            if not records:
                await self._arrivals.beyond(position, MAX_WAIT_SECONDS)

    async def beat(self) -> ServerEvent:
        """The head, and the reader's place: who is shown little knows where to go on, too."""
        heads, now = await feed.heads(await self._database.pool()), datetime.now(UTC)
        age = None if heads.recorded_at is None else round(max(0.0, (now - heads.recorded_at).total_seconds()), 3)
        beat = {"time": now, "position": heads.position, "hash": heads.hash.hex(), "newest_age_seconds": age}
        return ServerEvent(data=orjson.dumps(beat), id=self.cursor(), event="heartbeat")


def _resume(last_event_id: str) -> int:
    # "²" is a digit to isdigit(); and what PostgreSQL cannot hold is no position.
    plain = last_event_id.isascii() and last_event_id.isdigit()
    if not plain or len(last_event_id) >= len(str(MAX_POSITION)):
        raise Problem(
            type="last-event-id-invalid", status=422, field="Last-Event-ID",
            title_zh="Last-Event-ID 不是本事件流的位置", title_en="Last-Event-ID is not a position of this feed",
        )  # fmt: skip
    return int(last_event_id)


def _place(text: str) -> tuple[int, int]:
    found = _PLACE.fullmatch(text)
    if found is None or int(found[1]) >= PARTITIONS:
        raise Problem(
            type="place-invalid", status=422, field="place",
            title_zh="位置应写成“分区.序号”", title_en="A place is written as partition.seq",
        )  # fmt: skip
    return int(found[1]), int(found[2])


def _json(content: Any) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


__all__ = ["MAX_EVENTS", "close_metrics", "feed_router"]
