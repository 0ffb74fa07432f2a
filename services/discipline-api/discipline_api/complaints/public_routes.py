"""Asking where to go, filing, and following a complaint: no account, no token, no cookie; the receipt is the right."""

from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Database, Tx
from common.http import Router
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.rate_limit import public_rate_limit
from common.settings import Settings
from contracts.complaint_routes import hints
from contracts.conduct import OrganKind, organ_kind
from contracts.counties import COUNTIES
from contracts.working_days import local_date
from fastapi import Depends, Request, Response, status
from pydantic import BaseModel

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.clocks.store import SqlClocks
from discipline_api.complaints import use_cases
from discipline_api.complaints.access import KIND, desk_of, sealed_of
from discipline_api.complaints.domain import Complaint, file_complaint
from discipline_api.complaints.fields import AskRoute, EnterComplaint, FileComplaint, SendText, TransferComplaint
from discipline_api.complaints.routing import route
from discipline_api.complaints.store import SqlComplaints
from discipline_api.complaints.terms import Status
from discipline_api.complaints.views import FOLLOWED, FiledView, FollowedComplaint, RouteView
from discipline_api.organs import OF_THE_PROVINCE, Organ
from discipline_api.permissions import Action, demand, demand_any
from discipline_api.receipts import intake
from discipline_api.receipts.intake import ClientKey, OpenSession, SessionToken, SessionView, file_once
from discipline_api.receipts.problems import key_reused
from discipline_api.refusals import Refused

router = Router(prefix="/v1", tags=["投诉律师 Complaints about lawyers"])

_MOST_MESSAGES = 100
_NO_STORE = {"Cache-Control": "no-store"}


class HintView(BaseModel):
    code: str
    zh: str
    en: str


@router.get(
    "/complaint-routes/hints",
    summary="可选的行为 Kinds of conduct to choose from",
    dependencies=[Depends(public_rate_limit)],
)
async def get_hints() -> list[HintView]:
    return [HintView(code=hint.code, zh=hint.zh, en=hint.en) for hint in hints().values()]


@router.post(
    "/complaint-routes",
    summary="该找谁 Whose matter it is",
    description="只提封闭问题，不保存、不产生任何效果。 Closed questions; nothing is stored, nothing comes of it.",
    dependencies=[Depends(intake.limit_filing)],
)
async def post_route(request: Request, response: Response, body: AskRoute) -> RouteView:
    response.headers.update(_NO_STORE)
    return RouteView.of(route(body.question()), today_of(request), _urls(request))


@router.post(
    "/complaints",
    status_code=status.HTTP_201_CREATED,
    summary="投诉 File a complaint",
    description="无需登录。同一 Idempotency-Key 重复提交只有一件，并再次显示同一回执号。"
    " No account needed. A repetition with the same key gives the same receipt and never a second complaint.",
    dependencies=[Depends(intake.limit_filing)],
)
async def post_complaint(
    request: Request, response: Response, body: FileComplaint, idempotency_key: ClientKey = None
) -> FiledView:
    organ = route(body.question()).organ
    if organ is None:
        raise AssertionError("who files here complains of a lawyer or a firm")
    return await _filed(request, response, body, organ, intake.require_client_key(idempotency_key), officer=None)


@router.post(
    "/complaints/entries",
    status_code=status.HTTP_201_CREATED,
    summary="代为登记 Write down what came on paper, by phone or from another organ",
    description="登记人当场把回执号交给投诉人；系统不保存。 The officer hands over the receipt; it is not stored.",
)
async def post_entry(
    *,
    request: Request,
    response: Response,
    body: EnterComplaint,
    principal: CurrentPrincipal,
    idempotency_key: ClientKey = None,
) -> FiledView:
    organ = _own_organ(principal)
    demand(principal, Action.ENTER_COMPLAINT, organ.kind, organ.region, organ.code)
    return await _filed(request, response, body, organ, intake.require_client_key(idempotency_key), officer=principal)


@router.post(
    "/complaints/transfers",
    status_code=status.HTTP_201_CREATED,
    summary="接收其他机关系统转来的投诉 Take in what another organ's system passes on",
    description="仅限本系统的数据交换服务；办理机关由规则确定。 For exchange-api; the rules say whose matter it is.",
)
async def post_transfer(
    *,
    request: Request,
    response: Response,
    body: TransferComplaint,
    principal: CurrentPrincipal,
    idempotency_key: ClientKey = None,
) -> FiledView:
    demand_any(principal, Action.TRANSFER_COMPLAINT)
    organ = route(body.question()).organ
    if organ is None:
        raise AssertionError("what is passed on here complains of a lawyer or a firm")
    return await _filed(request, response, body, organ, intake.require_client_key(idempotency_key), officer=principal)


async def _filed(
    request: Request, response: Response, body: FileComplaint, organ: Organ, key: bytes, *, officer: Principal | None
) -> FiledView:
    now = now_of(request)
    passed_on = isinstance(body, TransferComplaint)
    doing = Action.TRANSFER_COMPLAINT if passed_on else Action.ENTER_COMPLAINT

    async def write(tx: Tx, complaint_id: UUID) -> None:
        complaint = file_complaint(complaint_id, body.matter(local_date(now)), organ, now)
        marks = body.marks(request.app.state.likeness)
        await use_cases.file(desk_of(request, tx), complaint, body.texts(), marks)
        if officer is not None:
            await append(tx, Entry.by(officer, doing.value, KIND, complaint_id, at=now))

    complaint_id, receipt = await file_once(request, "complaint", key, body.canonical(), write)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        complaint = await _kept(request, tx, complaint_id)
        clocks = await SqlClocks(tx).of(complaint_id)
    response.headers.update(_NO_STORE)
    return FiledView.of(complaint, receipt, clocks, now)


@router.post(
    "/complaint-receipts/sessions",
    status_code=status.HTTP_201_CREATED,
    summary="凭回执号查询 Open a complaint by its receipt",
    description="会话15分钟有效；期满删除的答410并注明日期。 The session lasts 15 minutes; 410, dated, once erased.",
    dependencies=[Depends(intake.limit_receipts)],
)
async def post_session(request: Request, response: Response, body: OpenSession) -> SessionView:
    complaint_id, session = await intake.open_session(request, "complaint", body.digits())
    database: Database = request.app.state.database
    async with database.begin() as tx:
        await _kept(request, tx, complaint_id)
    response.headers.update(_NO_STORE)
    return session


@router.get("/complaint-receipts/case", summary="查询办理情况 Follow one's complaint")
async def get_case(request: Request, response: Response, session: SessionToken = None) -> FollowedComplaint:
    database: Database = request.app.state.database
    async with database.begin() as tx:
        complaint_id = await intake.by_session(request, tx, "complaint", session)
        return await _followed(request, tx, response, await _kept(request, tx, complaint_id))


@router.post(
    "/complaint-receipts/messages", summary="留言 Write to the officer", dependencies=[Depends(intake.limit_filing)]
)
async def post_message(
    *,
    request: Request,
    response: Response,
    body: SendText,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> FollowedComplaint:
    key = intake.require_client_key(idempotency_key)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        complaint_id = await intake.by_session(request, tx, "complaint", session)
        complaint = await _kept(request, tx, complaint_id, lock=True)
        digest = intake.message_digest(request, key)
        if not await _sent_before(request, tx, complaint, digest, place="from-complainant", text=body.text):
            await _check_room(request, tx, complaint)
            await sealed_of(request, tx).write(
                complaint_id, "from-complainant", body.text, now_of(request), key_digest=digest
            )
        return await _followed(request, tx, response, complaint)


@router.post(
    "/complaint-receipts/supplement",
    summary="补充材料 Supply what was asked for",
    dependencies=[Depends(intake.limit_filing)],
)
async def post_supplement(
    *,
    request: Request,
    response: Response,
    body: SendText,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
    if_match: IfMatch = None,
) -> FollowedComplaint:
    key = intake.require_client_key(idempotency_key)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        complaint_id = await intake.by_session(request, tx, "complaint", session)
        complaint = await _kept(request, tx, complaint_id, lock=True)
        digest = intake.message_digest(request, key)
        if not await _sent_before(request, tx, complaint, digest, place="supplement", text=body.text):
            require_match(if_match, etag_of_version(complaint.version))
            complaint = await use_cases.supplement(desk_of(request, tx), complaint, body.text, key_digest=digest)
        return await _followed(request, tx, response, complaint)


@router.post(
    "/complaint-receipts/review", summary="申请复核 Ask for a review", dependencies=[Depends(intake.limit_filing)]
)
async def post_review(
    *,
    request: Request,
    response: Response,
    body: SendText,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
    if_match: IfMatch = None,
) -> FollowedComplaint:
    key = intake.require_client_key(idempotency_key)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        complaint_id = await intake.by_session(request, tx, "complaint", session)
        complaint = await _kept(request, tx, complaint_id, lock=True)
        digest = intake.message_digest(request, key)
        if not await _sent_before(request, tx, complaint, digest, place="review-request", text=body.text):
            require_match(if_match, etag_of_version(complaint.version))
            complaint = await use_cases.ask_review(desk_of(request, tx), complaint, body.text, key_digest=digest)
        return await _followed(request, tx, response, complaint)


async def _kept(request: Request, tx: Tx, complaint_id: UUID, *, lock: bool = False) -> Complaint:
    today = today_of(request)
    complaint = (await SqlComplaints(tx).get(complaint_id, lock=lock)).as_of(today)
    complaint.check_kept(today)
    return complaint


async def _followed(request: Request, tx: Tx, response: Response, complaint: Complaint) -> FollowedComplaint:
    now = now_of(request)
    main = complaint if complaint.joined_into is None else await _kept(request, tx, complaint.joined_into)
    response.headers.update(_NO_STORE | {"ETag": etag_of_version(complaint.version)})
    return FollowedComplaint.of(
        complaint,
        main,
        await SqlComplaints(tx).steps(complaint),
        await SqlClocks(tx).of(*{complaint.complaint_id, main.complaint_id}),
        await sealed_of(request, tx).read(complaint.complaint_id, FOLLOWED),
        now=now,
        urls=_urls(request),
    )


async def _sent_before(request: Request, tx: Tx, complaint: Complaint, digest: bytes, *, place: str, text: str) -> bool:
    """With the complaint locked, so that of two at once the second finds the first."""
    before = await sealed_of(request, tx).written(complaint.complaint_id, digest)
    if before is not None and (before.place, before.text) != (place, text):
        raise key_reused()
    return before is not None


async def _check_room(request: Request, tx: Tx, complaint: Complaint) -> None:
    if complaint.status is Status.CLOSED:
        raise Refused("complaint-closed", "投诉已办结，不能再留言", "the complaint is closed", conflict=True)
    if await sealed_of(request, tx).count(complaint.complaint_id, "from-complainant") >= _MOST_MESSAGES:
        raise Refused(
            "messages-full", f"留言至多{_MOST_MESSAGES}条", f"at most {_MOST_MESSAGES} messages", conflict=True
        )


def _own_organ(principal: Principal) -> Organ:
    """The officer's own; a county's bureau writes down for its city."""
    kind = organ_kind(principal.organisation_kind) or OrganKind.COUNTY_BUREAU
    region = principal.region or ""
    if kind is OrganKind.COUNTY_BUREAU:
        return Organ(OrganKind.BUREAU, COUNTIES[region].region if region in COUNTIES else region, "")
    return Organ(kind, "410000" if kind in OF_THE_PROVINCE else region, "")


def _urls(request: Request) -> dict[str, str]:
    settings: Settings = request.app.state.settings
    return {"rights": settings.url_of("rights_public"), "discipline": settings.url_of("discipline")}
