"""Filing and following a case: no account, no token, no cookie; the receipt is the only right.

These answers carry neither event ids nor a WAL position: both would tell of other people's cases.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import uuid4

import orjson
from common.database import Database
from common.http import Router
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import FILING_QUEUE, SESSION_QUEUE, Receipts, parse_client_key
from common.secrecy.sealing import KeyVault
from fastapi import Depends, Header, Request, Response, status

from rights_api.complaints.domain import Complaint
from rights_api.complaints.fields import FileComplaint, OpenSession
from rights_api.complaints.problems import key_problem, key_reused, receipt_taken, receipt_unknown, session_invalid
from rights_api.complaints.routing import check
from rights_api.complaints.store import SqlCases
from rights_api.complaints.use_cases import Filing, file
from rights_api.complaints.views import FiledView, FollowedCase, SessionView

SESSION_LIFETIME = timedelta(minutes=15)

router = Router(prefix="/v1", tags=["维权申请 For complainants"])


def _limit_filing(request: Request) -> None:
    limit: RateLimit = request.app.state.filing_limit
    limit.check(request)


def _limit_receipts(request: Request) -> None:
    limit: RateLimit = request.app.state.receipt_limit
    limit.check(request)


ClientKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="Required: 128 random bits, 32 hex digits or a UUID.")
]
SessionToken = Annotated[str | None, Header(alias="Receipt-Session", max_length=200)]


@router.post(
    "/complaints",
    status_code=status.HTTP_201_CREATED,
    summary="提交 File a complaint",
    description="无需登录。同一 Idempotency-Key 重复提交只立一案，并再次显示同一回执号。"
    " No account needed. A repetition with the same key gives the same receipt and never a second case.",
    dependencies=[Depends(_limit_filing)],
)
async def post_complaint(
    request: Request, response: Response, body: FileComplaint, idempotency_key: ClientKey = None
) -> FiledView:
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    matter = body.matter()
    check(matter)
    receipts: Receipts = request.app.state.receipts
    receipt = receipts.derive(key)
    filing = Filing(
        matter=matter,
        key_digest=receipts.key_digest(key),
        request_digest=receipts.request_digest(key, body.canonical()),
        facts=orjson.dumps({"incident_at": body.incident_at, "facts": body.facts}).decode(),
        identity=None if body.complainant is None else body.complainant.model_dump_json(),
    )
    complaint = await _filed_before(request, filing)
    if complaint is None:
        # Slow, and therefore outside any transaction.
        receipt_digest = await receipts.digest(receipt, queue=FILING_QUEUE)
        complaint = await _file_once(request, filing, receipt_digest)
    response.headers.update({"Cache-Control": "no-store", "Location": "/v1/receipts/case"})
    return FiledView.of(complaint, receipt)


async def _filed_before(request: Request, filing: Filing) -> Complaint | None:
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    async with database.begin() as tx:
        known = await SqlCases(tx.session, vault).by_key(filing.key_digest)
    if known is None:
        return None
    complaint, request_digest = known
    if request_digest != filing.request_digest:
        raise key_reused()
    return complaint


async def _file_once(request: Request, filing: Filing, receipt_digest: bytes) -> Complaint:
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    async with database.begin() as tx:
        # A concurrent repetition waits inside for the first to end.
        complaint = await file(
            filing,
            receipt_digest,
            SqlCases(tx.session, vault),
            tx.outbox,
            complaint_id=uuid4(),
            at=datetime.now(UTC),
        )
    if complaint is None:
        complaint = await _filed_before(request, filing)
    if complaint is None:
        raise receipt_taken()
    return complaint


@router.post(
    "/receipts/sessions",
    status_code=status.HTTP_201_CREATED,
    summary="凭回执号查询 Open a case by its receipt",
    description="会话15分钟有效。 The session lasts 15 minutes. No Idempotency-Key: a second session does no harm.",
    dependencies=[Depends(_limit_receipts)],
)
async def post_session(request: Request, response: Response, body: OpenSession) -> SessionView:
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    receipt_digest = await receipts.digest(body.digits(), queue=SESSION_QUEUE)
    token, token_digest = receipts.new_session()
    async with database.begin() as tx:
        expires_at = await SqlCases(tx.session, vault).open_session(
            token_digest, receipt_digest, lifetime=SESSION_LIFETIME
        )
    # After the commit, so that a wrong receipt waits for the disk as a right one does.
    if expires_at is None:
        raise receipt_unknown()
    response.headers["Cache-Control"] = "no-store"
    return SessionView(session=token, expires_at=expires_at)


@router.get("/receipts/case", summary="查询办理情况 Follow one's case")
async def get_case(request: Request, response: Response, session: SessionToken = None) -> FollowedCase:
    if session is None:
        raise session_invalid()
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    async with database.begin() as tx:
        cases = SqlCases(tx.session, vault)
        complaint = await cases.by_session(receipts.session_digest(session))
        if complaint is None:
            raise session_invalid()
        texts = await cases.texts(complaint.complaint_id, ("refusal", "reply"))
    response.headers["Cache-Control"] = "no-store"
    return FollowedCase.of(complaint, texts)
