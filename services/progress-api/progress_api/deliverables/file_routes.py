"""Files as evidence: kept as they came, bit for bit, for their seals; read by who may see the work they belong to."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import LegalDay
from common.files.kinds import MEDIA_TYPES, MOST_BYTES, FileKind, check_kind, declared_kind
from common.files.scanning import ScannerAway
from common.files.unfit import Unfit
from common.http import Problem, Router, Transaction
from common.http.body_limit import body_limit
from common.http.translations import status_titles
from contracts.deliverables import EvidenceKind
from fastapi import Depends, Query, Request, Response, status

from progress_api.deliverables.access import deliverable_of, demand_visible, demand_work, scope_of
from progress_api.deliverables.domain import Evidence
from progress_api.deliverables.routes import changed, changes_of
from progress_api.deliverables.store import SqlWorks
from progress_api.deliverables.views import DeliverableView
from progress_api.freezes import check_open
from progress_api.organisations import RegionCode
from progress_api.permissions import Action, demand
from progress_api.refusals import NotFound

router = Router(prefix="/v1/deliverables", tags=["任务成果 Deliverables"])

_KINDS = (FileKind.PDF, FileKind.JPG, FileKind.PNG)
_BINARY = {MEDIA_TYPES[kind]: {"schema": {"type": "string", "format": "binary"}} for kind in _KINDS}
Region = Annotated[RegionCode | None, Query(description="地区代码；全省任务不填 / none for the province as a whole")]


@dataclass(frozen=True, slots=True)
class _Sent:
    kind: FileKind
    data: bytes


async def _sent(
    request: Request, deliverable_id: str, principal: CurrentPrincipal, region: Region = None
) -> AsyncIterator[_Sent]:
    """Read before a transaction begins, and not at all from who has no work there."""
    demand_work(principal, scope_of(deliverable_of(deliverable_id), region))
    kind = declared_kind(request.headers.get("content-type"))
    if kind not in _KINDS:
        raise Unfit("file-type-not-taken", "只接收 PDF、JPEG、PNG", "only PDF, JPEG and PNG", field="Content-Type")
    async with request.app.state.receiving.body(request) as data:
        check_kind(kind, data)
        try:
            looked_at = await request.app.state.scanner.scan(kind, data)
        except ScannerAway:
            raise _later() from None
        if not looked_at.released:
            raise Unfit("file-infected", "文件中发现威胁，不予接收", "something harmful was found; it is not taken")
        yield _Sent(kind, data)


@router.post(
    "/{deliverable_id}/evidence/files",
    status_code=status.HTTP_201_CREATED,
    summary="以附件为佐证 Add a file as evidence",
    description="请求正文即文件本身：PDF、JPEG 或 PNG。The body is the file itself.",
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
@body_limit(MOST_BYTES)
async def post_file(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    dated_on: Annotated[LegalDay, Query(description="文件日期 / the day it is of")],
    principal: CurrentPrincipal,
    sent: Annotated[_Sent, Depends(_sent, scope="function")],
    tx: Transaction,
    region: Region = None,
    completes: UUID | None = None,
) -> DeliverableView:
    await check_open(await tx.raw(), dated_on)
    doing = await changes_of(request, principal, tx)
    work = await doing.works.lock(deliverable_id, region)
    await doing.add_evidence(
        work,
        lambda evidence_id, version, entry: Evidence.of_file(
            evidence_id, version, dated_on, completes, entry, kind=sent.kind.value, content=sent.data
        ),
        sent.data,
    )
    return await changed(response, tx, work, doing.act)


@router.get(
    "/{deliverable_id}/evidence/{evidence_id}/file",
    summary="打开附件 The file, as it was uploaded",
    responses={200: {"content": _BINARY}},
    response_class=Response,
)
async def get_file(
    deliverable_id: str, evidence_id: UUID, principal: CurrentPrincipal, tx: Transaction, region: Region = None
) -> Response:
    demand(principal, Action.READ_VALUES)
    scope = scope_of(deliverable_of(deliverable_id), region)
    demand_visible(principal, scope)
    works = SqlWorks(await tx.raw())
    piece = (await works.get(deliverable_id, scope)).piece(evidence_id)
    content = await works.content(evidence_id)
    if piece.kind is not EvidenceKind.FILE or piece.file_kind is None or content is None:
        raise NotFound("该佐证没有附件。", "This evidence has no file.")
    name = f"{deliverable_id}-{piece.dated_on}.{piece.file_kind}"
    return Response(
        content,
        media_type=MEDIA_TYPES[FileKind(piece.file_kind)],
        headers={"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{name}"'},
    )


def _later() -> Problem:
    title_zh, title_en = status_titles(503)
    return Problem(
        type="try-again",
        status=503,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="查毒服务暂不可用，请稍后重试。",
        detail_en="The scanner for malware is away; try again.",
        headers={"Retry-After": "30"},
    )
