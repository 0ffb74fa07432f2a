"""A service whose PostgreSQL fails over under load: what its clients are told, and that nothing is gone."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from common.database import Database, asyncpg_dsn
from common.migrations import ensure_database
from sqlalchemy import make_url
from yulu_local.cluster import PostgresCluster, running_postgres_cluster
from yulu_local.ports import LOOPBACK

from tests.integration.common_http.conftest import prepared

CLIENTS = 4
WRITES = 20
PATIENCE_SECONDS = 300
"""Far more than anything takes: it only ends a test that would wait for ever."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    with running_postgres_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def _one_address(cluster: PostgresCluster) -> str:
    """It leads to whoever is primary."""
    return cluster.url


def _every_address(cluster: PostgresCluster) -> str:
    """The service itself looks for the primary."""
    hosts = tuple(f"{LOOPBACK}:{node.port}" for node in cluster.nodes)
    url = make_url(cluster.url)._replace(host=None, port=None, query={})
    asked = url.update_query_dict({"host": hosts, "target_session_attrs": "primary"})
    return asked.render_as_string(hide_password=False)


@pytest.fixture(scope="module", params=[_one_address, _every_address], ids=lambda known: known.__name__.strip("_"))
async def database(cluster: PostgresCluster, request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = await prepared(request.param(cluster))
    yield database
    await database.close()
    cluster.ask(cluster.primary, "DROP DATABASE common_http WITH (FORCE)")


async def test_a_database_that_a_standby_has_not_heard_of_is_waited_for(cluster: PostgresCluster) -> None:
    standby = cluster.standbys[0]
    url = make_url(_every_address(cluster))
    hosts = sorted(url.query["host"], key=lambda host: host != f"{LOOPBACK}:{standby.port}")
    dsn = url.update_query_dict({"host": hosts}).set(database="unheard_of").render_as_string(hide_password=False)
    cluster.ask(standby, "SELECT pg_wal_replay_pause()")
    making = asyncio.create_task(ensure_database(dsn))
    await asyncio.sleep(1)
    assert not making.done()
    cluster.ask(standby, "SELECT pg_wal_replay_resume()")
    await making
    connection = await asyncpg.connect(asyncpg_dsn(make_url(dsn)))
    assert not await connection.fetchval("SELECT pg_is_in_recovery()")
    await connection.close()


class _Office:
    """Repeats a write with its key until it is acknowledged, and reads what it has written, until told to stop."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self.told: Counter[int] = Counter()
        self.unadvised: list[httpx.Response] = []
        self.acknowledged: list[str] = []
        self.over = asyncio.Event()

    async def work(self) -> None:
        while not self.over.is_set():
            name, key = str(uuid4()), str(uuid4())
            while await self._asked("POST", json={"name": name}, headers={"Idempotency-Key": key}) == 503:
                await asyncio.sleep(0.1)
            self.acknowledged.append(name)
            await self._asked("GET", params={"name": name})

    async def _asked(self, method: str, **request: Any) -> int:
        answer = await self._client.request(method, "/v1/things", **request)
        self.told[answer.status_code] += 1
        if answer.status_code == 503 and "retry-after" not in answer.headers:
            self.unadvised.append(answer)
        return answer.status_code

    async def has_written(self, more: int) -> None:
        wanted = len(self.acknowledged) + more
        while len(self.acknowledged) < wanted:
            await asyncio.sleep(0.02)


async def test_a_failover_is_told_as_try_again_and_loses_nothing(
    client: httpx.AsyncClient, database: Database, cluster: PostgresCluster
) -> None:
    office = _Office(client)
    async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(office.work())
        try:
            await office.has_written(WRITES)
            former = cluster.primary
            await asyncio.to_thread(former.kill)
            await asyncio.to_thread(lambda: cluster.promote(cluster.furthest()))
            await office.has_written(WRITES)
        finally:
            office.over.set()
    await asyncio.to_thread(cluster.rejoin, former)
    await asyncio.to_thread(cluster.wait_until_synchronous)
    assert set(office.told) == {200, 201, 503}
    assert office.unadvised == []
    pool = await database.pool()
    names = Counter(row["name"] for row in await pool.fetch("SELECT name FROM things"))
    assert names == Counter(office.acknowledged)
    assert await pool.fetchval("SELECT count(*) FROM outbox") == len(office.acknowledged)
