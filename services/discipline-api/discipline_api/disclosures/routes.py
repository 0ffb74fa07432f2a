"""HTTP for whoever asks by name, reads the changes, or reads in bulk under an undertaking."""

from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Final
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal, OptionalPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Database
from common.http import JSON, Router, Transaction, answered_as
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit
from contracts.conduct import OrganKind
from contracts.regions import PROVINCE
from fastapi import Depends, Header, Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.disclosures import bulk, store
from discipline_api.disclosures.domain import Client, Way, logged_client, undertaking_text
from discipline_api.disclosures.public_reads import HEADERS, TAG, items, log
from discipline_api.disclosures.rendering import change_item
from discipline_api.disclosures.store import Checks, ReadLog, SqlReaders
from discipline_api.disclosures.use_cases import give_undertaking, reader_in_good_standing
from discipline_api.disclosures.views import (
    CheckView,
    GiveUndertaking,
    ReaderInFull,
    ReaderView,
    SearchByName,
    TextView,
    UndertakingLine,
)
from discipline_api.display.shown import search_key
from discipline_api.permissions import Action, allowed, demand_any
from discipline_api.refusals import NotFound, Refused

router = Router(prefix="/v1")
_BULK: Final[list[str | Enum]] = ["公示批量读取 Bulk disclosure"]

MOST_CHANGES: Final = 1_000
_NDJSON: Final = "application/x-ndjson"


@router.post(
    "/public/disclosures/search",
    tags=[TAG],
    summary="按姓名和律所查询公示 Look up by name and firm",
    description=(
        "律师须同时给出姓名与所在律所，律所只给出名称，均如决定书所载。不须幂等键；不记录。"
        "A lawyer by name and firm, a firm by its name, as printed on the decision. No idempotency key; nothing is "
        "kept."
    ),
    dependencies=[Depends(public_rate_limit)],
)
async def post_search(request: Request, body: SearchByName, principal: OptionalPrincipal) -> Response:
    client, now = logged_client(principal), now_of(request)
    statements = store.FOUND if client is None else store.FOUND_WITH_IDS
    pool = await request.app.state.database.pool()
    firm = search_key(body.firm_name)
    if body.name is None:
        rows = await pool.fetch(statements["firm_name"], now, firm)
    else:
        rows = await pool.fetch(statements["lawyer_name"], now, search_key(body.name), firm)
    if client is not None:
        await log(request, client, Way.SEARCH, rows, now)
    return items(request, rows)


@router.get(
    "/disclosures/changes",
    tags=[TAG],
    summary="公示变更流 Changes of the disclosures",
    description=(
        "按公示日志的次序给出每次公示、修订、撤回与届满，无需账户。仅当该序号是其记录的最新一条且仍在公示，才附记录与盐值；"
        "否则只有不具名的部分。从头依次应用并按 `gone_at` 删除者，所持即与公示一致。"
        f"至多{MOST_CHANGES}条一页，`next` 为下一页的 `after`。\n\n"
        "Each publication, revision, withdrawal and end in the order of the disclosure log, without an account. Record "
        "and salt come only with the newest leaf of a record that is on display; of everything else the nameless "
        "parts. Whoever applies them from the beginning and deletes at `gone_at` holds what is on display. "
        f"With `Accept: {_NDJSON}` one a line, and where to go on in the header `Next-After`."
    ),
    **answered_as(JSON, _NDJSON),
)
async def get_changes(
    *,
    request: Request,
    principal: OptionalPrincipal,
    after: Annotated[
        int, Query(ge=-1, le=2**62, description="上次所读最后一条的序号 / leaf_index of the last one read; -1: none")
    ] = -1,
    limit: Annotated[int, Query(ge=1, le=MOST_CHANGES)] = DEFAULT_LIMIT,
    accept: Annotated[str, Header()] = "application/json",
) -> Response:
    if principal is None:
        request.app.state.rate_limit.check(request)
    now, database = now_of(request), _database(request)
    size, rows = await store.changes(await database.pool(), after, limit, now)
    last = rows[-1]["leaf_index"] if rows else after
    if (client := logged_client(principal)) is not None:
        told = [row["leaf_index"] for row in rows if row["body"] is not None]
        async with database.begin() as tx:
            if told:
                await ReadLog(tx).leaves(client, Way.CHANGES, range(after + 1, last + 1), size, now)
            await ReadLog(tx).stream(client, after + 1, last + 1, now)
    changed = [change_item(row) for row in rows]
    more = last + 1 < size
    headers = HEADERS | {"next-after": str(last), "disclosure-log-size": str(size), "vary": "Accept"}
    if _NDJSON in accept:
        return Response(b"".join([line + b"\n" for line in changed]), headers=headers, media_type=_NDJSON)
    onward = orjson.dumps({"next": last, "more": more, "log_size": size})[1:]
    return Response(
        b'{"changes":[' + b",".join(changed) + b"]," + onward, headers=headers, media_type="application/json"
    )


def _file(form: bulk.Format) -> dict[int | str, dict[str, Any]]:
    described = {"type": "string", "format": "binary"}
    return {
        200: {
            "description": "一次快照中公示的全部 / all that is on display in one snapshot",
            "headers": {"Disclosure-Log-Size": {"schema": {"type": "integer"}}},
            "content": {form.media_type: {"schema": described}},
        },
        409: {"description": "未承诺，或变更、墓碑尚未读取 / no undertaking, or changes or tombstones unread"},
    }


@router.get(
    "/disclosures/bulk.ndjson",
    tags=_BULK,
    summary="批量文件 NDJSON Bulk file, one record per line",
    response_class=Response,
    responses=_file(bulk.NDJSON),
)
async def get_bulk_ndjson(request: Request, principal: CurrentPrincipal, tx: Transaction) -> Response:
    return await _bulk(request, principal, tx, bulk.NDJSON)


@router.get(
    "/disclosures/bulk.csv",
    tags=_BULK,
    summary="批量文件 CSV Bulk file for spreadsheets",
    response_class=Response,
    responses=_file(bulk.CSV),
)
async def get_bulk_csv(request: Request, principal: CurrentPrincipal, tx: Transaction) -> Response:
    return await _bulk(request, principal, tx, bulk.CSV)


async def _bulk(request: Request, principal: Principal, tx: Transaction, form: bulk.Format) -> Response:
    """Made and logged before the answer begins; the log's size at which it was read is in its header and its name."""
    demand_any(principal, Action.READ_IN_BULK)
    now, client = now_of(request), Client.of(principal)
    readers = _readers(request, tx)
    reader = await reader_in_good_standing(readers, client, now)
    made = await bulk.make(_database(request), form, now)
    await readers.has_file(reader, made.log_size, now)
    await ReadLog(tx).leaves(client, Way.BULK, range(made.log_size), made.log_size, now)
    return made.answer()


@router.get(
    "/disclosure-undertakings/text",
    tags=_BULK,
    summary="承诺书 Text of the undertaking",
    response_model=TextView,
    dependencies=[Depends(public_rate_limit)],
)
async def get_text() -> TextView:
    return TextView.of(undertaking_text())


@router.post(
    "/disclosure-undertakings",
    tags=_BULK,
    status_code=status.HTTP_201_CREATED,
    summary="承诺到期删除 Undertake to delete at term",
)
async def post_undertaking(
    request: Request, body: GiveUndertaking, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> UndertakingLine:
    demand_any(principal, Action.READ_IN_BULK)
    if not body.accepted:
        raise Refused("undertaking-not-accepted", "须承诺遵守方可登记", "must be accepted", field="accepted")
    now = now_of(request)
    undertaking = await give_undertaking(
        _readers(request, tx),
        Client.of(principal),
        organisation_name=body.organisation_name,
        text_version=body.text_version,
        contact=body.contact.get_secret_value(),
        now=now,
    )
    await append(
        tx, Entry.by(principal, "give-undertaking", "disclosure-undertaking", undertaking.undertaking_id, at=now)
    )
    response.headers["Location"] = f"/v1/disclosure-undertakings/{undertaking.undertaking_id}"
    return UndertakingLine.of(undertaking, today_of(request))


@router.get("/disclosure-undertakings", tags=_BULK, summary="批量读取者 Who reads in bulk")
async def get_undertakings(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReaderView]:
    """A client sees its own, an officer of the department all."""
    today = today_of(request)
    after = decode_cursor(cursor, "undertakings", date, UUID)
    found = await _readers(request, tx).all(_own(principal), after, limit + 1)
    response.headers["Cache-Control"] = "no-store"
    return Page[ReaderView].of(
        found,
        limit=limit,
        item=lambda each: ReaderView.about(*each, today),
        cursor=lambda each: encode_cursor("undertakings", each[0].to_on, str(each[0].undertaking_id)),
    )


@router.get("/disclosure-undertakings/{undertaking_id}", tags=_BULK, summary="一份承诺 An undertaking")
async def get_undertaking(
    request: Request, undertaking_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ReaderInFull:
    """With the contact, and what stands in the way of the next file."""
    own, readers, now = _own(principal), _readers(request, tx), now_of(request)
    undertaking, reader, contact = await readers.one(undertaking_id)
    if own is not None and own != reader.client:
        raise NotFound("没有这份承诺。", "There is no such undertaking.")
    if own is None:
        await append(tx, Entry.by(principal, "read-contact", "disclosure-undertaking", undertaking_id, at=now))
    unread = await readers.oldest_unread_tombstone(reader)
    response.headers["Cache-Control"] = "no-store"
    return ReaderInFull.whole(undertaking, reader, contact, unread, now=now, today=today_of(request))


@router.get("/disclosure-checks", tags=_BULK, summary="各公示途径一致性核对 Whether all ways out agree")
async def get_checks(
    *, principal: CurrentPrincipal, tx: Transaction, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[CheckView]:
    """Newest first; made daily and by command."""
    demand_any(principal, Action.READ)
    found = await Checks(tx).newest(decode_cursor(cursor, "disclosure-checks", datetime, UUID), limit + 1)
    return Page[CheckView].of(
        found,
        limit=limit,
        item=CheckView.of,
        cursor=lambda row: encode_cursor("disclosure-checks", row["began_at"], str(row["check_id"])),
    )


def _own(principal: Principal) -> Client | None:
    """None: all of them may be seen. Raises the 403 problem for those who have nothing to do with them."""
    if allowed(principal, Action.READ_READERS, OrganKind.DEPARTMENT, PROVINCE, principal.organisation_id):
        return None
    demand_any(principal, Action.READ_IN_BULK)
    return Client.of(principal)


def _readers(request: Request, tx: Transaction) -> SqlReaders:
    return SqlReaders(tx, request.app.state.vault)


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database
