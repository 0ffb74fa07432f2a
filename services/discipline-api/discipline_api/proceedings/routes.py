"""HTTP in and out: cases are opened, moved step by step, assigned, and read as far as the reader's part goes."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import orjson
from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.rate_limit import public_rate_limit
from contracts.conduct import OrganKind
from contracts.deadlines import Rule, rules
from contracts.proceedings import GuardRow, Number, ProceedingKind, guards, machine, numbers
from fastapi import Depends, Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.audit.store_words import SqlWords
from discipline_api.clocks.store import SqlClocks
from discipline_api.organs import Organ
from discipline_api.permissions import Action, allowed, demand, demand_any, visible
from discipline_api.proceedings.desk import Opening, assign, may_read_file, recuse
from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.facts import Actor, Proceeding
from discipline_api.proceedings.forms import AssignOfficer, OpenProceeding, RecuseOfficer, TakeStep, Why
from discipline_api.proceedings.guards import competent
from discipline_api.proceedings.record_keeping import RecordKeeping
from discipline_api.proceedings.store import SqlProceedings
from discipline_api.proceedings.use_cases import OPENED, Ports, open_case, take_step
from discipline_api.proceedings.views import (
    Beside,
    NextStep,
    ProceedingFile,
    ProceedingLine,
    StepLine,
    next_steps,
)
from discipline_api.record.store_recusals import recused_from_complaint
from discipline_api.refusals import NoSuchSanction, Refused, TermOver

router = Router(prefix="/v1", tags=["案件办理 Proceedings"])

Full = Annotated[bool, Query(description="全卷，仅限承办人 / the whole file, for those assigned to it.")]
Reason = Annotated[Why | None, Query(description="查阅理由，记入审计日志 / why; goes into the audit log.")]


@router.post("/proceedings", status_code=status.HTTP_201_CREATED, summary="收案 Open a case")
async def post_proceeding(
    request: Request, body: OpenProceeding, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ProceedingLine:
    demand_any(principal, Action.PROCEED)
    demand(principal, Action.PROCEED, body.organ.kind, body.organ.region, body.organ.code)
    now = now_of(request)
    opening = Opening(
        proceeding_id=uuid4(),
        kind=body.kind,
        subject_kind=body.subject.kind,
        origin=body.origin,
        received_on=body.received_on,
        conduct_code=body.conduct_code,
        complaint_id=body.complaint_id,
        anonymous=body.anonymous,
        recused=() if body.complaint_id is None else await recused_from_complaint(tx.session, body.complaint_id),
    )
    data = StepData(step=OPENED, on=body.received_on, document_number=body.document_number, reason=body.reason)
    proceeding = await open_case(_ports(request, tx), opening, body.subject.subject(), data, _actor(principal), now=now)
    await append(tx, Entry.by(principal, "proceeding:open", "proceeding", proceeding.proceeding_id, at=now))
    response.headers["Location"] = f"/v1/proceedings/{proceeding.proceeding_id}"
    return await _answer(request, tx, proceeding, response)


@router.post("/proceedings/{proceeding_id}/steps", summary="办理一个步骤 Take a step")
async def post_step(
    *,
    request: Request,
    proceeding_id: UUID,
    body: TakeStep,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ProceedingLine:
    """Which members of `details` a step requires stands in /v1/proceeding-machines/{kind}."""
    demand_any(principal, Action.PROCEED)
    locked = await _proceedings(request, tx).get_for_update(proceeding_id)
    actor = _actor(principal)
    # What kind of case it is, and so which steps there are, is told to its own organs only.
    if (step := locked.machine.step(body.step)) is not None:
        competent(locked, step, actor)
    _demand_to_act(principal, locked)
    require_match(if_match, etag_of_version(locked.version))
    now = now_of(request)
    taken = await take_step(_ports(request, tx), locked, body.data(), actor, now=now)
    await append(tx, Entry.by(principal, f"proceeding:{body.step}", "proceeding", proceeding_id, at=now))
    return await _answer(request, tx, taken.proceeding, response)


@router.post("/proceedings/{proceeding_id}/assignments", summary="指定承办人 Assign")
async def post_assignment(
    *,
    request: Request,
    proceeding_id: UUID,
    body: AssignOfficer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ProceedingLine:
    changed = await _change_people(
        request, tx, proceeding_id, body=body, principal=principal, change=assign, if_match=if_match
    )
    return await _answer(request, tx, changed, response)


@router.post("/proceedings/{proceeding_id}/recusals", summary="回避 Recuse")
async def post_recusal(
    *,
    request: Request,
    proceeding_id: UUID,
    body: RecuseOfficer,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ProceedingLine:
    """By declaration, of oneself, or by decision of another officer of the organ."""
    changed = await _change_people(
        request, tx, proceeding_id, body=body, principal=principal, change=recuse, if_match=if_match
    )
    return await _answer(request, tx, changed, response)


@router.get("/proceedings", summary="案件列表 List cases")
async def get_proceedings(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    kind: ProceedingKind | None = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z_]{3,30}$")] = None,
    region: Annotated[str | None, Query(pattern=r"^41\d{4}$")] = None,
    organ_kind: OrganKind | None = None,
    handler: Annotated[str | None, Query(max_length=100)] = None,
    at_risk: Annotated[
        Literal["warned", "overdue"] | None, Query(description="期限预警或逾期 / a deadline warns, or is overdue.")
    ] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ProceedingLine]:
    now = now_of(request)
    found = await _proceedings(request, tx).search(
        visible(principal, Action.READ_PROCEEDING),
        now=now,
        limit=limit + 1,
        after=decode_cursor(cursor, "proceedings", date, UUID),
        kind=kind,
        state=state,
        region=region,
        organ_kind=organ_kind,
        handler=handler,
        at_risk=at_risk,
    )
    running = await SqlClocks(tx).of(*(proceeding.proceeding_id for proceeding in found))
    response.headers["Cache-Control"] = "no-store"
    return Page[ProceedingLine].of(
        found,
        limit=limit,
        item=lambda proceeding: ProceedingLine.of(
            proceeding, Beside([each for each in running if each.owner.id == proceeding.proceeding_id]), now
        ),
        cursor=lambda proceeding: encode_cursor("proceedings", proceeding.opened_on, proceeding.proceeding_id),
    )


@router.get("/proceedings/{proceeding_id}", summary="案件 A case", response_model=ProceedingFile | ProceedingLine)
async def get_proceeding(
    *,
    request: Request,
    proceeding_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    full: Full = False,
    reason: Reason = None,
) -> ProceedingLine:
    """Where it stands, for officers of its organ and of the one above; `full`: all of it, and each look is logged."""
    proceedings, now = _proceedings(request, tx), now_of(request)
    proceeding = await _readable(proceedings, principal, proceeding_id)
    if not full:
        return await _answer(request, tx, proceeding, response)
    await _open_file(request, tx, principal, proceeding, reason)
    entries = await proceedings.history(proceeding_id, texts=True)
    subject = await proceedings.subject(proceeding_id)
    _headers(response, proceeding)
    return ProceedingFile.of_file(
        proceeding, await _beside(tx, proceeding), subject, entries[0] if entries else None, now
    )


@router.get("/proceedings/{proceeding_id}/steps", summary="办理经过 The history of a case")
async def get_steps(
    *,
    request: Request,
    proceeding_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    full: Full = False,
    reason: Reason = None,
) -> list[StepLine]:
    proceedings = _proceedings(request, tx)
    proceeding = await _readable(proceedings, principal, proceeding_id)
    if full:
        await _open_file(request, tx, principal, proceeding, reason)
    _headers(response, proceeding)
    return [StepLine.of(proceeding, entry) for entry in await proceedings.history(proceeding_id, texts=full)]


@router.get("/proceedings/{proceeding_id}/next", summary="下一步 What is possible now, and what stands in the way")
async def get_next(
    *, request: Request, proceeding_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> list[NextStep]:
    proceeding = await _readable(_proceedings(request, tx), principal, proceeding_id)
    _headers(response, proceeding)
    return next_steps(proceeding, _actor(principal), today_of(request))


@router.get(
    "/proceeding-machines/{kind}",
    summary="办案流程 A machine as data",
    response_model=dict[str, Any],
    dependencies=[Depends(public_rate_limit)],
)
async def get_machine(request: Request, kind: ProceedingKind) -> Response:
    """States, steps, competence, guards and deadlines, each with its source and whether that was read."""
    rows = machine(kind)
    used = {guard for step in rows.steps for guard in step.guards}
    clocks = {each.rule for step in rows.steps for each in step.begins} | {rows.acceptance.rule}
    body = orjson.dumps(
        {
            "kind": kind.value,
            **rows.model_dump(mode="json", by_alias=True),
            "guards": [_row(row) for row in guards().values() if row.id in used],
            "numbers": [_row(row) for row in numbers().values()],
            "rules": [_rule(row) for row in rules().values() if row.id in clocks],
        }
    )
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _row(row: GuardRow | Number) -> dict[str, Any]:
    return row.model_dump(mode="json") | {"verified": row.verified}


def _rule(row: Rule) -> dict[str, Any]:
    return {
        "id": row.id,
        "value": row.value,
        "unit": row.unit,
        "clock": row.clock.value,
        "source": row.source,
        "basis": row.basis.value,
        "verified": row.verified,
        "zh": row.note_zh,
        "en": row.note_en,
    }


def _proceedings(request: Request, tx: Transaction) -> SqlProceedings:
    return SqlProceedings(tx, request.app.state.vault, request.app.state.likeness)


def _ports(request: Request, tx: Transaction) -> Ports:
    return Ports(_proceedings(request, tx), SqlClocks(tx), RecordKeeping(tx), tx.outbox)


def _actor(principal: Principal) -> Actor:
    """For who has a right in this feature: his organisation is an organ, and has a region."""
    return Actor(
        principal.subject,
        Organ(OrganKind(principal.organisation_kind), principal.region or "", principal.organisation_id),
    )


def _demand_to_act(principal: Principal, proceeding: Proceeding) -> None:
    organ = proceeding.organ
    if allowed(principal, Action.REVIEW_PROCEEDING, organ.kind, organ.region, organ.code):
        return
    _demand_own(principal, proceeding)


def _demand_own(principal: Principal, proceeding: Proceeding) -> None:
    organ = proceeding.organ
    # A case just handed over belongs to the organ of its region, whose code is learnt from whoever takes it up.
    demand(principal, Action.PROCEED, organ.kind, organ.region, organ.code or principal.organisation_id)


async def _readable(proceedings: SqlProceedings, principal: Principal, proceeding_id: UUID) -> Proceeding:
    demand_any(principal, Action.READ_PROCEEDING)
    proceeding = await proceedings.get(proceeding_id)
    organ, county = proceeding.organ, proceeding.county
    for kind, region in (
        (organ.kind, organ.region),
        (organ.kind, proceeding.region),
        *(((county.kind, county.region),) if county is not None else ()),
    ):
        if allowed(principal, Action.READ_PROCEEDING, kind, region, organ.code):
            return proceeding
    raise forbidden(principal, Action.READ_PROCEEDING.value, proceeding.region)


async def _open_file(
    request: Request, tx: Transaction, principal: Principal, proceeding: Proceeding, reason: str | None
) -> None:
    if not may_read_file(proceeding, principal.subject, _actor(principal).organ):
        raise forbidden(principal, Action.READ_FILE.value, proceeding.region)
    if reason is None:
        raise Refused("reason-missing", "查阅全卷须说明理由", "say why you read the file", field="reason")
    await _proceedings(request, tx).check_in_term(proceeding, today_of(request))
    proceeding_id, now = proceeding.proceeding_id, now_of(request)
    said = await SqlWords(tx, request.app.state.vault).say(proceeding_id, reason)
    await append(tx, Entry.by(principal, Action.READ_FILE.value, "proceeding", proceeding_id, at=now, reason=said))


async def _change_people(
    request: Request,
    tx: Transaction,
    proceeding_id: UUID,
    *,
    body: AssignOfficer | RecuseOfficer,
    principal: Principal,
    change: Callable[[Proceeding, str, Actor], Proceeding],
    if_match: str | None,
) -> Proceeding:
    demand_any(principal, Action.PROCEED)
    proceedings, now, actor = _proceedings(request, tx), now_of(request), _actor(principal)
    locked = await proceedings.get_for_update(proceeding_id)
    _demand_own(principal, locked)
    require_match(if_match, etag_of_version(locked.version))
    changed, step = change(locked, body.officer, actor), change.__name__
    data = StepData(step=step, on=today_of(request), reason=body.reason, details=Details(officer=body.officer))
    await proceedings.save(locked, changed, data, actor, now, reasons={})
    await append(tx, Entry.by(principal, f"proceeding:{step}", "proceeding", proceeding_id, at=now))
    return changed


async def _beside(tx: Transaction, proceeding: Proceeding) -> Beside:
    deadlines, sanction = await SqlClocks(tx).of(proceeding.proceeding_id), None
    if proceeding.sanction_id is not None:
        try:
            sanction = await RecordKeeping(tx).get(proceeding.sanction_id)
        except (NoSuchSanction, TermOver):
            sanction = None  # its own term is over: the case still says that there was one
    return Beside(deadlines, sanction)


async def _answer(request: Request, tx: Transaction, proceeding: Proceeding, response: Response) -> ProceedingLine:
    _headers(response, proceeding)
    return ProceedingLine.of(proceeding, await _beside(tx, proceeding), now_of(request))


def _headers(response: Response, proceeding: Proceeding) -> None:
    response.headers["ETag"] = etag_of_version(proceeding.version)
    response.headers["Cache-Control"] = "no-store"
