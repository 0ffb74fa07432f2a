"""HTTP out: the registry's changes, JSON or one per line, for whoever asks."""

from typing import Annotated, Final

import orjson
from common.auth import OptionalPrincipal, Principal
from common.http import JSON, Problem, Router, Transaction, answered_as
from common.http.etag import bytes_response, etag_of_bytes
from common.http.translations import status_titles
from contracts.entitlements import REGISTRY, may_read_feed
from contracts.legal_day import legal_today
from contracts.regions import REGIONS
from fastapi import Header, Query, Request, Response

from registry_api.changes.domain import Officer, Public, Reader
from registry_api.changes.store import SqlFeed
from registry_api.changes.use_cases import page_of_changes
from registry_api.permissions import Action, allowed
from registry_api.register.record import RECORD_SCHEMA
from registry_api.register.sealing import Places
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["变更流 Changes"])

MOST_CHANGES: Final = 1_000
NDJSON: Final = "application/x-ndjson"

_DESCRIPTION: Final = f"""
按登记顺序给出律师与律师事务所的变更，姓名等取自登记簿本身。每条带变更前后的字段、原因、生效日、登记时刻与变更后的记录；
不再对读者开放的，只留注明日期、不具名的墓碑（`gone`）。无账户者见公开登记，登记机关见本地区的全部字段。
将 `version` 高于手中记录者依次写入，即与最新文件逐字节一致。至多 {MOST_CHANGES} 条一页；`next` 为下一页的 `after`。

Changes of lawyers and firms in the order of recording; names come from the register itself. Each has the fields before
and after, its cause, both times and the record after it, or a dated, nameless tombstone (`gone`) where the reader may
not see the record any more. Without an account: the public register; officers: all fields of their region. Whoever
applies each record with a `version` above the one he holds has, byte for byte, the current file. At most
{MOST_CHANGES} a page; `next` is the `after` of the next. With `Accept: {NDJSON}` one change per line, each with its own
`cursor`, and the cursor to go on from in the header `Next-Cursor`.
"""


@router.get("/changes", summary="变更流 Changes of the register", description=_DESCRIPTION, **answered_as(JSON, NDJSON))
async def get_changes(
    *,
    request: Request,
    principal: OptionalPrincipal,
    tx: Transaction,
    after: Annotated[
        str | None, Query(max_length=100, description="上次读到之处，缺省为开头 / where to go on; from the beginning")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = 200,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    if principal is None:
        request.app.state.rate_limit.check(request)
    places = Places(request.app.state.sealer)
    reader, standing = _reader(principal)
    reads_feed = may_read_feed(principal, REGISTRY) and isinstance(reader, Officer)
    connection = await tx.raw()
    feed = SqlFeed(connection, await Register.within(tx, legal_today()), standing=standing)
    page = await page_of_changes(feed, reader, after=_position(places, after), limit=limit, reads_feed=reads_feed)
    changes = [
        {"cursor": places.cursor(position), **({"position": position} if reads_feed else {}), **entry}
        for position, entry in page.entries
    ]
    onward = places.cursor(page.next)
    if NDJSON in accept:
        body = b"".join(orjson.dumps(change) + b"\n" for change in changes)
        answer = bytes_response(request, body, etag=etag_of_bytes(body + onward.encode()), media_type=NDJSON)
    else:
        whole = {"record_schema": RECORD_SCHEMA, "changes": changes, "next": onward, "more": page.more}
        body = orjson.dumps(whole)
        answer = bytes_response(request, body, etag=etag_of_bytes(body))
    answer.headers["Next-Cursor"] = onward
    answer.headers["Vary"] = "Accept, Authorization"
    return answer


def _reader(principal: Principal | None) -> tuple[Reader, bool]:
    """With the right to read records: those of his regions. Everybody else: the public register."""
    if principal is None:
        return Public(), False
    regions = frozenset(code for code in REGIONS if allowed(principal, Action.READ, code))
    if not regions:
        return Public(), False
    standing = frozenset(code for code in REGIONS if allowed(principal, Action.READ_STANDING, code))
    return Officer(regions, standing), bool(standing)


def _position(places: Places, after: str | None) -> int:
    if after is None:
        return 0
    try:
        return places.position(after)
    except ValueError as error:
        title_zh, title_en = status_titles(400)
        raise Problem(
            type="cursor-invalid",
            status=400,
            title_zh=title_zh,
            title_en=title_en,
            detail_zh="after 不是本变更流给出的游标；请从头开始，或用最近一条变更的 cursor。",
            detail_en="`after` is no cursor of ours: start again, or take the cursor of the last change you have.",
            field="after",
        ) from error


__all__ = ["router"]
