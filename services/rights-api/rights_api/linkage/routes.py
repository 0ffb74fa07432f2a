"""Officers of a case: letters to complaint units, how far the organ is, its answers."""

from datetime import datetime
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of
from common.database import Tx
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch, etag_of_version, require_match
from contracts.rights_taxonomy import IdentityMode
from fastapi import Request, Response, status

from rights_api.cases.access import AccessPurpose, Purpose, case_for, demand, demand_assigned, demand_version, organ_of
from rights_api.cases.domain import Actor, Complaint
from rights_api.cases.store import SqlCases
from rights_api.clocks.store import SqlClocks
from rights_api.linkage.domain import By, Reply, Task, Unit
from rights_api.linkage.fields import CancelTask, RecordMark, RecordReply, SendTask
from rights_api.linkage.pdf import render
from rights_api.linkage.store import SqlTasks, SqlUnits
from rights_api.linkage.use_cases import (
    Desk,
    Wanted,
    cancel,
    log_opening,
    open_letter,
    record_mark,
    record_reply,
    reply_place,
    send,
)
from rights_api.linkage.views import CaseTaskView, ReplyText
from rights_api.permissions import Action
from rights_api.refusals import NotFound, Refused

router = Router(prefix="/v1/complaints/{complaint_id}/linkage-tasks", tags=["快速联动 Linkage"])


@router.get("", summary="该件的联动任务 Tasks of a case")
async def get_tasks(
    request: Request, complaint_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> list[CaseTaskView]:
    case = await case_for(request, tx, complaint_id, principal, lock=False)
    demand(principal, Action.LIST, case)
    clocks = {clock.clock_id: clock for clock in await SqlClocks(tx).of(complaint_id)}
    now: datetime = now_of(request)
    return [CaseTaskView.of(task, clocks, now) for task in await SqlTasks(tx.session).of_case(complaint_id)]


@router.post("", summary="致函投诉受理部门 Send a letter to a complaint unit", status_code=status.HTTP_201_CREATED)
async def post_task(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    body: SendTask,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseTaskView:
    """Its text is compared with the sealed identity, so of a sealed case only those who may open that may write."""
    now = now_of(request)
    case = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, Action.DECIDE, case)
    if case.matter.identity_mode is IdentityMode.SEALED:
        demand(principal, Action.OPEN_SEALED, case)
    demand_assigned(principal, case)
    demand_version(if_match, case)
    unit = await _unit(tx, body.unit_id)
    actor = Actor("officer", principal.subject, organ_of(principal))
    wanted = Wanted(unit, body.text, body.identity_for)
    task = await send(desk_of(request, tx), case, wanted, actor=actor, render=render, at=now)
    return await _answer(request, response, tx, task)


@router.get("/{task_id}/letter", summary="函件PDF The letter", **answered_as("application/pdf"))
async def get_letter(
    *,
    request: Request,
    complaint_id: UUID,
    task_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    purpose: AccessPurpose = Purpose.HANDLING,
) -> Response:
    _, task = await _found(request, tx, (complaint_id, task_id), principal, Action.OPEN)
    sealed = await SqlTasks(tx.session).sealed_pdf(task_id)
    for_what = (purpose or Purpose.HANDLING).value
    pdf = await open_letter(desk_of(request, tx), task, sealed, reader=principal, purpose=for_what, at=now_of(request))
    return pdf_response(task, pdf)


@router.get("/{task_id}/replies", summary="回函内容 What the organ answered")
async def get_replies(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    task_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    purpose: AccessPurpose = Purpose.HANDLING,
) -> list[ReplyText]:
    _, task = await _found(request, tx, (complaint_id, task_id), principal, Action.OPEN)
    cases, now = SqlCases(tx.session, request.app.state.vault), now_of(request)
    for_what = (purpose or Purpose.HANDLING).value
    await log_opening(cases, task, principal, for_what, identity_opened=False, at=now)
    sealer = await cases.sealer(complaint_id)
    sealed = await SqlTasks(tx.session).sealed_replies(task_id)
    response.headers["Cache-Control"] = "no-store"
    return [
        ReplyText(document_number=reply.document_number, text=sealer.open(reply_place(task, number), held))
        for number, (reply, held) in enumerate(zip(task.replies, sealed, strict=True), 1)
    ]


@router.post("/{task_id}/marks", summary="登记签收、受理、调查、处理 Record how far the organ is")
async def post_mark(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    task_id: UUID,
    body: RecordMark,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseTaskView:
    _, task = await _found(request, tx, (complaint_id, task_id), principal, Action.REPLY)
    require_match(if_match, etag_of_version(task.version))
    task = await record_mark(
        desk_of(request, tx),
        task,
        body.mark,
        by=By.OFFICER,
        subject=principal.subject,
        on=body.happened_on,
        document=body.document_number,
        at=now_of(request),
    )
    return await _answer(request, response, tx, task)


@router.post("/{task_id}/replies", summary="登记回函 Record an answer")
async def post_reply(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    task_id: UUID,
    body: RecordReply,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseTaskView:
    case, task = await _found(request, tx, (complaint_id, task_id), principal, Action.REPLY)
    require_match(if_match, etag_of_version(task.version))
    reply = Reply(
        document_number=body.document_number,
        document_date=body.document_date,
        received_on=body.received_on,
        decided_on=body.decided_on,
        by=By.OFFICER,
        recorded_at=now_of(request),
        text=body.text,
    )
    actor = Actor("officer", principal.subject, organ_of(principal))
    task = await record_reply(desk_of(request, tx), case, task, reply, actor=actor)
    return await _answer(request, response, tx, task)


@router.post("/{task_id}/cancellation", summary="函件作废（号不重用） Declare a letter void; its number stays taken")
async def post_cancellation(
    *,
    request: Request,
    response: Response,
    complaint_id: UUID,
    task_id: UUID,
    body: CancelTask,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseTaskView:
    _, task = await _found(request, tx, (complaint_id, task_id), principal, Action.DECIDE)
    require_match(if_match, etag_of_version(task.version))
    now = now_of(request)
    task = await cancel(desk_of(request, tx), task, body.reason, subject=principal.subject, at=now)
    return await _answer(request, response, tx, task)


def desk_of(request: Request, tx: Tx) -> Desk:
    return Desk(tx, request.app.state.vault, SqlTasks(tx.session))


def pdf_response(task: Task, pdf: bytes) -> Response:
    headers = {"ETag": f'"sm3-{task.letter.sm3.hex()}"', "Cache-Control": "no-store"}
    return Response(pdf, headers=headers, media_type="application/pdf")


async def _unit(tx: Tx, unit_id: UUID) -> Unit:
    versions = await SqlUnits(tx.session).versions(unit_id)
    if not versions:
        raise Refused("unit-unknown", "名录中没有这个部门。", "The directory has no such unit.", field="unit_id")
    return versions[-1]


async def _found(
    request: Request, tx: Tx, address: tuple[UUID, UUID], principal: Principal, action: Action
) -> tuple[Complaint, Task]:
    """The case, locked, and its task, for an officer to whom the case is assigned."""
    complaint_id, task_id = address
    case = await case_for(request, tx, complaint_id, principal, lock=True)
    demand(principal, action, case)
    demand_assigned(principal, case)
    for task in await SqlTasks(tx.session).of_case(complaint_id):
        if task.task_id == task_id:
            return case, task
    raise NotFound("该件没有这项联动任务。", "This case has no such task.")


async def _answer(request: Request, response: Response, tx: Tx, task: Task) -> CaseTaskView:
    """Metadata only: this answer is stored for repetitions."""
    response.headers["ETag"] = etag_of_version(task.version)
    clocks = {clock.clock_id: clock for clock in await SqlClocks(tx).of(task.complaint_id)}
    return CaseTaskView.of(task, clocks, now_of(request))
