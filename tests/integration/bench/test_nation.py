"""Provinces merged upward: in small, with every count that the command checks."""

import asyncpg
import pytest
from common.database import Database
from common.feed import read_after
from yulu.verification import verify
from yulu_local.engines import Postgres

from tests.faults.sources import SOURCE, DatabaseFeed, Server
from tests.load import nation
from tests.load.feeding import fill, made


@pytest.fixture
async def server(postgres: Postgres) -> Server:
    server = Server(postgres.url)
    await server.prepare()
    return server


async def test_one_follower_merges_the_feeds_of_several_provinces_each_event_once(server):
    found = await nation.merge(server, provinces=3, events=60)
    assert (found["provinces"], found["lawyers"]) == (3, 45)


async def test_a_wrong_count_is_said(server, monkeypatch):
    monkeypatch.setattr(nation, "made", lambda _, lawyers, events: made(0, lawyers, events))  # the same ids thrice
    with pytest.raises(RuntimeError, match="'practising': 45"):
        await nation.merge(server, provinces=3, events=60)


async def test_a_feed_that_is_made_is_one_that_a_verifier_accepts(server):
    database: Database = server.database(await server.clone(SOURCE))
    connection: asyncpg.Connection = await database.connect_raw()
    assert await fill(connection, made(1, 7, 40)) == 40
    await connection.close()

    class Feed(DatabaseFeed):
        async def read_after(self, position, limit):
            return await read_after(await self._pool(), position, limit)

    found = await verify("registry.events", Feed(database))
    await database.close()
    assert (found.events, found.faults) == (40, [])
