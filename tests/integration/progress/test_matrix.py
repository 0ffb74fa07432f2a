"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

from collections.abc import AsyncIterator

import httpx
import pytest
from common.database import Database
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.matrix import CALLERS, TABLE
from tests.integration.progress.matrix.world import SECRETS, Clock, World
from tests.support.matrix import Door, missing, undone

STRANGERS = ("bureau-elsewhere", "county-reader", "operator-of-a-city", "lawyer")


@pytest.fixture
async def world(issuer: RunningIssuer, progress_dsn: str, database: Database) -> AsyncIterator[World]:
    """Whatever is done in it afterwards is undone, so that every caller finds the same."""
    clock = Clock()
    settings = ProgressSettings(progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off")
    connection = await database.connect_raw()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        app = build_app(settings, clock=clock)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://progress") as http,
        ):
            world = World(app, http, issuer, connection, clock)
            await world.built()
            undone(patch)
            yield world
    await connection.close()


async def test_every_endpoint_lets_in_whom_its_row_names(world: World) -> None:
    headers = {name: world.token(name, caller) for name, caller in CALLERS.items()}
    door = Door(world.http, world.things, headers, SECRETS)
    for row in TABLE:
        await door.try_all(row)
        if row.changes:
            await door.try_without_version(row, STRANGERS)
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.unread == set()


def test_no_endpoint_is_without_a_row(app: FastAPI) -> None:
    assert missing([app], TABLE) == []
