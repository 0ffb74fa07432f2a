"""Reports as workbooks: the form out, and the filled-in form back in as the draft of exactly that report."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import today_of
from common.http import Router, Transaction
from common.http.body_limit import body_limit
from common.http.etag import etag_of_version
from contracts.plausibility import Severity, plausibility
from contracts.regions import region_label
from fastapi import Depends, Request, Response

from progress_api.freezes import check_open
from progress_api.permissions import Action, demand
from progress_api.refusals import Fault, Refused
from progress_api.reporting.access import act_of, readable
from progress_api.reporting.answers import answer_of
from progress_api.reporting.checks import Beside, findings, prefill
from progress_api.reporting.domain import Item, Report, ReportState, Signatories
from progress_api.reporting.sheet_reading import MOST_BYTES, Filled, filled, read_form
from progress_api.reporting.sheets import Line, workbook
from progress_api.reporting.store import SqlReports
from progress_api.reporting.use_cases import save_draft
from progress_api.reporting.views import ReportLine

router = Router(prefix="/v1/reports", tags=["报表文件 Report workbooks"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BINARY = {XLSX: {"schema": {"type": "string", "format": "binary"}}}


async def _received(request: Request, principal: CurrentPrincipal) -> AsyncIterator[bytes]:
    """Read before a transaction begins: a slow sender holds no connection of the database."""
    demand(principal, Action.REPORT)
    async with request.app.state.receiving.body(request) as data:
        yield data


Received = Annotated[bytes, Depends(_received, scope="function")]


@router.get(
    "/{report_id}/sheet",
    summary="下载报表（XLSX） The form as a workbook",
    responses={200: {"content": _BINARY}},
    response_class=Response,
)
async def get_sheet(report_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    """As it stands: what was entered, or what the form starts with where nothing was."""
    store = SqlReports(await tx.raw())
    report = await readable(store, report_id, principal)
    answers, beside = await store.answers(report, report.revision), await store.beside(report)
    starts = report.state is ReportState.OPEN
    lines = [
        Line(
            item,
            answers.get(item) or (prefill(item, beside) if starts else None),
            before=_before(item, beside),
            known=_known(item, beside),
        )
        for item in report.items
    ]
    named = await store.signatories(report, report.revision)
    content = await asyncio.to_thread(workbook, report, lines, named)
    name = f"{region_label(report.region)[0]}{report.period}{report.reporter.zh}进展报送表.xlsx"
    plain = f"report-{report.region}-{report.period}.xlsx"
    return Response(
        content,
        media_type=XLSX,
        headers={
            "Cache-Control": "no-store",
            "ETag": etag_of_version(report.version),
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
        },
    )


@router.post(
    "/{report_id}/sheet",
    summary="上传填好的报表（XLSX） The filled-in workbook becomes the draft",
    description="整表写入草稿；表内版本须为现行版本，任何一处有误则全部不写入，并逐格说明。"
    " The sheet itself says which version it was made of; one fault, and nothing is written: all are told by cell.",
    openapi_extra={"requestBody": {"required": True, "content": _BINARY}},
)
@body_limit(MOST_BYTES)
async def post_sheet(
    *,
    request: Request,
    response: Response,
    report_id: UUID,
    principal: CurrentPrincipal,
    data: Received,
    tx: Transaction,
) -> ReportLine:
    connection = await tx.raw()
    store = SqlReports(connection)
    await readable(store, report_id, principal)
    sheet = await asyncio.to_thread(read_form, data)
    report = await readable(store, report_id, principal, lock=True)
    await check_open(connection, report.period.until_on)
    found = filled(sheet, report)
    faults = [*found.faults, *_faults(report, found, await store.beside(report))]
    if faults:
        raise Refused(
            "sheet-faulty",
            f"报表中有{len(faults)}处问题，未写入任何内容",
            f"{len(faults)} faults in the sheet; nothing has been written",
            faults=faults,
        )
    entered = {item.key: row for item, row in found.entered.items()}
    named = _named(found.signatories, await store.signatories(report, report.revision))
    after = await save_draft(store, report, entered, named, act_of(request, principal, report))
    response.headers["ETag"] = etag_of_version(after.version)
    return ReportLine.line(after, today_of(request))


def _faults(report: Report, found: Filled, beside: Beside) -> list[Fault]:
    """What does not fit the form, and what contradicts itself. What is still missing a draft may leave so."""
    answers, faults = {}, []
    for item, row in found.entered.items():
        answers[item], misplaced = answer_of(item, row)
        faults += misplaced
    faults += [
        Fault(each.place, each.zh, each.en)
        for each in findings(report, answers, beside)
        if each.severity is Severity.ERROR and each.code != "missing"
    ]
    return [found.cell_of(fault) for fault in faults]


def _named(sheet: Signatories, draft: Signatories) -> Signatories:
    """Names that the sheet leaves out stay as they were."""
    return Signatories(
        sheet.filled_by or draft.filled_by,
        sheet.checked_by or draft.checked_by,
        sheet.responsible or draft.responsible,
    )


def _before(item: Item, beside: Beside) -> str:
    last = beside.last.get(item)
    if last is None:
        return ""
    value = last.answer.value(item)
    numbers = [str(number) for number in (value.amount, value.base) if number is not None]
    return f"{last.period}：{'/'.join(numbers) or last.answer.kind.zh}"


def _known(item: Item, beside: Beside) -> str:
    found = [known for name in item.fields for known in beside.known_of(item, name)]
    texts = [f"{plausibility().on_record[known.basis].zh}{known.number}（{known.as_of}）" for known in found]
    return "；".join(dict.fromkeys(texts))
