"""exchange-api over five feeds that are real but for who writes them, and the follower that fills the channels."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import uvicorn
from common.auth import install_auth
from common.database import Database
from common.events import EVENTS, Event
from common.feed_api import feed_router
from common.http import create_app
from common.kafka import Cluster
from common.kafka.administration import topic_ids
from common.positions import Follower
from contracts import entitlements
from contracts.entitlements import EXCHANGE, TOPICS
from contracts.exchange_events import FEED_PREFIX
from contracts.releases import releases
from exchange_api.app import build_app
from exchange_api.channels.releasing import Releasing
from exchange_api.settings import ExchangeSettings
from fastapi import FastAPI
from yulu_local.engines import Postgres

from tests.faults.sources import SOURCE, Server, sequence_all, write
from tests.integration.exchange.conftest import NOW, OPERATOR, Call

GOLDEN = Path(__file__).parents[3] / "contracts" / "golden"


def golden(event_type: str, **changes: Any) -> Event:
    """An event of this type with a key of its own."""
    cls = EVENTS[event_type]
    data = orjson.loads((GOLDEN / f"{event_type}.json").read_bytes())["data"]
    return cls.model_validate(data | {cls.key_field: str(uuid4()), "version": 1} | changes)


@dataclass
class Province:
    """The feeds of all services: written, sequenced and followed when a test says so."""

    owners: Mapping[str, Database]
    exchange: Database
    feeds: Mapping[str, Any]

    async def tell(self, *events: Event) -> None:
        """Committed and sequenced, one after the other."""
        for event in events:
            await write(self.owners[event.topic], event)
        for topic in {event.topic for event in events}:
            await sequence_all(self.owners[topic])

    def follower(self, **changes: Any) -> Follower:
        feeds = {topic: self.feeds[topic] for topic in releases().topics}
        return Follower(self.exchange, Releasing(lambda: NOW), feeds, **changes)

    async def release(self) -> None:
        """What `exchange_api release` does with the feeds, up to their heads."""
        follower = self.follower()
        await follower.start()
        await follower.catch_up()

    async def erase(self, key: str) -> None:
        for owner in self.owners.values():
            await (await owner.pool()).execute("UPDATE feed SET bytes = NULL WHERE key = $1", key)


@pytest.fixture(scope="module")
async def owners(postgres: Postgres) -> AsyncIterator[Mapping[str, Database]]:
    server = Server(postgres.url)
    await server.prepare()
    async with AsyncExitStack() as stack:
        databases = {}
        for topic in TOPICS:
            name = await server.clone(SOURCE, f"feed_{topic.partition('.')[0]}_{uuid4().hex[:8]}")
            stack.push_async_callback(server.drop, name)
            databases[topic] = server.database(name, source=f"/{topic.partition('.')[0]}")
            stack.push_async_callback(databases[topic].close)
        yield databases


@pytest.fixture(scope="module")
def services(
    owners: Mapping[str, Database], exchange_settings: dict[str, Any]
) -> Mapping[str, httpx.AsyncBaseTransport]:
    transports = {}
    for topic in TOPICS:
        settings = ExchangeSettings(**exchange_settings)
        app = create_app(title=topic, settings=settings)
        install_auth(app, settings)
        app.state.database = owners[topic]
        app.include_router(feed_router(topic, entitlements, prefix=FEED_PREFIX if topic == EXCHANGE else "/v1"))
        transports[topic.partition(".")[0]] = httpx.ASGITransport(app)
    return transports


@pytest.fixture(scope="module")
async def exchange_app(exchange_settings: dict[str, Any], services: Any) -> AsyncIterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("exchange_api.app.tasks_of", lambda _: ())
        app = build_app(ExchangeSettings(**exchange_settings), clock=lambda: NOW, transports=services)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture(scope="module")
async def province(owners: Mapping[str, Database], exchange_app: FastAPI, exchange_database: Database) -> Province:
    return Province(owners, exchange_database, exchange_app.state.feeds)


async def sent(province: Province, cluster: Cluster, name: str) -> None:
    """Until Kafka has been given the whole channel, in the topic that is there now."""
    pool = await province.exchange.pool()
    async with asyncio.timeout(120):
        while True:
            row = await pool.fetchrow(
                "SELECT p.topic_id, p.position = c.position AS whole "
                "FROM channels c JOIN channel_publications p USING (channel) WHERE channel = $1",
                name,
            )
            if row["whole"] and row["topic_id"] == (await topic_ids(cluster, [name])).get(name):
                return
            await asyncio.sleep(0.05)


KINDS = {
    "court": "410000", "procuratorate": "410000", "administrative-organ": "410000", "system": "410000",
    "association": "410000", "bureau": "410000",
}  # fmt: skip


def system(organ: str, kind: str, region: str = "410000") -> dict[str, Any]:
    """Rights of a token of this organ's system."""
    return {
        "roles": ["stream-client"], "organisation_kind": kind, "organisation_id": organ, "subject": f"{organ}-system",
        "region": region,
    }  # fmt: skip


async def connect(call: Call, organ: str, kind: str, region: str = "410000") -> dict[str, Any]:
    answer = await call(
        "POST", "/clients", OPERATOR,
        json={
            "subject": f"{organ}-system", "name": organ, "organisation_kind": kind, "organ_code": organ,
            "region": region, "reason": "数据共享协议",
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    connected: dict[str, Any] = answer.json()
    return connected


@pytest.fixture(scope="module")
async def organs(call: Call, province: Province) -> dict[str, dict[str, Any]]:
    """Systems of every kind, one of a city and its association too: organ → rights of its tokens."""
    connected = {}
    for kind, region in KINDS.items():
        await connect(call, f"p-{kind}", kind, region)
        connected[f"p-{kind}"] = system(f"p-{kind}", kind, region)
    for organ, kind in (("zz-court", "court"), ("zz-association", "association")):
        await connect(call, organ, kind, "410100")
        connected[organ] = system(organ, kind, "410100")
    return connected


@pytest.fixture
async def addresses(services: Any, free_port: Callable[[], int]) -> AsyncIterator[dict[str, str]]:
    """Of the services whose feeds it follows; nobody else can be reached."""
    async with AsyncExitStack() as stack:
        yield {
            f"{topic.partition('.')[0].upper()}_URL": await stack.enter_async_context(
                _served(services[topic.partition(".")[0]].app, free_port())
            )
            for topic in releases().topics
        }


@asynccontextmanager
async def _served(app: Any, port: int) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
async def start_releasing(
    addresses: dict[str, str], exchange_settings: dict[str, Any], issuer: Any, kafka: Any, tmp_path: Path
) -> AsyncIterator[Callable[[], Any]]:
    """Starts `exchange_api release` as a process of its own; it writes to `releases.log`."""
    started: list[asyncio.subprocess.Process] = []

    async def start() -> asyncio.subprocess.Process:
        environment = addresses | {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ENVIRONMENT": "test",
            "EXCHANGE_DATABASE_URL": exchange_settings["exchange_database_url"],
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "OIDC_ISSUER": issuer.url,
            "CLIENT_ID": "exchange-releases",
            "CLIENT_SECRET": issuer.client_secret("exchange-releases"),
            "DATA_DIR": str(tmp_path),
        }
        with (tmp_path / "releases.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "exchange_api", "release", env=environment, stdout=log, stderr=log
            )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()
