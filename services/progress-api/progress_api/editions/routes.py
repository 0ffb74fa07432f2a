"""`/v1/editions`: from draft to signature, for the department."""

import asyncio
from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Query, Request, Response, status

from progress_api.bulletins.store import draw_up
from progress_api.bulletins.use_cases import PaperKind
from progress_api.editions.domain import EditionState, Signature, Step, check_day
from progress_api.editions.fields import DraftEdition, IssueEdition, ReturnEdition, WithdrawEdition
from progress_api.editions.store import SqlEditions
from progress_api.editions.use_cases import (
    day_of,
    draft_edition,
    print_all,
    print_paper,
    return_edition,
    review_edition,
    sign_edition,
    withdraw_edition,
)
from progress_api.editions.views import EditionView, for_officers
from progress_api.papers.domain import PAPERS, Form
from progress_api.permissions import Action, demand

router = Router(prefix="/v1/editions", tags=["签发 Editions"])
_LIST = "editions"
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("", summary="各期稿件 Editions in every state")
async def get_editions(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    state: Annotated[EditionState | None, Query(description="状态 / state")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[EditionView]:
    demand(principal, Action.STEER)
    found = await SqlEditions(await tx.raw()).listed(
        public=False, state=state, before=decode_cursor(cursor, _LIST, date, UUID), limit=limit + 1
    )
    response.headers.update(_NO_STORE)
    return Page[EditionView].of(
        found,
        limit=limit,
        item=EditionView.of,
        cursor=lambda edition: encode_cursor(_LIST, edition.as_of, str(edition.edition_id)),
    )


@router.post("", status_code=status.HTTP_201_CREATED, summary="拟稿 Draw up an edition")
async def post_edition(
    request: Request, body: DraftEdition, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> EditionView:
    """The content is frozen as of now; what becomes known later belongs to another edition."""
    demand(principal, Action.STEER)
    today = today_of(request)
    as_of = body.as_of or day_of(body.period, today)
    check_day(body.period, as_of, today)
    content, positions = await draw_up(request.app.state.database, as_of, body.period, body.regional)
    by = Step(principal.subject, now_of(request))
    edition = await draft_edition(SqlEditions(await tx.raw()), content, positions, sorted(set(body.regional)), by)
    response.headers["Location"] = f"/v1/editions/{edition.edition_id}"
    response.headers["ETag"] = etag_of_version(edition.version)
    return EditionView.of(edition)


@router.get("/{edition_id}", summary="一期稿件及其内容 An edition with its content", response_model=EditionView)
async def get_edition(edition_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand(principal, Action.STEER)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id)
    body = for_officers(edition, await store.content(edition_id), await store.positions(edition_id), principal)
    headers = {"ETag": etag_of_version(edition.version), **_NO_STORE}
    return Response(body, headers=headers, media_type="application/json")


@router.post("/{edition_id}/review", summary="审核通过 Pass it on for signature")
async def post_review(
    *,
    request: Request,
    edition_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> EditionView:
    demand(principal, Action.SIGN)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id, lock=True)
    require_match(if_match, etag_of_version(edition.version))
    after = await review_edition(store, edition, Step(principal.subject, now_of(request)))
    response.headers["ETag"] = etag_of_version(after.version)
    return EditionView.of(after)


@router.post("/{edition_id}/return", summary="退回 Send it back")
async def post_return(
    *,
    request: Request,
    edition_id: UUID,
    body: ReturnEdition,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> EditionView:
    demand(principal, Action.SIGN)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id, lock=True)
    require_match(if_match, etag_of_version(edition.version))
    after = await return_edition(store, edition, Step(principal.subject, now_of(request), body.reason))
    response.headers["ETag"] = etag_of_version(after.version)
    return EditionView.of(after)


@router.post("/{edition_id}/issue", summary="签发 Sign it: it becomes public")
async def post_issue(
    *,
    request: Request,
    edition_id: UUID,
    body: IssueEdition,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> EditionView:
    """Drafter, reviewer and signer are three persons. Its papers are kept as signed."""
    demand(principal, Action.SIGN)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id, lock=True)
    require_match(if_match, etag_of_version(edition.version))
    signature = Signature(principal.subject, now_of(request), body.issued_on or today_of(request), body.document_number)
    after = await sign_edition(store, tx.outbox, edition, signature)
    content = await store.content(edition_id)
    base_url = request.app.state.settings.progress_url
    await store.keep_papers(edition_id, await asyncio.to_thread(print_all, after, content, base_url))
    response.headers["ETag"] = etag_of_version(after.version)
    return EditionView.of(after)


@router.post("/{edition_id}/withdrawal", summary="撤回 Withdraw it")
async def post_withdrawal(
    *,
    request: Request,
    edition_id: UUID,
    body: WithdrawEdition,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> EditionView:
    demand(principal, Action.SIGN)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id, lock=True)
    require_match(if_match, etag_of_version(edition.version))
    after = await withdraw_edition(
        store, tx.outbox, edition, by=principal.subject, at=now_of(request), reason=body.reason
    )
    response.headers["ETag"] = etag_of_version(after.version)
    return EditionView.of(after)


@router.get("/{edition_id}/papers/{kind}.{form}", summary="月报、通报 Its papers", **answered_as(*PAPERS))
async def get_paper(
    *, request: Request, edition_id: UUID, kind: PaperKind, form: Form, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    """As signed; before that as a draft that says so across itself."""
    demand(principal, Action.STEER)
    store = SqlEditions(await tx.raw())
    edition = await store.get(edition_id)
    kept = await store.paper(edition_id, kind, form)
    if kept is not None:
        body = kept[0]
    else:
        content = await store.content(edition_id)
        base_url = request.app.state.settings.progress_url
        body = await asyncio.to_thread(print_paper, edition, content, kind, form, base_url)
    answer = bytes_response(request, body, etag=etag_of_bytes(body), media_type=form.media_type)
    answer.headers["content-disposition"] = (
        f'attachment; filename="{kind.value}-{edition.period}-{edition.number}.{form.value}"'
    )
    answer.headers["cache-control"] = "private, no-cache"
    return answer
