"""Stamped scans: uploaded by the reporter, read by him and the department, by nobody else."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from common.auth import CurrentPrincipal, forbidden
from common.clock import today_of
from common.files.kinds import MEDIA_TYPES, MOST_BYTES, check_kind, declared_kind
from common.files.scanning import ScannerAway
from common.http import Problem, Router, Transaction
from common.http.body_limit import body_limit
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.translations import status_titles
from fastapi import Depends, Query, Request, Response

from progress_api.permissions import Action, demand, steers
from progress_api.reporting.access import act_of, demand_reader, owns, readable, reporters_of
from progress_api.reporting.scan_views import OwedScanView, ScansView, ScanView
from progress_api.reporting.scans import KINDS, check_attachable, check_harmless, check_kind_of_scan
from progress_api.reporting.store import SqlReports
from progress_api.reporting.store_scans import SqlScans

router = Router(prefix="/v1/reports", tags=["盖章件 Stamped scans"])

_LIST = "owed-scans"
_NO_STORE = {"Cache-Control": "no-store"}
_BINARY = {MEDIA_TYPES[kind]: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS}


async def _received(request: Request, principal: CurrentPrincipal) -> AsyncIterator[bytes]:
    """Read before a transaction begins: a slow sender holds no connection of the database."""
    demand(principal, Action.REPORT)
    async with request.app.state.receiving.body(request) as data:
        yield data


Received = Annotated[bytes, Depends(_received, scope="function")]


@router.post(
    "/{report_id}/scans",
    status_code=201,
    summary="上传盖章件 Attach the stamped scan of what is filled in",
    description="请求正文即文件本身：PDF、JPEG 或 PNG。The body is the file itself.",
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
@body_limit(MOST_BYTES)
async def post_scan(
    *,
    request: Request,
    report_id: UUID,
    principal: CurrentPrincipal,
    data: Received,
    tx: Transaction,
    response: Response,
) -> ScanView:
    connection = await tx.raw()
    store = SqlReports(connection)
    report = await readable(store, report_id, principal)
    if not owns(principal, report):
        raise forbidden(principal, Action.REPORT.value, report.region)
    kind = declared_kind(request.headers.get("content-type"))
    check_kind_of_scan(kind)
    check_kind(kind, data)
    # Before anything is locked: a large file takes seconds.
    copy = await request.app.state.copies.make(kind, data)
    try:
        looked_at = await request.app.state.scanner.scan(kind, data)
    except ScannerAway:
        raise _later() from None
    check_harmless(looked_at)
    locked = await readable(store, report_id, principal, lock=True)
    check_attachable(locked)
    scan = await SqlScans(connection).keep(locked, kind, data, copy, looked_at, act_of(request, principal, locked))
    response.headers["Location"] = f"/v1/reports/{report_id}/scans/{scan.scan_id}"
    return ScanView.of(scan)


@router.get("/{report_id}/scans", summary="盖章件及其状态 The scans, and whether one is still owed")
async def get_scans(
    request: Request, response: Response, report_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> ScansView:
    connection = await tx.raw()
    store, scans = SqlReports(connection), SqlScans(connection)
    report = await readable(store, report_id, principal)
    revisions = await store.revisions(report)
    response.headers.update(_NO_STORE)
    return ScansView.of(
        report,
        revisions[0] if revisions else None,
        await scans.of_report(report),
        await scans.waiver(report),
        today_of(request),
    )


@router.get(
    "/{report_id}/scans/{scan_id}",
    summary="查看盖章件 The viewing copy, or the original",
    responses={200: {"content": _BINARY}},
    response_class=Response,
)
async def get_scan(
    *,
    report_id: UUID,
    scan_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    original: Annotated[bool, Query(description="原件（含元数据） / the original, metadata and all")] = False,
) -> Response:
    connection = await tx.raw()
    report = await readable(SqlReports(connection), report_id, principal)
    scan, content = await SqlScans(connection).opened(report, scan_id, original=original)
    name = f"盖章件{report.region}-{report.period}.{scan.kind.value}"
    return Response(
        content,
        media_type=MEDIA_TYPES[scan.kind],
        headers=_NO_STORE
        | {"Content-Disposition": f"attachment; filename=\"scan.{scan.kind.value}\"; filename*=UTF-8''{quote(name)}"},
    )


@router.get("/scans/owed", summary="欠缺盖章件的报表 Submitted reports without their stamped scan")
async def get_owed(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OwedScanView]:
    """Of the own organisation; the department sees all."""
    demand_reader(principal)
    today = today_of(request)
    found = await SqlScans(await tx.raw()).owed(
        None if steers(principal) else reporters_of(principal),
        principal.region or "",
        after=decode_cursor(cursor, _LIST, date, UUID),
        limit=limit + 1,
    )
    response.headers.update(_NO_STORE)
    return Page[OwedScanView].of(
        found,
        limit=limit,
        item=lambda each: OwedScanView.of(*each, today),
        cursor=lambda each: encode_cursor(_LIST, each[0].period.until_on, str(each[0].report_id)),
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
