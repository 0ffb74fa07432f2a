"""The complainant's side of the rights channel, a process of its own: nothing in it opens identity or facts again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.clock import Clock, system_clock
from common.database import Database
from common.feed_api import close_metrics
from common.http import Router, add_check, create_app
from common.http.correlation import NoOfferedCorrelation
from common.http.rate_limit import RateLimit, public_rate_limit
from common.proofs import record_calls
from common.secrecy.receipts import Receipts
from contracts import entitlements
from contracts.rights_events import TOPIC
from fastapi import Depends, FastAPI

from rights_api.attachments.public_routes import router as own_attachments
from rights_api.attachments.running import take_attachments
from rights_api.complaints.consent_routes import own_router as own_consents
from rights_api.complaints.dictation_routes import router as dictations
from rights_api.complaints.own_reads import add_own_reads
from rights_api.complaints.own_routes import router as own_complaints
from rights_api.complaints.proof_routes import router as filing_proofs
from rights_api.complaints.public_routes import router as public_complaints
from rights_api.evaluations.public_routes import router as public_evaluations
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.meetings.public_routes import dictations as dictated_meetings
from rights_api.meetings.public_routes import router as public_meetings
from rights_api.messages.own_routes import router as own_messages
from rights_api.problems import install_rights_handlers
from rights_api.public_settings import PublicSettings

SOURCE = "/rights"

ROUTERS: tuple[Router, ...] = (
    public_complaints,
    dictations,
    public_meetings,
    dictated_meetings,
    filing_proofs,
    own_complaints,
    own_attachments,
    own_messages,
    own_consents,
    public_evaluations,
)


def build_public_app(settings: PublicSettings, *, clock: Clock = system_clock) -> FastAPI:
    vault, keys = settings.vault(), settings.receipt_keys()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
        app.state.database = database
        app.state.receipts = Receipts(keys)
        take_attachments(app, database, vault, clock)
        add_check(app, "database", database.ping)
        try:
            yield
        finally:
            app.state.receipts.close()
            await database.close()

    app = create_app(
        title="豫律 维权申请 Practice rights, for complainants",
        settings=settings,
        lifespan=lifespan,
        description="律师执业权利受侵害的提交与查询，无需登录。Filing and following a complaint, without an account.",
    )
    app.state.clock = clock
    app.state.vault = vault
    app.state.filing_proofs = settings.filing_proofs()
    app.state.filing_limit = RateLimit(settings.filing_rate_limit)
    app.state.receipt_limit = RateLimit(settings.receipt_rate_limit)
    app.state.evaluation_limit = RateLimit(settings.evaluation_rate_limit)
    app.state.invitation_codes = InvitationCodes(keys)
    install_auth(app, settings)  # for /metrics, and for officers who file for a caller
    record_calls(app, clock)
    close_metrics(app, TOPIC, entitlements)
    install_rights_handlers(app)
    for router in ROUTERS:
        app.include_router(router, dependencies=[Depends(public_rate_limit)])  # beside narrower ones
    add_own_reads(app)
    app.add_middleware(NoOfferedCorrelation, concerns=lambda _: True)  # added last: outermost
    return app
