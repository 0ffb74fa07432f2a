"""`/v1/closing/{plan_id}/…`: the signed final report and its addenda, for everyone, as editions are."""

from common.http import Router, Transaction, answered_as
from common.http.etag import bytes_response
from common.http.rate_limit import public_rate_limit
from fastapi import Depends, Request, Response

from progress_api.closing.domain import Closing
from progress_api.closing.store import SqlClosings
from progress_api.closing.views import PublicClosing, PublicClosings
from progress_api.papers.domain import PAPERS, Form
from progress_api.refusals import NotFound

router = Router(prefix="/v1/closing", tags=["公开数据 Open data"], dependencies=[Depends(public_rate_limit)])


@router.get("/{plan_id}/published", summary="已签发的收官文件 What has been signed of the closing")
async def get_published(plan_id: str, tx: Transaction) -> PublicClosings:
    store = SqlClosings(await tx.raw())
    freeze = await store.freeze_of(plan_id)
    return PublicClosings(
        plan_id=plan_id,
        freeze=None if freeze is None else PublicClosing.of(freeze),
        addenda=[PublicClosing.of(each) for each in await store.addenda_of(plan_id)],
    )


@router.get("/{plan_id}/report.json", summary="收官报告（JSON） The final report as JSON")
async def get_report_json(request: Request, plan_id: str, tx: Transaction) -> Response:
    """Byte for byte as it was signed: its SM3 digest is the one that was signed."""
    store = SqlClosings(await tx.raw())
    return await _json(request, store, await _freeze(store, plan_id))


@router.get("/{plan_id}/report.{form}", summary="收官报告 The final report", **answered_as(*PAPERS))
async def get_report(request: Request, plan_id: str, form: Form, tx: Transaction) -> Response:
    store = SqlClosings(await tx.raw())
    return await _paper(request, store, await _freeze(store, plan_id), form)


@router.get("/{plan_id}/addenda/{number}.json", summary="补充说明（JSON） An addendum as JSON")
async def get_addendum_json(request: Request, plan_id: str, number: int, tx: Transaction) -> Response:
    store = SqlClosings(await tx.raw())
    return await _json(request, store, await _addendum(store, plan_id, number))


@router.get("/{plan_id}/addenda/{number}.{form}", summary="补充说明 An addendum", **answered_as(*PAPERS))
async def get_addendum(request: Request, plan_id: str, number: int, form: Form, tx: Transaction) -> Response:
    store = SqlClosings(await tx.raw())
    return await _paper(request, store, await _addendum(store, plan_id, number), form)


async def _freeze(store: SqlClosings, plan_id: str) -> Closing:
    found = await store.freeze_of(plan_id)
    if found is None:
        raise NotFound("收官报告尚未签发。", "No final report has been signed.")
    return found


async def _addendum(store: SqlClosings, plan_id: str, number: int) -> Closing:
    for each in await store.addenda_of(plan_id):
        if each.number == number:
            return each
    raise NotFound("没有这份补充说明。", "There is no such addendum.")


async def _json(request: Request, store: SqlClosings, closing: Closing) -> Response:
    body = (await store.written(closing.closing_id)).report
    answer = bytes_response(request, body, etag=f'"{closing.report_digest}"')
    answer.headers["content-disposition"] = f'attachment; filename="{_name(closing)}.json"'
    return answer


async def _paper(request: Request, store: SqlClosings, closing: Closing, form: Form) -> Response:
    kept = await store.paper(closing.closing_id, form)
    if kept is None:
        raise NotFound("没有这份文件。", "There is no such paper.")
    answer = bytes_response(request, kept[0], etag=f'"{kept[1]}"', media_type=form.media_type)
    answer.headers["content-disposition"] = f'attachment; filename="{_name(closing)}.{form.value}"'
    return answer


def _name(closing: Closing) -> str:
    return "final-report" if closing.number is None else f"addendum-{closing.number}"
