"""What is shown of positions and parked events: of a feed that the reader may not read, that something waits."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, Field

from common.auth import PROVINCE, Principal
from common.feed_api.rights import FeedRights

State = Literal["parked", "redrive", "redriven", "discarded"]


class PositionView(BaseModel):
    """Sequence, epoch and time are left out where the reader may not read the feed."""

    topic: str
    partition: int
    epoch: str | None
    last_seq: int | None
    updated_at: datetime | None
    stopped: str | None


class ParkedView(BaseModel):
    """key, event_type, region and the whole error are left out where the reader may not read the event; its place in
    the feed and its time where he may not read the feed.
    """

    parked_id: UUID
    topic: str
    partition: int
    seq: int | None
    key: str | None
    event_type: str | None
    region: str | None
    error: str
    state: State
    parked_at: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reason: str | None
    bytes: str | None = Field(default=None, description="The event's bytes, in hex; for the operators' view only.")


def may_read(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> bool:
    return rights.may_read_event(principal, row["event_type"], row["region"] or PROVINCE)


def position_view(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> PositionView:
    readable = rights.may_read_feed(principal, row["topic"])
    return PositionView(
        topic=row["topic"],
        partition=row["partition"],
        epoch=row["epoch"] if readable else None,
        last_seq=row["last_seq"] if readable else None,
        updated_at=row["updated_at"] if readable else None,
        stopped=told(row["stopped"], readable=readable),
    )


def parked_view(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> ParkedView:
    readable = may_read(row, rights, principal)
    placed = readable or rights.may_read_feed(principal, row["topic"])
    return ParkedView(
        parked_id=row["parked_id"],
        topic=row["topic"],
        partition=row["partition"],
        seq=row["seq"] if placed else None,
        key=row["key"] if readable else None,
        event_type=row["event_type"] if readable else None,
        region=row["region"] if readable else None,
        error=told(row["error"], readable=readable) or "",
        state=row["state"],
        parked_at=row["parked_at"] if placed else None,
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        reason=row["reason"],
        bytes=row["bytes"].hex() if readable and rights.may_watch(principal) else None,
    )


def told(error: str | None, *, readable: bool) -> str | None:
    """Only the kind of error: its text may repeat values of the event."""
    return error if error is None or readable else error.partition(":")[0]
