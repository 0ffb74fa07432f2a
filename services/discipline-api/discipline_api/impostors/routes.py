"""Officers: clues and cases of practice without a licence, joint action, the fine, and the end; each act audited."""

from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import now_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from fastapi import Header, Request, Response
from fastapi import status as http_status
from pydantic import AwareDatetime

from discipline_api.clocks.store import SqlClocks
from discipline_api.impostors import use_cases
from discipline_api.impostors.access import Caller, sealed_of
from discipline_api.impostors.domain import ImpostorCase, Referral
from discipline_api.impostors.fields import (
    AcknowledgeReferral,
    CloseCase,
    DecideFine,
    DismissClue,
    EstablishConduct,
    HandOver,
    Refer,
    TellReferralResult,
)
from discipline_api.impostors.store import SqlImpostorCases
from discipline_api.impostors.terms import Purpose, Status
from discipline_api.impostors.views import CaseLine, CaseView, OneCase, OpenedCase, ReferralLine
from discipline_api.permissions import Action, visible

router = Router(prefix="/v1", tags=["假冒律师查处 Practice without a licence, for officers"])

_LIST = "impostor-cases"

AccessPurpose = Annotated[
    Purpose, Header(alias="Access-Purpose", description="查看用途，留痕 / what the content is for; it is audited")
]


def _answer(response: Response, case: ImpostorCase) -> CaseLine:
    response.headers.update({"ETag": etag_of_version(case.version), "Cache-Control": "no-store"})
    return CaseLine.of(case)


def _referred(response: Response, changed: tuple[ImpostorCase, Referral]) -> ReferralLine:
    case, referral = changed
    response.headers.update({"ETag": etag_of_version(case.version), "Cache-Control": "no-store"})
    return ReferralLine.with_referral(case, referral)


@router.get("/impostor-cases", summary="线索与案件列表（不含内容） List clues and cases, metadata only")
async def get_cases(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    status: Status | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[CaseView]:
    now = now_of(request)
    found = await SqlImpostorCases(tx).search(
        visible(principal, Action.LIST_IMPOSTORS),
        limit=limit + 1,
        after=decode_cursor(cursor, _LIST, AwareDatetime, UUID),
        status=status,
    )
    clocks = await SqlClocks(tx).of(*(case.case_id for case in found))
    response.headers["Cache-Control"] = "no-store"
    return Page[CaseView].of(
        found,
        limit=limit,
        item=lambda case: CaseView.seen(case, [c for c in clocks if c.owner.id == case.case_id], now),
        cursor=lambda case: encode_cursor(_LIST, case.reported_at, str(case.case_id)),
    )


@router.get("/impostor-cases/{case_id}", summary="线索或案件（不含内容） A clue or case, metadata")
async def get_case(
    request: Request, response: Response, case_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> OneCase:
    caller = Caller(request, tx, principal)
    case = await caller.read(case_id)
    referrals = await caller.cases.referrals(case_id)
    clocks = await SqlClocks(tx).of(case_id, *(referral.referral_id for referral in referrals))
    response.headers.update({"ETag": etag_of_version(case.version), "Cache-Control": "no-store"})
    return OneCase.one(case, referrals, clocks, caller.now)


@router.get(
    "/impostor-cases/{case_id}/content",
    summary="内容 The content",
    description="仅办理机关可看，须说明用途，每次查看留痕。 For the bureau that has it; every look is audited.",
)
async def get_content(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    purpose: AccessPurpose,
) -> OpenedCase:
    caller = Caller(request, tx, principal)
    case = await caller.read(case_id, Action.HANDLE_IMPOSTORS)
    await caller.log("impostors:open-content", case_id, purpose.value)
    response.headers["Cache-Control"] = "no-store"
    return OpenedCase.of(case, await sealed_of(request, tx).read(case_id))


@router.post("/impostor-cases/{case_id}/hand-over", summary="移交有管辖权的司法局 Hand over to the bureau of the place")
async def post_hand_over(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: HandOver,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:hand-over", case_id, body.county or body.region)
    return _answer(response, await use_cases.hand_over(caller.desk, locked, body.organ()))


@router.post("/impostor-cases/{case_id}/opening", summary="立案 Open a case")
async def post_opening(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: EstablishConduct,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:open", case_id)
    return _answer(response, await use_cases.open_case(caller.desk, locked, body.conduct))


@router.post("/impostor-cases/{case_id}/dismissal", summary="不予立案 Dismiss a clue")
async def post_dismissal(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: DismissClue,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:dismiss", case_id, body.dismissal.value)
    return _answer(response, await use_cases.dismiss(caller.desk, locked, body.dismissal, body.text))


@router.post("/impostor-cases/{case_id}/conduct", summary="认定行为 Establish the conduct")
async def post_conduct(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: EstablishConduct,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:establish", case_id, " ".join(body.conduct))
    return _answer(response, await use_cases.establish(caller.desk, locked, body.conduct))


@router.post(
    "/impostor-cases/{case_id}/referrals",
    status_code=http_status.HTTP_201_CREATED,
    summary="联合行动任务或移送 Joint action, or transfer, to another department",
)
async def post_referral(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: Refer,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReferralLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log(f"impostors:{body.kind.value}", case_id, body.department.value)
    return _referred(response, await use_cases.refer(caller.desk, locked, body.kind, body.department, body.text))


@router.post("/impostor-cases/{case_id}/referrals/{referral_id}/acknowledgement", summary="部门签收 Acknowledged")
async def post_acknowledgement(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    referral_id: UUID,
    body: AcknowledgeReferral,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReferralLine:
    """The department's receipt: number, day, and who received it."""
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    referral = await caller.referral(locked, referral_id)
    await caller.log("impostors:acknowledged", case_id, referral.department.value)
    changed = await use_cases.acknowledge(caller.desk, locked, referral, body.acknowledged_on, body.receipt())
    return _referred(response, changed)


@router.post("/impostor-cases/{case_id}/referrals/{referral_id}/result", summary="部门反馈或撤回 Result, or taken back")
async def post_result(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    referral_id: UUID,
    body: TellReferralResult,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ReferralLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    referral = await caller.referral(locked, referral_id)
    await caller.log("impostors:referral-result", case_id, f"{referral.department.value}: {body.result.value}")
    changed = await use_cases.tell_result(caller.desk, locked, referral, body.result, on=body.result_on, text=body.text)
    return _referred(response, changed)


@router.post("/impostor-cases/{case_id}/decision", summary="处罚决定 Stop order, confiscation and fine (article 55)")
async def post_decision(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: DecideFine,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:decide", case_id)
    return _answer(response, await use_cases.fine(caller.desk, locked, body.fined()))


@router.post("/impostor-cases/{case_id}/closure", summary="结案 Close")
async def post_closure(
    *,
    request: Request,
    response: Response,
    case_id: UUID,
    body: CloseCase,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> CaseLine:
    caller = Caller(request, tx, principal)
    locked = await caller.locked(case_id, if_match)
    await caller.log("impostors:close", case_id, body.outcome.value)
    return _answer(response, await use_cases.close(caller.desk, locked, body.outcome, body.text))
