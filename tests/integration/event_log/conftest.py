from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from common.database import Database
from contracts.discipline_events import TOPIC as DISCIPLINE
from contracts.progress_events import TOPIC as PROGRESS
from contracts.registry_events import TOPIC as REGISTRY
from contracts.rights_events import TOPIC as RIGHTS
from yulu_local.engines import Postgres

from tests.faults.sources import SOURCE, STORE, DatabaseFeed, Server
from tests.integration.event_log.ledger import LEDGER_DDL, Pair
from tests.integration.event_log.province import Province


@pytest.fixture(scope="session")
async def server(postgres: Postgres) -> Server:
    server = Server(postgres.url)
    await server.prepare()
    return server


@pytest.fixture
async def pair(server: Server) -> AsyncIterator[Pair]:
    """A producer and a consumer on databases of their own: what these tests do is committed."""
    names = await server.clone(SOURCE), await server.clone(STORE)
    source, store = server.database(names[0]), server.store(names[1])
    await (await store.pool()).execute(LEDGER_DDL)
    yield Pair(source, store)
    for database in (source, store):
        await database.close()
    for name in names:
        await server.drop(name)


@pytest.fixture
async def store(server: Server) -> AsyncIterator[Database]:
    """A store for folding into, without a feed."""
    name = await server.clone(STORE)
    store = server.store(name)
    yield store
    await store.close()
    await server.drop(name)


@pytest.fixture
async def province(server: Server) -> AsyncIterator[Province]:
    async with AsyncExitStack() as stack:
        feeds = {}
        for topic in (REGISTRY, DISCIPLINE, RIGHTS, PROGRESS):
            name = await server.clone(SOURCE)
            stack.push_async_callback(server.drop, name)
            database = server.database(name)
            stack.push_async_callback(database.close)
            feeds[topic] = DatabaseFeed(database)
        name = await server.clone(STORE)
        stack.push_async_callback(server.drop, name)
        store = server.store(name)
        stack.push_async_callback(store.close)
        province = Province(store, feeds)
        await province.follower.start()
        yield province
