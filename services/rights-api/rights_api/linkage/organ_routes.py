"""A listed organ, by its account or its system: the letters to its own complaint unit, and what it did with them.

It sees no identity, no text of the complainant, no other case, and no number of ours but the task's.
"""

from uuid import UUID

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction, answered_as
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.rights_taxonomy import Respondent
from fastapi import Request, Response
from pydantic import AwareDatetime

from rights_api.cases.domain import Actor, Complaint
from rights_api.cases.store import SqlCases
from rights_api.clocks.store import SqlClocks
from rights_api.linkage.domain import By, Reply, Task
from rights_api.linkage.fields import TellMark, TellReply
from rights_api.linkage.routes import desk_of, pdf_response
from rights_api.linkage.store import SqlTasks
from rights_api.linkage.use_cases import open_letter, record_mark, record_reply
from rights_api.linkage.views import TaskView
from rights_api.permissions import LINKED_ORGANS, Action, has
from rights_api.refusals import NotFound, Refused

router = Router(prefix="/v1/linkage-tasks", tags=["快速联动：有关机关 For linked organs"])

_LIST = "linkage-tasks"
_PURPOSE = "linkage"


@router.get("", summary="本机关的联动任务 One's own tasks")
async def get_own_tasks(
    request: Request, principal: CurrentPrincipal, tx: Transaction, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[TaskView]:
    kind, organisation, region = _organ(principal)
    after = decode_cursor(cursor, _LIST, AwareDatetime, UUID)
    tasks = await SqlTasks(tx.session).of_organ(
        kind,
        organisation,
        region,
        today_of(request),
        after=None if after is None else (after[0], after[1]),
        limit=limit + 1,
    )
    now = now_of(request)
    clocks = {clock.clock_id: clock for clock in await SqlClocks(tx).of(*{task.complaint_id for task in tasks})}
    return Page[TaskView].of(
        tasks,
        limit=limit,
        item=lambda task: TaskView.of(task, clocks, now),
        cursor=lambda task: encode_cursor(_LIST, task.sent_at, str(task.task_id)),
    )


@router.get("/{task_id}", summary="联动任务 A task")
async def get_own_task(
    request: Request, response: Response, task_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> TaskView:
    return await _answer(request, response, tx, await _own(request, tx, task_id, principal))


@router.get("/{task_id}/letter", summary="函件PDF The letter", **answered_as("application/pdf"))
async def get_own_letter(request: Request, task_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    _, task = await _locked(request, tx, task_id, principal)
    if task.cancelled is not None:
        # It may have gone to the wrong unit, or say too much.
        raise Refused("letter-void", "该函已作废，不再提供。", "This letter is void and is not shown.", conflict=True)
    sealed = await SqlTasks(tx.session).sealed_pdf(task_id)
    pdf = await open_letter(desk_of(request, tx), task, sealed, reader=principal, purpose=_PURPOSE, at=now_of(request))
    return pdf_response(task, pdf)


@router.post("/{task_id}/marks", summary="签收、受理、调查、处理 Tell how far one is")
async def post_own_mark(
    *,
    request: Request,
    response: Response,
    task_id: UUID,
    body: TellMark,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TaskView:
    _, task = await _locked(request, tx, task_id, principal)
    require_match(if_match, etag_of_version(task.version))
    task = await record_mark(
        desk_of(request, tx),
        task,
        body.mark,
        by=By.ORGAN,
        subject=principal.subject,
        on=today_of(request),
        document=None,
        at=now_of(request),
    )
    return await _answer(request, response, tx, task)


@router.post("/{task_id}/replies", summary="回函 Answer")
async def post_own_reply(
    *,
    request: Request,
    response: Response,
    task_id: UUID,
    body: TellReply,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TaskView:
    """Received the moment it comes."""
    case, task = await _locked(request, tx, task_id, principal)
    require_match(if_match, etag_of_version(task.version))
    reply = Reply(
        document_number=body.document_number,
        document_date=body.document_date,
        received_on=today_of(request),
        decided_on=body.decided_on,
        by=By.ORGAN,
        recorded_at=now_of(request),
        text=body.text,
    )
    task = await record_reply(desk_of(request, tx), case, task, reply, actor=Actor("organ", principal.subject))
    return await _answer(request, response, tx, task)


def _organ(principal: Principal) -> tuple[Respondent, str, str]:
    """Kind, id and region of the organ the token is for; a token without id or region is for none."""
    if not has(principal, Action.ANSWER_TASKS) or not principal.organisation_id or principal.region is None:
        raise forbidden(principal, Action.ANSWER_TASKS.value)
    return LINKED_ORGANS[principal.organisation_kind], principal.organisation_id, principal.region


async def _own(request: Request, tx: Tx, task_id: UUID, principal: Principal) -> Task:
    """Raises NotFound, also where the task is another organ's, or of a case whose term is over."""
    for task in await SqlTasks(tx.session).of_organ(*_organ(principal), today_of(request), task_id=task_id):
        return task
    raise NotFound("没有这项联动任务。", "There is no such task.")


async def _locked(request: Request, tx: Tx, task_id: UUID, principal: Principal) -> tuple[Complaint, Task]:
    task = await _own(request, tx, task_id, principal)
    case = await SqlCases(tx.session, request.app.state.vault).get(task.complaint_id, lock=True)
    if case is None:
        raise NotFound("没有这项联动任务。", "There is no such task.")
    # Once more: another may have written to it before the case was locked.
    return case, await _own(request, tx, task_id, principal)


async def _answer(request: Request, response: Response, tx: Tx, task: Task) -> TaskView:
    response.headers["ETag"] = etag_of_version(task.version)
    clocks = {clock.clock_id: clock for clock in await SqlClocks(tx).of(task.complaint_id)}
    return TaskView.of(task, clocks, now_of(request))
