"""Redrives in bulk: tried first by the consumer itself, then carried out, each line (a key's events) in its order."""

from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
import structlog
from fastapi import status
from pydantic import BaseModel, Field
from starlette.requests import Request

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.database import Database
from common.feed_api.parked_views import State, may_read, told
from common.feed_api.rights import FeedRights
from common.feed_api.searching import CONDITION, Search
from common.http.instants import Instant
from common.http.problems import Problem, RequestModel, not_found
from common.http.transaction import Router, Transaction
from common.operator_acts import Act, record

MOST = 2_000
"""Events of one order."""

Outcome = Literal["applies", "fails", "waits"]

_log = structlog.get_logger()

# With every event that is found come the others of its key, which wait behind it or before it.
_CHOSEN = f"""
WITH found AS (
    SELECT parked_id, topic, key FROM parked WHERE state IN ('parked', 'redrive') AND {CONDITION}
), lines AS (
    SELECT topic, key, dense_rank() OVER (ORDER BY topic, min_partition, first, key) AS line
    FROM (SELECT topic, key, min(partition) AS min_partition, min(seq) AS first FROM parked
          WHERE state IN ('parked', 'redrive') AND (topic, key) IN (SELECT topic, key FROM found)
          GROUP BY topic, key) k
)
SELECT p.parked_id, l.line, p.parked_id IN (SELECT parked_id FROM found) AS matched
FROM parked p JOIN lines l USING (topic, key)
WHERE p.state IN ('parked', 'redrive') ORDER BY l.line, p.seq LIMIT {MOST + 1} FOR UPDATE OF p
"""
_ITEMS = """
SELECT i.order_id, i.line, i.matched, i.dry_run, i.outcome, i.error AS trial_error, p.*
FROM redrive_items i JOIN parked p USING (parked_id) WHERE i.order_id = $1 ORDER BY i.place
"""


class RedriveOrder(RequestModel):
    """Everything is optional that searches; without any of it, all that waits in this consumer."""

    dry_run: bool = Field(description="只试行，不改变任何状态 / only try, change nothing")
    reason: str = Field(min_length=1, max_length=500)
    topic: str | None = Field(default=None, max_length=200)
    key: str | None = Field(default=None, max_length=200)
    event_type: str | None = Field(default=None, max_length=200)
    region: Annotated[str | None, Field(pattern=r"^\d{6}$")] = None
    error: Annotated[str | None, Field(pattern=r"^\w{1,80}$")] = None
    since: Instant | None = None

    def search(self) -> Search:
        return Search(self.topic, self.key, self.event_type, self.region, self.error, self.since)


class OrderItem(BaseModel):
    """`line`: events of one number are of one key and are applied in this order. `matched`: found by the search; the
    others wait behind or before one that was. `outcome`: of a dry run, once the consumer has tried; `state`: now.
    """

    parked_id: UUID
    line: int
    matched: bool
    topic: str
    partition: int
    seq: int | None
    key: str | None
    event_type: str | None
    region: str | None
    state: State
    outcome: Outcome | None
    error: str | None


class OrderView(BaseModel):
    """`done`: nothing of it is left to be tried or applied."""

    order_id: UUID
    dry_run: bool
    done: bool
    items: list[OrderItem]


def add_orders(router: Router, rights: FeedRights) -> None:
    @router.post("/parked/orders", status_code=status.HTTP_202_ACCEPTED, summary="批量重放 Redrive in bulk")
    async def post_order(
        request: Request, body: RedriveOrder, principal: CurrentPrincipal, tx: Transaction
    ) -> OrderView:
        _require_operator(rights, principal)
        raw, order_id = await tx.raw(), uuid4()
        chosen = await raw.fetch(_CHOSEN, *await body.search().arguments(raw, rights, principal))
        if not chosen:
            raise not_found("没有符合条件的搁置事件。", "No parked event is found by this search.")
        if len(chosen) > MOST:
            raise Problem(
                type="redrive-too-large", status=422, title_zh="范围过大", title_en="Too many events",
                detail_zh=f"一次至多{MOST}个事件，请缩小范围。",
                detail_en=f"At most {MOST} events at once; narrow the search.",
            )  # fmt: skip
        await raw.executemany(
            "INSERT INTO redrive_items (order_id, place, line, parked_id, matched, dry_run) "
            "VALUES ($1, $2, $3, $4, $5, $6)",
            [
                (order_id, place, row["line"], row["parked_id"], row["matched"], body.dry_run)
                for place, row in enumerate(chosen, start=1)
            ],
        )
        if not body.dry_run:
            await raw.execute(
                "UPDATE parked SET state = 'redrive', resolved_by = $2, reason = $3 WHERE parked_id = ANY($1::uuid[])",
                [row["parked_id"] for row in chosen], principal.subject, body.reason,
            )  # fmt: skip
        _log.warning(
            "parked-order", order_id=str(order_id), dry_run=body.dry_run, events=len(chosen), by=principal.subject,
        )  # fmt: skip
        act = Act("redrive-trial" if body.dry_run else "redrive", "redrive-order", str(order_id), body.reason)
        await record(tx, principal, act, now_of(request))
        return _view(await raw.fetch(_ITEMS, order_id), rights, principal)

    @router.get("/parked/orders/{order_id}", summary="批量重放的进展 How far a redrive has come")
    async def get_order(request: Request, order_id: UUID, principal: CurrentPrincipal) -> OrderView:
        _require_operator(rights, principal)
        database: Database = request.app.state.database
        rows = await (await database.pool()).fetch(_ITEMS, order_id)
        if not rows:
            raise not_found("没有这次重放。", "There is no such redrive.")
        return _view(rows, rights, principal)


def _require_operator(rights: FeedRights, principal: Principal) -> None:
    if not rights.may_operate(principal):
        raise forbidden(principal, "operator")


def _view(rows: list[asyncpg.Record], rights: FeedRights, principal: Principal) -> OrderView:
    dry_run: bool = rows[0]["dry_run"]
    return OrderView(
        order_id=rows[0]["order_id"],
        dry_run=dry_run,
        done=all(row["outcome"] is not None if dry_run else row["state"] != "redrive" for row in rows),
        items=[_item(row, rights, principal) for row in rows],
    )


def _item(row: asyncpg.Record, rights: FeedRights, principal: Principal) -> OrderItem:
    readable = may_read(row, rights, principal)
    placed = readable or rights.may_read_feed(principal, row["topic"])
    error = row["trial_error"] if row["dry_run"] else row["error"]
    return OrderItem(
        parked_id=row["parked_id"],
        line=row["line"],
        matched=row["matched"],
        topic=row["topic"],
        partition=row["partition"],
        seq=row["seq"] if placed else None,
        key=row["key"] if readable else None,
        event_type=row["event_type"] if readable else None,
        region=row["region"] if readable else None,
        state=row["state"],
        outcome=row["outcome"],
        error=told(error, readable=readable),
    )
