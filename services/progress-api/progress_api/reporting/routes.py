"""`/v1/reports`: forms, drafts, submissions, decisions, corrections, what is due; and the public catalogue."""

from datetime import date
from functools import lru_cache
from typing import Annotated
from uuid import UUID

import orjson
from common.auth import CurrentPrincipal
from common.clock import today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit
from contracts.reporting import Reporter, asked_from, periods, reported
from fastapi import Depends, Query, Request, Response

from progress_api.organisations import PlaceCode
from progress_api.permissions import Action, demand, steers
from progress_api.reporting.access import act_of, changeable, demand_reader, readable, reporters_of
from progress_api.reporting.checks import findings
from progress_api.reporting.domain import Report, ReportState
from progress_api.reporting.fields import ConfirmReport, GiveReason, SaveDraft, SubmitReport
from progress_api.reporting.store import SqlReports
from progress_api.reporting.store_scans import SqlScans, settle_scan
from progress_api.reporting.use_cases import begin_correction, confirm, save_draft, send_back, submit
from progress_api.reporting.views import (
    DueListView,
    DueView,
    OverviewView,
    ReportLine,
    ReportView,
    RevisionView,
    VersionsView,
    catalogue_row,
)

router = Router(prefix="/v1", tags=["进展报送 Reports"])
_LIST = "reports"
_NO_STORE = {"Cache-Control": "no-store"}
AskedPeriod = Annotated[
    str | None, Query(pattern=r"^20\d{2}(?:H[12]|Q[1-4])?$", examples=["2026H1"], description="报送期 / period")
]


@router.get(
    "/reporting/catalogue",
    summary="报送目录 Who reports what, when",
    dependencies=[Depends(public_rate_limit)],
)
async def get_catalogue(request: Request) -> Response:
    body = _catalogue()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@lru_cache(maxsize=1)
def _catalogue() -> bytes:
    rows = [
        catalogue_row(about, [found for found in periods(about.frequency) if found.until_on >= asked_from()])
        for about in reported().values()
    ]
    return orjson.dumps({"indicators": rows})


@router.get("/reports", summary="报表列表 Reports")
async def get_reports(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    state: ReportState | None = None,
    period: AskedPeriod = None,
    reporter: Reporter | None = None,
    region: Annotated[PlaceCode | None, Query()] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ReportLine]:
    """Of the own organisation; the department sees all."""
    demand_reader(principal)
    reporters = None if reporter is None else [reporter]
    if not steers(principal):
        own = reporters_of(principal)
        reporters = own if reporter is None else [each for each in own if each is reporter]
        # Another region's reports are as none.
        if region not in (None, principal.region):
            reporters = []
        region = principal.region
    today = today_of(request)
    found = await SqlReports(await tx.raw()).search(
        reporters=reporters,
        region=region,
        state=state and state.value,
        period=period,
        after=decode_cursor(cursor, _LIST, date, UUID),
        limit=limit + 1,
    )
    response.headers.update(_NO_STORE)
    return Page[ReportLine].of(
        found,
        limit=limit,
        item=lambda report: ReportLine.line(report, today),
        cursor=lambda report: encode_cursor(_LIST, report.period.until_on, str(report.report_id)),
    )


@router.get("/reports/due", summary="待办报表 What one's own organisation has to report")
async def get_due(request: Request, response: Response, principal: CurrentPrincipal, tx: Transaction) -> DueListView:
    demand(principal, Action.REPORT)
    today = today_of(request)
    found = await SqlReports(await tx.raw()).due(reporters_of(principal), principal.region)
    response.headers.update(_NO_STORE)
    return DueListView(as_of=today, items=[DueView.of(report, reminded, today) for report, reminded in found])


@router.get("/reports/overview", summary="报送总览 Where all reports stand")
async def get_overview(
    request: Request, response: Response, principal: CurrentPrincipal, tx: Transaction, period: AskedPeriod = None
) -> OverviewView:
    demand(principal, Action.STEER)
    found = await SqlReports(await tx.raw()).overview(period)
    response.headers.update(_NO_STORE)
    return OverviewView.of(found, today_of(request))


@router.get("/reports/{report_id}", summary="报表（表式、预填、校验） A report: form, prefill, findings")
async def get_report(
    request: Request, response: Response, report_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> ReportView:
    store = SqlReports(await tx.raw())
    report = await readable(store, report_id, principal)
    beside = await store.beside(report)
    answers = await store.answers(report, report.revision)
    revisions = await store.revisions(report)
    response.headers.update(_NO_STORE | {"ETag": etag_of_version(report.version)})
    return ReportView.of(
        report,
        today_of(request),
        newest=revisions[0] if revisions else None,
        answers=answers,
        beside=beside,
        found=findings(report, answers, beside),
    )


@router.get("/reports/{report_id}/versions", summary="历次报送 Every version, who and when")
async def get_versions(
    response: Response, report_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> VersionsView:
    store = SqlReports(await tx.raw())
    report = await readable(store, report_id, principal)
    response.headers.update(_NO_STORE)
    return VersionsView(
        report_id=report_id,
        versions=[
            RevisionView.of(revision, await store.answers(report, revision.revision))
            for revision in await store.revisions(report)
        ],
    )


@router.put(
    "/reports/{report_id}/draft",
    summary="保存草稿 Save the draft",
    description="整表保存：未列出的行视为未填。 The whole form: rows left out are missing.",
)
async def put_draft(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    body: SaveDraft,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReportLine:
    store, report = await changeable(tx, report_id, principal, if_match)
    entered = {key: row.entered() for key, row in body.items.items()}
    act = act_of(request, principal, report)
    return _answer(request, response, await save_draft(store, report, entered, body.signatories(), act))


@router.post("/reports/{report_id}/submission", summary="报送 Submit")
async def post_submission(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    body: SubmitReport,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReportLine:
    store, report = await changeable(tx, report_id, principal, if_match)
    act, beside = act_of(request, principal, report), await store.beside(report)
    after = await submit(store, tx.outbox, report, body.signatories(), beside=beside, act=act)
    return _answer(request, response, after)


@router.post("/reports/{report_id}/return", summary="退回 Return it, with the reason")
async def post_return(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    body: GiveReason,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReportLine:
    demand(principal, Action.STEER)
    store, report = await changeable(tx, report_id, principal, if_match)
    act = act_of(request, principal, report)
    return _answer(request, response, await send_back(store, report, body.reason, act))


@router.post(
    "/reports/{report_id}/confirmation",
    summary="确认 Confirm",
    description="由报送人以外的工作人员确认；盖章件未上传的，须说明理由。"
    " By another officer than who submitted it; without its stamped scan for a stated reason only.",
)
async def post_confirmation(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    body: ConfirmReport | None = None,
    if_match: IfMatch = None,
) -> ReportLine:
    demand(principal, Action.STEER)
    store, report = await changeable(tx, report_id, principal, if_match)
    act = act_of(request, principal, report)
    after = await confirm(store, tx.outbox, report, act)
    if not report.by_department:
        [newest, *_] = await store.revisions(report)
        await settle_scan(SqlScans(await tx.raw()), report, newest, None if body is None else body.without_scan, act)
    return _answer(request, response, after)


@router.post(
    "/reports/{report_id}/corrections",
    status_code=201,
    summary="申请更正 Correct what has been confirmed",
    description="新开一个版本，再次报送、确认后生效；此前数值仍有效。"
    " Opens a new version, which counts once it has been submitted and confirmed; until then the old values stay.",
)
async def post_correction(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    body: GiveReason,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReportLine:
    store, report = await changeable(tx, report_id, principal, if_match)
    # Whose correction it is decides anew: the department may correct what a reporter sent, and the other way round.
    act = act_of(request, principal, report, anew=True)
    return _answer(request, response, await begin_correction(store, report, body.reason, act))


def _answer(request: Request, response: Response, report: Report) -> ReportLine:
    response.headers["ETag"] = etag_of_version(report.version)
    return ReportLine.line(report, today_of(request))
