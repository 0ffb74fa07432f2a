"""Connections that die or say nothing: timers go on, end when they are told to, and no lock is held for ever."""

import asyncio
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import asyncpg
import pytest
import uvloop
from common import cancellation
from common.cancellation import at_work
from common.database import IDLE_LIMIT_SECONDS, LOOK_UP_LIMIT_SECONDS, SILENT_SECONDS, Database, sqlstate
from common.http.database_errors import database_problem
from common.selects import Selects
from common.timers import run_for_ever
from sqlalchemy.exc import DBAPIError

PATIENCE_SECONDS = 60
"""Far more than anything takes: it only ends a test that would wait for ever."""
PID = "SELECT pg_backend_pid()"
NO_PAUSE = 0.001


def _now():
    return datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
async def admin(postgres):
    connection = await asyncpg.connect(f"{postgres.url}/postgres")
    yield connection
    await connection.close()


@asynccontextmanager
async def _snapshot(database):
    async with database.snapshot() as connection:
        yield connection


@asynccontextmanager
async def _transaction(database):
    async with database.begin() as tx:
        yield await tx.raw()


@asynccontextmanager
async def _pooled(database):
    async with (await database.pool()).acquire() as connection:
        yield connection


async def _gone(admin, pid):
    while await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid):
        await asyncio.sleep(0.005)


def _timer(database, *tasks, seconds=NO_PAUSE):
    return run_for_ever(database, _now, seconds, tasks, looked=asyncio.Event())


@pytest.mark.parametrize("opened", [_snapshot, _transaction, _pooled], ids=lambda opened: opened.__name__)
async def test_a_cancelled_timer_ends_whenever_its_connection_has_died(database, postgres, admin, opened):
    """`steps`: turns of the loop between the end of the connection and the cancellation."""
    for steps in range(8):
        working: asyncio.Queue[int] = asyncio.Queue()
        go = asyncio.Event()

        async def work(database, _now, working=working, go=go):
            async with opened(database) as connection:
                working.put_nowait(await connection.fetchval(PID))
                await go.wait()
                await connection.fetchval("SELECT pg_sleep(600)")
            return 0

        timer = asyncio.create_task(_timer(database, work))
        async with asyncio.timeout(PATIENCE_SECONDS):
            pid = await working.get()
        if steps % 2:
            go.set()
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
        for _ in range(steps):
            await asyncio.sleep(0)
        timer.cancel()
        # One cancellation is all that asyncio.TaskGroup, a supervisor or a shutdown ever sends.
        await asyncio.wait([timer], timeout=PATIENCE_SECONDS)
        ended = timer.cancelled()
        timer.cancel()
        assert ended, f"cancelled after {steps} turns it went on"


async def test_a_timer_outlives_its_connections_and_the_cancellations_of_others(database, admin):
    rounds: asyncio.Queue[str] = asyncio.Queue()
    troubles = iter(["killed", "cancelled elsewhere"])

    async def work(database, _now):
        match next(troubles, None):
            case "killed":
                async with database.begin() as tx:
                    raw = await tx.raw()
                    await admin.execute("SELECT pg_terminate_backend($1)", await raw.fetchval(PID))
                    await raw.fetchval("SELECT pg_sleep(600)")
            case "cancelled elsewhere":
                reply = asyncio.get_running_loop().create_future()
                reply.cancel()
                await reply
        async with database.begin() as tx:
            rounds.put_nowait(await (await tx.raw()).fetchval("SELECT 'done'"))
        return 1

    async with at_work(_timer(database, work)), asyncio.timeout(PATIENCE_SECONDS):
        assert await rounds.get() == "done"
    assert next(troubles, None) is None


async def test_a_server_that_says_nothing_does_not_keep_a_process_that_stops(database, postgres, admin, monkeypatch):
    monkeypatch.setattr(cancellation, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr("common.database._CLOSE_SECONDS", 0.1)
    own = Database(f"{postgres.url}/common_http", source="/trial", pool_size=2)
    working: asyncio.Queue[int] = asyncio.Queue()

    async def work(database, _now):
        async with database.snapshot() as connection:
            working.put_nowait(await connection.fetchval(PID))
            await connection.fetchval("SELECT pg_sleep(600)")
        return 0

    async with asyncio.timeout(PATIENCE_SECONDS):
        async with at_work(_timer(own, work)):
            frozen = await working.get()
            os.kill(frozen, signal.SIGSTOP)
        try:
            await own.close()
        finally:
            os.kill(frozen, signal.SIGCONT)
        await admin.execute("SELECT pg_terminate_backend($1)", frozen)
        await _gone(admin, frozen)


@pytest.mark.parametrize("use", ["look-ups", "transactions"])
async def test_nor_does_one_that_says_nothing_to_who_rests(database, postgres, monkeypatch, use):
    monkeypatch.setattr("common.database._CLOSE_SECONDS", 0.1)
    own = Database(f"{postgres.url}/common_http", source="/trial", pool_size=2)
    if use == "look-ups":
        await asyncio.gather(*(own.selects.fetchrow("SELECT pg_sleep(0.1)") for _ in range(2)))
        connections = list(own.selects._free)
    else:
        async with own.begin() as one, own.begin() as another:
            connections = [await one.raw(), await another.raw()]
    frozen = [connection.get_server_pid() for connection in connections]
    assert len(frozen) == 2
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await own.close()
        assert [connection.is_closed() for connection in connections] == [True, True], "sockets stay"
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


async def test_what_a_task_ended_with_is_raised_when_all_have_ended():
    ended = []

    async def fails():
        raise ValueError("its own fault")

    async def swallows():
        while len(ended) < 2:
            try:
                await asyncio.sleep(600)
            except asyncio.CancelledError:
                ended.append("cancelled")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(cancellation, "PATIENCE_SECONDS", 0.05)
        with pytest.raises(ValueError, match="its own fault"):
            async with at_work(fails(), swallows()):
                await asyncio.sleep(0)
    assert ended == ["cancelled", "cancelled"]


async def test_every_connection_says_how_long_it_may_rest(database, postgres):
    limits = "SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('statement_timeout')"
    rest, look_up = f"{IDLE_LIMIT_SECONDS // 60}min", f"{LOOK_UP_LIMIT_SECONDS}s"
    for opened in (_snapshot, _transaction, _pooled):
        async with opened(database) as connection:
            assert tuple(await connection.fetchrow(limits)) == (rest, "0")
    assert tuple(await database.selects.fetchrow(limits)) == (rest, look_up)
    patient = Database(f"{postgres.url}/common_http", source="/migrate", patient=True)
    async with patient.begin() as tx:
        assert tuple(await (await tx.raw()).fetchrow(limits)) == ("0", "0")
    await patient.close()
    async with database.begin() as tx:
        await tx.may_rest()
        assert tuple(await (await tx.raw()).fetchrow(limits)) == ("0", "0")


async def test_who_rests_too_long_in_a_transaction_loses_his_locks(database, admin):
    async def rest():
        async with database.begin() as tx:
            raw = await tx.raw()
            await raw.execute("SET LOCAL idle_in_transaction_session_timeout = '20ms'")
            await raw.execute("LOCK TABLE late IN ACCESS EXCLUSIVE MODE")
            await _gone(admin, await raw.fetchval(PID))

    with pytest.raises((DBAPIError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
        await rest()
    async with database.begin() as tx:
        await (await tx.raw()).execute("LOCK TABLE late IN ACCESS EXCLUSIVE MODE NOWAIT")


async def test_a_look_up_that_takes_too_long_may_be_tried_again(database):
    selects = Selects(partial(database.connect_raw, statement_timeout="20ms"), 1)
    with pytest.raises(asyncpg.QueryCanceledError) as too_slow:
        await selects.fetchrow("SELECT pg_sleep(600)")
    problem = database_problem(too_slow.value)
    assert sqlstate(too_slow.value) == "57014"
    assert problem is not None
    assert (problem.status, problem.type) == (503, "try-again")
    assert (await selects.fetchrow("SELECT 1 AS one"))["one"] == 1
    await selects.close(60)


@asynccontextmanager
async def _look_up(database):
    await database.selects.fetchrow("SELECT 1")
    yield database.selects._free[0]


def _silence_noticed(connection):
    with socket.socket(fileno=socket.dup(connection._transport.get_extra_info("socket").fileno())) as itself:
        probing = itself.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        return bool(probing), itself.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux only")
@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_every_connection_notices_a_server_whose_machine_is_gone(postgres, loop):
    async def told():
        database = Database(f"{postgres.url}/postgres", source="/trial", pool_size=2)
        raw = await database.connect_raw()
        noticed = [_silence_noticed(raw)]
        await raw.close()
        for opened in (_snapshot, _transaction, _pooled, _look_up):
            async with opened(database) as connection:
                # The pool hands out a proxy of its connection.
                noticed.append(_silence_noticed(getattr(connection, "_con", connection)))
        await database.close()
        return noticed

    def in_a_loop_of_its_own():
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(told())

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(in_a_loop_of_its_own).result() == [(True, SILENT_SECONDS * 1000)] * 5
