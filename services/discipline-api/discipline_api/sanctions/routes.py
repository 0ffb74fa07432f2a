"""HTTP in and out for organs and for our own workers."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_bytes, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.telemetry import get_logger
from contracts.conduct import OrganKind, PenaltyKind
from fastapi import Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.domain import view
from discipline_api.clocks.store import SqlClocks
from discipline_api.display.sanctions import SanctionDisplay
from discipline_api.permissions import Action, demand, demand_any, visible
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Sanction, check_in_term
from discipline_api.record.reasons import Finality, Withholding
from discipline_api.record.scale import check_scale
from discipline_api.record.store import SqlSanctions, owner_of
from discipline_api.record.store_benchmarks import benchmark_table
from discipline_api.record.store_publicity import SqlImpactAssessments
from discipline_api.record.store_recusals import demand_unbiased
from discipline_api.record.tariff import check_authority
from discipline_api.record.use_cases import note_remedy, record_sanction, withdraw_sanction
from discipline_api.sanctions.commands import (
    NoteRemedy,
    PublishSanction,
    RecordSanction,
    WithdrawSanction,
    WithholdSanction,
)
from discipline_api.sanctions.store import SanctionLists
from discipline_api.sanctions.use_cases import check_by_hand, publish_sanction, withhold_sanction
from discipline_api.sanctions.views import FinalityView, SanctionLine, SanctionView, State, SubjectView

router = Router(prefix="/v1", tags=["处罚与处分 Sanctions"])
_log = get_logger(__name__)


def _answer(sanction: Sanction, today: date, response: Response) -> SanctionLine:
    response.headers["ETag"] = etag_of_version(sanction.version)
    response.headers["Cache-Control"] = "no-store"
    return SanctionLine.of(sanction, today)


@router.post("/sanctions", status_code=status.HTTP_201_CREATED, summary="登记生效决定 Record an effective decision")
async def post_sanction(
    request: Request, body: RecordSanction, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> SanctionLine:
    demand_any(principal, Action.READ if body.organ.kind is OrganKind.COUNTY_BUREAU else Action.RECORD)
    check_authority(body.organ.kind, body.imposed.kinds)
    demand(principal, Action.RECORD, body.organ.kind, body.organ.region, body.organ.code)
    today, decision = today_of(request), body.decision()
    check_by_hand(decision, request.app.state.settings.discipline_cases_from)
    if decision.tier is not None:
        kind = PenaltyKind.INDUSTRY if decision.imposed.is_industry else PenaltyKind.ADMINISTRATIVE
        table = await benchmark_table(tx.session, kind, decision.decided_on)
        check_scale(table, decision.conduct_code, decision.tier, decision.imposed, decision.deviation_reasons)
    sanction = await record_sanction(
        SqlSanctions(tx.session), tx.outbox, uuid4(), decision, recorded_by=principal.subject, today=today
    )
    response.headers["Location"] = f"/v1/sanctions/{sanction.case_id}"
    return _answer(sanction, today, response)


@router.post("/sanctions/{case_id}/publication", summary="公示 Publish")
async def post_publication(
    *,
    request: Request,
    case_id: UUID,
    body: PublishSanction,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> SanctionLine:
    now, today, sanctions = now_of(request), today_of(request), SqlSanctions(tx.session)
    locked = await _locked(principal, Action.PUBLISH, tx, case_id, if_match)
    sanction = await publish_sanction(
        sanctions,
        SanctionDisplay(tx),
        tx.outbox,
        locked,
        body.publication(today, principal.subject),
        clocks=SqlClocks(tx),
        assessments=SqlImpactAssessments(tx.session),
        now=now,
    )
    checked = "facts-checked" if sanction.facts_checked_by else body.ground and body.ground.value
    await append(tx, Entry.by(principal, "sanction-published", "sanction", case_id, at=now, reason=checked))
    return _answer(sanction, today, response)


@router.post("/sanctions/{case_id}/withholding", summary="决定不予公示 Decide not to publish")
async def post_withholding(
    *,
    request: Request,
    case_id: UUID,
    body: WithholdSanction,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> SanctionLine:
    now, today, sanctions = now_of(request), today_of(request), SqlSanctions(tx.session)
    locked = await _locked(principal, Action.PUBLISH, tx, case_id, if_match)
    withholding = Withholding(body.ground, body.reasons, today)
    sanction = await withhold_sanction(sanctions, SqlClocks(tx), tx.outbox, locked, withholding)
    ground = body.ground.value
    await append(tx, Entry.by(principal, "sanction-withheld", "sanction", case_id, at=now, reason=ground))
    return _answer(sanction, today, response)


@router.post("/sanctions/{case_id}/withdrawal", summary="撤回 Withdraw")
async def post_withdrawal(
    *,
    request: Request,
    case_id: UUID,
    body: WithdrawSanction,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> SanctionLine:
    now, today, sanctions = now_of(request), today_of(request), SqlSanctions(tx.session)
    locked = await _locked(principal, Action.WITHDRAW, tx, case_id, if_match)
    sanction = await withdraw_sanction(
        sanctions,
        SanctionDisplay(tx),
        tx.outbox,
        locked,
        body.withdrawal(),
        clocks=SqlClocks(tx),
        owner=owner_of(locked),
        now=now,
    )
    ground = body.ground.value
    await append(tx, Entry.by(principal, "sanction-withdrawn", "sanction", case_id, at=now, reason=ground))
    return _answer(sanction, today, response)


@router.get(
    "/sanctions/{case_id}/finality",
    summary="救济与失信认定 Remedies, and what follows for credit",
    response_model=FinalityView,
)
async def get_finality(request: Request, case_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand_any(principal, Action.READ)
    sanctions = SqlSanctions(tx.session)
    sanction = await sanctions.get(case_id)
    _demand_for(principal, Action.READ, sanction)
    view = FinalityView.of(sanction, await sanctions.remedies(case_id), today_of(request))
    headers = {"ETag": etag_of_version(view.number), "Cache-Control": "no-store"}
    return Response(view.model_dump_json(), headers=headers, media_type="application/json")


@router.post("/sanctions/{case_id}/finality", summary="登记复议诉讼结果 Note what became of remedies")
async def post_finality(
    *,
    request: Request,
    case_id: UUID,
    body: NoteRemedy,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> SanctionLine:
    """If-Match is the ETag of this address: what is told of remedies does not change the decision."""
    demand_any(principal, Action.WITHDRAW)
    now, today, sanctions = now_of(request), today_of(request), SqlSanctions(tx.session)
    locked = await sanctions.get_for_update(case_id)
    _demand_for(principal, Action.WITHDRAW, locked)
    await demand_unbiased(tx.session, principal, Action.WITHDRAW, case_id)
    number = locked.finality.number if locked.finality else 0
    require_match(if_match, etag_of_version(number))
    finality = Finality(number + 1, body.outcome, body.document_number, body.on)
    sanction = await note_remedy(sanctions, SanctionDisplay(tx), locked, finality, by=principal.subject, now=now)
    outcome = body.outcome.value
    await append(tx, Entry.by(principal, "remedy-noted", "sanction", case_id, at=now, reason=outcome))
    _answer(sanction, today, response)
    response.headers["ETag"] = etag_of_version(number + 1)
    return SanctionLine.of(sanction, today)


@router.get("/sanctions/{case_id}/deadlines", summary="期限 Its deadlines")
async def get_deadlines(
    request: Request, case_id: UUID, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> list[dict[str, Any]]:
    demand_any(principal, Action.READ)
    _demand_for(principal, Action.READ, await SqlSanctions(tx.session).get(case_id))
    now = now_of(request)
    response.headers["Cache-Control"] = "no-store"
    return [view(running, now) for running in await SqlClocks(tx).of(case_id)]


@router.get("/sanctions", summary="查询处罚与处分 List sanctions")
async def get_sanctions(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    region: Annotated[str | None, Query(pattern=r"^41\d{4}$")] = None,
    organ_kind: OrganKind | None = None,
    state: State | None = None,
    publication_overdue: Annotated[bool, Query(description="逾期未公示 / due for publication before today")] = False,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[SanctionLine]:
    today = today_of(request)
    found = await SanctionLists(tx.session).search(
        visible(principal),
        limit=limit + 1,
        after=decode_cursor(cursor, "sanctions", date, UUID),
        region=region,
        organ_kind=organ_kind,
        state=state,
        publication_overdue_on=today if publication_overdue else None,
    )
    response.headers["Cache-Control"] = "no-store"
    return Page[SanctionLine].of(
        found,
        limit=limit,
        item=lambda sanction: SanctionLine.of(sanction, today),
        cursor=lambda sanction: encode_cursor("sanctions", sanction.decision.decided_on, sanction.case_id),
    )


@router.get("/sanctions/{case_id}", summary="处罚或处分 A sanction", response_model=SanctionView)
async def get_sanction(request: Request, case_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand_any(principal, Action.READ)
    sanction = await SqlSanctions(tx.session).get(case_id)
    _demand_for(principal, Action.READ, sanction)
    today = today_of(request)
    body, etag = SanctionView.of(sanction, today).model_dump_json().encode(), etag_of_version(sanction.version)
    due = sanction.awaits_publication and "publication" in sanction.overdue(today)
    if due or sanction.finality is not None or sanction.credit_shown or credit_of(sanction, today).dishonest:
        # It fell due, or became final, while the version stayed the same: who has this version may not know it.
        response = Response(body, headers={"ETag": etag}, media_type="application/json")
    else:
        response = bytes_response(request, body, etag=etag)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.get(
    "/sanctions/{case_id}/subject",
    summary="所涉律师或律所 Its subject",
    description="仅供本系统内部服务。期满后为 410。For our own workers only; 410 once the term is over.",
    response_model=SubjectView,
)
async def get_subject(request: Request, case_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    demand_any(principal, Action.READ_SUBJECT)
    sanction = await SqlSanctions(tx.session).get(case_id)
    _demand_for(principal, Action.READ_SUBJECT, sanction)
    check_in_term(sanction, today_of(request))
    _log.info("subject_told", case_id=str(case_id), to=principal.subject)
    body = SubjectView.of(sanction).model_dump_json().encode()
    response = bytes_response(request, body, etag=etag_of_bytes(body))
    response.headers["Cache-Control"] = "no-store"
    return response


def _demand_for(principal: CurrentPrincipal, action: Action, sanction: Sanction) -> None:
    organ = sanction.decision.organ
    demand(principal, action, organ.kind, organ.region, organ.code)


async def _locked(
    principal: CurrentPrincipal, action: Action, tx: Transaction, case_id: UUID, if_match: str | None
) -> Sanction:
    """The sanction, for one who may do this to it and has read it as it is."""
    demand_any(principal, action)
    locked = await SqlSanctions(tx.session).get_for_update(case_id)
    _demand_for(principal, action, locked)
    await demand_unbiased(tx.session, principal, action, case_id)
    require_match(if_match, etag_of_version(locked.version))
    return locked
