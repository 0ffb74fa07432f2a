"""Filing once per key, whatever breaks in between; sessions by receipt. Used by the routes of features.

These answers carry neither event ids nor a WAL position: both would tell of other people's cases. Nothing of them is
stored for a repetition: the receipt is derived anew from the key.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from common.clock import now_of
from common.database import Database, Tx
from common.http import RequestModel
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import FILING_QUEUE, SESSION_QUEUE, Receipts, parse_client_key
from fastapi import Header, Request
from pydantic import BaseModel, Field
from starlette.types import Scope

from discipline_api.receipts.problems import (
    key_problem,
    key_reused,
    receipt_taken,
    receipt_unknown,
    session_invalid,
)
from discipline_api.receipts.store import Keyed, Kind, SqlReceipts

ClientKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="Required: 128 random bits, 32 hex digits or a UUID.")
]
SessionToken = Annotated[str | None, Header(alias="Receipt-Session", max_length=200)]

Write = Callable[[Tx, UUID], Awaitable[None]]
"""Writes the new case of this id; runs at most once per key."""


class OpenSession(RequestModel):
    receipt: Annotated[
        str, Field(pattern=r"^[0-9]{4}([ -]?[0-9]{4}){3}$", repr=False, description="回执号16位 / 16 digits")
    ]

    def digits(self) -> str:
        return self.receipt.replace(" ", "").replace("-", "")


class SessionView(BaseModel):
    """`session` goes into the header Receipt-Session of the requests that follow."""

    session: str
    expires_at: datetime


class Receipt(BaseModel):
    """The only answer that holds the receipt."""

    receipt: str
    receipt_notice_zh: str = "请立即抄录回执号，系统不保存，无法找回；凭回执号即可查询办理情况。"
    receipt_notice_en: str = (
        "Write the receipt down now: it is not stored and cannot be recovered; it alone opens the case."
    )


def limit_filing(request: Request) -> None:
    limit: RateLimit = request.app.state.filing_limit
    limit.check(request)


def limit_receipts(request: Request) -> None:
    limit: RateLimit = request.app.state.receipt_limit
    limit.check(request)


def is_complainants(scope: Scope) -> bool:
    """Whether somebody without an account is served, whose correlation id is to be one of ours."""
    return scope["path"].startswith(("/v1/complaint-receipts/", "/v1/impostor-receipts/")) or (
        scope["method"] == "POST" and scope["path"] in ("/v1/complaints", "/v1/impostor-clues", "/v1/complaint-routes")
    )


def require_client_key(header: str | None) -> bytes:
    key = parse_client_key(header or "")
    if key is None:
        raise key_problem(missing=header is None)
    return key


def message_digest(request: Request, key: bytes) -> bytes:
    """What a complainant's later message is recognised by, should he send it again."""
    receipts: Receipts = request.app.state.receipts
    return receipts.key_digest(key)


async def file_once(request: Request, kind: Kind, key: bytes, content: bytes, write: Write) -> tuple[UUID, str]:
    """The case of this key, new or known, and its receipt. `content`: the same bytes for the same filing."""
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    receipt = receipts.derive(key)
    keyed = Keyed(kind, receipts.key_digest(key), receipts.request_digest(key, content))
    known = await _known(database, keyed)
    if known is not None:
        return known, receipt
    # Slow, and therefore outside any transaction.
    receipt_digest = await receipts.digest(receipt, queue=FILING_QUEUE)
    object_id = uuid4()
    async with database.begin() as tx:
        if added := await SqlReceipts(tx).add(object_id, keyed, receipt_digest):
            await write(tx, object_id)
    if added:
        return object_id, receipt
    known = await _known(database, keyed)
    if known is None:
        raise receipt_taken()
    return known, receipt


async def _known(database: Database, keyed: Keyed) -> UUID | None:
    async with database.begin() as tx:
        known = await SqlReceipts(tx).by_key(keyed.key_digest)
    if known is None:
        return None
    object_id, before = known
    if before != keyed:
        raise key_reused()
    return object_id


async def open_session(request: Request, kind: Kind, digits: str) -> tuple[UUID, SessionView]:
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    receipt_digest = await receipts.digest(digits, queue=SESSION_QUEUE)
    token, token_digest = receipts.new_session()
    async with database.begin() as tx:
        object_id, expires_at = await SqlReceipts(tx).open_session(
            kind, token_digest, receipt_digest, now=now_of(request)
        )
    # After the commit, so that a wrong receipt waits for the disk as a right one does.
    if object_id is None:
        raise receipt_unknown()
    return object_id, SessionView(session=token, expires_at=expires_at)


async def by_session(request: Request, tx: Tx, kind: Kind, session: str | None) -> UUID:
    if session is None:
        raise session_invalid()
    receipts: Receipts = request.app.state.receipts
    object_id = await SqlReceipts(tx).by_session(kind, receipts.session_digest(session), now=now_of(request))
    if object_id is None:
        raise session_invalid()
    return object_id
