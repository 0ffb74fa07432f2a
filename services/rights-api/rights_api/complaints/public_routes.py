"""Filing and following a case: no account, no token, no cookie; the receipt is the only right.

These answers carry neither event ids nor a WAL position: both would tell of other people's cases.
"""

from common.clock import now_of
from common.database import Database
from common.http import Router
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import SESSION_QUEUE, Receipts
from common.secrecy.sealing import KeyVault
from fastapi import Depends, Request, Response, status

from rights_api.cases.once import limit_filing
from rights_api.cases.own import ClientKey
from rights_api.cases.problems import receipt_unknown
from rights_api.complaints.explaining import explain
from rights_api.complaints.fields import AskRoute, FileComplaint, OpenSession
from rights_api.complaints.filing import filed_by
from rights_api.complaints.store import SqlComplaints
from rights_api.complaints.views import FiledView, RouteView, SessionView

router = Router(prefix="/v1", tags=["维权申请 For complainants"])


def _limit_receipts(request: Request) -> None:
    limit: RateLimit = request.app.state.receipt_limit
    limit.check(request)


@router.post(
    "/complaint-routes",
    status_code=status.HTTP_200_OK,
    summary="提交前了解去向 Where a complaint would go",
    description="不留存任何内容。 Nothing of it is kept.",
    dependencies=[Depends(limit_filing)],
)
async def post_route(request: Request, response: Response, body: AskRoute) -> list[RouteView]:
    """Every remedy that is open or closed for the matter: to whom, because of which rule, and when an answer is due."""
    database: Database = request.app.state.database
    async with database.begin() as tx:
        told = await explain(tx.session, body.matters(), now_of(request))
    response.headers["Cache-Control"] = "no-store"
    return [RouteView.of(each) for each in told]


@router.post(
    "/complaints",
    status_code=status.HTTP_201_CREATED,
    summary="提交 File a complaint",
    description="无需登录。同一 Idempotency-Key 重复提交只立一案，并再次显示同一回执号。"
    " No account needed. A repetition with the same key gives the same receipt and never a second case."
    " 头 Receipt-Session 可用于随即上传材料。 The header Receipt-Session lets one send files at once.",
    dependencies=[Depends(limit_filing)],
)
async def post_complaint(
    request: Request, response: Response, body: FileComplaint, idempotency_key: ClientKey = None
) -> FiledView:
    return await filed_by(request, response, body, idempotency_key)


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
        expires_at = await SqlComplaints(tx.session, vault).open_session(token_digest, receipt_digest)
    # After the commit, so that a wrong receipt waits for the disk as a right one does.
    if expires_at is None:
        raise receipt_unknown()
    response.headers["Cache-Control"] = "no-store"
    return SessionView(session=token, expires_at=expires_at)
