"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from common.database import Database, Tx
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.exchange.matrix import CALLERS, SECRETS, TABLE, Row
from tests.integration.exchange.matrix.world import World, knock

PASSED = {200, 201, 202, 204, 304, 409, 412, 422, 428}
"""Past the door; what a request is refused for behind it is not asked here."""

MOST_AT_ONCE = 2
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

        async def undone(self: Tx, *, tell_lsn: bool) -> None:
            await self.session.flush()
            await self.outbox.write(await self.raw())
            await self._connection.rollback()

        monkeypatch.setattr(Tx, "_commit", undone)
        yield world
    await connection.close()


async def test_every_endpoint_lets_in_whom_its_row_names(world: World) -> None:
    tokens, few, wrong = {name: world.token(name) for name in CALLERS}, asyncio.Semaphore(MOST_AT_ONCE), list[str]()
    read_by: dict[str, set[str]] = {secret: set() for secret in SECRETS}

    async def ask(row: Row, name: str) -> httpx.Response:
        async with few:
            return await knock(world, row, tokens[name])

    for row in TABLE:
        for name, answer in zip(CALLERS, await asyncio.gather(*(ask(row, name) for name in CALLERS)), strict=True):
            status, passes = answer.status_code, name in row.passes
            right = ({404} if row.absent else PASSED) | row.also
            if status not in (right if passes else {401 if name in ("nobody", "expired") else 403}):
                should = "should" if passes else "should not"
                wrong.append(f"{row}: {name} {should} pass: {status} {answer.text[:300]}")
            for secret in (secret for secret in SECRETS if secret in f"{answer.text} {dict(answer.headers)}"):
                read_by[secret].add(name)
                if name not in SECRETS[secret]:
                    wrong.append(f"{row}: {name} ({status}) reads {secret}")
    assert wrong == [], "\n".join(wrong)
    assert read_by == SECRETS, "who may read what is planted reads it somewhere"


def test_no_endpoint_is_without_a_row(exchange_app: FastAPI) -> None:
    paths = exchange_app.openapi()["paths"]
    served = {(method.upper(), template(path)) for path, operations in paths.items() for method in operations}
    rows = {(row.method, template(row.path)) for row in TABLE}
    assert served - rows == set(), "say in matrix/ who may do this"
    assert rows - served == set(), "no longer served"


def template(path: str) -> str:
    """However the parameters are called."""
    return re.sub(r"\{\w+\}", "*", path)
