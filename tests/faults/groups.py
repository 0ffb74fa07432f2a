"""Faults in groups: each group in a laboratory of its own, checked after it."""

import asyncio
import random
import time
from dataclasses import dataclass, field

from yulu_local.engines import Kafka

from tests.faults.failovers import promote_an_asynchronous_standby
from tests.faults.faults import FAULTS, WEIGHTS, Fault, freeze_a_sequencer, stop_kafka
from tests.faults.laboratory import SETTLE_SECONDS, TOPICS, Engines, Laboratory, Lost
from tests.faults.sources import DatabaseFeed, Server

CHANGES_PER_FAULT = 12
"""At least: writers go on as long as the fault lasts."""


@dataclass
class Result:
    """What struck in one group, and what `check` found."""

    seed: int
    struck: list[str] = field(default_factory=list)
    windows: list[tuple[str, float]] = field(default_factory=list)
    """Of each fault that clients felt: seconds from the first failed request to the next that succeeded."""
    events: int = 0
    seconds: float = 0.0


def drawn(seed: int, faults: int, *, restores: bool, freezes: bool, stops: bool = False) -> list[Fault]:
    """stops: Kafka too, which must be the laboratory's own."""
    rng = random.Random(seed)
    chosen = rng.choices(FAULTS, WEIGHTS, k=faults - restores - freezes - stops)
    if stops:
        chosen.insert(rng.randrange(len(chosen) + 1), stop_kafka)
    if freezes:
        chosen.insert(rng.randrange(len(chosen) + 1), freeze_a_sequencer)
    return [*chosen, restore_a_producer] if restores else chosen


async def run_group(
    server: Server,
    bootstrap: str,
    seed: int,
    faults: list[Fault],
    *,
    engine: Kafka | None = None,
    engines: Engines | None = None,
    store_server: Server | None = None,
) -> Result:
    result, started = Result(seed), time.monotonic()
    async with Laboratory(
        server, bootstrap, seed, engine=engine, engines=engines, store_server=store_server
    ) as laboratory:
        await laboratory.write(CHANGES_PER_FAULT)
        for fault in faults:
            result.struck.append(fault.__name__)
            if fault in FORKS:
                await laboratory.check()
                await fault(laboratory)
                continue
            over = asyncio.Event()
            async with asyncio.TaskGroup() as group:
                group.create_task(_load(laboratory, over))
                await fault(laboratory)
                over.set()
            laboratory.assert_running()
            if window := laboratory.window.take():
                result.windows.append((fault.__name__, window))
        if not set(FORKS) & set(faults):
            await laboratory.check()
        result.events = sum(map(len, laboratory.acknowledged.values()))
    result.seconds = time.monotonic() - started
    return result


async def _load(laboratory: Laboratory, over: asyncio.Event) -> None:
    while True:
        await laboratory.write(CHANGES_PER_FAULT)
        if over.is_set():
            return
        await asyncio.sleep(0.05)


async def restore_a_producer(laboratory: Laboratory) -> None:
    """From a backup, after its later events were applied: an alarm per partition that differs, and nothing dropped.

    The last of its group: what the restored database has forgotten cannot be made good here.
    """
    topic = laboratory.rng.choice(TOPICS)
    name = laboratory.names[topic]
    await laboratory.relay.kill()
    backup = await laboratory.server.clone(name)
    laboratory.relay.start()
    before = await _heads(laboratory, topic)
    while await _heads(laboratory, topic) == before:
        await laboratory.write(CHANGES_PER_FAULT)
        await laboratory.settle()
    forgotten = {p for p, head in (await _heads(laboratory, topic)).items() if head != before[p]}
    store = await laboratory.store.pool()
    rows = await _rows(laboratory)

    await laboratory.relay.kill()
    await laboratory.server.rename(name, f"{name}_lost")
    await laboratory.server.rename(backup, name)
    laboratory.relay.start()
    others = [other for other in TOPICS if other != topic]
    wanted, until = {(laboratory.topics[topic], p) for p in forgotten}, time.monotonic() + SETTLE_SECONDS
    while True:
        laboratory.assert_running()
        stopped = await store.fetch("SELECT topic, partition, stopped FROM positions WHERE stopped IS NOT NULL")
        alarms = {(row["topic"], row["partition"]) for row in stopped}
        if alarms == wanted:
            break
        if time.monotonic() > until:
            raise Lost(f"no alarm for {sorted(wanted - alarms)}; one too many for {sorted(alarms - wanted)}")
        await asyncio.sleep(0.1)
    if not all("fork" in row["stopped"] for row in stopped):
        raise Lost(f"stopped for another reason: {stopped}")
    if await _rows(laboratory) != rows:
        raise Lost("a restore changed what had been applied")
    # The others go on: what they write is applied.
    written = 0
    while written < 5:
        change = laboratory.world.next()
        accepted = change.topic in others and await laboratory._attempt(change)
        laboratory.world.settle(change, accepted=accepted)
        written += accepted
    await laboratory.settle(forked=True)
    await laboratory.server.drop(f"{name}_lost")


async def _heads(laboratory: Laboratory, topic: str) -> dict[int, bytes]:
    feed: DatabaseFeed = laboratory.feeds[laboratory.topics[topic]]
    return {partition: head.hash for partition, head in (await feed.heads()).partitions.items()}


async def _rows(laboratory: Laboratory) -> list[object]:
    store = await laboratory.store.pool()
    query = "SELECT (SELECT array_agg(t::text ORDER BY t::text) FROM {} t)"
    return [
        await store.fetchval(query.format(table)) for table in ("practices", "firm_periods", "sanctions", "complaints")
    ]


FORKS: tuple[Fault, ...] = (restore_a_producer, promote_an_asynchronous_standby)
"""The last of their groups, with a check before them instead of after."""
