"""HTTP in and out for what is kept of documents beside themselves: their numbers, their service, the archive."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal
from common.clock import LegalDay, now_of, today_of
from common.files.kinds import MEDIA_TYPES, FileKind
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.conduct import OrganKind
from contracts.service import ServiceWay
from fastapi import Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.files.access import demand_list, demand_seat
from discipline_api.files.store import desk_of
from discipline_api.organs import Organ
from discipline_api.paperwork.drafting import DocxDrafts, index_of
from discipline_api.paperwork.routes import NO_STORE, answer, locked_for, look, told, tools
from discipline_api.paperwork.use_cases import close_file, issue_number, serve
from discipline_api.paperwork.views import (
    ArchiveView,
    DocumentView,
    EffectView,
    IssueNumber,
    NumberView,
    ServeDocument,
    ServedView,
    ServicesView,
    effect_view,
    ways_table,
)
from discipline_api.permissions import Action, demand_any, visible
from discipline_api.text import document_key

router = Router(prefix="/v1", tags=["案卷与文书 Files and paperwork"])


@router.post(
    "/document-numbers",
    status_code=status.HTTP_201_CREATED,
    summary="取文号 Give a document its number",
    description="按机关、代字、年度连续编号，与文书同一事务；作废的文号不再使用。"
    " Without gaps per organ, series and year, in the document's own transaction; a void number is not used again.",
)
async def post_number(
    *,
    request: Request,
    body: IssueNumber,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> DocumentView:
    files, papers = tools(request, tx)
    _, locked = await locked_for(tx, papers, principal, Action.HANDLE_FILES, body.document_id, if_match)
    document = await issue_number(
        papers,
        files,
        DocxDrafts(),
        locked,
        follows=body.follows,
        today=today_of(request),
        by=principal.subject,
        at=now_of(request),
    )
    await look(tx, principal, "files:number", document, request)
    return answer(document, response)


@router.get("/document-numbers", summary="文号登记簿 The register of numbers")
async def get_numbers(
    *,
    principal: CurrentPrincipal,
    request: Request,
    tx: Transaction,
    response: Response,
    organ_kind: OrganKind | None = None,
    region: Annotated[str | None, Query(pattern=r"^41\d{4}$")] = None,
    series: Annotated[str | None, Query(max_length=16)] = None,
    year: Annotated[int | None, Query(ge=1980, le=2200)] = None,
    number: Annotated[str | None, Query(max_length=80, description="〔〕［］[]()视为相同 / all brackets alike")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[NumberView]:
    shown = visible(principal, Action.READ_PROCEEDING)
    _, papers = tools(request, tx)
    found = await papers.numbers(
        shown,
        {
            "organ_kind": None if organ_kind is None else organ_kind.value,
            "region": region,
            "series": series,
            "year": year,
            "key": None if number is None else document_key(number),
        },
        after=decode_cursor(cursor, "document-numbers", str, str, str, int, int),
        limit=limit + 1,
    )
    response.headers.update(NO_STORE)
    return Page[NumberView].of(
        found,
        limit=limit,
        item=NumberView.of,
        cursor=lambda each: encode_cursor(
            "document-numbers", each.organ_kind.value, each.organ_region, each.series, each.year, each.number
        ),
    )


@router.get("/service-ways", summary="送达方式 Ways of service", response_model=None)
async def get_ways(request: Request, principal: CurrentPrincipal) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    return told(request, orjson.dumps(ways_table()))


@router.get("/service-ways/{way}/effect", summary="送达日期的计算 When service takes effect")
async def get_effect(way: ServiceWay, on: LegalDay, principal: CurrentPrincipal, response: Response) -> EffectView:
    demand_any(principal, Action.HANDLE_FILES)
    response.headers.update(NO_STORE)
    return effect_view(way, on)


@router.post(
    "/documents/{document_id}/services",
    status_code=status.HTTP_201_CREATED,
    summary="登记送达 Record service of a document",
)
async def post_service(
    *,
    request: Request,
    document_id: UUID,
    body: ServeDocument,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ServedView:
    _, papers = tools(request, tx)
    _, locked = await locked_for(tx, papers, principal, Action.HANDLE_FILES, document_id, if_match)
    service = await serve(
        papers,
        locked,
        body.act(),
        place=body.place,
        today=today_of(request),
        by=principal.subject,
        at=now_of(request),
    )
    await look(tx, principal, "files:serve", locked, request)
    response.headers.update(NO_STORE)
    return ServedView.of(service)


@router.get("/proceedings/{proceeding_id}/services", summary="送达情况 Service of the documents of a case")
async def get_services(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    seated = demand_list(principal, await desk_of(tx, proceeding_id))
    _, papers = tools(request, tx)
    services = await papers.services(proceeding_id)
    await append(tx, Entry.by(principal, "files:list", "proceeding", proceeding_id, at=now_of(request)))
    view = ServicesView(items=[ServedView.of(service, named=seated) for service in services])
    return told(request, view.model_dump_json().encode())


@router.post(
    "/proceedings/{proceeding_id}/archive",
    status_code=status.HTTP_201_CREATED,
    summary="归档 Archive the file of a closed case",
    description="其后案卷不得变更；保管期满销毁。"
    " It does not change afterwards, and is erased at the end of its retention.",
)
async def post_archive(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ArchiveView:
    demand_any(principal, Action.HANDLE_FILES)
    desk = await desk_of(tx, proceeding_id)
    demand_seat(principal, Action.HANDLE_FILES, desk)
    files, papers = tools(request, tx)
    archive = await close_file(papers, files, desk, today=today_of(request), by=principal.subject)
    await append(tx, Entry.by(principal, "files:archive", "proceeding", proceeding_id, at=now_of(request)))
    response.headers.update(NO_STORE)
    return ArchiveView.of(archive)


@router.get("/proceedings/{proceeding_id}/archive", summary="卷宗目录 The index of an archived file")
async def get_archive(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    seated = demand_list(principal, await desk_of(tx, proceeding_id))
    _, papers = tools(request, tx)
    archive = await papers.archive_of(proceeding_id)
    await append(tx, Entry.by(principal, "files:list", "proceeding", proceeding_id, at=now_of(request)))
    return told(request, ArchiveView.of(archive, named=seated).model_dump_json().encode())


@router.get(
    "/proceedings/{proceeding_id}/archive.docx",
    summary="卷宗目录（DOCX） The index as a document",
    **answered_as(MEDIA_TYPES[FileKind.DOCX]),
)
async def get_archive_document(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    demand_any(principal, Action.HANDLE_FILES)
    desk = await desk_of(tx, proceeding_id)
    demand_seat(principal, Action.HANDLE_FILES, desk)
    _, papers = tools(request, tx)
    archive = await papers.archive_of(proceeding_id)
    await append(tx, Entry.by(principal, "files:list", "proceeding", proceeding_id, at=now_of(request)))
    organ = Organ(desk.organ_kind, desk.organ_region, desk.organ_code)
    disposition = f"attachment; filename=\"index.docx\"; filename*=UTF-8''{quote('卷宗目录.docx')}"
    return Response(
        index_of(archive, organ.name_zh),
        media_type=MEDIA_TYPES[FileKind.DOCX],
        headers=NO_STORE | {"Content-Disposition": disposition},
    )
