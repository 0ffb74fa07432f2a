"""HTTP in and out for the handlers of a case, and for those who supervise its organ."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.files.kinds import MEDIA_TYPES, MOST_BYTES, FileKind, check_kind, declared_kind
from common.files.scanning import Scan, ScannerAway
from common.http import Router, Transaction
from common.http.body_limit import body_limit
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.idempotency import secret
from contracts.documents import DocumentType
from fastapi import Depends, Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.audit.store_words import SqlWords
from discipline_api.files.access import Desk, demand_list, demand_seat
from discipline_api.files.store import SqlFiles, desk_of
from discipline_api.organs import Organ
from discipline_api.paperwork.domain import CaseDocument, check_unfinished
from discipline_api.paperwork.drafting import DocxDrafts
from discipline_api.paperwork.store import SqlPapers, party_of
from discipline_api.paperwork.use_cases import add_document, finish, known_of, void
from discipline_api.paperwork.views import (
    DocumentsView,
    DocumentView,
    MakeDocument,
    OpenOriginal,
    VoidDocument,
    types_table,
)
from discipline_api.permissions import Action, demand_any
from discipline_api.refusals import NotFound

router = Router(prefix="/v1", tags=["案卷与文书 Files and paperwork"])

NO_STORE = {"Cache-Control": "no-store"}
_UPLOAD = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()},
    }
}
_DOWNLOAD = {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA_TYPES.values()}


def tools(request: Request, tx: Transaction) -> tuple[SqlFiles, SqlPapers]:
    files = SqlFiles(tx, request.app.state.vault)
    return files, SqlPapers(tx, files)


async def _received(request: Request, principal: CurrentPrincipal) -> AsyncIterator[bytes]:
    """Read before a transaction begins: a slow sender holds no connection of the database."""
    demand_any(principal, Action.HANDLE_FILES)
    async with request.app.state.receiving.body(request) as data:
        yield data


Received = Annotated[bytes, Depends(_received, scope="function")]


async def locked_for(  # noqa: PLR0917 -- as every change of a document begins
    tx: Transaction, papers: SqlPapers, principal: Principal, action: Action, document_id: UUID, if_match: str | None
) -> tuple[Desk, CaseDocument]:
    """The document as it is now, for a change; the caller's right to it is asked first."""
    demand_any(principal, action)
    locked = await papers.get_for_update(document_id)
    desk = await desk_of(tx, locked.proceeding_id)
    demand_seat(principal, action, desk)
    require_match(if_match, etag_of_version(locked.version))
    return desk, locked


def answer(document: CaseDocument, response: Response) -> DocumentView:
    response.headers["ETag"] = etag_of_version(document.version)
    response.headers.update(NO_STORE)
    return DocumentView.of(document)


@router.get("/document-types", summary="文书种类、模板与文号 Kinds of documents", response_model=None)
async def get_document_types(request: Request, principal: CurrentPrincipal) -> Response:
    demand_any(principal, Action.READ_PROCEEDING)
    return told(request, orjson.dumps(types_table()))


@router.post(
    "/proceedings/{proceeding_id}/documents",
    status_code=status.HTTP_201_CREATED,
    summary="起草或登记文书 Draft or register a document",
)
async def post_document(
    *,
    request: Request,
    proceeding_id: UUID,
    body: MakeDocument,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
) -> DocumentView:
    demand_any(principal, Action.HANDLE_FILES)
    desk = await desk_of(tx, proceeding_id)
    demand_seat(principal, Action.HANDLE_FILES, desk)
    files, papers = tools(request, tx)
    organ = Organ(desk.organ_kind, desk.organ_region, desk.organ_code)
    given, now = body.values(), now_of(request)
    known = known_of(desk, await party_of(tx, request.app.state.vault, proceeding_id))
    document = await add_document(
        papers,
        files,
        DocxDrafts(),
        desk,
        kind=body.type,
        title=body.title,
        organ_name=organ.name_zh,
        values=None if given is None else known | given,
        by=principal.subject,
        at=now,
    )
    await look(tx, principal, "files:draft", document, request)
    response.headers["Location"] = f"/v1/documents/{document.document_id}"
    return answer(document, response)


@router.get("/proceedings/{proceeding_id}/documents", summary="案卷文书 The papers of a case")
async def get_documents(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    desk = await desk_of(tx, proceeding_id)
    seated = demand_list(principal, desk)
    files, papers = tools(request, tx)
    documents = await papers.of_proceeding(proceeding_id)
    kept = await files.about(*(document.final_file for document in documents if document.final_file is not None))
    entry = Entry.by(principal, "files:list", "proceeding", proceeding_id, at=now_of(request))
    await append(tx, entry)
    view = DocumentsView(items=[DocumentView.of(document, kept, named=seated) for document in documents])
    return told(request, view.model_dump_json().encode())


@router.get("/documents/{document_id}", summary="一份文书 A document", response_model=DocumentView)
async def get_document(
    *, request: Request, document_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    files, papers = tools(request, tx)
    document = await papers.get(document_id)
    seated = demand_list(principal, await desk_of(tx, document.proceeding_id))
    kept = {} if document.final_file is None else await files.about(document.final_file)
    await look(tx, principal, "files:list", document, request)
    body = DocumentView.of(document, kept, named=seated).model_dump_json().encode()
    # The scan's mark changes while the version stays.
    response = Response(body, media_type="application/json")
    response.headers.update(NO_STORE | {"ETag": etag_of_version(document.version)})
    return response


@router.put(
    "/documents/{document_id}/original",
    summary="上传定稿或原件 Upload the final document",
    description="请求正文即文件本身：PDF、DOCX、JPEG 或 PNG。The body is the file itself.",
    openapi_extra=_UPLOAD,
)
@body_limit(MOST_BYTES)
async def put_original(
    *,
    request: Request,
    document_id: UUID,
    principal: CurrentPrincipal,
    data: Received,
    tx: Transaction,
    response: Response,
    dated_on: Annotated[date | None, Query(description="成文日期，缺省为文号日期或今日 / the day it bears.")] = None,
    if_match: IfMatch = None,
) -> DocumentView:
    files, seen = await openable(request, tx, principal, Action.HANDLE_FILES, document_id)
    require_match(if_match, etag_of_version(seen.version))
    check_unfinished(seen)
    kind = declared_kind(request.headers.get("content-type"))
    check_kind(kind, data)
    # Before anything is locked: a large file takes seconds.
    copy = await request.app.state.copies.make(kind, data)
    scan = await _scan(request, kind, data)
    papers = SqlPapers(tx, files)
    desk, locked = await locked_for(tx, papers, principal, Action.HANDLE_FILES, document_id, if_match)
    now, today = now_of(request), today_of(request)
    kept = await files.keep(desk.proceeding_id, kind, data, copy, scan, by=principal.subject, at=now)
    document = await finish(papers, locked, kept, dated_on=dated_on or locked.dated_on or today, today=today)
    await look(tx, principal, "files:finish", document, request)
    answer(document, response)
    return DocumentView.of(document, {kept.file_id: kept})


@router.get(
    "/documents/{document_id}/draft",
    summary="下载草稿 Download the draft",
    responses={200: {"content": _DOWNLOAD}},
    response_class=Response,
)
async def get_draft(*, request: Request, document_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    files, document = await openable(request, tx, principal, Action.HANDLE_FILES, document_id)
    if document.draft_file is None:
        raise NotFound("该文书没有草稿。", "There is no draft of this document.")
    kept, data = await files.original(document.draft_file)
    await look(tx, principal, "files:view-draft", document, request)
    return download(document, kept.kind, data)


@router.get(
    "/documents/{document_id}/copy",
    summary="查看副本（无元数据） The viewing copy",
    responses={200: {"content": _DOWNLOAD}},
    response_class=Response,
)
async def get_copy(*, request: Request, document_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    files, document = await openable(request, tx, principal, Action.HANDLE_FILES, document_id)
    kept, data = await files.copy(_final(document))
    await look(tx, principal, "files:view-copy", document, request)
    return download(document, kept.kind, data)


@router.post(
    "/documents/{document_id}/original/openings",
    summary="打开原件（须说明理由） Open the original, with a reason",
    responses={200: {"content": _DOWNLOAD}},
    response_class=Response,
)
@secret()
async def post_opening(
    *, request: Request, document_id: UUID, body: OpenOriginal, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    files, document = await openable(request, tx, principal, Action.OPEN_ORIGINAL, document_id)
    kept, data = await files.original(_final(document))
    said = await SqlWords(tx, request.app.state.vault).say(document.proceeding_id, body.reason)
    await look(tx, principal, Action.OPEN_ORIGINAL.value, document, request, reason=said)
    return download(document, kept.kind, data)


@router.post("/documents/{document_id}/void", summary="作废文书 Void a document")
async def post_void(
    *,
    request: Request,
    document_id: UUID,
    body: VoidDocument,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> DocumentView:
    _, papers = tools(request, tx)
    _, locked = await locked_for(tx, papers, principal, Action.HANDLE_FILES, document_id, if_match)
    document = await void(papers, locked, body.reason, today_of(request))
    await look(tx, principal, "files:void", document, request)
    return answer(document, response)


async def openable(
    request: Request, tx: Transaction, principal: Principal, action: Action, document_id: UUID
) -> tuple[SqlFiles, CaseDocument]:
    demand_any(principal, action)
    files, papers = tools(request, tx)
    document = await papers.get(document_id)
    demand_seat(principal, action, await desk_of(tx, document.proceeding_id))
    return files, document


async def look(
    tx: Transaction,
    principal: Principal,
    action: str,
    document: CaseDocument,
    request: Request,
    *,
    reason: str | None = None,
) -> None:
    entry = Entry.by(principal, action, "document", document.document_id, at=now_of(request), reason=reason)
    await append(tx, entry)


async def _scan(request: Request, kind: FileKind, data: bytes) -> Scan:
    """A scanner that is away keeps nobody from filing: the file waits for it, unread."""
    try:
        found: Scan = await request.app.state.scanner.scan(kind, data)
    except ScannerAway:
        return Scan.WAITING
    return found


def _final(document: CaseDocument) -> UUID:
    if document.final_file is None:
        raise NotFound("该文书尚未定稿。", "The document is not final yet.")
    return document.final_file


def download(document: CaseDocument, kind: FileKind, data: bytes) -> Response:
    """Named after its kind and number: a title may name somebody, and file names wander."""
    label = document.type.zh if document.type is not DocumentType.OTHER else "材料"
    name = f"{label}{document.number or ''}.{kind.value}"
    return Response(
        data,
        media_type=MEDIA_TYPES[kind],
        headers=NO_STORE
        | {"Content-Disposition": f"attachment; filename=\"document.{kind.value}\"; filename*=UTF-8''{quote(name)}"},
    )


def told(request: Request, body: bytes) -> Response:
    response = bytes_response(request, body, etag=etag_of_bytes(body))
    response.headers.update(NO_STORE)
    return response
