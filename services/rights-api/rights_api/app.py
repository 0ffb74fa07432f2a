"""The rights channel's HTTP side, composed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.database import Database
from common.feed_api import close_metrics, feed_router
from common.http import add_check, create_app
from common.http.correlation import NoOfferedCorrelation
from common.http.rate_limit import RateLimit
from common.secrecy.receipts import Receipts
from contracts import entitlements
from contracts.rights_events import TOPIC
from fastapi import FastAPI
from starlette.types import Scope

from rights_api.complaints.public_routes import router as public_complaints
from rights_api.complaints.routes import router as complaints
from rights_api.problems import install_rights_handlers
from rights_api.settings import RightsSettings

SOURCE = "/rights"


def build_app(settings: RightsSettings) -> FastAPI:
    vault, keys = settings.vault(), settings.receipt_keys()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source=SOURCE)
        app.state.database = database
        app.state.receipts = Receipts(keys)
        add_check(app, "database", database.ping)
        try:
            yield
        finally:
            app.state.receipts.close()
            await database.close()

    app = create_app(
        title="豫律 维权服务 Practice rights",
        settings=settings,
        lifespan=lifespan,
        description="律师执业权利受侵害的投诉、受理、答复与查询。Complaints by lawyers about violated practice rights.",
    )
    app.state.vault = vault
    app.state.idempotency_pepper = keys.officers
    app.state.filing_limit = RateLimit(settings.filing_rate_limit)
    app.state.receipt_limit = RateLimit(settings.receipt_rate_limit)
    install_auth(app, settings)
    close_metrics(app, TOPIC, entitlements)
    install_rights_handlers(app)
    app.include_router(public_complaints)
    app.include_router(complaints)
    app.include_router(feed_router(TOPIC, entitlements))
    app.add_middleware(NoOfferedCorrelation, concerns=_is_complainants)  # added last: outermost
    return app


def _is_complainants(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith("/v1/receipts/") or (path == "/v1/complaints" and scope["method"] == "POST")
