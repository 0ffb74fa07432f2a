"""Connections of the hottest reads: as many as allowed, first come first served, and none lost to whatever happens."""

import asyncio

import asyncpg
import pytest
from common.selects import Selects

MOST = 3
PID = "SELECT pg_backend_pid() AS pid, $1::int AS given"
SLOWLY = "SELECT pg_backend_pid() AS pid, pg_sleep($1)"
GATED = "SELECT pg_backend_pid() AS pid, pg_advisory_lock_shared($1)"
GATE = 7_001
PATIENCE_SECONDS = 60
"""Far more than anything takes: it only ends a test that would wait for ever."""


class Opening:
    """Counts what is opened; fails where it is told to."""

    def __init__(self, dsn):
        self._dsn = dsn
        self.opened, self.fails = [], False

    async def __call__(self):
        if self.fails:
            raise OSError("the server is away")
        self.opened.append(await asyncpg.connect(self._dsn))
        return self.opened[-1]


@pytest.fixture
async def opening(postgres):
    return Opening(f"{postgres.url}/postgres")


@pytest.fixture
async def asked(postgres):
    """Returns once the server works on so many statements that sleep or wait at the gate."""
    admin = await asyncpg.connect(f"{postgres.url}/postgres")
    # Asleep or at the gate: while it is parsed a statement is active, too, and a cancellation sent then may be lost.
    busy = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND wait_event IN ('PgSleep', 'advisory')"
        " AND (query = $1 OR query = $2)"
    )

    async def asked(number):
        await until(lambda: admin.fetchval(f"{busy} HAVING count(*) = $3", SLOWLY, GATED, number))

    yield asked
    await admin.close()


async def until(holds):
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def selects(opening):
    selects = Selects(opening, MOST)
    yield selects
    await selects.close(60)
    assert all(connection.is_closed() for connection in opening.opened)


async def test_one_connection_serves_one_after_another(selects, opening):
    for given in range(5):
        row = await selects.fetchrow(PID, given)
        assert row["given"] == given
    assert len(opening.opened) == 1
    assert [row["given"] for row in await selects.fetch(PID, 7)] == [7]
    assert await selects.fetchrow(f"{PID} WHERE false", 1) is None


async def test_many_at_once_share_as_many_as_are_allowed(selects, opening, asked, postgres):
    gate = await asyncpg.connect(f"{postgres.url}/postgres")
    await gate.execute("SELECT pg_advisory_lock($1)", GATE)
    asking = asyncio.gather(*(selects.fetchrow(GATED, GATE) for _ in range(30)))
    await asked(MOST)
    await gate.close()
    rows = await asking
    assert len(opening.opened) == len({row["pid"] for row in rows}) == MOST


async def test_who_came_first_is_served_first(opening):
    selects, served = Selects(opening, 1), []

    async def ask(number):
        await selects.fetchrow(PID, number)
        served.append(number)

    await asyncio.gather(*(ask(number) for number in range(30)))
    await selects.close(60)
    assert served == list(range(30))


async def test_a_statement_that_fails_gives_its_connection_back(selects, opening):
    for _ in range(MOST + 1):
        with pytest.raises(asyncpg.PostgresError):
            await selects.fetch("SELECT 1 / $1::int", 0)
        with pytest.raises(asyncpg.DataError):
            await selects.fetch("SELECT $1::uuid", "x")
    assert len(opening.opened) == 1


async def test_a_reader_who_leaves_blocks_nobody_wherever_he_was(selects, opening, asked):
    holding = [asyncio.create_task(selects.fetchrow(SLOWLY, 3600)) for _ in range(MOST)]
    await asked(MOST)
    waiting = [asyncio.create_task(selects.fetchrow(PID, number)) for number in range(4)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    holding[0].cancel()
    for number, task in enumerate(waiting[1:], start=1):
        assert (await asyncio.wait_for(task, PATIENCE_SECONDS))["given"] == number
    # One that is told of its connection in the very moment it leaves passes it on.
    last, next_one = (asyncio.create_task(selects.fetchrow(PID, number)) for number in (8, 9))
    for task in holding[1:]:
        task.cancel()
    await asyncio.sleep(0)
    last.cancel()
    assert (await asyncio.wait_for(next_one, PATIENCE_SECONDS))["given"] == 9
    await asyncio.gather(*holding, *waiting, last, return_exceptions=True)
    assert len(opening.opened) <= MOST
    assert await asyncio.gather(*(selects.fetchrow(PID, n) for n in range(9)))


async def test_connections_that_the_server_has_ended_are_replaced(selects, opening):
    await asyncio.gather(*(selects.fetchrow(SLOWLY, 0.05) for _ in range(MOST)))
    admin = await opening()
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                        " AND pid = ANY($1::int[])", [c.get_server_pid() for c in opening.opened[:MOST]])  # fmt: skip
    await admin.close()

    async def noticed():
        return all(connection.is_closed() for connection in opening.opened)

    await until(noticed)
    answers = await asyncio.gather(*(selects.fetchrow(PID, n) for n in range(9)))
    assert [row["given"] for row in answers] == list(range(9))
    assert len(opening.opened) <= 2 * MOST + 1


async def test_one_that_ends_under_a_statement_is_an_error_for_one_and_makes_room(selects, opening, asked):
    asking = asyncio.create_task(selects.fetchrow(SLOWLY, 3600))
    await asked(1)
    opening.opened[0].terminate()
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await asking
    assert (await selects.fetchrow(PID, 1))["given"] == 1


async def test_where_none_can_be_opened_each_is_told_and_none_hangs(selects, opening):
    opening.fails = True
    answers = await asyncio.wait_for(
        asyncio.gather(*(selects.fetchrow(PID, n) for n in range(9)), return_exceptions=True), PATIENCE_SECONDS
    )
    assert all(isinstance(answer, OSError) for answer in answers)
    opening.fails = False
    assert (await selects.fetchrow(PID, 1))["given"] == 1


async def test_after_the_end_nobody_is_served(opening, asked):
    selects = Selects(opening, MOST)
    asking = asyncio.create_task(selects.fetchrow(SLOWLY, 1))
    await asked(1)
    await selects.close(60)
    assert await asking is not None
    with pytest.raises(asyncpg.InterfaceError):
        await selects.fetchrow(PID, 1)
    assert all(connection.is_closed() for connection in opening.opened)
