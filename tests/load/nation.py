"""`python -m tests.load.nation --provinces 31 --events 5000`: so many provinces' feeds, merged by one follower.

What is run: one real feed per province in a database of its own, chained by the system's own sequencer, and one
`Follower` over all of them into one progress store, as the projector's is over its four. What is simulated: the
provinces are databases of one server on this machine, read without HTTP and Kafka; one topic each instead of four.

Counts are checked: every event applied once, every lawyer of every province in the store, a second round adds nothing.
Status 1 where they are not.
"""

import argparse
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

import psutil
import uvloop
from common.database import Database
from common.events import PARTITIONS
from common.positions import Follower
from progress_store.projection import Projection
from yulu_local.engines import running_postgres

from tests.faults.sources import SOURCE, STORE, DatabaseFeed, Server
from tests.load.feeding import fill, made
from tests.load.run import LOCAL, machine

PROVINCES = 31
EVENTS = 5_000
EVENTS_PER_LAWYER = 4


def topic(province: int) -> str:
    return f"p{province:02d}.registry.events"


async def merge(server: Server, *, provinces: int, events: int) -> dict[str, float]:
    """Times, memory and counts. Raises RuntimeError where a count is wrong."""
    await server.prepare()
    lawyers = max(1, events // EVENTS_PER_LAWYER)
    async with AsyncExitStack() as stack:
        feeds, began = {}, time.monotonic()
        for province in range(provinces):
            database = server.database(await server.clone(SOURCE))
            stack.push_async_callback(database.close)
            connection = await database.connect_raw()
            await fill(connection, made(province, lawyers, events))
            await connection.close()
            feeds[topic(province)] = DatabaseFeed(database)
        filled = time.monotonic() - began
        store = server.store(await server.clone(STORE))
        stack.push_async_callback(store.close)
        follower = Follower(store, Projection(), feeds)
        before, began, cpu = psutil.Process().memory_info().rss, time.monotonic(), time.process_time()
        await follower.start()
        while await _applied(store) < provinces * events:
            await follower.catch_up()
        took, used = time.monotonic() - began, time.process_time() - cpu
        grown = psutil.Process().memory_info().rss - before
        began = time.monotonic()
        await follower.catch_up()
        idle_round, pulled_again = time.monotonic() - began, follower.pulled_last_round
        found = await _counts(store)
    expected = {"positions": provinces * PARTITIONS, "events": provinces * events, "practising": provinces * lawyers}
    if found != expected or pulled_again:
        raise RuntimeError(f"expected {expected}, found {found}; a second round pulled {pulled_again}")
    return {
        "provinces": provinces,
        "events_each": events,
        "lawyers": provinces * lawyers,
        "filled_seconds": round(filled, 1),
        "merged_seconds": round(took, 1),
        "events_per_second": round(provinces * events / took),
        "cpu_ms_per_1000_events": round(used / (provinces * events) * 1e6),
        "idle_round_seconds": round(idle_round, 2),
        "memory_grown_mb": round(grown / 1e6, 1),
    }


async def _applied(store: Database) -> int:
    return int(await (await store.pool()).fetchval("SELECT coalesce(sum(last_seq), 0) FROM positions"))


async def _counts(store: Database) -> dict[str, int]:
    pool = await store.pool()
    return {
        "positions": await pool.fetchval("SELECT count(*) FROM positions"),
        "events": await _applied(store),
        "practising": await pool.fetchval("SELECT count(*) FROM practices WHERE to_on IS NULL"),
    }


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.load.nation", description=__doc__)
    arguments.add_argument("--provinces", type=int, default=PROVINCES)
    arguments.add_argument("--events", type=int, default=EVENTS, help="of each province")
    arguments.add_argument("--out", type=Path, default=LOCAL / "nation.json")
    asked = arguments.parse_args()
    LOCAL.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="nation-", dir=LOCAL.resolve()) as directory,
        running_postgres(Path(directory) / "postgres", fsync=True) as postgres,
    ):
        found = uvloop.run(merge(Server(postgres.url), provinces=asked.provinces, events=asked.events))
    told = {"machine": machine(), "nation": found}
    asked.out.write_text(json.dumps(told) + "\n", encoding="utf-8")
    print("\n".join(f"{name:<28}{value:>14,}" for name, value in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
