"""`GET /v1/operator-acts`: for auditors."""

from typing import Any, Self

from fastapi import Request, Response
from pydantic import BaseModel

from common.auth import CurrentPrincipal, forbidden, is_auditor
from common.http import Router
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.operator_acts import store

RIGHT = "operator-acts:read"
_LAST = 2**63 - 1


class ActView(BaseModel):
    """hash = SM3(hash before ‖ seq as 8 bytes ‖ the other members, but for `reason`, as JSON with sorted keys);
    reason_digest = SM3(salt ‖ reason).
    """

    seq: int
    hash: str
    at: str
    actor: str
    organisation_kind: str
    organisation_id: str
    act: str
    object_kind: str
    object_id: str
    salt: str
    reason_digest: str
    reason: str | None

    @classmethod
    def of(cls, row: Any) -> Self:
        values = dict(row) | {name: row[name].hex() for name in ("hash", "salt", "reason_digest")}
        return cls(**values | {"at": row["at"].isoformat().replace("+00:00", "Z")})


def operator_acts_router() -> Router:
    router = Router(prefix="/v1", tags=["运维 Operations"])

    @router.get(
        "/operator-acts",
        summary="运维操作记录 What operators did",
        description="由新到旧，哈希链接，仅供省厅审计员。Newest first, hash-chained; for auditors of the department.",
        response_model=Page[ActView],
    )
    async def get_operator_acts(
        request: Request, principal: CurrentPrincipal, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
    ) -> Response:
        if not is_auditor(principal):
            raise forbidden(principal, RIGHT)
        before = decode_cursor(cursor, "operator-acts", int)
        pool = await request.app.state.database.pool()
        rows = await store.read(pool, _LAST if before is None else before[0], limit + 1)
        page = Page[ActView].of(
            rows, limit=limit, item=ActView.of, cursor=lambda row: encode_cursor("operator-acts", row["seq"])
        )
        body = page.model_dump_json().encode()
        return bytes_response(request, body, etag=etag_of_bytes(body))

    return router
