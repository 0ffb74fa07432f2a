"""`/v1/deliverables`: what the plan is to produce, and what is done about it."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import LegalDay, now_of, today_of
from common.database import Tx
from common.http import Router, Transaction, not_found
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.deliverables import DeliverableState, EvidenceKind, countable_deliverables, scopes
from contracts.plan import UnknownPlanId, plan
from fastapi import Query, Request, Response, status

from progress_api.deliverables.access import (
    deliverable_of,
    demand_visible,
    demand_work,
    scope_of,
    visible,
)
from progress_api.deliverables.domain import DeliverableOn, Entry, Evidence, Work, is_return
from progress_api.deliverables.fields import (
    AddEvidence,
    CancelMilestone,
    ChangeMilestone,
    NameOwner,
    RecordState,
    SetMilestone,
    WithdrawEvidence,
)
from progress_api.deliverables.numbers import target_figures
from progress_api.deliverables.store import SqlWorks, StoredDeliverables, indicator_value
from progress_api.deliverables.use_cases import (
    Act,
    Changes,
    Dates,
)
from progress_api.deliverables.views import (
    ChangeView,
    DeliverableLine,
    DeliverablesView,
    DeliverableView,
    changes,
    countables,
)
from progress_api.freezes import check_open
from progress_api.organisations import RegionCode
from progress_api.permissions import Action, demand, steers
from progress_api.refusals import asked_day

router = Router(prefix="/v1/deliverables", tags=["任务成果 Deliverables"])

AsOf = Annotated[LegalDay | None, Query(description="截止日，默认今天 / day, today by default")]
Region = Annotated[RegionCode | None, Query(description="地区代码；全省任务不填 / none for the province as a whole")]


async def changes_of(request: Request, principal: Principal, tx: Tx) -> Changes:
    act = Act(principal.subject, now_of(request), today_of(request))
    return Changes(SqlWorks(await tx.raw()), tx.outbox, act)


@router.get("", summary="任务成果列表 All deliverables as they stand on a day", response_model=DeliverablesView)
async def get_deliverables(
    *,
    request: Request,
    principal: CurrentPrincipal,
    measure: Annotated[str | None, Query(max_length=10)] = None,
    scope: Annotated[RegionCode | Literal["province"] | None, Query()] = None,
    state: DeliverableState | None = None,
    as_of: AsOf = None,
) -> Response:
    """The plan bounds it: some 330 of them, so it has no pages."""
    demand(principal, Action.READ_VALUES)
    day = asked_day(as_of, today_of(request))
    if scope is not None and scope != "province":
        demand_visible(principal, scope)
    try:
        named = None if measure is None else {item.id for item in plan().section(measure).deliverables}
    except UnknownPlanId as error:
        raise not_found("方案中没有这项举措。", "The plan has no such measure.") from error
    found, numbers = await StoredDeliverables(request.app.state.database).on(day)
    seen = [item for item in found if visible(principal, item.scope)]

    def is_asked(item: DeliverableOn) -> bool:
        return (
            (named is None or item.deliverable_id in named)
            and (scope is None or item.scope == (None if scope == "province" else scope))
            and (state is None or (item.state is not None and item.state.state is state))
        )

    view = DeliverablesView(
        as_of=day,
        items=[DeliverableLine.of(item, numbers) for item in seen if is_asked(item)],
        withheld=len(found) - len(seen),
        countables=countables(seen, {item.id: countable_deliverables(item.id) for item in plan().countables}),
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get("/{deliverable_id}", summary="一项任务成果 A deliverable as it stands on a day")
async def get_deliverable(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Region = None,
    as_of: AsOf = None,
) -> DeliverableView:
    demand(principal, Action.READ_VALUES)
    scope = scope_of(deliverable_of(deliverable_id), region)
    demand_visible(principal, scope)
    work = await SqlWorks(await tx.raw()).get(deliverable_id, scope)
    return await _answer(response, tx, work, asked_day(as_of, today_of(request)))


@router.get("/{deliverable_id}/history", summary="历次登记 All that was entered, the newest first")
async def get_history(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Region = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ChangeView]:
    demand(principal, Action.READ_VALUES)
    scope = scope_of(deliverable_of(deliverable_id), region)
    demand_visible(principal, scope)
    kind = f"deliverable:{deliverable_id}:{scope}"
    before = decode_cursor(cursor, kind, int)
    work = await SqlWorks(await tx.raw()).get(deliverable_id, scope)
    rows = [change for change in changes(work, today_of(request)) if before is None or change.version < before[0]]
    response.headers["Cache-Control"] = "no-store"
    return Page[ChangeView].of(
        rows[: limit + 1],
        limit=limit,
        item=lambda change: change,
        cursor=lambda change: encode_cursor(kind, change.version),
    )


@router.post(
    "/{deliverable_id}/milestones",
    status_code=status.HTTP_201_CREATED,
    summary="设置节点 Set a milestone, for one region or for all that owe the deliverable",
)
async def post_milestone(
    request: Request, deliverable_id: str, body: SetMilestone, principal: CurrentPrincipal, tx: Transaction
) -> list[dict[str, str | None]]:
    demand(principal, Action.STEER)
    deliverable = deliverable_of(deliverable_id)
    asked = scopes(deliverable_id)
    if body.regions is not None:
        named = {scope_of(deliverable, region) for region in body.regions}
        asked = tuple(scope for scope in asked if scope in named)
    dates = Dates(body.title, body.due_on, body.document.document(), body.from_on)
    await check_open(await tx.raw(), dates.from_on or dates.document.dated_on)
    doing = await changes_of(request, principal, tx)
    made = await doing.set_milestones(deliverable_id, asked, dates)
    return [{"region": scope, "milestone_id": str(milestone_id)} for scope, milestone_id in made]


@router.post("/{deliverable_id}/milestones/{milestone_id}/versions", status_code=201, summary="变更节点 Change it")
async def post_milestone_version(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    milestone_id: UUID,
    body: ChangeMilestone,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Region = None,
    if_match: IfMatch = None,
) -> DeliverableView:
    demand(principal, Action.STEER)
    doing = await changes_of(request, principal, tx)
    work = await _kept(doing, deliverable_id, region, if_match)
    dates = Dates(body.title, body.due_on, body.document.document(), body.from_on)
    await check_open(await tx.raw(), dates.from_on or dates.document.dated_on)
    await doing.change_milestone(work, milestone_id, dates, body.reason)
    return await changed(response, tx, work, doing.act)


@router.post("/{deliverable_id}/milestones/{milestone_id}/cancellation", status_code=201, summary="取消节点 Cancel it")
async def post_cancellation(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    milestone_id: UUID,
    body: CancelMilestone,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Region = None,
    if_match: IfMatch = None,
) -> DeliverableView:
    demand(principal, Action.STEER)
    doing = await changes_of(request, principal, tx)
    work = await _kept(doing, deliverable_id, region, if_match)
    await check_open(await tx.raw(), body.from_on or body.document.dated_on)
    await doing.cancel_milestone(
        work, milestone_id, document=body.document.document(), from_on=body.from_on, reason=body.reason
    )
    return await changed(response, tx, work, doing.act)


@router.post("/{deliverable_id}/owner", status_code=201, summary="指定责任单位 Name the organisation that owns it")
async def post_owner(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    body: NameOwner,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> DeliverableView:
    demand(principal, Action.STEER)
    doing = await changes_of(request, principal, tx)
    work = await _kept(doing, deliverable_id, body.region, if_match)
    await check_open(await tx.raw(), body.from_on)
    await doing.name_owner(work, organ_kind=body.organ_kind, organ_name=body.organ_name, from_on=body.from_on)
    return await changed(response, tx, work, doing.act)


@router.post(
    "/{deliverable_id}/states",
    status_code=status.HTTP_201_CREATED,
    summary="登记状态 Record a state",
    description="本地区（本单位）登记计划、进行中、已交付；核实和退回由省司法厅另一名人员作出。"
    " Whose work it is says how far it has come; another officer, of the department, verifies it or sends it back.",
)
async def post_state(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    body: RecordState,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> DeliverableView:
    scope = scope_of(deliverable_of(deliverable_id), body.region)
    doing = await changes_of(request, principal, tx)
    if body.state is DeliverableState.VERIFIED:
        demand(principal, Action.STEER)
    elif not steers(principal):
        demand_work(principal, scope)
    work = await _kept(doing, deliverable_id, body.region, if_match)
    if body.state is not DeliverableState.VERIFIED and not (steers(principal) and is_return(work, body.state)):
        demand_work(principal, scope)
    await check_open(await tx.raw(), body.on)
    await doing.say_state(work, body.state, on=body.on, reason=body.reason)
    return await changed(response, tx, work, doing.act)


@router.post("/{deliverable_id}/evidence", status_code=201, summary="添加佐证 Add evidence")
async def post_evidence(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    body: AddEvidence,
    principal: CurrentPrincipal,
    tx: Transaction,
) -> DeliverableView:
    """It takes no If-Match: one more piece contradicts nothing that another officer has entered meanwhile."""
    scope = scope_of(deliverable_of(deliverable_id), body.region)
    demand_work(principal, scope)
    connection = await tx.raw()
    doing = await changes_of(request, principal, tx)
    await check_open(connection, body.dated_on)
    said = body.model_dump(exclude={"region", "kind", "dated_on", "completes"})
    if body.kind == "indicator":
        said["indicator_value"] = await indicator_value(
            connection, body.indicator_id, scope, asked_day(body.dated_on, doing.act.today)
        )
    work = await doing.works.lock(deliverable_id, scope)
    make = _maker(EvidenceKind(body.kind), body.dated_on, body.completes, said)
    await doing.add_evidence(work, make)
    return await changed(response, tx, work, doing.act)


@router.post(
    "/{deliverable_id}/evidence/{evidence_id}/withdrawal", status_code=201, summary="撤回佐证 Withdraw evidence"
)
async def post_withdrawal(
    *,
    request: Request,
    response: Response,
    deliverable_id: str,
    evidence_id: UUID,
    body: WithdrawEvidence,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Region = None,
    if_match: IfMatch = None,
) -> DeliverableView:
    demand_work(principal, scope_of(deliverable_of(deliverable_id), region))
    doing = await changes_of(request, principal, tx)
    work = await _kept(doing, deliverable_id, region, if_match)
    await check_open(await tx.raw(), body.on)
    await doing.withdraw_evidence(work, evidence_id, on=body.on, reason=body.reason)
    return await changed(response, tx, work, doing.act)


def _maker(
    kind: EvidenceKind, dated_on: date, completes: UUID | None, said: dict[str, object]
) -> Callable[[UUID, int, Entry], Evidence]:
    def make(evidence_id: UUID, version: int, entry: Entry) -> Evidence:
        return Evidence(evidence_id, version, kind, dated_on, completes, entry, **said)  # type: ignore[arg-type] # checked by the fields

    return make


async def _kept(doing: Changes, deliverable_id: str, region: str | None, if_match: str | None) -> Work:
    """Locked, as it was read."""
    work = await doing.works.lock(deliverable_id, scope_of(deliverable_of(deliverable_id), region))
    require_match(if_match, etag_of_version(work.version))
    return work


async def changed(response: Response, tx: Tx, work: Work, act: Act) -> DeliverableView:
    after = await SqlWorks(await tx.raw()).get(work.deliverable_id, work.scope)
    return await _answer(response, tx, after, act.today)


async def _answer(response: Response, tx: Tx, work: Work, day: date) -> DeliverableView:
    response.headers["ETag"] = etag_of_version(work.version)
    response.headers["Cache-Control"] = "no-store"
    found = work.on(day)
    numbers = await target_figures(await tx.raw(), day, [] if found.target is None else [found.target])
    return DeliverableView.whole(found, numbers, work.version)
