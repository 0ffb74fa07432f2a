"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from common.database import Database, Tx
from discipline_api.audit.attempts import Attempt, Attempts
from discipline_api.audit.store import link
from discipline_api.auditing.store import take_head

from .conftest import Hands
from .matrix import CALLERS, TABLE, Row
from .matrix.world import SECRETS, Things, World, knock

PASSED = {200, 201, 204, 304, 409, 412, 422, 428}
"""Past the door; what a request is refused for behind it is not asked here."""

MOST_AT_ONCE = 2
"""As many as may upload at once, and fewer than there are connections."""

_AUDITING: ContextVar[bool] = ContextVar("auditing", default=False)


@contextmanager
def auditing() -> Iterator[None]:
    """What is committed meanwhile is kept."""
    reset = _AUDITING.set(True)
    try:
        yield
    finally:
        _AUDITING.reset(reset)


def template(path: str) -> str:
    """However the parameters are called."""
    return re.sub(r"\{\w+\}", "*", path)


@pytest.fixture
async def world(hands: Hands, connection, monkeypatch) -> World:
    """Whatever is done in it afterwards is undone, so that every caller finds the same; but refusals are kept."""
    world = World(hands, connection)
    world.things = await world.built()
    world.things |= await world.sessions(world.things)
    await take_head(hands.http._transport.app.state.database, hands.now)
    commits, writes = Tx._commit, Attempts.write

    async def undone(self: Tx, *, tell_lsn: bool) -> None:
        if _AUDITING.get():
            return await commits(self, tell_lsn=tell_lsn)
        await self.session.flush()
        await self.outbox.write(await self.raw())
        await self._connection.rollback()
        return None

    async def kept(self: Attempts, attempt: Attempt, at: datetime) -> None:
        with auditing():
            await writes(self, attempt, at)

    async def linked(database: Database, now: datetime) -> int:
        with auditing():
            return await link(database, now)

    monkeypatch.setattr(Tx, "_commit", undone)
    monkeypatch.setattr(Attempts, "write", kept)
    monkeypatch.setattr("discipline_api.auditing.routes.link", linked)
    state, minutes = hands.http._transport.app.state, count(0, 61)
    state.attempts = Attempts(state.database, lambda: next(minutes))  # a minute has gone by before each
    return world


class Door:
    """One endpoint after another, and everything that is wrong with whom it lets in."""

    def __init__(self, world: World) -> None:
        self.world, self.wrong = world, list[str]()
        self.tokens = {name: world.token(name, caller) for name, caller in CALLERS.items()}
        self.absent: Things = {name: str(uuid4()) if _is_id(thing) else thing for name, thing in world.things.items()}
        self.few, self.seen, self.unread = asyncio.Semaphore(MOST_AT_ONCE), 0, set(SECRETS)

    async def refusals(self) -> list[str]:
        """Whose refusals have come into the audit log since this was last asked."""
        rows = await self.world.connection.fetch(
            "SELECT entry_id, actor FROM audit_log WHERE outcome = 'refused' AND entry_id > $1 ORDER BY 1", self.seen
        )
        self.seen = rows[-1]["entry_id"] if rows else self.seen
        return [row["actor"].removeprefix("caller-") for row in rows]

    async def knock(self, row: Row, name: str, things: Things | None = None, **more: Any) -> httpx.Response:
        async with self.few:
            return await knock(self.world.hands, row, things or self.world.things, self.tokens[name], **more)

    async def try_all(self, row: Row) -> None:
        asked = [name for name in CALLERS if name in row.among]
        answers = await asyncio.gather(*(self.knock(row, name) for name in asked))
        audited = await self.refusals()
        if len(audited) != len(set(audited)):
            self.wrong.append(f"{row}: a refusal is in the audit log twice: {audited}")
        for name, answer in zip(asked, answers, strict=True):
            status, passes = answer.status_code, name in row.passes
            if not await self.is_right(row, name, answer):
                self.wrong.append(f"{row}: {name} should{'' if passes else ' not'} pass: {status} {answer.text[:300]}")
            if not (passes or name in row.alike or name == "nobody" or name in audited):
                self.wrong.append(f"{row}: that {name} was refused ({status}) is not in the audit log")
            named = row.passes if row.told is None else row.told
            seen = everything(answer)
            self.unread = {secret for secret in self.unread if secret not in seen}
            if name not in named and (read := [secret for secret in SECRETS if secret in seen]):
                self.wrong.append(f"{row}: {name} ({status}) reads {read}")

    async def is_right(self, row: Row, name: str, answer: httpx.Response) -> bool:
        status = answer.status_code
        if name in row.passes:
            return status == 404 if row.absent else status in PASSED | row.also
        if name in row.alike:
            return status == 404 and told(answer) == told(await self.knock(row, name, self.absent))
        return status == (401 if name in ("nobody", "expired") else 403)

    async def try_without_version(self, row: Row) -> None:
        """Whether he has read it is asked of whoever may change it, and of nobody before."""
        for name in sorted({"bureau-elsewhere", "another-lawyer"} - row.passes):
            answer = await self.knock(row, name, if_match=None)
            if answer.status_code not in {403, 404}:
                self.wrong.append(f"{row}: {name} learns a version: {answer.status_code} {answer.text[:300]}")
        await self.refusals()


def told(answer: httpx.Response) -> object:
    """But for the request's own number."""
    return {name: value for name, value in answer.json().items() if name != "correlation_id"}


def everything(answer: httpx.Response) -> str:
    return f"{answer.text} {dict(answer.headers)}"


async def test_every_endpoint_lets_in_whom_its_row_names(world: World):
    door = Door(world)
    await door.refusals()
    for row in TABLE:
        await door.try_all(row)
        if row.method != "GET" and "nobody" not in row.passes:
            await door.try_without_version(row)
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.unread == set(), "read by nobody at all: nothing would be shown by others' not reading it"


def test_no_endpoint_is_without_a_row(hands: Hands):
    paths = hands.http._transport.app.openapi()["paths"]
    served = {(method.upper(), template(path)) for path, operations in paths.items() for method in operations}
    rows = {(row.method, template(row.path)) for row in TABLE}
    assert served - rows == set(), "say in matrix/ who may do this"
    assert rows - served == set(), "no longer served"


def _is_id(thing: object) -> bool:
    try:
        return isinstance(thing, str) and bool(UUID(thing))
    except ValueError:
        return False
