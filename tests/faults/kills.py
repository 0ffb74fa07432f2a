"""Kills and freezes real processes while officers work; afterwards everything acknowledged is there exactly once."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from aiokafka.errors import KafkaError
from common.database import DATABASE_ERRORS
from common.feed import FeedRecord
from common.feed_api import HttpFeed
from common.positions import FeedUnavailable
from yulu.verification import verify

from tests.faults.failovers import Failover, drawn_failovers
from tests.faults.officers import REGIONS, Model, Officers
from tests.faults.outcomes import check_answers, difference_outside, lapse
from tests.faults.outsiders import Outsiders
from tests.faults.whole import Whole
from tests.support.system import System

PROCESSES = (
    "outbox-relay", "progress-projector", "registry-reactions", "discipline-reactions", "notifier", "registry-api",
    "discipline-api", "rights-api", "rights-public", "progress-api", "exchange-api", "exchange-releases",
    "webhook-dispatcher",
)  # fmt: skip
ENGINES = ("postgres", "kafka")
SETTLE_SECONDS = 300
LEAST_WRITES = 100
EVENTS_BEFORE = 10
UNLIMITED = {"FILING_RATE_LIMIT": "off", "PUBLIC_RATE_LIMIT": "off"}


@dataclass
class Outcome:
    seed: int
    struck: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    sent: int = 0
    """By those outside, through both exchange-apis each."""
    shown: int = 0
    pushed: int = 0
    windows: list[tuple[str, float]] = field(default_factory=list)
    """Of what officers felt over HTTP: seconds from the first failed request to the next that succeeded."""
    pauses: list[tuple[str, float]] = field(default_factory=list)
    """Of what struck Kafka: the longest time in which nothing was sent to it."""
    failures: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    settled_in: float = 0.0

    def note(self, name: str, felt: float, stood: float) -> None:
        if felt:
            self.windows.append((name, felt))
        if stood:
            self.pauses.append((name, stood))


def drawn(seed: int, kills: int, *, clusters: bool = False) -> list[tuple[str | Failover, bool]]:
    """Targets, and whether each is frozen instead of killed; at most a fifth are engines.

    clusters: half are failovers, none an engine of its own.

    No process is struck again before all the others have been.
    """
    rng = random.Random(seed)
    targets: list[str | Failover] = (
        [*drawn_failovers(seed, kills // 2)] if clusters else [rng.choice(ENGINES) for _ in range(kills // 5)]
    )
    while len(targets) < kills:
        targets += rng.sample(PROCESSES, min(len(PROCESSES), kills - len(targets)))
    rng.shuffle(targets)
    return [(target, rng.random() < 0.2) for target in targets]


async def run_kills(
    system: System, seed: int, kills: int, those: Outsiders, model: Model | None = None, whole: Whole | None = None
) -> Outcome:
    """Raises AssertionError where anything is lost, doubled or wrong. model: of earlier loads on the same system.

    whole: where the system stands on clusters, which fail over then.
    """
    outcome, started = Outcome(seed), time.monotonic()
    rng = random.Random(f"{seed}/pauses")
    officers = Officers(system, seed, model)
    enough = asyncio.Event()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(officers.work())
            group.create_task(those.send_on(officers.model, enough))
            try:
                await _one_door_frozen(system, those)
                outcome.struck["exchange-api frozen"] += 1
                await _felt(officers)
                for target, frozen in drawn(seed, kills, clusters=whole is not None):
                    await _more_than(officers, officers.model.writes)
                    if isinstance(target, str):
                        name = f"{target} {'frozen' if frozen else 'killed'}"
                        await _strike(system, target, rng.uniform(0.5, 7) if frozen else None)
                    else:
                        name = target.__name__
                        await target(whole)
                    outcome.struck[name] += 1
                    await asyncio.sleep(rng.uniform(0.3, 2.5))
                    if whole is not None:
                        await _more_than(officers, officers.model.writes)
                        outcome.note(name, await _felt(officers), whole.window.take())
                await _more_than(officers, LEAST_WRITES)
            finally:
                officers.stop()
                enough.set()
    finally:
        await officers.close()
    outcome.writes, outcome.sent, outcome.failures = officers.model.writes, len(those.sent), officers.failures
    settling = time.monotonic()
    await _dispatcher_killed(system)
    await _check(system, officers)
    await _eventually(lambda: difference_outside(those), "")
    await check_answers(those)
    outcome.shown, outcome.pushed = sum(listener.count for listener in those.listeners), len(those.pushed)
    outcome.settled_in = time.monotonic() - settling
    outcome.seconds = time.monotonic() - started
    return outcome


async def _felt(officers: Officers) -> float:
    """In seconds, the longest window since last asked, once whoever was refused has been answered; 0 where nobody was.

    So what one fault did is not mixed with what the next one does.
    """
    async with asyncio.timeout(SETTLE_SECONDS):
        while any(window.open for window in officers.windows.values()):
            await asyncio.sleep(0.05)
    return max(window.take() for window in officers.windows.values())


async def _one_door_frozen(system: System, those: Outsiders) -> None:
    """So long that every listener has gone on at the other exchange-api and been shown events there."""
    async with asyncio.timeout(SETTLE_SECONDS):
        await those.all_have_moved_by(EVENTS_BEFORE)
        process = await _running(system, "exchange-api")
        process.send_signal(signal.SIGSTOP)
        try:
            await those.all_have_moved_by(EVENTS_BEFORE)
        finally:
            process.send_signal(signal.SIGCONT)


async def _dispatcher_killed(system: System) -> None:
    """Once more, now that nothing new comes: nobody holds a lease any longer, not even one whose answer was lost."""
    dispatcher = await _running(system, "webhook-dispatcher")
    with suppress(psutil.NoSuchProcess):
        dispatcher.send_signal(signal.SIGKILL)
        await asyncio.to_thread(psutil.wait_procs, [dispatcher], SETTLE_SECONDS)
    await _eventually(lambda: lapse(system), None)


async def _more_than(officers: Officers, writes: int) -> None:
    """What is lost or doubled must have something to happen to; and a slow machine must not have everything to start
    at the same time."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while officers.model.writes <= writes:
        assert time.monotonic() < deadline, f"{officers.model.writes} writes"
        await asyncio.sleep(0.2)


async def _running(system: System, target: str) -> psutil.Process:
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        with suppress(psutil.NoSuchProcess, LookupError, FileNotFoundError):
            return system.process(target)
        # It was struck a moment ago and is being started again.
        assert time.monotonic() < deadline, f"{target} did not come back"
        await asyncio.sleep(0.2)


async def _strike(system: System, target: str, freeze_seconds: float | None) -> None:
    process = await _running(system, target)
    with suppress(psutil.NoSuchProcess):
        if freeze_seconds is None:
            process.send_signal(signal.SIGKILL)
            # On a busy machine it goes on answering for a while.
            await asyncio.to_thread(psutil.wait_procs, [process], SETTLE_SECONDS)
            return
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(freeze_seconds)
        finally:
            process.send_signal(signal.SIGCONT)


async def _check(system: System, officers: Officers) -> None:
    """Whatever was struck last may still be starting, and what was written last may still be on its way."""
    model = officers.model
    reader = {"Authorization": f"Bearer {system.token('plan-reader', 'registry-officer', 'operator')}"}
    worker = {"Authorization": f"Bearer {system.token('feed-verifier', organisation_kind='system')}"}
    async with httpx.AsyncClient(base_url=system.url("progress"), headers=reader, timeout=30, trust_env=False) as http:
        expected: dict[str, Any] = {policy: model.lawyers(policy) for policy in ("licence-held", "not-suspended")}
        expected |= {region: model.in_region(region) for region in REGIONS}
        await _eventually(lambda: _counts(http), expected)
        await _eventually(lambda: _in_feeds(system, worker, model), dict(model.events))
        key = {"Idempotency-Key": random.randbytes(16).hex()}
        await _eventually(lambda: _compared(http, key), ("done", 0))


async def _counts(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for policy in ("licence-held", "not-suspended"):
        answer = await http.get("/v1/indicators/H1", params={"count_suspended": policy})
        found[policy] = answer.raise_for_status().json()["value"]
    for region in REGIONS:
        answer = await http.get("/v1/indicators/H1", params={"region": region})
        found[region] = answer.raise_for_status().json()["value"]
    return found


async def _in_feeds(system: System, worker: dict[str, str], model: Model) -> dict[str, int]:
    """How often each acknowledged type of event is in the feeds, which are whole."""
    counted: Counter[str] = Counter()
    for service in ("registry", "discipline", "rights"):
        async with httpx.AsyncClient(base_url=system.url(service), headers=worker, timeout=60, trust_env=False) as http:
            feed = HttpFeed(http)
            result = await verify(f"{service}.events", feed)
            assert result.faults == []
            counted.update(await _types(feed, result.head))
    return {name: counted[name] for name in model.events}


async def _types(feed: HttpFeed, head: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    position = 0
    while position < head:
        records: list[FeedRecord] = list(await feed.read_after(position, 2_000))
        counted.update(".".join(record.event_type.split(".")[2:-1]) for record in records)
        position = records[-1].position
    return counted


async def _compared(http: httpx.AsyncClient, key: dict[str, str]) -> tuple[str, int | None]:
    """How the comparison stands that was asked for under `key`, and how many rows differ."""
    asked = (await http.post("/v1/rebuilds", json={"switch": False}, headers=key)).raise_for_status().json()
    state = (await http.get(f"/v1/rebuilds/{asked['rebuild_id']}")).raise_for_status().json()
    assert state["state"] != "failed", state
    return state["state"], state["differing_rows"]


async def _eventually(ask: Callable[[], Awaitable[Any]], expected: Any) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    found: Any = ...
    while found != expected:
        try:
            found = await ask()
        except (httpx.HTTPError, FeedUnavailable, KafkaError, *DATABASE_ERRORS) as error:
            found = repr(error)
        if found != expected:
            assert time.monotonic() < deadline, f"expected {expected}, found {found}"
            await asyncio.sleep(0.3)
