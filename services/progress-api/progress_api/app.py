"""progress-api's HTTP side, composed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.auth import install_auth
from common.database import Database
from common.feed_api import feed_router, parked_router
from common.http import add_check, create_app
from contracts import entitlements
from contracts.progress_events import TOPIC
from fastapi import FastAPI
from progress_store import SCHEMA

from progress_api.board import Board
from progress_api.catalogue.routes import router as catalogue
from progress_api.indicators.routes import router as indicators
from progress_api.rebuilds.routes import router as rebuilds
from progress_api.resolved import parked_event_resolved
from progress_api.settings import ProgressSettings
from progress_api.stream.routes import router as stream

SOURCE = "/progress"


def build_app(settings: ProgressSettings) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source=SOURCE, search_path=f"{SCHEMA},public")
        app.state.database = database
        app.state.board = Board(database, recompute_seconds=settings.recompute_seconds)
        add_check(app, "database", database.ping)
        try:
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
    app.include_router(catalogue)
    app.include_router(indicators)
    app.include_router(stream)
    app.include_router(rebuilds)
    app.include_router(parked_router(entitlements, parked_event_resolved))
    app.include_router(feed_router(TOPIC, entitlements))
    return app
