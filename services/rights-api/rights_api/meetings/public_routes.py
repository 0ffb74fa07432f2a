"""Recording a refused meeting and following it: no account; the receipt is the only right."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from common.auth import CurrentPrincipal, forbidden
from common.clock import now_of
from common.database import Database, Tx
from common.http import Router
from common.secrecy.receipts import Receipts, parse_client_key
from common.secrecy.sealing import KeyVault
from fastapi import Depends, Request, Response, status

from rights_api.cases.access import organ_of
from rights_api.cases.domain import Actor
from rights_api.cases.fields import RegionCode
from rights_api.cases.once import limit_filing
from rights_api.cases.own import ClientKey, SessionToken
from rights_api.cases.problems import key_problem, key_reused, session_invalid
from rights_api.meetings.centres import SqlCentres
from rights_api.meetings.domain import StepKind, Watch
from rights_api.meetings.fields import AddWords, RecordRefusal, ReportMeeting
from rights_api.meetings.filing import recorded_by, view_of
from rights_api.meetings.keeping import check_watch_kept
from rights_api.meetings.store import SqlMeetings
from rights_api.meetings.use_cases import Watches
from rights_api.meetings.views import CentreView, RecordedView, WatchView
from rights_api.permissions import Action, has

router = Router(prefix="/v1", tags=["维权申请 For complainants"])
dictations = Router(prefix="/v1/refused-meetings/dictations", tags=["维权办理 For officers"])


@router.get("/public/detention-centres", summary="看守所名单与值班电话 Detention centres and their offices' telephones")
async def get_public_centres(request: Request, region: RegionCode | None = None) -> list[CentreView]:
    database: Database = request.app.state.database
    async with database.begin() as tx:
        return [CentreView.of(centre) for centre in await SqlCentres(tx.session).of(region)]


@router.post(
    "/refused-meetings",
    status_code=status.HTTP_201_CREATED,
    summary="登记会见被拒 Record a refused meeting",
    description="无需登录。开始48小时计时；理由不合法的立即转为案件。 No account needed. It starts a watch of 48 hours;"
    " where the stated ground is unlawful it is a case at once. A repetition with the same key gives the same receipt.",
    dependencies=[Depends(limit_filing)],
)
async def post_refused_meeting(
    request: Request, response: Response, body: RecordRefusal, idempotency_key: ClientKey = None
) -> RecordedView:
    return await recorded_by(request, response, body, idempotency_key)


@dictations.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="电话代录会见被拒 Record a refused meeting for a caller",
    description="回执号只在此显示，请当场告知来电律师。 The receipt is for the caller: tell it to him at once.",
    dependencies=[Depends(limit_filing)],
)
async def post_dictated_meeting(
    *,
    request: Request,
    response: Response,
    body: RecordRefusal,
    principal: CurrentPrincipal,
    idempotency_key: ClientKey = None,
) -> RecordedView:
    if not has(principal, Action.DICTATE):
        raise forbidden(principal, Action.DICTATE.value)
    return await recorded_by(
        request, response, body, idempotency_key, officer=Actor("officer", principal.subject, organ_of(principal))
    )


@router.get("/receipts/meeting", summary="查询会见被拒的计时 Follow the watch")
async def get_own_watch(request: Request, response: Response, session: SessionToken = None) -> WatchView:
    database: Database = request.app.state.database
    async with database.begin() as tx:
        watch = await _own_watch(request, tx, session, lock=False)
        response.headers["Cache-Control"] = "no-store"
        return await view_of(request, tx, watch)


@router.post("/receipts/meeting/arrangement", summary="登记已会见 Report that the meeting took place")
async def post_arrangement(
    *,
    request: Request,
    response: Response,
    body: ReportMeeting,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> WatchView:
    async def arranged(watches: Watches, watch: Watch, now: datetime, key: bytes) -> Watch:
        return await watches.arranged(watch, body.arranged_at, now, key)

    return await _step(request, response, (session, idempotency_key), StepKind.ARRANGED, arranged)


@router.post("/receipts/meeting/words", summary="补充原话 Add words used")
async def post_words(
    *,
    request: Request,
    response: Response,
    body: AddWords,
    session: SessionToken = None,
    idempotency_key: ClientKey = None,
) -> WatchView:
    async def words(watches: Watches, watch: Watch, now: datetime, key: bytes) -> Watch:
        return await watches.words(watch, body.text, now, key)

    return await _step(request, response, (session, idempotency_key), StepKind.WORDS, words)


@router.post("/receipts/meeting/withdrawal", summary="撤回 Withdraw")
async def post_withdrawal(
    request: Request, response: Response, session: SessionToken = None, idempotency_key: ClientKey = None
) -> WatchView:
    async def withdrawn(watches: Watches, watch: Watch, now: datetime, key: bytes) -> Watch:
        return await watches.withdrawn(watch, now, key)

    return await _step(request, response, (session, idempotency_key), StepKind.WITHDRAWN, withdrawn)


async def _step(
    request: Request,
    response: Response,
    headers: tuple[str | None, str | None],
    kind: StepKind,
    take: Callable[[Watches, Watch, datetime, bytes], Awaitable[Watch]],
) -> WatchView:
    """Once for each key; whatever the law has made of the watch meanwhile comes first. `headers`: session and key."""
    session, idempotency_key = headers
    key = parse_client_key(idempotency_key or "")
    if key is None:
        raise key_problem(missing=idempotency_key is None)
    receipts: Receipts = request.app.state.receipts
    database: Database = request.app.state.database
    vault: KeyVault = request.app.state.vault
    digest, now = receipts.key_digest(key), now_of(request)
    async with database.begin() as tx:
        watch = await _own_watch(request, tx, session, lock=True)
        known = await SqlMeetings(tx.session).step_of_key(digest)
        if known is not None and (known.meeting_id != watch.meeting_id or known.step != kind.value):
            raise key_reused()
        if known is None:
            watches = Watches(tx, vault, SqlMeetings(tx.session))
            watch = await take(watches, await watches.settle(watch, now), now, digest)
        response.headers["Cache-Control"] = "no-store"
        return await view_of(request, tx, watch)


async def _own_watch(request: Request, tx: Tx, session: str | None, *, lock: bool) -> Watch:
    """Raises the one refusal there is, whatever was wrong with the session."""
    if session is None:
        raise session_invalid()
    receipts: Receipts = request.app.state.receipts
    watch = await SqlMeetings(tx.session).by_session(receipts.session_digest(session), lock=lock)
    if watch is None:
        raise session_invalid()
    await check_watch_kept(request, tx, watch)
    return watch
