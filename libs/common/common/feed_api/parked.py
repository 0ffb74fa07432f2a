"""A consumer's desk for operators: positions, stopped partitions, parked events; redriven or discarded with a reason.

What an event of a feed tells is kept from an operator who may not read that feed: he sees that something waits, and
where it stands in line, not what it is about.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import asyncpg
import structlog
from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from common.auth import PROVINCE, CurrentPrincipal, Principal, forbidden
from common.database import Database, Tx
from common.events import PARTITIONS, Event
from common.feed_api.routes import FeedRights
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.problems import Problem, RequestModel, not_found
from common.http.transaction import Router, Transaction
from common.positions.effects import ParkedEvent

OPERATOR = "operator"
WAITING = ("parked", "redrive")
State = Literal["parked", "redrive", "redriven", "discarded"]
Resolved = Callable[[ParkedEvent, str], Event]
"""Makes the consumer's own event that tells of an outcome: `Effects.resolved` has this form."""

_log = structlog.get_logger()


class ReasonGiven(RequestModel):
    reason: str = Field(min_length=1, max_length=500)


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
    bytes: str | None = Field(default=None, description="The event's bytes, in hex; for our own workers only.")


class RedriveView(BaseModel):
    """The events of one key that will be applied again, in this order."""

    parked_ids: list[UUID]
    state: State = "redrive"


def parked_router(rights: FeedRights, resolved: Resolved) -> Router:
    """Routes over `positions` and `parked` in the search path of `request.app.state.database`."""
    router = Router(prefix="/v1", tags=["运维 Operations"])

    @router.get("/positions", summary="消费位置 Positions of the consumer")
    async def get_positions(request: Request, principal: CurrentPrincipal) -> list[PositionView]:
        _require_operator(rights, principal)
        pool = await _database(request).pool()
        rows = await pool.fetch("SELECT * FROM positions ORDER BY topic, partition")
        return [_position(row, rights, principal) for row in rows]

    @router.post("/positions/{topic}/{partition}/resume", summary="恢复已停止的分区 Resume a stopped partition")
    async def post_resume(
        topic: str,
        partition: Annotated[int, Path(ge=0, lt=PARTITIONS)],
        body: ReasonGiven,
        principal: CurrentPrincipal,
        tx: Transaction,
    ) -> PositionView:
        _require_operator(rights, principal)
        raw = await tx.raw()
        before = await raw.fetchrow(
            "SELECT * FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE", topic, partition
        )
        if before is None:
            raise not_found("没有这个分区的消费位置。", "There is no position of such a partition.")
        if before["stopped"] is None:
            raise _conflict("partition-not-stopped", "该分区没有停止。", "This partition has not stopped.")
        after = await raw.fetchrow(
            "UPDATE positions SET stopped = NULL WHERE topic = $1 AND partition = $2 RETURNING *", topic, partition
        )
        _log.warning(
            "partition-resumed", topic=topic, partition=partition, stopped=before["stopped"],
            resumed_by=principal.subject, reason=body.reason,
        )  # fmt: skip
        return _position(after, rights, principal)

    @router.get("/parked", summary="搁置的事件 Parked events")
    async def get_parked(  # noqa: PLR0917 -- FastAPI passes query parameters by name
        request: Request,
        principal: CurrentPrincipal,
        topic: str | None = None,
        key: str | None = None,
        state: State | None = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ParkedView]:
        if not rights.is_worker(principal):
            _require_operator(rights, principal)
        # The cursor is an id alone: a sequence number would tell of a feed that the reader may not read.
        after = decode_cursor(cursor, "parked", UUID)
        pool = await _database(request).pool()
        rows = await pool.fetch(
            "SELECT p.* FROM parked p WHERE ($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = $2) "
            "AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR (topic, partition, seq) > "
            "(SELECT l.topic, l.partition, l.seq FROM parked l WHERE l.parked_id = $4)) "
            "ORDER BY topic, partition, seq LIMIT $5::bigint",
            topic, key, state, None if after is None else after[0], limit + 1,
        )  # fmt: skip
        shown = rows[:limit]
        # A search by key must not tell more about an event than reading it would.
        visible = [row for row in shown if key is None or _may_read(row, rights, principal)]
        last = shown[-1] if len(rows) > limit and (key is None or visible) else None
        return Page[ParkedView](
            items=[_parked(row, rights, principal) for row in visible],
            next_cursor=last and encode_cursor("parked", str(last["parked_id"])),
        )

    @router.post("/parked/{parked_id}/redrive", summary="重放同一对象的搁置事件 Redrive the parked events of a key")
    async def post_redrive(
        parked_id: UUID, body: ReasonGiven, principal: CurrentPrincipal, tx: Transaction
    ) -> RedriveView:
        _require_operator(rights, principal)
        raw = await tx.raw()
        parked = await _waiting(tx, parked_id)
        rows = await raw.fetch(
            "UPDATE parked SET state = 'redrive', resolved_by = $3, reason = $4 "
            "WHERE topic = $1 AND key = $2 AND state IN ('parked', 'redrive') RETURNING parked_id, partition, seq",
            parked["topic"], parked["key"], principal.subject, body.reason,
        )  # fmt: skip
        ordered = sorted(rows, key=lambda row: (row["partition"], row["seq"]))
        _log.info("parked-redrive-asked", topic=parked["topic"], events=len(rows), asked_by=principal.subject)
        return RedriveView(parked_ids=[row["parked_id"] for row in ordered])

    @router.post("/parked/{parked_id}/discard", summary="放弃一个搁置事件 Discard a parked event")
    async def post_discard(
        parked_id: UUID, body: ReasonGiven, principal: CurrentPrincipal, tx: Transaction
    ) -> ParkedView:
        _require_operator(rights, principal)
        raw = await tx.raw()
        before = await _waiting(tx, parked_id)
        after = await raw.fetchrow(
            "UPDATE parked SET state = 'discarded', version = version + 1, resolved_at = clock_timestamp(), "
            "resolved_by = $2, reason = $3 WHERE parked_id = $1 RETURNING *",
            parked_id, principal.subject, body.reason,
        )  # fmt: skip
        tx.outbox.add(resolved(_event(before), "discarded"))
        _log.warning("parked-discarded", topic=before["topic"], parked_id=str(parked_id), by=principal.subject)
        return _parked(after, rights, principal)

    return router


def _require_operator(rights: FeedRights, principal: Principal) -> None:
    if not rights.may_operate(principal):
        raise forbidden(principal, OPERATOR)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def _waiting(tx: Tx, parked_id: UUID) -> asyncpg.Record:
    """The event, locked. Raises the 404 problem, or 409 once it is resolved."""
    row = await (await tx.raw()).fetchrow("SELECT * FROM parked WHERE parked_id = $1 FOR UPDATE", parked_id)
    if row is None:
        raise not_found("没有这个搁置事件。", "There is no such parked event.")
    if row["state"] not in WAITING:
        raise _conflict("parked-event-resolved", "该事件已经处理。", "This event has been resolved already.")
    return row


def _event(row: asyncpg.Record) -> ParkedEvent:
    return ParkedEvent(
        parked_id=row["parked_id"],
        topic=row["topic"],
        partition=row["partition"],
        seq=row["seq"],
        key=row["key"],
        event_type=row["event_type"],
        region=row["region"],
        raw=row["bytes"],
        version=row["version"],
    )


def _may_read(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> bool:
    return rights.may_read_event(principal, row["event_type"], row["region"] or PROVINCE)


def _position(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> PositionView:
    readable = rights.may_read_feed(principal, row["topic"])
    return PositionView(
        topic=row["topic"],
        partition=row["partition"],
        epoch=row["epoch"] if readable else None,
        last_seq=row["last_seq"] if readable else None,
        updated_at=row["updated_at"] if readable else None,
        stopped=_told(row["stopped"], readable=readable),
    )


def _parked(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> ParkedView:
    readable = _may_read(row, rights, principal)
    placed = readable or rights.may_read_feed(principal, row["topic"])
    return ParkedView(
        parked_id=row["parked_id"],
        topic=row["topic"],
        partition=row["partition"],
        seq=row["seq"] if placed else None,
        key=row["key"] if readable else None,
        event_type=row["event_type"] if readable else None,
        region=row["region"] if readable else None,
        error=_told(row["error"], readable=readable) or "",
        state=row["state"],
        parked_at=row["parked_at"] if placed else None,
        resolved_at=row["resolved_at"],
        resolved_by=row["resolved_by"],
        reason=row["reason"],
        bytes=row["bytes"].hex() if readable and rights.is_worker(principal) else None,
    )


def _told(error: str | None, *, readable: bool) -> str | None:
    """Only the kind of error: its text may repeat values of the event."""
    return error if error is None or readable else error.partition(":")[0]


def _conflict(kind: str, zh: str, en: str) -> Problem:
    return Problem(
        type=kind, status=409, title_zh="与当前状态冲突", title_en="Conflict", detail_zh=zh, detail_en=en,
    )  # fmt: skip


__all__ = ["PositionView", "ReasonGiven", "Resolved", "parked_router"]
