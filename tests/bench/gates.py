"""Counts that hold on any machine: what a look-up, a sequencer's batch and a projector's batch ask of PostgreSQL."""

import os
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest import mock
from uuid import uuid4

import httpx
from common import feed
from common.database import Database
from common.positions import Follower
from contracts.registry_events import TOPIC, LawyerLicensed
from discipline_api.app import build_app as build_discipline
from discipline_api.settings import DisciplineSettings
from progress_store.projection import Projection
from registry_api.app import build_app
from registry_api.lawyers.store import PublicRegister
from registry_api.settings import SOURCE, RegistrySettings

from tests.bench.report import Gate
from tests.bench.wire import Wire, counting
from tests.faults.sources import SOURCE as SOURCE_TEMPLATE
from tests.faults.sources import STORE, DatabaseFeed, Server, by_partition, with_database

SIZES = (5, 1_000)
"""Of two batches: what they ask for must not differ."""


@dataclass(frozen=True, slots=True)
class Asked:
    statements: int
    round_trips: int

    @classmethod
    def of(cls, wire: Wire) -> "Asked":
        return cls(wire.statements, wire.round_trips)


async def look_up(registry_dsn: str, number: str, data_dir: Path) -> Asked:
    """One look-up over the app's own route, once its connection is open and the statement prepared."""
    async with counting(registry_dsn) as wire:
        environment = {"REGISTRY_DATABASE_URL": wire.url, "DATA_DIR": str(data_dir)}
        with mock.patch.dict(os.environ, environment):
            app = build_app(RegistrySettings.load())
        database = Database(wire.url, source=SOURCE)
        # Without the app's lifespan: what works on imports would be counted too.
        app.state.public_register = PublicRegister(database)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://registry") as http:
            for _ in range(2):
                wire.reset()
                (await http.get(f"/v1/public/lawyers/{number}")).raise_for_status()
            asked = Asked.of(wire)
        await database.close()
    return asked


async def disclosure_queries(discipline_dsn: str, asked: Collection[str], data_dir: Path) -> dict[str, Asked]:
    """Each path over the app's own routes, as in `look_up`."""
    found: dict[str, Asked] = {}
    async with counting(discipline_dsn) as wire:
        environment = {"DISCIPLINE_DATABASE_URL": wire.url, "DATA_DIR": str(data_dir)}
        with mock.patch.dict(os.environ, environment):
            app = build_discipline(DisciplineSettings.load())
        app.state.database = Database(wire.url, source="/discipline")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://discipline") as http:
            for path in asked:
                for _ in range(2):
                    wire.reset()
                    (await http.get(path)).raise_for_status()
                found[path] = Asked.of(wire)
        await app.state.database.close()
    return found


async def batches(server: Server) -> tuple[list[Asked], list[Asked]]:
    """Sequencer and projector, each for batches of the given sizes, after one that fills the statement caches."""
    source_name, store_name = await server.clone(SOURCE_TEMPLATE), await server.clone(STORE)
    sequencer: list[Asked] = []
    projector: list[Asked] = []
    async with AsyncExitStack() as stack:
        outside = server.database(source_name)
        source = await stack.enter_async_context(counting(with_database(server.url, source_name)))
        store = await stack.enter_async_context(counting(with_database(server.url, store_name)))
        sequencing = Database(source.url, source="/test")
        storing = Database(store.url, source="/progress", search_path="projected,public")
        connection = await sequencing.connect_raw()
        follower = Follower(storing, Projection(), {TOPIC: DatabaseFeed(outside)})
        await follower.start()
        for size in (SIZES[0], *SIZES):
            async with outside.begin() as tx:
                tx.outbox.add_all(_licensed() for _ in range(size))
            source.reset()
            records = await feed.sequence(connection)
            sequencer.append(Asked.of(source))
            store.reset()
            await follower.receive(by_partition(TOPIC, records))
            projector.append(Asked.of(store))
            seen = await (await outside.pool()).fetchval("SELECT count(*) FROM feed")
            assert sum(follower.position(TOPIC, p).seq for p in range(12)) == seen
        await connection.close()
        for database in (sequencing, storing, outside):
            await database.close()
    for name in (source_name, store_name):
        await server.drop(name)
    return sequencer[1:], projector[1:]


def _licensed() -> LawyerLicensed:
    return LawyerLicensed(
        version=1, region="410100", lawyer_id=uuid4(), practice_id=uuid4(), category=1,
        first_licensed_on=date(2020, 1, 1), from_on=date(2020, 1, 1),
    )  # fmt: skip


async def measure(server_url: str, registry_dsn: str, number: str, data_dir: Path) -> list[Gate]:
    server = Server(server_url)
    await server.prepare()
    lookup = await look_up(registry_dsn, number, data_dir)
    sequencer, projector = await batches(server)
    small, large = SIZES
    return [
        Gate("statements per look-up", lookup.statements, 1),
        Gate("round trips per look-up", lookup.round_trips, 1),
        Gate(f"round trips per sequencer batch of {large:,}", sequencer[1].round_trips, SEQUENCER_ROUND_TRIPS),
        Gate(f"more round trips of the sequencer for {large:,} than for {small}", _more(sequencer), 0),
        Gate(f"statements per projector batch of {large:,}", projector[1].statements, PROJECTOR_STATEMENTS),
        Gate(f"more statements of the projector for {large:,} than for {small}", _more_statements(projector), 0),
    ]


SEQUENCER_ROUND_TRIPS = 7
"""BEGIN, lock, read, heads, COPY, one statement that moves heads and empties the outbox, COMMIT."""
PROJECTOR_STATEMENTS = 6
"""BEGIN with the SELECT that makes the driver send it, guard, parked keys, one COPY, COMMIT."""


def _more(asked: list[Asked]) -> int:
    return asked[1].round_trips - asked[0].round_trips


def _more_statements(asked: list[Asked]) -> int:
    return asked[1].statements - asked[0].statements
