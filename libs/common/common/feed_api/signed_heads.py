"""The head of a feed at each hour, signed; and for those who may not read the feed a salted commitment to it.

A commitment says nothing, not even whether there was an event: it is made each hour, has always the same length and is
shown at the same minute. Opened (to the feed's readers and to auditors), it proves what was committed to.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from common import feed
from common.auth import CurrentPrincipal, Principal, forbidden, is_auditor
from common.clock import now_of
from common.database import Database
from common.feed import sm3
from common.feed_api.rights import MAX_POSITION
from common.http.etag import bytes_response, etag_of_bytes
from common.http.instants import Instant
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.problems import not_found
from common.http.rate_limit import public_rate_limit
from common.signing import Signer

HEAD_TYPE = "feed-head+jws"
COMMITMENT_TYPE = "feed-commitment+jws"
SALT_BYTES = 32
SHOWN_AFTER = timedelta(minutes=5)
"""After the hour. The timer has come by long before, so that its haste or delay tells nobody of a busy feed."""

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_KEPT = "SELECT 1 FROM feed_signed_heads WHERE hour = $1"
_KEEP = """
INSERT INTO feed_signed_heads (hour, position, jws, salt, commitment, commitment_jws) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING"""
_HEADS = "SELECT hour, position, jws FROM feed_signed_heads WHERE hour > $1 ORDER BY hour LIMIT $2"
_COVERING = """
SELECT hour, position, jws FROM feed_signed_heads WHERE position >= $1 ORDER BY hour LIMIT 1"""
_COMMITMENTS = """
SELECT hour, commitment, commitment_jws FROM feed_signed_heads WHERE hour > $1 AND hour <= $2 ORDER BY hour LIMIT $3"""
_OPENING = "SELECT hour, salt, jws FROM feed_signed_heads WHERE hour = $1 AND hour <= $2"


class SignedHeadView(BaseModel):
    hour: datetime
    position: int
    jws: str


class CommitmentView(BaseModel):
    """commitment = SM3(salt ‖ the signed head as ASCII)."""

    hour: datetime
    commitment: str
    jws: str


class OpeningView(BaseModel):
    hour: datetime
    salt: str
    head: str


async def keep_feed_head(database: Database, now: datetime, *, signer: Signer, topic: str) -> int:
    """A timer's task: the first look at the time in an hour keeps the feed's head, whether or not it has moved."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    pool = await database.pool()
    if await pool.fetchval(_KEPT, hour):
        return 0
    heads = await feed.heads(pool)
    head = {
        "topic": topic,
        "hour": hour.isoformat(),
        "epoch": heads.epoch,
        "position": heads.position,
        "hash": heads.hash.hex(),
        "hash_alg": "SM3",
        "recorded_at": None if heads.recorded_at is None else heads.recorded_at.isoformat(),
        "partitions": {str(p): {"seq": each.seq, "hash": each.hash.hex()} for p, each in heads.partitions.items()},
    }
    jws, salt = signer.jws(head, HEAD_TYPE), os.urandom(SALT_BYTES)
    commitment = sm3(salt + jws.encode("ascii"))
    told = {"topic": topic, "hour": hour.isoformat(), "commitment": commitment.hex(), "hash_alg": "SM3"}
    signed = signer.jws(told, COMMITMENT_TYPE)
    done = await pool.execute(_KEEP, hour, heads.position, jws, salt, commitment, signed)
    return int(done.rpartition(" ")[2])


def signed_heads_router(topic: str, may_read_feed: Callable[[Principal, str], bool], *, prefix: str) -> APIRouter:
    router = APIRouter(prefix=f"{prefix}/feed", tags=["事件 Events"])

    @router.get(
        "/signed-heads",
        summary="每小时签名的事件流末端 The signed head of each hour",
        description="仅供可读该事件流者。`covering`：只要第一个不早于该位置的末端。"
        " For readers of the feed. `covering`: only the first head at or after that position.",
        response_model=Page[SignedHeadView],
    )
    async def get_signed_heads(
        request: Request,
        principal: CurrentPrincipal,
        limit: Limit = DEFAULT_LIMIT,
        cursor: Cursor = None,
        covering: Annotated[int | None, Query(ge=0, le=MAX_POSITION)] = None,
    ) -> Response:
        if not may_read_feed(principal, topic):
            raise forbidden(principal, f"read:{topic}")
        after = decode_cursor(cursor, "signed-heads", datetime)
        pool = await _pool(request)
        if covering is not None:
            rows = list(await pool.fetch(_COVERING, covering))
        else:
            rows = list(await pool.fetch(_HEADS, _EARLIEST if after is None else after[0], limit + 1))
        page = Page[SignedHeadView].of(
            rows,
            limit=limit,
            item=lambda row: SignedHeadView(**row),
            cursor=lambda row: encode_cursor("signed-heads", row["hour"]),
        )
        return _answer(request, page)

    @router.get(
        "/commitments",
        summary="每小时的承诺值 The commitment of each hour",
        description="无需账户。每小时一个，有无事件均同；不透露任何内容。"
        " Without an account. One an hour, whether or not anything happened; it tells nothing.",
        dependencies=[Depends(public_rate_limit)],
        response_model=Page[CommitmentView],
    )
    async def get_commitments(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Response:
        after = decode_cursor(cursor, "feed-commitments", datetime)
        begin, shown = _EARLIEST if after is None else after[0], now_of(request) - SHOWN_AFTER
        rows = list(await (await _pool(request)).fetch(_COMMITMENTS, begin, shown, limit + 1))
        page = Page[CommitmentView].of(
            rows,
            limit=limit,
            item=lambda row: CommitmentView(
                hour=row["hour"], commitment=row["commitment"].hex(), jws=row["commitment_jws"]
            ),
            cursor=lambda row: encode_cursor("feed-commitments", row["hour"]),
        )
        return _answer(request, page)

    @router.get(
        "/commitments/{hour}/opening",
        summary="打开承诺值 Open a commitment",
        description="仅供可读该事件流者和省厅审计员。For readers of the feed and auditors of the department.",
        response_model=OpeningView,
    )
    async def get_opening(
        request: Request,
        principal: CurrentPrincipal,
        hour: Annotated[Instant, Path(description="如 2026-11-24T02:00:00Z / such as that")],
    ) -> Response:
        if not (may_read_feed(principal, topic) or is_auditor(principal)):
            raise forbidden(principal, f"open:{topic}")
        row = await (await _pool(request)).fetchrow(_OPENING, hour, now_of(request) - SHOWN_AFTER)
        if row is None:
            raise not_found("该小时没有承诺值。", "There is no commitment of that hour.")
        return _answer(request, OpeningView(hour=row["hour"], salt=row["salt"].hex(), head=row["jws"]))

    return router


async def _pool(request: Request) -> Any:
    return await request.app.state.database.pool()


def _answer(request: Request, content: BaseModel) -> Response:
    body = content.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


__all__ = ["COMMITMENT_TYPE", "HEAD_TYPE", "keep_feed_head", "signed_heads_router"]
