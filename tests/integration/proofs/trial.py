"""A small service whose calls by systems are recorded; `python -m tests.integration.proofs.trial PORT DSN ISSUER`."""

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import ClassVar

import uvicorn
from common.auth import CurrentPrincipal, Principal, install_auth
from common.clock import Clock, system_clock
from common.database import Database
from common.events import Event
from common.feed_api import feed_router
from common.http import RequestModel, Router, Transaction, add_raw_route, create_app, json_response
from common.http.sse import EventStream, ServerEvent
from common.proofs import Proofs
from common.settings import Settings
from common.signing import Signer
from fastapi import FastAPI
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

TOPIC = "proofs.events"
KEY = bytes(range(32))
router = Router(prefix="/v1")


class ThingKept(Event, event_type="lawyers.proofs.thing.kept.v1", topic=TOPIC, key="thing_id"):
    """A thing has been kept."""

    thing_id: str


class Thing(RequestModel):
    name: str


class Rights:
    """Readers of the feed are our workers."""

    @staticmethod
    def may_read_feed(principal: Principal | None, topic: str) -> bool:
        return principal is not None and topic == TOPIC and Rights.may_watch(principal)

    @staticmethod
    def may_read_event(principal: Principal | None, event_type: str, region: str) -> bool:  # noqa: ARG004 -- of all
        return principal is not None and Rights.may_watch(principal)

    @staticmethod
    def may_operate(principal: Principal) -> bool:
        return principal.has("operator")

    @staticmethod
    def may_watch(principal: Principal) -> bool:
        return principal.has("feed-verifier")


@router.get("/things/{thing_id}")
async def get_thing(thing_id: str, principal: CurrentPrincipal) -> dict[str, str]:
    return {"thing_id": thing_id, "for": principal.subject}


@router.post("/things", status_code=201)
async def post_thing(body: Thing, principal: CurrentPrincipal, tx: Transaction) -> dict[str, str]:
    await tx.session.execute(text("INSERT INTO things (name) VALUES (:name)"), {"name": body.name})
    tx.outbox.add(ThingKept(thing_id=body.name, version=1, region="410000"))
    return {"name": body.name, "by": principal.subject}


@router.get("/boom")
async def boom() -> None:
    raise RuntimeError("no")


@router.get("/lines")
async def lines() -> Response:
    async def three() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"%d\n" % number

    return StreamingResponse(three())


@router.get("/stream")
async def stream(request: Request, first: int = 1) -> Response:
    async def events() -> AsyncGenerator[ServerEvent]:
        yield ServerEvent(data=str(first))
        await asyncio.sleep(3600)

    return EventStream(request, events(), expires_at=None)


async def look_up(request: Request) -> Response:
    return json_response({"number": request.path_params["number"]})


class TrialSettings(Settings):
    service: ClassVar[str] = "registry"


def kept_from(now: datetime) -> datetime:
    return now.replace(year=now.year - 3)


def build(settings: TrialSettings, *, clock: Clock = system_clock, timers: bool = False) -> FastAPI:
    proofs = Proofs(Signer(KEY), TOPIC, kept_from, clock=clock, parks=False)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = app.state.database = Database(settings.dsn, source="/proofs")
        try:
            if timers:
                async with proofs.kept(database):
                    yield
            else:
                yield
        finally:
            await database.close()

    app = create_app(title="试 Trial", settings=settings, lifespan=lifespan)
    install_auth(app, settings)
    app.include_router(router)
    app.include_router(feed_router(TOPIC, Rights()))
    proofs.install(app, Rights())
    add_raw_route(app, "/v1/raw/{number}", look_up, openapi={"summary": "Raw"})
    return app


if __name__ == "__main__":
    _, port, dsn, issuer = sys.argv
    trial_settings = TrialSettings(registry_database_url=dsn, oidc_issuer=issuer, public_rate_limit="off")
    uvicorn.run(build(trial_settings), port=int(port), log_level="error", loop="uvloop", http="httptools", ws="none")
