"""`/v1/closing`: the freeze and its addenda from draft to signature, for the department."""

import asyncio
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Request, Response, status
from pydantic import AwareDatetime

from progress_api.closing.domain import Closing, ClosingKind, check_over
from progress_api.closing.fields import DraftClosing, ReturnClosing, SignClosing
from progress_api.closing.store import SqlClosings
from progress_api.closing.store_record import last_day
from progress_api.closing.use_cases import (
    beside,
    demand_unfrozen,
    draft_addendum,
    draft_freeze,
    frozen,
    paper_of,
    print_all,
    return_closing,
    review_closing,
    sign_closing,
)
from progress_api.closing.views import ClosingView, DifferencesView, for_officers
from progress_api.editions.domain import Signature, Step
from progress_api.freezes import hold_alone
from progress_api.papers.domain import PAPERS, Form
from progress_api.papers.rendering import render
from progress_api.permissions import Action, demand
from progress_api.readings.store import official
from progress_api.refusals import NotFound

router = Router(prefix="/v1/closing", tags=["收官 Closing"])
_LIST = "closings"
_NO_STORE = {"Cache-Control": "no-store"}


@router.get("", summary="收官文件列表 The freeze and its addenda, in every state")
async def get_closings(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ClosingView]:
    demand(principal, Action.STEER)
    found = await SqlClosings(await tx.raw()).listed(
        before=decode_cursor(cursor, _LIST, AwareDatetime, UUID), limit=limit + 1
    )
    response.headers.update(_NO_STORE)
    return Page[ClosingView].of(
        found,
        limit=limit,
        item=ClosingView.of,
        cursor=lambda each: encode_cursor(_LIST, each.drafted.at, str(each.closing_id)),
    )


@router.post("", status_code=status.HTTP_201_CREATED, summary="拟定收官定格 Draw up the freeze")
async def post_closing(
    request: Request, body: DraftClosing, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ClosingView:
    """From the day after the plan's last one. All values of that day, as known now."""
    demand(principal, Action.STEER)
    connection = await tx.raw()
    today = today_of(request)
    as_of = (await official(connection, today)).due_on
    check_over(as_of, today)
    store = SqlClosings(connection)
    await demand_unfrozen(store, body.plan_id)
    drawn = await last_day(request.app.state.database, as_of)
    closing = await draft_freeze(store, drawn.record, drawn.report, Step(principal.subject, now_of(request)))
    return _answer(response, closing, created=True)


@router.post("/addenda", status_code=status.HTTP_201_CREATED, summary="拟定补充说明 Draw up an addendum")
async def post_addendum(
    request: Request, body: DraftClosing, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ClosingView:
    """What has become known of the frozen day since; the freeze itself stays as it is."""
    demand(principal, Action.STEER)
    store = SqlClosings(await tx.raw())
    freeze = await frozen(store, body.plan_id)
    now = await last_day(request.app.state.database, freeze.as_of, known_on=today_of(request))
    closing = await draft_addendum(store, now.record, now.report, Step(principal.subject, now_of(request)))
    return _answer(response, closing, created=True)


@router.get("/{closing_id}", summary="一份收官文件及其内容 A freeze or an addendum", response_model=ClosingView)
async def get_closing(closing_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand(principal, Action.STEER)
    store = SqlClosings(await tx.raw())
    closing = await store.get(closing_id)
    body = await asyncio.to_thread(for_officers, closing, await store.written(closing_id), principal)
    headers = {"ETag": etag_of_version(closing.version), **_NO_STORE}
    return Response(body, headers=headers, media_type="application/json")


@router.get("/{closing_id}/differences", summary="定格以来的变化 What has become known since")
async def get_differences(
    request: Request, closing_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> DifferencesView:
    """Of a freeze, drafted or signed: its values beside those of the same day as known now, each with its records."""
    demand(principal, Action.STEER)
    store = SqlClosings(await tx.raw())
    freeze, today = await store.get(closing_id), today_of(request)
    if freeze.kind is not ClosingKind.FREEZE:
        raise NotFound("补充说明没有差异清单。", "Only a freeze is compared.")
    now = await last_day(request.app.state.database, freeze.as_of, known_on=today)
    found, _ = await beside(store, freeze, now.record, now.report, today)
    response.headers.update(_NO_STORE)
    return DifferencesView.of(found, principal)


@router.post("/{closing_id}/review", summary="审核通过 Pass it on for signature")
async def post_review(
    *,
    request: Request,
    closing_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ClosingView:
    demand(principal, Action.SIGN)
    store, closing = await _locked(tx, closing_id, if_match)
    return _answer(response, await review_closing(store, closing, Step(principal.subject, now_of(request))))


@router.post("/{closing_id}/return", summary="退回 Send it back")
async def post_return(
    *,
    request: Request,
    closing_id: UUID,
    body: ReturnClosing,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ClosingView:
    demand(principal, Action.SIGN)
    store, closing = await _locked(tx, closing_id, if_match)
    return _answer(
        response, await return_closing(store, closing, Step(principal.subject, now_of(request), body.reason))
    )


@router.post("/{closing_id}/sign", summary="签发 Sign it: nothing of it changes any more")
async def post_sign(
    *,
    request: Request,
    closing_id: UUID,
    body: SignClosing,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ClosingView:
    """Drafter, reviewer and signer are three persons. What lies inside the plan changes no more from then on."""
    demand(principal, Action.SIGN)
    store, closing = await _locked(tx, closing_id, if_match)
    # What was found open before is committed first, and is then a late fact like any other.
    await hold_alone(await tx.raw(), closing.plan_id)
    signature = Signature(principal.subject, now_of(request), body.signed_on or today_of(request), body.document_number)
    after = await sign_closing(store, tx.outbox, closing, signature)
    report, own = await _reports(store, closing)
    base_url = request.app.state.settings.progress_url
    await store.keep_papers(closing_id, await asyncio.to_thread(print_all, after, report, own, base_url))
    return _answer(response, after)


@router.get("/{closing_id}/paper.{form}", summary="收官报告、补充说明 Its paper", **answered_as(*PAPERS))
async def get_paper(
    *, request: Request, closing_id: UUID, form: Form, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    """As signed; before that as a draft that says so across itself."""
    demand(principal, Action.STEER)
    store = SqlClosings(await tx.raw())
    closing = await store.get(closing_id)
    kept = await store.paper(closing_id, form)
    if kept is not None:
        body = kept[0]
    else:
        paper = paper_of(closing, *await _reports(store, closing))
        body = await asyncio.to_thread(render, paper, form, request.app.state.settings.progress_url)
    answer = bytes_response(request, body, etag=etag_of_bytes(body), media_type=form.media_type)
    answer.headers["content-disposition"] = f'attachment; filename="{closing.kind.value}.{form.value}"'
    answer.headers["cache-control"] = "private, no-cache"
    return answer


async def _locked(tx: Tx, closing_id: UUID, if_match: str | None) -> tuple[SqlClosings, Closing]:
    """As it was read."""
    store = SqlClosings(await tx.raw())
    closing = await store.get(closing_id, lock=True)
    require_match(if_match, etag_of_version(closing.version))
    return store, closing


async def _reports(store: SqlClosings, closing: Closing) -> tuple[bytes, bytes]:
    """What is published of it, and of the freeze that it stands beside."""
    own = (await store.written(closing.closing_id)).report
    if closing.kind is ClosingKind.FREEZE:
        return own, own
    freeze = await frozen(store, closing.plan_id)
    return own, (await store.written(freeze.closing_id)).report


def _answer(response: Response, closing: Closing, *, created: bool = False) -> ClosingView:
    response.headers["ETag"] = etag_of_version(closing.version)
    if created:
        response.headers["Location"] = f"/v1/closing/{closing.closing_id}"
    return ClosingView.of(closing)
