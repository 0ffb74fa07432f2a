"""Role by organisation by region, against every operation of both processes: who is let in is the table's alone."""

import asyncio
import logging
import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from common.database import Tx
from fastapi import FastAPI

from .conftest import Time
from .matrix import CALLERS, TABLE, Row
from .matrix.callers import WITHOUT_TOKEN
from .matrix.world import AT, SECRETS, Things, World, knock

PASSED = {200, 201, 204, 304, 409, 412, 422, 428}
"""Past the door; what a request is refused for behind it is not asked here."""

MOST_AT_ONCE = 4
"""Fewer than there are connections."""

STRANGERS = ("court", "procuratorate", "justice", "public-security", "county", "lawyer", "auditor", "operator")
"""Some of those who have no business with cases; the accused are among them."""

_KEPT: ContextVar[bool] = ContextVar("kept", default=False)


def template(path: str) -> str:
    """However the parameters are called."""
    return re.sub(r"\{\w+\}", "*", path)


@pytest.fixture
async def world(
    http: httpx.AsyncClient, issuer: Any, sql: asyncpg.Connection, officer: Callable[..., Any], time: Time,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> tuple[World, Things]:  # fmt: skip
    """Whatever is done in it afterwards is undone, so that every caller finds the same."""
    time.at(AT)
    world = World(http, issuer, sql, officer)
    things = await world.built()
    things |= await world.sessions(things)

    commits = Tx._commit

    async def undone(self: Tx, *, tell_lsn: bool) -> Any:
        if _KEPT.get():
            return await commits(self, tell_lsn=tell_lsn)
        await self.session.flush()
        await self.outbox.write(await self.raw())
        await self._connection.rollback()
        return None

    monkeypatch.setattr(Tx, "_commit", undone)
    caplog.set_level(logging.ERROR)  # each of several thousand refusals is a warning
    return world, things


class Door:
    """One operation after another, and everything that is wrong with whom it lets in."""

    def __init__(self, world: World, things: Things) -> None:
        self.world, self.things, self.wrong = world, things, list[str]()
        self.headers = {name: world.token(name, caller) for name, caller in CALLERS.items()}
        for name, caller in CALLERS.items():
            if caller.session is not None:
                self.headers[name] = {"Receipt-Session": things[caller.session]}
        self.absent: Things = {name: str(uuid4()) if _is_id(thing) else thing for name, thing in things.items()}
        self.few = asyncio.Semaphore(MOST_AT_ONCE)

    async def knock(self, row: Row, name: str, things: Things | None = None, **more: Any) -> httpx.Response:
        async with self.few:
            _KEPT.set(row.kept)  # of this task and the request within it
            return await knock(self.world.http, row, things or self.things, self.headers[name], **more)

    async def try_all(self, row: Row) -> None:
        asked = [name for name in CALLERS if name in row.among]
        await asyncio.gather(*(self.try_one(row, name) for name in asked))

    async def try_one(self, row: Row, name: str) -> None:
        answer = await self.knock(row, name)
        status, passes = answer.status_code, name in row.passes
        if not await self.is_right(row, name, answer):
            self.wrong.append(f"{row}: {name} should{'' if passes else ' not'} pass: {status} {answer.text[:300]}")
        seen, secrets = f"{answer.text} {dict(answer.headers)}", row.secrets or SECRETS
        read = [secret for secret in secrets if secret in seen]
        if read and name not in row.told:
            self.wrong.append(f"{row}: {name} ({status}) reads {read}")
        if name in row.told and not read:
            self.wrong.append(f"{row}: {name} should be told something that is sealed: {status} {answer.text[:300]}")

    async def is_right(self, row: Row, name: str, answer: httpx.Response) -> bool:
        status = answer.status_code
        if name in row.passes:
            return status == 404 if row.absent else status in PASSED
        if name in row.alike:
            return status == 404 and told(answer) == told(await self.knock(row, name, self.absent))
        return status == (401 if name in WITHOUT_TOKEN or row.by_receipt else 403)

    async def try_blindly(self, row: Row) -> None:
        """Who has no business with cases is told of what exists as of what does not."""
        for name in STRANGERS:
            answer = await self.knock(row, name)
            if told(answer) != told(await self.knock(row, name, self.absent)):
                self.wrong.append(f"{row}: {name} learns whether there is one: {answer.status_code}")

    async def try_without_version(self, row: Row) -> None:
        """Whether he has read it is asked of whoever may change it, and of nobody before."""
        for name in sorted({"bureau-elsewhere", "another-court"} & row.among - row.passes):
            answer = await self.knock(row, name, if_match=None)
            if answer.status_code not in {403, 404}:
                self.wrong.append(f"{row}: {name} learns a version: {answer.status_code} {answer.text[:300]}")


def told(answer: httpx.Response) -> object:
    """But for the request's own number. Of HEAD there is nothing but the status."""
    if not answer.content:
        return answer.status_code
    return {name: value for name, value in answer.json().items() if name != "correlation_id"}


async def test_every_operation_lets_in_whom_its_row_names(world: tuple[World, Things]):
    door = Door(*world)
    for row in TABLE:
        await door.try_all(row)
        if row.method not in ("GET", "HEAD"):
            await door.try_without_version(row)
    assert door.wrong == [], "\n".join(door.wrong)


async def test_no_stranger_learns_whether_there_is_a_case(world: tuple[World, Things]):
    door = Door(*world)
    for case in ("complaint_id", "justice_case_id", "court_case_id"):
        rows = [row for row in TABLE if row.path.startswith(f"/v1/complaints/{{{case}}}") and row.method != "HEAD"]
        assert rows
        for row in rows:
            await door.try_blindly(row)
    assert door.wrong == [], "\n".join(door.wrong)


def test_no_operation_is_without_a_row(app: FastAPI, public: FastAPI):
    served = {
        (method.upper(), template(path))
        for each in (app, public)
        for path, operations in each.openapi()["paths"].items()
        for method in operations
    }
    rows = {(row.method, template(row.path)) for row in TABLE}
    assert served - rows == set(), "say in matrix/ who may do this"
    assert rows - served == set(), "no longer served"


def _is_id(thing: object) -> bool:
    try:
        return isinstance(thing, str) and bool(UUID(thing))
    except ValueError:
        return False
