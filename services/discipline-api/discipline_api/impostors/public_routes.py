"""Reporting somebody who practises without a licence, and following what comes of it: the receipt is the right."""

from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of, today_of
from common.database import Database, Tx
from common.http import Router
from common.http.rate_limit import public_rate_limit
from contracts.impostors import impostor_conduct
from contracts.working_days import local_date
from fastapi import Depends, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.impostors.access import KIND, desk_of, own_organ, sealed_of
from discipline_api.impostors.domain import ImpostorCase, report
from discipline_api.impostors.fields import EnterClue, ReportClue
from discipline_api.impostors.store import SqlImpostorCases
from discipline_api.impostors.terms import Source
from discipline_api.impostors.use_cases import take_clue
from discipline_api.impostors.views import TOLD_INFORMANT, ConductView, FollowedClue, ReportedView
from discipline_api.permissions import Action, demand
from discipline_api.receipts import intake
from discipline_api.receipts.intake import ClientKey, OpenSession, SessionToken, SessionView, Write, file_once

router = Router(prefix="/v1", tags=["假冒律师线索 Practice without a licence"])

_NO_STORE = {"Cache-Control": "no-store"}


@router.get(
    "/impostor-clues/conduct",
    summary="行为种类与处理机关 Kinds of conduct and who acts on each",
    dependencies=[Depends(public_rate_limit)],
)
async def get_conduct() -> list[ConductView]:
    return [ConductView.of(row) for row in impostor_conduct().values()]


@router.post(
    "/impostor-clues",
    status_code=status.HTTP_201_CREATED,
    summary="举报 Report a clue",
    description="无需登录，可不留姓名。同一 Idempotency-Key 重复提交只有一件，并再次显示同一回执号。"
    " No account needed, nor a name. A repetition with the same key gives the same receipt.",
    dependencies=[Depends(intake.limit_filing)],
)
async def post_clue(
    request: Request, response: Response, body: ReportClue, idempotency_key: ClientKey = None
) -> ReportedView:
    now, key = now_of(request), intake.require_client_key(idempotency_key)

    async def write(tx: Tx, case_id: UUID) -> None:
        case = report(
            case_id,
            organ=body.organ(),
            source=Source.PUBLIC,
            suspect_kind=body.suspect.kind,
            conduct=body.conduct,
            received_on=local_date(now),
            source_received_on=None,
            at=now,
        )
        await take_clue(desk_of(request, tx), case, body.texts())

    return await _reported(request, response, key, body.canonical(), write)


@router.post(
    "/impostor-clues/entries",
    status_code=status.HTTP_201_CREATED,
    summary="登记线索 Enter a clue from a department, by phone or on paper, or found by the bureau",
)
async def post_entry(
    *,
    request: Request,
    response: Response,
    body: EnterClue,
    principal: CurrentPrincipal,
    idempotency_key: ClientKey = None,
) -> ReportedView:
    organ = own_organ(principal)
    demand(principal, Action.HANDLE_IMPOSTORS, organ.kind, organ.region, organ.code)
    now, key = now_of(request), intake.require_client_key(idempotency_key)

    async def write(tx: Tx, case_id: UUID) -> None:
        case = report(
            case_id,
            organ=organ,
            source=body.source,
            suspect_kind=body.suspect.kind,
            conduct=body.conduct,
            received_on=body.received_on,
            source_received_on=body.source_received_on,
            at=now,
        )
        await take_clue(desk_of(request, tx), case, body.texts())
        await append(tx, Entry.by(principal, "impostors:enter", KIND, case_id, at=now))

    return await _reported(request, response, key, body.canonical(), write)


async def _reported(request: Request, response: Response, key: bytes, content: bytes, write: Write) -> ReportedView:
    case_id, receipt = await file_once(request, "impostor-clue", key, content, write)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        case, clocks = await _kept(request, tx, case_id), await SqlClocks(tx).of(case_id)
    response.headers.update(_NO_STORE)
    return ReportedView.of(case, receipt, clocks, now_of(request))


@router.post(
    "/impostor-receipts/sessions",
    status_code=status.HTTP_201_CREATED,
    summary="凭回执号查询 Open a clue by its receipt",
    dependencies=[Depends(intake.limit_receipts)],
)
async def post_session(request: Request, response: Response, body: OpenSession) -> SessionView:
    case_id, session = await intake.open_session(request, "impostor-clue", body.digits())
    database: Database = request.app.state.database
    async with database.begin() as tx:
        await _kept(request, tx, case_id)
    response.headers.update(_NO_STORE)
    return session


@router.get("/impostor-receipts/case", summary="查询办理情况 Follow one's clue")
async def get_case(request: Request, response: Response, session: SessionToken = None) -> FollowedClue:
    database: Database = request.app.state.database
    async with database.begin() as tx:
        case_id = await intake.by_session(request, tx, "impostor-clue", session)
        case = await _kept(request, tx, case_id)
        clocks = await SqlClocks(tx).of(case_id)
        answers = await sealed_of(request, tx).read(case_id, TOLD_INFORMANT)
    response.headers.update(_NO_STORE)
    return FollowedClue.of(case, clocks, answers, now_of(request))


async def _kept(request: Request, tx: Tx, case_id: UUID) -> ImpostorCase:
    case = await SqlImpostorCases(tx).get(case_id)
    case.check_kept(today_of(request))
    return case
