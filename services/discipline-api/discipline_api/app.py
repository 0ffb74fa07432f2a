"""discipline-api: sanctions, their disclosure, and the feed discipline.events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from common.auth import install_auth
from common.database import Database
from common.feed_api import close_metrics, feed_router
from common.http import add_check, create_app
from contracts import entitlements
from contracts.discipline_events import TOPIC
from fastapi import FastAPI

from discipline_api.clock import Clock, system_clock
from discipline_api.problems import install_handlers
from discipline_api.sanctions.disclosures import add_public_routes
from discipline_api.sanctions.erasure import erase_for_ever
from discipline_api.sanctions.routes import router
from discipline_api.settings import DisciplineSettings


def build_app(settings: DisciplineSettings, *, clock: Clock = system_clock) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source="/discipline")
        app.state.database = database
        add_check(app, "database", database.ping)
        erasure = asyncio.create_task(erase_for_ever(database, clock, settings.erasure_seconds))
        try:
            yield
        finally:
            erasure.cancel()
            with suppress(asyncio.CancelledError):
                await erasure
            await database.close()

    app = create_app(title="豫律 惩戒与公示 Discipline", settings=settings, lifespan=lifespan)
    app.state.clock = clock
    install_auth(app, settings)
    close_metrics(app, TOPIC, entitlements)
    install_handlers(app)
    app.include_router(router)
    app.include_router(feed_router(TOPIC, entitlements))
    add_public_routes(app)
    return app
