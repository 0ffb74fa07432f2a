"""Outbox → feed: contiguous, chained, complete, whoever sequences and whenever he dies."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import psutil
import pytest
from common import feed
from common.database import Database

from tests.faults.sources import records_of, sequence_all, verify_feed, write
from tests.integration.event_log.ledger import EntryMade, Pair

ROOT = Path(__file__).parents[3]


async def test_feed_is_contiguous_and_chained_over_many_batches(pair: Pair) -> None:
    keys = [uuid4() for _ in range(7)]
    await pair.make(*keys * 12, sequenced=False)
    await sequence_all(pair.source, limit=5)
    await pair.make(*keys)
    records = await verify_feed(pair.source)
    assert len(records) == 7 * 13
    assert await (await pair.source.pool()).fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_falsified_byte_breaks_the_chain(pair: Pair) -> None:
    await pair.make(uuid4(), uuid4(), uuid4())
    await (await pair.source.pool()).execute(
        "UPDATE feed SET bytes = set_byte(bytes, 40, get_byte(bytes, 40) # 1) WHERE position = 2"
    )
    with pytest.raises(AssertionError):
        await verify_feed(pair.source)


async def test_rows_that_commit_late_with_lower_ids_are_not_lost(pair: Pair) -> None:
    late, early = uuid4(), uuid4()
    async with pair.source.begin() as tx:
        # The late writer has taken its identity and holds it uncommitted while others overtake.
        tx.outbox.add(EntryMade(version=1, region="410100", entry_id=late))
        raw = await tx.raw()
        await tx.outbox.write(raw)
        tx.outbox._rows.clear()
        await pair.make(early, early, early)
        records = await records_of(pair.source)
        assert [record.key for record in records] == [str(early)] * 3
    await sequence_all(pair.source)
    assert [record.key for record in await verify_feed(pair.source)] == [str(early)] * 3 + [str(late)]


async def test_per_key_the_order_of_the_feed_is_the_order_of_commits(pair: Pair) -> None:
    keys = [uuid4() for _ in range(3)]
    for key in keys:
        await pair.make(key)
    committed: dict[str, list[int]] = {str(key): [1] for key in keys}

    async def writer() -> None:
        for number in range(15):
            key = keys[number % 3]
            async with pair.source.begin() as tx:
                raw = await tx.raw()
                # Locked before the event is built: the version read here cannot be another's too.
                version = 1 + await raw.fetchval("SELECT version FROM entities WHERE id = $1 FOR UPDATE", str(key))
                await raw.execute("UPDATE entities SET version = $2 WHERE id = $1", str(key), version)
                tx.outbox.add(EntryMade(version=version, region="410100", entry_id=key))
                committed[str(key)].append(version)

    async def sequencer() -> None:
        while not done.is_set():
            await sequence_all(pair.source, limit=4)

    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(sequencer())
        async with asyncio.TaskGroup() as writers:
            for _ in range(4):
                writers.create_task(writer())
        done.set()
    await sequence_all(pair.source)
    await verify_feed(pair.source)
    rows = await (await pair.source.pool()).fetch("SELECT key, entity_version FROM feed ORDER BY position")
    order: dict[str, list[int]] = {}
    for row in rows:
        order.setdefault(row["key"], []).append(row["entity_version"])
    assert order == committed == {str(key): list(range(1, 22)) for key in keys}


async def test_recorded_at_never_goes_back_with_the_clock(pair: Pair) -> None:
    await pair.make(uuid4())
    ahead = datetime.now(UTC) + timedelta(hours=1)
    await (await pair.source.pool()).execute("UPDATE feed SET recorded_at = $1", ahead)
    await (await pair.source.pool()).execute("UPDATE feed_head SET recorded_at = $1", ahead)
    records = await pair.make(uuid4())
    assert [record.recorded_at for record in records] == [ahead, ahead]


async def test_two_sequencers_at_once_move_every_row_once(pair: Pair) -> None:
    keys = [uuid4() for _ in range(60)]
    await pair.make(*keys, sequenced=False)
    connections = [await pair.source.connect_raw() for _ in range(2)]

    async def move(connection: asyncpg.Connection) -> int:
        moved = 0
        while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
            moved += len(await feed.sequence(connection, limit=3))
        return moved

    moved = await asyncio.gather(*map(move, connections))
    for connection in connections:
        await connection.close()
    assert sum(moved) == 60
    assert sorted(record.key for record in await verify_feed(pair.source)) == sorted(map(str, keys))


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()  # a frozen one would be waited for in vain


# Between two statements, and in the middle of the rows that it streams.
@pytest.mark.parametrize("statement", ["UPDATE feed_partition_heads", "copy"])
async def test_a_frozen_sequencer_loses_the_lock_and_does_no_harm_when_it_wakes(pair: Pair, statement: str) -> None:
    await pair.make(*[uuid4() for _ in range(20)], sequenced=False)
    command = [sys.executable, "-m", "tests.integration.event_log.frozen_sequencer", pair.source.dsn, statement]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as frozen, ended(frozen):
        process = psutil.Process(frozen.pid)
        while process.status() != psutil.STATUS_STOPPED:
            assert frozen.poll() is None
            await asyncio.sleep(0.01)
        since = time.monotonic()
        connection = await pair.source.connect_raw()
        assert await feed.sequence(connection) == []
        while not await feed.sequence(connection):
            assert time.monotonic() - since < 120
            await asyncio.sleep(0.1)
        await pair.make(uuid4())
        frozen.send_signal(signal.SIGCONT)
        assert (await asyncio.to_thread(frozen.communicate))[0].startswith("failed")
        await connection.close()
    assert len(await verify_feed(pair.source)) == 21


class Failing:
    """An asyncpg connection that dies after so many statements, of which the last is still executed or not."""

    def __init__(self, connection: asyncpg.Connection, at: int, *, executes: bool) -> None:
        self._connection = connection
        self._left = at
        self._executes = executes

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._connection, name)
        if name not in {"execute", "fetch", "fetchrow", "fetchval", "copy_records_to_table"}:
            return attribute

        async def call(*arguments: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._executes:
                self._connection.terminate()
                raise ConnectionResetError
            result = await attribute(*arguments, **options)
            if self._left == 0:
                self._connection.terminate()
                raise ConnectionResetError
            return result

        return call


async def until_ended(database: Database, backend: int) -> None:
    watcher = await database.connect_raw()
    async with asyncio.timeout(30):
        while await watcher.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", backend):
            await asyncio.sleep(0.005)
    await watcher.close()


async def test_a_crash_between_any_two_statements_loses_and_doubles_nothing(pair: Pair) -> None:
    crashes = 0
    for at in range(1, 100):
        for executes in (False, True):
            await pair.make(uuid4(), uuid4(), sequenced=False)
            connection = await pair.source.connect_raw()
            backend = connection.get_server_pid()
            try:
                await feed.sequence(Failing(connection, at, executes=executes))
            except (ConnectionResetError, asyncpg.PostgresError, asyncpg.InterfaceError):
                crashes += 1
            else:
                await connection.close()
                assert crashes == 2 * (at - 1) > 8, "the last statement was reached"
                await verify_feed(pair.source)
                return
            await until_ended(pair.source, backend)  # the server sees it a moment later, and holds its lock till then
            await sequence_all(pair.source)
            assert len(await verify_feed(pair.source)) == 2 * crashes
    pytest.fail("the sequencer never ended")


async def test_a_transaction_that_fails_leaves_no_event(pair: Pair) -> None:
    class Cancelled(Exception): ...

    async def changed_his_mind() -> None:
        async with pair.source.begin() as tx:
            tx.outbox.add(EntryMade(version=1, region="410100", entry_id=uuid4()))
            raise Cancelled

    with pytest.raises(Cancelled):
        await changed_his_mind()
    await write(pair.source, EntryMade(version=1, region="410100", entry_id=uuid4()))
    await sequence_all(pair.source)
    assert len(await verify_feed(pair.source)) == 1
