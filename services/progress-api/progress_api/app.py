"""progress-api's HTTP side, composed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.cancellation import at_work
from common.clock import Clock, system_clock
from common.database import Database
from common.feed_api import feed_router, parked_router
from common.files.copying import Copies
from common.files.receiving import Receiving
from common.files.scanning import NoScanner, Scanner
from common.http import Router, add_check, create_app
from common.proofs import Proofs
from common.timers import Task, run_for_ever
from contracts import entitlements
from contracts.plan import plans
from contracts.progress_events import TOPIC
from contracts.retention import exchange_log_kept_from
from fastapi import FastAPI
from progress_store import SCHEMA

from progress_api.backfills.routes import router as backfills
from progress_api.backfills.routes import values as reported_values
from progress_api.board import Board
from progress_api.bulletins.notice_routes import router as notice_sheets
from progress_api.bulletins.routes import router as bulletins
from progress_api.catalogue.routes import router as catalogue
from progress_api.closing.public_routes import router as published_closing
from progress_api.closing.routes import router as closing
from progress_api.comparison.routes import router as comparison
from progress_api.decompositions.routes import router as decompositions
from progress_api.deliverables.file_routes import router as deliverable_files
from progress_api.deliverables.routes import router as deliverables
from progress_api.editions.public_routes import router as public_editions
from progress_api.editions.routes import router as editions
from progress_api.forecasts.routes import router as forecasts
from progress_api.forecasts.timers import (
    when_a_month_has_begun_make_its_forecasts,
    when_rows_have_moved_compute_month_ends,
)
from progress_api.history.routes import router as history
from progress_api.history.store_telling import when_a_day_has_ended_tell_its_values
from progress_api.indicators.routes import router as indicators
from progress_api.inspections.routes import router as inspections
from progress_api.lights.routes import router as lights
from progress_api.lights.store import StoredLights
from progress_api.notices.routes import router as notices
from progress_api.notices.store import let_rules_look
from progress_api.policies.routes import router as policies
from progress_api.problems import install_progress_handlers
from progress_api.rebuilds.routes import router as rebuilds
from progress_api.reporting.routes import router as reporting
from progress_api.reporting.scan_routes import router as report_scans
from progress_api.reporting.sheet_routes import router as report_sheets
from progress_api.reporting.store_scans import erase_scans
from progress_api.reporting.timers import open_reports, remind
from progress_api.resolved import parked_event_resolved
from progress_api.settings import ProgressSettings
from progress_api.statistics.routes import router as statistics
from progress_api.stream.routes import router as stream

SOURCE = "/progress"


ROUTERS: tuple[Router, ...] = (
    catalogue,
    indicators,
    history,
    notices,
    inspections,
    comparison,
    stream,
    rebuilds,
    lights,
    reporting,
    report_sheets,
    report_scans,
    backfills,
    reported_values,
    statistics,
    forecasts,
    deliverables,
    deliverable_files,
    decompositions,
    policies,
    bulletins,
    notice_sheets,
    editions,
    public_editions,
    closing,
    published_closing,
)

TASKS: tuple[Task, ...] = (
    when_rows_have_moved_compute_month_ends,
    when_a_month_has_begun_make_its_forecasts,
    open_reports,
    remind,
    let_rules_look,
    when_a_day_has_ended_tell_its_values,
    erase_scans,
)
"""What timers do, in this order."""


def build_app(settings: ProgressSettings, *, clock: Clock = system_clock, scanner: Scanner | None = None) -> FastAPI:
    """`scanner`: of malware in what is uploaded, where one is connected."""
    signer = settings.signer()
    proofs = Proofs(signer, TOPIC, exchange_log_kept_from, clock=clock, seconds=settings.timer_seconds)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(
            settings.dsn, source=SOURCE, search_path=f"{SCHEMA},public", pool_size=settings.database_pool_size
        )
        app.state.database = database
        app.state.board = Board(
            database,
            recompute_seconds=settings.recompute_seconds,
            page_lag_seconds=settings.page_lag_seconds,
            clock=clock,
        )
        app.state.lights = StoredLights(database)
        add_check(app, "database", database.ping)
        looking = run_for_ever(database, clock, settings.timer_seconds, TASKS, looked=app.state.looked)
        try:
            async with at_work(looking), proofs.kept(database):
                yield
        finally:
            await database.close()

    app = create_app(
        title="豫律 进度服务 Progress",
        settings=settings,
        lifespan=lifespan,
        description="方案全文目录、指标数值及其依据、实时进度。The plan, its values and the rows behind them, live.",
    )
    install_auth(app, settings)
    app.state.clock, app.state.plans = clock, plans(settings.plans_dir)
    app.state.copies, app.state.receiving, app.state.scanner = Copies(), Receiving(), scanner or NoScanner()
    app.state.looked = asyncio.Event()  # the timers have been round once
    install_progress_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(parked_router(entitlements, parked_event_resolved))
    app.include_router(feed_router(TOPIC, entitlements))
    proofs.install(app, entitlements)
    return app
