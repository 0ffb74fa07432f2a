"""`/v1/region-targets`: what each region is to reach (目标分解)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import LegalDay, now_of, today_of
from common.http import Router, Transaction
from common.http.body_limit import body_limit
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from fastapi import Depends, Query, Request, Response, status

from progress_api.decompositions.domain import TargetDocument, sums
from progress_api.decompositions.sheets import MOST_BYTES, read_document
from progress_api.decompositions.store import SqlDocuments, region_targets_on
from progress_api.decompositions.use_cases import Act, enter, issue, take_back
from progress_api.decompositions.views import (
    DocumentFields,
    DocumentsView,
    DocumentView,
    RegionTargetsView,
    WithdrawFields,
)
from progress_api.freezes import check_open
from progress_api.permissions import Action, demand
from progress_api.readings.store import official
from progress_api.refusals import asked_day

router = Router(prefix="/v1/region-targets", tags=["目标分解 Targets of regions"])

_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {
                "schema": {"type": "string", "format": "binary"}
            },
            "text/csv": {"schema": {"type": "string"}},
        },
    }
}


async def _received(request: Request, principal: CurrentPrincipal) -> AsyncIterator[bytes]:
    """Read before a transaction begins: a slow sender holds no connection of the database."""
    demand(principal, Action.STEER)
    async with request.app.state.receiving.body(request) as data:
        yield data


Received = Annotated[bytes, Depends(_received, scope="function")]


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


def _answer(response: Response, document: TargetDocument) -> DocumentView:
    response.headers["ETag"] = etag_of_version(document.version)
    response.headers["Location"] = f"/v1/region-targets/documents/{document.document_id}"
    return DocumentView.of(document)


@router.get("", summary="某日有效的各地目标 Targets in force on a day", response_model=RegionTargetsView)
async def get_region_targets(
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    as_of: Annotated[LegalDay | None, Query(description="截止日，默认今天 / day, today by default")] = None,
) -> Response:
    demand(principal, Action.READ_VALUES)
    day = asked_day(as_of, today_of(request))
    connection = await tx.raw()
    targets, readings = await region_targets_on(connection, day), await official(connection, day)
    range_from = {item.indicator_id: readings.policy(item.indicator_id).range_attained_from for item in targets}
    view = RegionTargetsView.of(targets, sums(targets, range_from), principal, day)
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.post("", status_code=status.HTTP_201_CREATED, summary="录入目标分解文件 Enter a document")
async def post_document(
    request: Request, response: Response, body: DocumentFields, principal: CurrentPrincipal, tx: Transaction
) -> DocumentView:
    demand(principal, Action.STEER)
    connection, head = await tx.raw(), body.head()
    await check_open(connection, head.from_on)
    return _answer(response, await enter(SqlDocuments(connection), head, body.lines(), _act(request, principal)))


@router.post(
    "/files",
    status_code=status.HTTP_201_CREATED,
    summary="以表格录入目标分解文件 Enter a document as XLSX or CSV",
    description="前几行为文号、发文机关、发文日期、施行日期，其下为表头：指标编号、地区、要求、目标值。"
    " Head of the document in the first rows, then the header and one target a row.",
    openapi_extra=_FILE,
)
@body_limit(MOST_BYTES)
async def post_file(
    request: Request, response: Response, principal: CurrentPrincipal, data: Received, tx: Transaction
) -> DocumentView:
    head, lines = await asyncio.to_thread(read_document, data)
    connection = await tx.raw()
    await check_open(connection, head.from_on)
    return _answer(response, await enter(SqlDocuments(connection), head, lines, _act(request, principal)))


@router.get("/documents", summary="目标分解文件 Documents, the newest entry first", response_model=DocumentsView)
async def get_documents(request: Request, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand(principal, Action.STEER)
    found = await SqlDocuments(await tx.raw()).all()
    body = DocumentsView(items=[DocumentView.of(item) for item in found]).model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/documents/{document_id}", summary="一份目标分解文件 A document")
async def get_document(
    response: Response, document_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> DocumentView:
    demand(principal, Action.STEER)
    return _answer(response, await SqlDocuments(await tx.raw()).get(document_id))


@router.post(
    "/documents/{document_id}/confirmation",
    status_code=status.HTTP_201_CREATED,
    summary="确认 Confirm it, as another officer than who entered it",
)
async def post_confirmation(
    *,
    request: Request,
    response: Response,
    document_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> DocumentView:
    demand(principal, Action.STEER)
    documents = SqlDocuments(await tx.raw())
    before = await documents.lock(document_id)
    require_match(if_match, etag_of_version(before.version))
    await check_open(await tx.raw(), before.head.from_on)
    return _answer(response, await issue(documents, tx.outbox, before, _act(request, principal)))


@router.post(
    "/documents/{document_id}/withdrawal",
    status_code=status.HTTP_201_CREATED,
    summary="撤回 Withdraw it from a day on",
)
async def post_withdrawal(
    *,
    request: Request,
    response: Response,
    document_id: UUID,
    body: WithdrawFields,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> DocumentView:
    demand(principal, Action.STEER)
    documents = SqlDocuments(await tx.raw())
    before = await documents.lock(document_id)
    require_match(if_match, etag_of_version(before.version))
    await check_open(await tx.raw(), body.on)
    after = await take_back(documents, tx.outbox, before, on=body.on, reason=body.reason, act=_act(request, principal))
    return _answer(response, after)
