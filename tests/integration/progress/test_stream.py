"""The live stream over a real connection: values at first, changes within moments, one computation for everybody."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from common.database import Database, consumer_ddl
from common.http.server import Server
from contracts.entitlements import is_closed_indicator
from contracts.legal_day import legal_today
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.board import Board, Snapshot
from progress_api.settings import ProgressSettings
from progress_store import SCHEMA
from progress_store.ddl import tables_ddl
from progress_store.queries import COMPUTATIONS

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import Facts

PATIENCE_SECONDS = 60
"""Far more than anything takes: it only ends a test that would wait for ever."""
OPEN = [indicator_id for indicator_id in COMPUTATIONS if not is_closed_indicator(indicator_id)]


class Listener:
    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines

    async def next(self) -> tuple[str, dict[str, Any]]:
        """The next event: its kind and data."""
        kind = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            async for line in self._lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    return kind, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream has ended")

    async def values(self, count: int) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        while len(found) < count:
            kind, data = await self.next()
            if kind == "indicator":
                found[data["id"]] = data
        return found

    async def heartbeat(self) -> dict[str, Any]:
        while True:
            kind, data = await self.next()
            if kind == "heartbeat":
                return data


Listen = Callable[..., AbstractAsyncContextManager[Listener]]


@pytest.fixture
async def app(issuer: RunningIssuer, progress_dsn: str, facts: Facts) -> FastAPI:
    await facts.positions("registry.events", 3)
    await facts.positions("discipline.events", 2)
    return build_app(
        ProgressSettings(
            progress_database_url=progress_dsn,
            oidc_issuer=issuer.url,
            recompute_seconds=0.05,
            heartbeat_seconds=0.2,
        )
    )


@pytest.fixture
async def url(app: FastAPI, free_port: Callable[[], int]) -> AsyncIterator[str]:
    port = free_port()
    server = Server(app, uvicorn.Config(app, port=port, log_config=None, lifespan="on", timeout_graceful_shutdown=5))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
def listen(url: str, issuer: RunningIssuer) -> Listen:
    @asynccontextmanager
    async def listen(role: str = "plan-reader", **who: Any) -> AsyncIterator[Listener]:
        headers = issuer.headers(roles=[role], **who)
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"{url}/v1/stream", headers=headers) as response,
        ):
            assert response.status_code == 200
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Listener(response.aiter_lines())

    return listen


async def test_values_at_first_then_only_what_changes(facts: Facts, listen: Listen) -> None:
    async with listen() as listener:
        first = await listener.values(len(OPEN))
        assert sorted(first) == sorted(OPEN)
        assert first["H1"] == {"id": "H1", "value": 0, "gap": 45_000, "as_of": legal_today().isoformat()}
        assert first["M05-I3"]["value"] is None
        await facts.practice()
        await facts.positions("registry.events", 4)
        assert (await listener.values(1))["H1"]["value"] == 1


async def test_an_unmoved_store_is_not_computed_again_and_listeners_share(
    app: FastAPI, facts: Facts, listen: Listen
) -> None:
    async with listen() as one, listen("operator") as two:
        board: Board = app.state.board
        await one.values(len(OPEN))
        await two.values(len(OPEN))
        before = board.computations
        await asyncio.sleep(0.3)
        assert board.computations == before == 1
        await facts.practice()
        await facts.positions("registry.events", 9)
        assert (await one.values(1))["H1"]["value"] == (await two.values(1))["H1"]["value"] == 1
        assert board.computations == before + 1
    async with asyncio.timeout(PATIENCE_SECONDS):
        while board._ticker is not None:
            await asyncio.sleep(0.01)


async def test_no_heartbeat_says_that_nothing_changed_before_all_values_were_told(
    app: FastAPI, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    board: Board = app.state.board
    current = board.current

    async def slow() -> Snapshot:
        await asyncio.sleep(1)  # several heartbeats
        return await current()

    monkeypatch.setattr(board, "current", slow)
    async with listen() as listener:
        kinds = [(await listener.next())[0] for _ in range(len(OPEN) + 1)]
    assert kinds == ["indicator"] * len(OPEN) + ["heartbeat"]


async def test_heartbeats_tell_only_of_feeds_the_reader_may_read(listen: Listen) -> None:
    async with listen() as listener:
        beat = await listener.heartbeat()
        assert beat["time"]
        assert beat["feeds"].keys() == {"registry.events"}
        assert beat["feeds"]["registry.events"]["position"] == 36
        assert 0 <= beat["feeds"]["registry.events"]["age_seconds"] < 60
    async with listen("discipline-officer") as listener:
        assert (await listener.heartbeat())["feeds"].keys() == {"discipline.events"}
    async with listen("discipline-officer", organisation_kind="bureau", region="410100") as listener:
        assert (await listener.heartbeat())["feeds"] == {}
    async with listen("operator") as listener:
        assert (await listener.heartbeat())["feeds"].keys() == {"registry.events", "progress.events"}


@pytest.mark.parametrize(
    ("role", "kind", "closed"),
    [
        # M12-I3 and M23-I3 stand on the registry's feed, too, which he may not read.
        ("discipline-officer", "department", {"M12-I1", "M12-I2", "M12-I4", "M14-I3"}),
        ("rights-officer", "department", set()),
        ("discipline-officer", "bureau", set()),
        ("operator", "department", set()),
    ],
)
async def test_the_moment_of_a_change_of_closed_indicators_is_for_readers_of_their_feed(
    listen: Listen, role: str, kind: str, closed: set[str]
) -> None:
    region = "410100" if kind == "bureau" else "410000"
    async with listen(role, organisation_kind=kind, region=region) as listener:
        first = await listener.values(len(OPEN) + len(closed))
        assert first.keys() - set(OPEN) == closed
        assert (await listener.next())[0] == "heartbeat"


async def test_a_stream_ends_with_its_token(listen: Listen) -> None:
    async with listen(lifetime_seconds=1.2) as listener:
        kind, data = "", {}
        while kind != "end":
            kind, data = await listener.next()
        assert data["reason"] == "token-expired"


async def test_nobody_listens_without_the_role(url: str, issuer: RunningIssuer) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{url}/v1/stream")).status_code == 401
        headers = issuer.headers(roles=["lawyer"])
        assert (await client.get(f"{url}/v1/stream", headers=headers)).status_code == 403


async def test_a_redriven_event_is_noticed(app: FastAPI, facts: Facts, listen: Listen) -> None:
    parked_id = await facts.park()
    async with listen() as listener:
        await listener.values(len(OPEN))
        await facts.practice()
        # The positions stay where they are: only the parked event has changed its state.
        await facts.connection.execute("UPDATE parked SET state = 'redriven' WHERE parked_id = $1", parked_id)
        assert (await listener.values(1))["H1"]["value"] == 1
        assert app.state.board.computations == 2


async def test_listeners_learn_when_the_figures_can_no_longer_be_computed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = Board(database, recompute_seconds=0.01, page_lag_seconds=0)
    snapshots = board.snapshots()
    await anext(snapshots)

    async def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(board, "current", fail)
    with pytest.raises(RuntimeError, match="can no longer"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await anext(snapshots)


async def test_a_store_that_was_switched_for_a_rebuilt_one_is_noticed(facts: Facts, listen: Listen) -> None:
    connection = facts.connection
    async with listen() as listener:
        await listener.values(len(OPEN))
        async with connection.transaction():
            await connection.execute(f"ALTER SCHEMA {SCHEMA} RENAME TO retired")
            await connection.execute(f"CREATE SCHEMA {SCHEMA}")
            await connection.execute(consumer_ddl())
            await connection.execute(tables_ddl())
            # The same positions, other rows.
            await connection.execute("INSERT INTO positions SELECT * FROM retired.positions")
            await facts.practice()
        assert (await listener.values(1))["H1"]["value"] == 1
        async with connection.transaction():
            await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")
            await connection.execute(f"ALTER SCHEMA retired RENAME TO {SCHEMA}")
        assert (await listener.values(1))["H1"]["value"] == 0
