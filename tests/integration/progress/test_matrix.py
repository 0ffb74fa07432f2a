"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from common.database import Database, Tx
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.matrix import CALLERS, TABLE, Row
from tests.integration.progress.matrix.world import SECRETS, Clock, Things, World, knock

PASSED = {200, 201, 202, 204, 304, 409, 412, 415, 422, 428}
"""Past the door; what a request is refused for behind it is not asked here."""

MOST_AT_ONCE = 2
"""As many as may upload at once, and fewer than there are connections."""


def template(path: str) -> str:
    """However the parameters are called."""
    return re.sub(r"\{\w+\}", "*", path)


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

            async def undone(self: Tx, *, tell_lsn: bool) -> None:
                await self.session.flush()
                await self.outbox.write(await self.raw())
                await self._connection.rollback()

            patch.setattr(Tx, "_commit", undone)
            yield world
    await connection.close()


class Door:
    """One endpoint after another, and everything that is wrong with whom it lets in."""

    def __init__(self, world: World) -> None:
        self.world, self.wrong = world, list[str]()
        self.tokens = {name: world.token(name, caller) for name, caller in CALLERS.items()}
        self.absent: Things = {name: str(uuid4()) if _is_id(thing) else thing for name, thing in world.things.items()}
        self.few = asyncio.Semaphore(MOST_AT_ONCE)
        self.unread = set(SECRETS)

    async def knock(self, row: Row, name: str, things: Things | None = None) -> httpx.Response:
        async with self.few:
            return await knock(self.world, row, things or self.world.things, self.tokens[name])

    async def try_all(self, row: Row) -> None:
        asked = [name for name in CALLERS if name in row.among]
        answers = await asyncio.gather(*(self.knock(row, name) for name in asked))
        for name, answer in zip(asked, answers, strict=True):
            if not await self.is_right(row, name, answer):
                should = "should" if name in row.passes else "should not"
                self.wrong.append(f"{row}: {name} {should} pass: {answer.status_code} {answer.text[:300]}")
            seen = f"{answer.text} {dict(answer.headers)}"
            self.unread = {secret for secret in self.unread if secret not in seen}
            if read := [secret for secret, readers in SECRETS.items() if secret in seen and name not in readers]:
                self.wrong.append(f"{row}: {name} ({answer.status_code}) reads {read}")

    async def is_right(self, row: Row, name: str, answer: httpx.Response) -> bool:
        status = answer.status_code
        if name in row.passes:
            return status in ({404} if row.absent else PASSED) | row.also
        if name in row.alike:
            return status == 404 and told(answer) == told(await self.knock(row, name, self.absent))
        return status == (401 if name in ("nobody", "expired") else 403)


def told(answer: httpx.Response) -> Any:
    """But for the request's own number."""
    return {name: value for name, value in answer.json().items() if name != "correlation_id"}


async def test_every_endpoint_lets_in_whom_its_row_names(world: World) -> None:
    door = Door(world)
    for row in TABLE:
        await door.try_all(row)
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.unread == set(), "read by nobody at all: nothing would be shown by others' not reading it"


def test_no_endpoint_is_without_a_row(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    served = {(method.upper(), template(path)) for path, operations in paths.items() for method in operations}
    rows = {(row.method, template(row.path)) for row in TABLE}
    assert served - rows == set(), "say in matrix/ who may do this"
    assert rows - served == set(), "no longer served"


def _is_id(thing: object) -> bool:
    try:
        return isinstance(thing, str) and bool(UUID(thing))
    except ValueError:
        return False
