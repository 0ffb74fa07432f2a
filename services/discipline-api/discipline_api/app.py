"""discipline-api: sanctions, their disclosure, and the feed discipline.events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from common.auth import install_auth
from common.database import Database
from common.feed_api import close_metrics, feed_router
from common.http import Router, add_check, create_app
from contracts import entitlements
from contracts.discipline_events import TOPIC
from fastapi import FastAPI

from discipline_api.audit.attempts import Attempts
from discipline_api.audit.store import link
from discipline_api.clock import Clock, system_clock
from discipline_api.clocks.store import announce
from discipline_api.disclosures.public_reads import add_public_routes
from discipline_api.display.store import end_due
from discipline_api.problems import install_handlers
from discipline_api.record.store import erase_ended
from discipline_api.sanctions.routes import router as sanctions
from discipline_api.settings import DisciplineSettings
from discipline_api.timers import Task, run_for_ever

ROUTERS: tuple[Router, ...] = (sanctions,)
TASKS: tuple[Task, ...] = (announce, end_due, erase_ended, link)
"""What timers do, in this order."""


def build_app(settings: DisciplineSettings, *, clock: Clock = system_clock) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = Database(settings.dsn, source="/discipline")
        app.state.database = database
        app.state.attempts = Attempts(database)
        add_check(app, "database", database.ping)
        timers = asyncio.create_task(run_for_ever(database, clock, settings.timer_seconds, TASKS))
        try:
            yield
        finally:
            timers.cancel()
            with suppress(asyncio.CancelledError):
                await timers
            await database.close()

    app = create_app(title="豫律 惩戒与公示 Discipline", settings=settings, lifespan=lifespan)
    app.state.clock = clock
    install_auth(app, settings)
    close_metrics(app, TOPIC, entitlements)
    install_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(feed_router(TOPIC, entitlements))
    add_public_routes(app)
    return app
