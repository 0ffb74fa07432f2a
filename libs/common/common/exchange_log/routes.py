"""`/v1/exchange-log`: each system reads its own part, the department's auditors read everything."""

from datetime import datetime
from typing import Any

import orjson
from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from common.auth import CurrentPrincipal, Principal, forbidden, is_auditor, is_system_client
from common.clock import now_of
from common.exchange_log import store
from common.exchange_log.entries import client_key
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit

RIGHT = "exchange-log:read"


class EntryView(BaseModel):
    """`entry`: the very bytes that are chained. hash = SM3(hash before ‖ seq as 8 bytes ‖ entry).

    For a client, seq and hash are those of its own part; for an auditor those of the whole log.
    """

    seq: int
    hash: str
    entry: str
    client_seq: int | None = Field(default=None, description="仅供审计员 / for auditors only")
    client_hash: str | None = Field(default=None, description="仅供审计员 / for auditors only")


class HeadView(BaseModel):
    """Where the log (or the reader's own part) ends; entries up to `pruned_seq` are deleted after their term."""

    seq: int
    hash: str
    pruned_seq: int
    pruned_hash: str
    jws: str


class HourView(BaseModel):
    hour: datetime
    seq: int
    hash: str
    jws: str


def exchange_log_router(log: str) -> Router:
    """`log` names it in what is signed, such as `registry.exchange`. Over `app.state.database` and `.signer`."""
    router = Router(prefix="/v1/exchange-log", tags=["交换日志 Exchange log"])

    @router.get(
        "",
        summary="读取交换日志 Read the exchange log",
        description="系统客户端仅见自身调用；省厅审计员可见全部。每次读取本身也是一次调用。"
        " A system sees its own calls only, an auditor of the department all. To read is a call, too.",
        response_model=Page[EntryView],
    )
    async def get_exchange_log(
        request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Response:
        client = _part(principal)
        after = decode_cursor(cursor, "exchange-log", int)
        rows = await store.entries(await _pool(request), client, 0 if after is None else after[0], limit + 1)
        page = Page[EntryView].of(
            rows, limit=limit, item=_entry, cursor=lambda row: encode_cursor("exchange-log", row["seq"])
        )
        return _answer(request, page.model_dump_json(exclude_none=True).encode())

    @router.get(
        "/head",
        summary="链首（签名） The signed head",
        description="请留存；此后日志被改写即可据此发现。Keep it: with it a log that was rewritten can be found out.",
        response_model=HeadView,
    )
    async def get_exchange_log_head(request: Request, principal: CurrentPrincipal) -> Response:
        client = _part(principal)
        found = await store.end(await _pool(request), client)
        jws = store.signed(request.app.state.signer, found, log=log, client=client, at=now_of(request))
        body = {
            "seq": found.seq,
            "hash": found.hash.hex(),
            "pruned_seq": found.pruned_seq,
            "pruned_hash": found.pruned_hash.hex(),
            "jws": jws,
        }
        return _answer(request, orjson.dumps(body))

    @router.get(
        "/keys",
        summary="签名公钥 Public keys of heads and commitments",
        description="用于核对本服务交换日志、事件流末端与承诺值的签名，含已停用的公钥。无需账户。"
        " To check what this service signs of its log and its feed; retired keys are included. No account is needed.",
        dependencies=[Depends(public_rate_limit)],
        response_model=None,
    )
    async def get_keys(request: Request) -> Response:
        return _answer(request, orjson.dumps(request.app.state.signer.jwks))

    @router.get(
        "/heads",
        summary="每小时留存的链首 The signed head of each hour",
        description="仅供省厅审计员。For auditors of the department.",
        response_model=Page[HourView],
    )
    async def get_exchange_log_heads(
        request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Response:
        if not is_auditor(principal):
            raise forbidden(principal, RIGHT)
        after = decode_cursor(cursor, "exchange-log-heads", datetime)
        rows = await store.heads(await _pool(request), store.EARLIEST if after is None else after[0], limit + 1)
        page = Page[HourView].of(
            rows,
            limit=limit,
            item=lambda row: HourView(hour=row["hour"], seq=row["seq"], hash=row["hash"].hex(), jws=row["jws"]),
            cursor=lambda row: encode_cursor("exchange-log-heads", row["hour"]),
        )
        return _answer(request, page.model_dump_json().encode())

    return router


def _part(principal: Principal) -> str | None:
    """Whose entries: his own, or None for all. Raises the 403 problem."""
    if is_system_client(principal):
        return client_key(principal)
    if is_auditor(principal):
        return None
    raise forbidden(principal, RIGHT)


def _entry(row: Any) -> EntryView:
    whole = {"client_seq": row["client_seq"], "client_hash": row["client_hash"].hex()} if "client_seq" in row else {}
    return EntryView(seq=row["seq"], hash=row["hash"].hex(), entry=row["entry"], **whole)


def _answer(request: Request, body: bytes) -> Response:
    return bytes_response(request, body, etag=etag_of_bytes(body))


async def _pool(request: Request) -> Any:
    return await request.app.state.database.pool()
