"""A primary is lost, a standby lacks something and is promoted, a broker is parted; what clients are told meanwhile."""

import asyncio
from collections.abc import Iterator

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaConnectionError
from common.database import Database
from common.http.database_errors import database_problem
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from yulu_local.cluster import KafkaCluster, PostgresCluster, running_kafka_cluster, running_postgres_cluster
from yulu_local.engines import Kafka, Postgres

from tests.faults.failovers import (
    kill_the_primary,
    part_a_broker_from_clients,
    part_a_broker_from_everybody,
    part_a_broker_from_the_others,
    promote_an_asynchronous_standby,
)
from tests.faults.faults import Fault
from tests.faults.groups import run_group
from tests.faults.laboratory import Engines
from tests.faults.sources import DATABASE_ERRORS, Server, with_database

SEED = 20
# A killed actor closes nothing, in one process no more than in two.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    with running_postgres_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaCluster]:
    with running_kafka_cluster(tmp_path_factory.mktemp("brokers")) as running:
        yield running


async def test_clients_are_told_to_try_again_and_find_the_primary_by_themselves(cluster: PostgresCluster) -> None:
    """Also those whom the address led to a standby for a moment, and whose connections to it live on."""
    await asyncio.to_thread(cluster.ask, cluster.primary, "CREATE TABLE notes (note text)")
    cluster.clients.switch(cluster.standbys[0].port)
    database = Database(with_database(cluster.url, "postgres"), source="/test", pool_size=1)
    try:
        assert await _noted(database, "at a standby") == 503
        cluster.clients.switch(cluster.primary.port, sever=False)
        assert await _noted(database, "at the primary") == 200
        former = cluster.primary
        await asyncio.to_thread(former.kill)
        assert await _noted(database, "at nobody") == 503
        await asyncio.to_thread(lambda: cluster.promote(cluster.furthest()))
        assert await _noted(database, "at the next primary") == 200
        await asyncio.to_thread(cluster.rejoin, former)
        await asyncio.to_thread(cluster.wait_until_synchronous)
        async with database.begin() as tx:
            rows = await (await tx.raw()).fetch("SELECT note FROM notes ORDER BY note")
        assert [row["note"] for row in rows] == ["at the next primary", "at the primary"]
    finally:
        await database.close()


async def _noted(database: Database, note: str) -> int:
    """The status that a service answers; raises what would be its 500."""
    try:
        async with database.begin() as tx:
            await tx.session.execute(text("INSERT INTO notes VALUES (:note)"), {"note": note})
    except (DBAPIError, *DATABASE_ERRORS) as error:
        problem = database_problem(error)
        if problem is None:
            raise
        assert problem.headers is not None
        assert problem.headers["Retry-After"]
        return problem.status
    return 200


async def test_a_primary_is_lost_and_nothing_with_it_but_a_standby_behind_raises_the_alarm(
    postgres: Postgres, kafka: Kafka, cluster: PostgresCluster
) -> None:
    """The store stands apart, so that what the last promotion lacks has been applied elsewhere."""
    server, apart = Server(cluster.url), Server(postgres.url)
    await server.prepare()
    await apart.prepare()
    chosen: list[Fault] = [kill_the_primary, promote_an_asynchronous_standby]
    result = await run_group(server, kafka.bootstrap, SEED, chosen, engines=Engines(cluster), store_server=apart)
    assert not cluster.is_standby(cluster.primary)
    assert all(cluster.is_standby(node) for node in cluster.standbys)
    assert result.struck == [fault.__name__ for fault in chosen]
    assert [name for name, _ in result.windows] == [kill_the_primary.__name__]


async def test_a_parted_broker_is_reached_by_nobody_until_it_heals(brokers: KafkaCluster) -> None:
    broker, other = brokers.brokers[:2]
    broker.clients.silence()
    try:
        with pytest.raises(KafkaConnectionError):
            await _brokers_known_to(broker.address)
        assert await _brokers_known_to(other.address) == {1, 2, 3}
    finally:
        broker.clients.heal()
    assert await _brokers_known_to(broker.address) == {1, 2, 3}


async def _brokers_known_to(address: str) -> set[int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=address, request_timeout_ms=3_000)
    try:
        await admin.start()
        return {each.nodeId for each in admin._client.cluster.brokers()}
    finally:
        await admin.close()


async def test_a_broker_is_parted_from_clients_and_brokers_and_nothing_is_lost(
    cluster: PostgresCluster, brokers: KafkaCluster
) -> None:
    server = Server(cluster.url)
    await server.prepare()
    chosen: list[Fault] = [part_a_broker_from_clients, part_a_broker_from_everybody, part_a_broker_from_the_others]
    result = await run_group(server, brokers.bootstrap, SEED + 1, chosen, engines=Engines(cluster, brokers))
    assert [name for name, _ in result.windows] == [fault.__name__ for fault in chosen]
