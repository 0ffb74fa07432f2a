"""What the operators' view asks of a feed and of a consumer. It shows none of it further than its reader's rights
reach.
"""

from datetime import datetime
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from common import feed
from common.auth import CurrentPrincipal, Principal, forbidden
from common.events import PARTITIONS, MalformedEnvelope, decode
from common.feed_api.rights import MAX_POSITION, FeedRights


class TallyView(BaseModel):
    """Events of one type and region within an hour."""

    event_type: str
    region: str
    events: int
    first_recorded_at: datetime
    last_recorded_at: datetime


class ActivityView(BaseModel):
    """`position`: up to which was looked; the next question begins there."""

    position: int
    tallies: list[TallyView]


class RelayView(BaseModel):
    topic: str
    outbox_events: int
    oldest_outbox_at: datetime | None
    position: int
    recorded_at: datetime | None
    hash: str
    sent_position: int
    sending: bool
    signed_position: int | None
    signed_hour: datetime | None


class ConsumedPartition(BaseModel):
    topic: str
    partition: int
    last_seq: int
    stopped: str | None


class FollowedTopic(BaseModel):
    """When the consumer last looked at the feed's heads, and when it last had applied everything."""

    topic: str
    looked_at: datetime
    caught_up_at: datetime | None


class WaitingEvent(BaseModel):
    """Parked, and not resolved yet. happened_at: None where the bytes do not tell."""

    topic: str
    event_type: str
    region: str | None
    happened_at: datetime | None
    parked_at: datetime


class ConsumerView(BaseModel):
    positions: list[ConsumedPartition]
    followed: list[FollowedTopic]
    waiting: list[WaitingEvent]


def add_feed_watch(router: APIRouter, topic: str, rights: FeedRights) -> None:
    @router.get("/feed/behind", summary="某位置之后的事件 Events behind a position, for the operators' view")
    async def get_behind(
        request: Request,
        principal: CurrentPrincipal,
        partition: Annotated[int, Query(ge=0, lt=PARTITIONS)],
        after_seq: Annotated[int, Query(ge=0, le=MAX_POSITION)],
    ) -> list[TallyView]:
        _require_watcher(rights, principal)
        tallies = await feed.tally_after_seqs(await _pool(request), partition, after_seq)
        return [TallyView.model_validate(tally, from_attributes=True) for tally in tallies]

    @router.get("/feed/activity", summary="各来源的最近活动 What was told since, for the operators' view")
    async def get_activity(
        request: Request, principal: CurrentPrincipal, after: Annotated[int, Query(ge=0, le=MAX_POSITION)] = 0
    ) -> ActivityView:
        _require_watcher(rights, principal)
        pool = await _pool(request)
        until = (await feed.heads(pool)).position
        tallies = await feed.tally_after(pool, after, until)
        return ActivityView(
            position=max(after, until), tallies=[TallyView.model_validate(t, from_attributes=True) for t in tallies]
        )

    @router.get("/feed/relay", summary="转发状态 How far written events have come")
    async def get_relay(request: Request, principal: CurrentPrincipal) -> RelayView:
        if not rights.may_read_feed(principal, topic):
            raise forbidden(principal, f"read:{topic}")
        state = await feed.relay_state(await _pool(request))
        return RelayView(
            topic=topic,
            outbox_events=state.outbox_events,
            oldest_outbox_at=None if state.oldest_raw is None else _happened_at(state.oldest_raw),
            position=state.position,
            recorded_at=state.recorded_at,
            hash=state.hash.hex(),
            sent_position=state.sent_position,
            sending=state.sending,
            signed_position=state.signed_position,
            signed_hour=state.signed_hour,
        )


def add_consumer(router: APIRouter, rights: FeedRights) -> None:
    @router.get("/consumer", summary="消费方状态 State of the consumer, for the operators' view")
    async def get_consumer(request: Request, principal: CurrentPrincipal) -> ConsumerView:
        _require_watcher(rights, principal)
        pool = await _pool(request)
        positions = await pool.fetch("SELECT topic, partition, last_seq, stopped FROM positions ORDER BY 1, 2")
        followed = await pool.fetch("SELECT topic, looked_at, caught_up_at FROM followings ORDER BY topic")
        waiting = await pool.fetch(
            "SELECT topic, event_type, region, bytes, parked_at FROM parked WHERE state IN ('parked', 'redrive') "
            "ORDER BY topic, partition, seq"
        )
        return ConsumerView(
            positions=[ConsumedPartition(**row) for row in positions],
            followed=[FollowedTopic(**row) for row in followed],
            waiting=[
                WaitingEvent(
                    topic=row["topic"], event_type=row["event_type"], region=row["region"],
                    happened_at=_happened_at(row["bytes"]), parked_at=row["parked_at"],
                )
                for row in waiting
            ],
        )  # fmt: skip


def _happened_at(raw: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(decode(raw).time)
    except (MalformedEnvelope, ValueError):
        return None


def _require_watcher(rights: FeedRights, principal: Principal) -> None:
    if not rights.may_watch(principal):
        raise forbidden(principal, "watch")


async def _pool(request: Request) -> asyncpg.Pool:
    pool: asyncpg.Pool = await request.app.state.database.pool()
    return pool
