"""The registry's HTTP side, composed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.cancellation import at_work
from common.database import Database
from common.feed_api import feed_router, parked_router
from common.http import Router, add_check, create_app
from common.proofs import Proofs
from contracts import entitlements
from contracts.registry_events import TOPIC
from contracts.retention import exchange_log_kept_from
from fastapi import FastAPI

from registry_api.assessments.routes import router as assessments
from registry_api.bindings.routes import router as bindings
from registry_api.cases.change import changes_of
from registry_api.changes.routes import router as changes
from registry_api.files.public_files import add_public_files
from registry_api.files.routes import router as files
from registry_api.files.runner import FileRunner, Terms
from registry_api.firms import changes as firm_changes
from registry_api.firms.public_lookup import add_public_firms
from registry_api.firms.routes import router as firms
from registry_api.imports.routes import router as imports
from registry_api.imports.runner import ImportRunner
from registry_api.interns.routes import router as interns
from registry_api.lawyers import changes as lawyer_changes
from registry_api.lawyers.public_cache import PublicCache
from registry_api.lawyers.public_lookup import add_public_lookup
from registry_api.lawyers.routes import router as lawyers
from registry_api.lawyers.store import PublicChanges, PublicRegister
from registry_api.persons import changes as person_changes
from registry_api.persons.routes import router as persons
from registry_api.problems import install_register_handlers
from registry_api.proposals.routes import router as proposals
from registry_api.recognitions.public_lists import add_public_lists
from registry_api.recognitions.routes import router as recognitions
from registry_api.reconciliation.routes import router as reconciliation
from registry_api.register.sealing import Places
from registry_api.search.public_search import add_public_search
from registry_api.search.routes import router as search
from registry_api.settings import OF_CLOSED_FEEDS, SOURCE, RegistrySettings
from registry_api.standing.consumers import resolved
from registry_api.standing.routes import router as standing
from registry_api.statistics.routes import router as statistics
from registry_api.supervisors.routes import router as supervisors
from registry_api.timeline.routes import router as timelines
from registry_api.verification.routes import router as verification

ROUTERS: tuple[Router, ...] = (
    firms,
    lawyers,
    timelines,
    changes,
    proposals,
    persons,
    bindings,
    imports,
    reconciliation,
    files,
    standing,
    recognitions,
    assessments,
    interns,
    supervisors,
    verification,
    statistics,
    search,
)


def build_app(settings: RegistrySettings) -> FastAPI:
    sealer, signer = settings.sealer(), settings.signer()
    file_terms = Terms(settings.files_at, settings.registry_files_kept)
    proofs = Proofs(signer, TOPIC, exchange_log_kept_from)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source=SOURCE, pool_size=settings.database_pool_size)
        app.state.database = database
        add_check(app, "database", database.ping)
        try:
            app.state.public_register = PublicRegister(database)
            changes_heard = PublicChanges(database)
            following = app.state.public_cache.follow(changes_heard)
            files_runner = FileRunner(database, cursors=Places(sealer), signer=signer, terms=file_terms)
            try:
                async with (
                    at_work(following, ImportRunner(database).run(), files_runner.run()),
                    proofs.kept(database),
                ):
                    yield
            finally:
                await changes_heard.close()
        finally:
            await database.close()

    app = create_app(
        title="豫律 登记服务 Registry",
        settings=settings,
        untold=OF_CLOSED_FEEDS,
        lifespan=lifespan,
        description="律师事务所与律师的登记、变更、注销与公开查询。Firms and lawyers: registered, changed, looked up.",
    )
    app.state.sealer = sealer
    # Else a stolen database would give back the ID numbers in bodies.
    app.state.idempotency_request_pepper = sealer.key_for(b"yulu registry idempotent requests")
    app.state.public_cache = PublicCache(settings.public_cache_entries)
    app.state.changes = changes_of(*firm_changes.CHANGES, *lawyer_changes.CHANGES, *person_changes.CHANGES)
    install_auth(app, settings)
    install_register_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(feed_router(TOPIC, entitlements))
    app.include_router(parked_router(entitlements, resolved))
    proofs.install(app, entitlements)
    add_public_lookup(app)
    add_public_firms(app)
    add_public_lists(app)
    add_public_search(app)
    add_public_files(app)
    return app
