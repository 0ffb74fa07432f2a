"""The portal, composed."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from types import MappingProxyType

import httpx
from common.clock import Clock, system_clock
from common.database import Database
from common.http import add_check, create_app
from common.secrecy.sealing import KeyVault
from fastapi import APIRouter, FastAPI

from portal.accounts.directory import Directory
from portal.accounts.routes import router as accounts
from portal.accounts.store import Bindings
from portal.apis import open_apis
from portal.complaints.clue import router as clues
from portal.complaints.routes import router as complaints
from portal.dashboard.indicator_routes import router as dashboard_indicators
from portal.dashboard.notice_routes import router as dashboard_notices
from portal.dashboard.routes import router as dashboard
from portal.desks.routers import ROUTERS as DESKS
from portal.disclosures.routes import router as disclosures
from portal.facilities.routes import router as facilities
from portal.filing.routes import router as leaving
from portal.filing.sealed import SealedCookies
from portal.firms.routes import router as firms
from portal.guide.routes import router as guide
from portal.home.routes import router as home
from portal.lawyers.routes import router as lawyers
from portal.live.routes import router as live
from portal.look.assets import STATIC, Assets, Kept
from portal.look.failures import install_failure_pages
from portal.look.guard import Guard
from portal.look.pages import Look
from portal.look.problem_pages import ProblemPages
from portal.look.reports import router as reports
from portal.operations.redrive_routes import router as redrives
from portal.operations.routes import router as operations
from portal.operations.webhook_routes import router as webhooks
from portal.own.routes import router as own
from portal.plan.routes import router as plan
from portal.query_results.routes import router as query_results
from portal.receipts.files import router as receipt_files
from portal.receipts.routes import router as receipts
from portal.report_form.overview_routes import router as reports_overview
from portal.report_form.routes import router as report_form
from portal.rights.complaint import router as rights_complaint
from portal.rights.meeting import router as refused_meeting
from portal.rights.routes import router as rights
from portal.rights_desk.figures_routes import router as rights_figures
from portal.rights_desk.files import router as rights_files
from portal.rights_desk.routes import router as rights_desk
from portal.sessions import Sessions
from portal.sessions.expired import on_sign_in_needed
from portal.sessions.provider import Provider
from portal.sessions.routes import router as sessions
from portal.sessions.store import SessionStore
from portal.settings import PortalSettings
from portal.statistics.routes import router as statistics
from portal.verification.routes import router as verification
from portal.visitors.visitor import SignInNeeded

SOURCE = "/portal"

ROUTERS: tuple[APIRouter, ...] = (
    dashboard, dashboard_indicators, dashboard_notices, operations, redrives, webhooks, live,
    rights_desk, rights_files, rights_figures, report_form, reports_overview, *DESKS,
    home, lawyers, firms, disclosures, query_results, verification, statistics, plan, facilities, guide, sessions,
    accounts, own, reports,
    leaving, rights, refused_meeting, rights_complaint, receipts, receipt_files, complaints, clues,
)  # fmt: skip
UNTOLD = ("/rights", "/complaints", "/receipts", "/exit")
"""Pages whose counts and spans would tell when a complaint came in."""


def build_app(
    settings: PortalSettings,
    *,
    clock: Clock = system_clock,
    transports: Mapping[str, httpx.AsyncBaseTransport] = MappingProxyType({}),
) -> FastAPI:
    """`app.state` then holds `look`, `clients` (by service), `database`, `bindings`, `clock`, `vault`, and `visitors`
    where people sign in.

    transports: by service, or `identity`, how it is reached where not over the network. Without CLIENT_SECRET nobody
    signs in.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
            stack.push_async_callback(database.close)
            app.state.database, app.state.bindings = database, Bindings(database)
            if settings.client_secret is not None:
                provider = Provider(settings, settings.client_secret, transport=transports.get("identity"))
                stack.push_async_callback(provider.close)
                store = SessionStore(database)
                app.state.visitors = Sessions(provider, store, settings.kek, clock, secure=settings.secure)
            if settings.identity_client_secret is not None:
                directory = Directory(settings, settings.identity_client_secret, transport=transports.get("identity"))
                stack.push_async_callback(directory.close)
                app.state.directory = directory
            app.state.clients = await stack.enter_async_context(open_apis(settings, transports))
            add_check(app, "database", database.ping)
            yield

    app = create_app(title="豫律 门户 Portal", settings=settings, lifespan=lifespan, untold=UNTOLD)
    app.state.clock, app.state.vault = clock, KeyVault(settings.kek)
    app.state.sealed_cookies = SealedCookies(settings.kek, clock, secure=settings.secure)
    app.state.look = Look(settings, Assets())
    install_failure_pages(app)
    app.add_exception_handler(SignInNeeded, on_sign_in_needed)
    app.add_middleware(ProblemPages)
    app.add_middleware(Guard, url=settings.portal_url, issuer=settings.oidc_issuer)
    app.mount("/static", Kept(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
    return app
