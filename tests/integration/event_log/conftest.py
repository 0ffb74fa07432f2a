from collections.abc import AsyncIterator

import pytest
from common.database import Database
from yulu_local.engines import Postgres

from tests.faults.sources import SOURCE, STORE, Server
from tests.integration.event_log.ledger import LEDGER_DDL, Pair


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
