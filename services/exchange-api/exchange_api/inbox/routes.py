"""`/v1/corrections`, `/v1/inbound/documents`: organs' systems send; `/v1/inbox`: they and our officers follow it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.secrecy.keys import hmac_sm3
from fastapi import Query, Request, Response, status

from exchange_api.clients.access import own_client
from exchange_api.inbox.access import handled_regions, handled_subjects, may_handle
from exchange_api.inbox.domain import Item, Kind, State
from exchange_api.inbox.fields import AnswerItem, RequestCorrection, SendDocument, kind_of, state_of
from exchange_api.inbox.store import SqlInbox, page
from exchange_api.inbox.use_cases import Sent, close, receive
from exchange_api.inbox.views import ItemLine, ItemView, StandingView

router = Router(prefix="/v1", tags=["来件 Inbox"])
_LIST = "inbox"


def _headers(item: Item) -> dict[str, str]:
    return {"ETag": etag_of_version(item.version), "Cache-Control": "no-store"}


def _standing(request: Request, response: Response, item: Item) -> StandingView:
    response.headers.update(_headers(item))
    return StandingView.of(item, now_of(request))


async def _received(
    *,
    request: Request,
    principal: Principal,
    tx: Transaction,
    body: RequestCorrection | SendDocument,
    kind: Kind,
    subject: str,
    content: Mapping[str, str | None],
) -> Item:
    raw, key = await tx.raw(), request.app.state.digest_key
    client = await own_client(raw, principal)
    digests = (
        hmac_sm3(key, b"number", body.sender_number.encode()),
        hmac_sm3(key, b"content", kind.encode(), body.canonical()),
    )
    sent = Sent(kind, client.client_id, client.organ_code, subject, body.region, content, digests)
    return await receive(SqlInbox(raw, request.app.state.vault), tx.outbox, sent, now_of(request))


@router.post("/corrections", status_code=status.HTTP_201_CREATED, summary="提出校核申请 Ask for a correction")
async def post_correction(
    http: Request, response: Response, body: RequestCorrection, principal: CurrentPrincipal, tx: Transaction
) -> StandingView:
    item = await _received(
        request=http, principal=principal, tx=tx, body=body, kind=Kind.CORRECTION, subject=body.resource,
        content=body.content(),
    )  # fmt: skip
    return _standing(http, response, item)


@router.post(
    "/inbound/documents",
    status_code=status.HTTP_201_CREATED,
    summary="送达裁判文书、复议决定 Send a judgment or a decision of reconsideration",
    description="由主管机关人员核对后据以登记，不自动产生效力。"
    "An officer of the competent organ acts upon it; nothing is recorded by itself.",
)
async def post_document(
    http: Request, response: Response, body: SendDocument, principal: CurrentPrincipal, tx: Transaction
) -> StandingView:
    item = await _received(
        request=http, principal=principal, tx=tx, body=body, kind=kind_of(body), subject="", content=body.content()
    )
    return _standing(http, response, item)


@router.get("/inbox", summary="来件，期限近的在前 Items, those due first ahead", response_model=Page[ItemLine])
async def get_items(
    *,
    http: Request,
    principal: CurrentPrincipal,
    kind: Annotated[list[Kind] | None, Query()] = None,
    state: State | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response:
    pool = await http.app.state.database.pool()
    handled = handled_subjects(principal)
    found = await page(
        pool,
        kind or tuple(Kind),
        client_id=None if handled else (await own_client(pool, principal)).client_id,
        subjects=handled or None,
        regions=handled_regions(principal) if handled else None,
        state=state,
        after=decode_cursor(cursor, _LIST, date, UUID),
        limit=limit + 1,
    )
    now = now_of(http)
    shown = Page[ItemLine].of(
        found,
        limit=limit,
        item=lambda one: ItemLine.of(one, now),
        cursor=lambda one: encode_cursor(_LIST, one.due_on, str(one.item_id)),
    )
    body = shown.model_dump_json().encode()
    return bytes_response(http, body, etag=etag_of_bytes(body))


@router.get("/inbox/{item_id}", summary="一件来件及其内容 One item, with its content")
async def get_item(
    http: Request, response: Response, item_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> ItemView:
    raw = await tx.raw()
    own = None if handled_subjects(principal) else (await own_client(raw, principal)).client_id
    item = await SqlInbox(raw, http.app.state.vault).read(item_id)
    if item.client_id != own and not may_handle(principal, item):
        raise forbidden(principal, "exchange:read-item")
    response.headers.update(_headers(item))
    return ItemView.of(item, now_of(http))


@router.post("/inbox/{item_id}/answer", summary="答复来件 Answer an item")
async def post_answer(
    *,
    http: Request,
    response: Response,
    item_id: UUID,
    body: AnswerItem,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> StandingView:
    inbox = SqlInbox(await tx.raw(), http.app.state.vault)
    before = await inbox.lock(item_id)
    if not may_handle(principal, before):
        raise forbidden(principal, "exchange:answer-item", before.region)
    require_match(if_match, etag_of_version(before.version))
    after = await close(
        inbox, tx.outbox, before, state_of(body), by=principal.subject, at=now_of(http), answer=body.answer,
        reference=body.reference,
    )  # fmt: skip
    return _standing(http, response, after)


@router.post("/inbox/{item_id}/withdrawal", summary="撤回来件 Withdraw what one has sent")
async def post_withdrawal(
    *,
    http: Request,
    response: Response,
    item_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> StandingView:
    raw = await tx.raw()
    inbox, own = SqlInbox(raw, http.app.state.vault), await own_client(raw, principal)
    before = await inbox.lock(item_id)
    if before.client_id != own.client_id:
        raise forbidden(principal, "exchange:withdraw-item")
    require_match(if_match, etag_of_version(before.version))
    after = await close(inbox, tx.outbox, before, State.WITHDRAWN, by=principal.subject, at=now_of(http))
    return _standing(http, response, after)
