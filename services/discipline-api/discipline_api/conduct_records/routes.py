"""HTTP in and out for convictions and failed assessments."""

from datetime import date
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.disclosure import RecordKind
from fastapi import Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.conduct_records.domain import ConductRecord
from discipline_api.conduct_records.store import ConductDisplay, SqlConductRecords
from discipline_api.conduct_records.use_cases import (
    publish_record,
    record_conduct,
    withdraw_record,
    withhold_record,
)
from discipline_api.conduct_records.views import (
    ConductRecordLine,
    ConductRecordView,
    PublishRecord,
    RecordConduct,
    State,
    WithdrawRecord,
    WithholdRecord,
)
from discipline_api.permissions import Action, demand, demand_any, visible
from discipline_api.record.reasons import Withholding
from discipline_api.record.store_publicity import SqlImpactAssessments, current_choices

router = Router(prefix="/v1", tags=["不良执业信息 Conduct records"])


@router.post(
    "/conduct-records",
    status_code=status.HTTP_201_CREATED,
    summary="登记刑事处罚或考核不合格 Record a conviction or a failed assessment",
)
async def post_record(
    request: Request, body: RecordConduct, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ConductRecordLine:
    demand(principal, Action.RECORD, body.organ.kind, body.organ.region, body.organ.code)
    now, record_id = now_of(request), uuid4()
    record = await record_conduct(
        SqlConductRecords(tx.session),
        SqlClocks(tx),
        record_id,
        body.recorded(),
        await current_choices(tx.session),
        by=principal.subject,
        now=now,
    )
    kind = record.recorded.kind.value
    await append(tx, Entry.by(principal, "conduct-recorded", "conduct-record", record_id, at=now, reason=kind))
    response.headers["Location"] = f"/v1/conduct-records/{record_id}"
    return _answer(record, today_of(request), response)


@router.get("/conduct-records", summary="查询不良执业信息 List conduct records")
async def get_records(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    kind: RecordKind | None = None,
    state: State | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ConductRecordLine]:
    today = today_of(request)
    found = await SqlConductRecords(tx.session).search(
        visible(principal),
        today=today,
        limit=limit + 1,
        after=decode_cursor(cursor, "conduct-records", date, UUID),
        kind=kind,
        state=state,
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[ConductRecordLine].of(
        found,
        limit=limit,
        item=lambda record: ConductRecordLine.of(record, today),
        cursor=lambda record: encode_cursor("conduct-records", record.recorded.effective_on, record.record_id),
    )


@router.get("/conduct-records/{record_id}", summary="一件不良执业信息 A conduct record")
async def get_record(
    request: Request, record_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ConductRecordView:
    demand_any(principal, Action.READ)
    now, today = now_of(request), today_of(request)
    record = await SqlConductRecords(tx.session).get(record_id, today)
    _demand_for(principal, Action.READ, record)
    await append(tx, Entry.by(principal, "conduct-record-read", "conduct-record", record_id, at=now))
    response.headers["ETag"], response.headers["Cache-Control"] = etag_of_version(record.version), "no-store"
    return ConductRecordView.of(record, today)


@router.post("/conduct-records/{record_id}/publication", summary="公示 Publish")
async def post_publication(
    *,
    request: Request,
    record_id: UUID,
    body: PublishRecord,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ConductRecordLine:
    now, today, records = now_of(request), today_of(request), SqlConductRecords(tx.session)
    locked = await _locked(principal, Action.PUBLISH, records, record_id, if_match, today)
    because = body.because()
    # The log's head is locked last.
    ground = None if because is None else because.ground.value
    await append(tx, Entry.by(principal, "conduct-published", "conduct-record", record_id, at=now, reason=ground))
    record = await publish_record(
        records,
        ConductDisplay(tx),
        tx.outbox,
        locked,
        clocks=SqlClocks(tx),
        assessments=SqlImpactAssessments(tx.session),
        published_on=body.published_on or today,
        because=because,
        now=now,
    )
    return _answer(record, today, response)


@router.post("/conduct-records/{record_id}/withholding", summary="决定不予公示 Decide not to publish")
async def post_withholding(
    *,
    request: Request,
    record_id: UUID,
    body: WithholdRecord,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ConductRecordLine:
    now, today, records = now_of(request), today_of(request), SqlConductRecords(tx.session)
    locked = await _locked(principal, Action.PUBLISH, records, record_id, if_match, today)
    withholding = Withholding(body.ground, body.reasons, today)
    record = await withhold_record(records, SqlClocks(tx), locked, withholding)
    ground = body.ground.value
    await append(tx, Entry.by(principal, "conduct-withheld", "conduct-record", record_id, at=now, reason=ground))
    return _answer(record, today, response)


@router.post("/conduct-records/{record_id}/withdrawal", summary="撤回 Withdraw")
async def post_withdrawal(
    *,
    request: Request,
    record_id: UUID,
    body: WithdrawRecord,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> ConductRecordLine:
    now, today, records = now_of(request), today_of(request), SqlConductRecords(tx.session)
    locked = await _locked(principal, Action.WITHDRAW, records, record_id, if_match, today)
    ground = body.ground.value
    await append(tx, Entry.by(principal, "conduct-withdrawn", "conduct-record", record_id, at=now, reason=ground))
    record = await withdraw_record(
        records, ConductDisplay(tx), tx.outbox, locked, body.withdrawal(), clocks=SqlClocks(tx), now=now
    )
    return _answer(record, today, response)


def _answer(record: ConductRecord, today: date, response: Response) -> ConductRecordLine:
    response.headers["ETag"] = etag_of_version(record.version)
    response.headers["Cache-Control"] = "no-store"
    return ConductRecordLine.of(record, today)


async def _locked(  # noqa: PLR0917 -- what is asked, by whom, of which version, when
    principal: CurrentPrincipal,
    action: Action,
    records: SqlConductRecords,
    record_id: UUID,
    if_match: str | None,
    today: date,
) -> ConductRecord:
    demand_any(principal, action)
    locked = await records.get_for_update(record_id, today)
    _demand_for(principal, action, locked)
    require_match(if_match, etag_of_version(locked.version))
    return locked


def _demand_for(principal: CurrentPrincipal, action: Action, record: ConductRecord) -> None:
    organ = record.recorded.organ
    demand(principal, action, organ.kind, organ.region, organ.code)
