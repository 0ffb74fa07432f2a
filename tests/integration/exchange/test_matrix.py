"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from common.database import Database
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.exchange.matrix import CALLERS, SECRETS, TABLE
from tests.integration.exchange.matrix.world import World
from tests.support.matrix import Door, missing, undone

STRANGERS = ("procuratorate", "court-under-another-code", "bureau-elsewhere", "lawyer")
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings: dict[str, Any], kafka: Any) -> dict[str, Any]:
    """The other services are away."""
    away = {f"{name}_url": NOWHERE for name in ("registry", "discipline", "rights", "rights_public", "progress")}
    return (
        exchange_settings
        | away
        | {"kafka_bootstrap_servers": kafka.bootstrap, "webhook_allowed_networks": "127.0.0.0/8"}
    )


@pytest.fixture
async def world(
    exchange_app: FastAPI, exchange_database: Database, issuer: RunningIssuer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    """Whatever is done in it afterwards is undone, so that every caller finds the same."""
    transport, connection = httpx.ASGITransport(exchange_app), await exchange_database.connect_raw()
    await connection.execute("TRUNCATE clients CASCADE")
    async with httpx.AsyncClient(transport=transport, base_url="http://exchange") as http:
        world = World(exchange_app, http, issuer)
        await world.built(connection)
        undone(monkeypatch)
        yield world
    await connection.close()


async def test_every_endpoint_lets_in_whom_its_row_names(world: World) -> None:
    door = Door(world.http, world.things, {name: world.token(name) for name in CALLERS}, SECRETS)
    for row in TABLE:
        await door.try_all(row)
        if row.changes:
            await door.try_without_version(row, STRANGERS)
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.read_by == SECRETS, "who may read what is planted reads it somewhere"


def test_no_endpoint_is_without_a_row(exchange_app: FastAPI) -> None:
    assert missing([exchange_app], TABLE) == []
