"""A consumer's desk for operators: positions, stopped partitions, parked events; redriven or discarded with a reason.

What an event of a feed tells is kept from an operator who may not read that feed: he sees that something waits, and
where it stands in line, not what it is about.
"""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

import asyncpg
import structlog
from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Database, Tx
from common.events import PARTITIONS, Event
from common.feed_api.adopting import add_adoption
from common.feed_api.orders import add_orders
from common.feed_api.parked_views import ParkedView, PositionView, State, parked_view, position_view
from common.feed_api.rights import FeedRights
from common.feed_api.searching import CONDITION, ErrorKind, EventType, Region, Search, Since
from common.feed_api.watching import add_consumer
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.problems import Problem, RequestModel, not_found
from common.http.transaction import Router, Transaction
from common.operator_acts import Act, record
from common.positions.effects import ParkedEvent

OPERATOR = "operator"
WAITING = ("parked", "redrive")
Resolved = Callable[[ParkedEvent, str], Event]
"""Makes the consumer's own event that tells of an outcome: `Effects.resolved` has this form."""

_log = structlog.get_logger()


class ReasonGiven(RequestModel):
    reason: str = Field(min_length=1, max_length=500)


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
        return [position_view(row, rights, principal) for row in rows]

    @router.post("/positions/{topic}/{partition}/resume", summary="恢复已停止的分区 Resume a stopped partition")
    async def post_resume(  # noqa: PLR0917 -- FastAPI passes parameters by name
        request: Request,
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
            resumed_by=principal.subject,
        )  # fmt: skip
        act = Act("resume", "partition", f"{topic}/{partition}", body.reason)
        await record(tx, principal, act, now_of(request))
        return position_view(after, rights, principal)

    @router.get("/parked", summary="搁置的事件 Parked events")
    async def get_parked(  # noqa: PLR0917 -- FastAPI passes query parameters by name
        request: Request,
        principal: CurrentPrincipal,
        topic: str | None = None,
        key: str | None = None,
        state: State | None = None,
        event_type: EventType = None,
        region: Region = None,
        error: ErrorKind = None,
        since: Since = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
    ) -> Page[ParkedView]:
        if not rights.may_watch(principal):
            _require_operator(rights, principal)
        # The cursor is an id alone: a sequence number would tell of a feed that the reader may not read.
        after = decode_cursor(cursor, "parked", UUID)
        pool = await _database(request).pool()
        search = Search(topic, key, event_type, region, error, since)
        rows = await pool.fetch(
            f"SELECT p.* FROM parked p WHERE {CONDITION} "
            "AND ($9::text IS NULL OR state = $9) AND ($10::uuid IS NULL OR (topic, partition, seq) > "
            "(SELECT l.topic, l.partition, l.seq FROM parked l WHERE l.parked_id = $10)) "
            "ORDER BY topic, partition, seq LIMIT $11::bigint",
            *await search.arguments(pool, rights, principal), state, None if after is None else after[0], limit + 1,
        )  # fmt: skip
        return Page[ParkedView].of(
            rows,
            limit=limit,
            item=lambda row: parked_view(row, rights, principal),
            cursor=lambda row: encode_cursor("parked", str(row["parked_id"])),
        )

    @router.post("/parked/{parked_id}/redrive", summary="重放同一对象的搁置事件 Redrive the parked events of a key")
    async def post_redrive(
        request: Request, parked_id: UUID, body: ReasonGiven, principal: CurrentPrincipal, tx: Transaction
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
        # One act, with as many events as wait behind the one that was named.
        await record(tx, principal, Act("redrive", "parked-event", str(parked_id), body.reason), now_of(request))
        return RedriveView(parked_ids=[row["parked_id"] for row in ordered])

    @router.post("/parked/{parked_id}/discard", summary="放弃一个搁置事件 Discard a parked event")
    async def post_discard(
        request: Request, parked_id: UUID, body: ReasonGiven, principal: CurrentPrincipal, tx: Transaction
    ) -> ParkedView:
        _require_operator(rights, principal)
        raw = await tx.raw()
        before = await _waiting(tx, parked_id)
        after = await raw.fetchrow(
            "UPDATE parked SET state = 'discarded', version = version + 1, resolved_at = $4, "
            "resolved_by = $2, reason = $3 WHERE parked_id = $1 RETURNING *",
            parked_id, principal.subject, body.reason, now_of(request),
        )  # fmt: skip
        tx.outbox.add(resolved(_event(before), "discarded"))
        _log.warning("parked-discarded", topic=before["topic"], parked_id=str(parked_id), by=principal.subject)
        await record(tx, principal, Act("discard", "parked-event", str(parked_id), body.reason), now_of(request))
        return parked_view(after, rights, principal)

    add_adoption(router, rights)
    add_orders(router, rights)
    add_consumer(router, rights)
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


def _conflict(kind: str, zh: str, en: str) -> Problem:
    return Problem(
        type=kind, status=409, title_zh="与当前状态冲突", title_en="Conflict", detail_zh=zh, detail_en=en,
    )  # fmt: skip


__all__ = ["ReasonGiven", "Resolved", "parked_router"]
