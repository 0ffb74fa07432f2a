"""Role by organisation by region, against every endpoint: who is let in is the table's, and nothing else."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count

import httpx
import pytest
from common.database import Database
from discipline_api.audit.attempts import Attempt, Attempts
from discipline_api.audit.store import link
from discipline_api.auditing.store import take_head

from tests.support.matrix import Door, Row, kept, missing, undone

from .conftest import Hands
from .matrix import CALLERS, TABLE
from .matrix.callers import EVERYBODY
from .matrix.world import SECRETS, World

STRANGERS = ("bureau-elsewhere", "another-lawyer")


@pytest.fixture
async def world(hands: Hands, connection, monkeypatch) -> World:
    """Whatever is done in it afterwards is undone, so that every caller finds the same; but refusals are kept."""
    world = World(hands, connection)
    world.things = await world.built()
    world.things |= await world.sessions(world.things)
    await take_head(hands.http._transport.app.state.database, hands.now)
    writes = Attempts.write

    async def written(self: Attempts, attempt: Attempt, at: datetime) -> None:
        with kept():
            await writes(self, attempt, at)

    async def linked(database: Database, now: datetime) -> int:
        with kept():
            return await link(database, now)

    undone(monkeypatch)
    monkeypatch.setattr(Attempts, "write", written)
    monkeypatch.setattr("discipline_api.auditing.routes.link", linked)
    state, minutes = hands.http._transport.app.state, count(0, 61)
    state.attempts = Attempts(state.database, lambda: next(minutes))  # a minute has gone by before each
    return world


class AuditedDoor(Door):
    """Whoever is refused stands in the audit log, once."""

    def __init__(self, world: World) -> None:
        headers = {name: world.token(name, caller) for name, caller in CALLERS.items()}
        super().__init__(world.hands.http, world.things, headers, dict.fromkeys(SECRETS, EVERYBODY))
        self.world, self.seen = world, 0

    async def refusals(self) -> list[str]:
        """Whose refusals have come into the audit log since this was last asked."""
        rows = await self.world.connection.fetch(
            "SELECT entry_id, actor FROM audit_log WHERE outcome = 'refused' AND entry_id > $1 ORDER BY 1", self.seen
        )
        self.seen = rows[-1]["entry_id"] if rows else self.seen
        return [row["actor"].removeprefix("caller-") for row in rows]

    async def try_all(self, row: Row) -> Mapping[str, httpx.Response]:
        answers = await super().try_all(row)
        audited = await self.refusals()
        if len(audited) != len(set(audited)):
            self.wrong.append(f"{row}: a refusal is in the audit log twice: {audited}")
        for name in answers.keys() - row.passes - row.alike - {"nobody"} - set(audited):
            self.say(row, f"that {name} was refused is not in the audit log", answers[name])
        return answers


async def test_every_endpoint_lets_in_whom_its_row_names(world: World):
    door = AuditedDoor(world)
    await door.refusals()
    for row in TABLE:
        await door.try_all(row)
        if row.changes and "nobody" not in row.passes:
            await door.try_without_version(row, STRANGERS)
            await door.refusals()
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.unread == set()


def test_no_endpoint_is_without_a_row(hands: Hands):
    assert missing([hands.http._transport.app], TABLE) == []
