"""Kills and freezes real processes while officers work; afterwards everything acknowledged is there exactly once."""

import asyncio
import random
import signal
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
import psutil
from common.feed import FeedRecord
from common.feed_api import HttpFeed
from yulu.verification import verify

from tests.faults.officers import REGIONS, Model, Officers
from tests.support.system import System

PROCESSES = (
    "outbox-relay", "progress-projector", "registry-reactions", "discipline-reactions", "registry-api",
    "discipline-api", "rights-api", "progress-api",
)  # fmt: skip
ENGINES = ("postgres", "kafka")
SETTLE_SECONDS = 120


@dataclass
class Outcome:
    seed: int
    struck: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    seconds: float = 0.0
    settled_in: float = 0.0


def drawn(seed: int, kills: int) -> list[tuple[str, bool]]:
    """Targets, and whether each is frozen instead of killed; at most a quarter are engines."""
    rng = random.Random(seed)
    engines = [rng.choice(ENGINES) for _ in range(kills // 4)]
    targets = engines + [PROCESSES[n % len(PROCESSES)] for n in range(kills - len(engines))]
    rng.shuffle(targets)
    return [(target, rng.random() < 0.2) for target in targets]


async def run_kills(system: System, seed: int, kills: int, model: Model | None = None) -> Outcome:
    """Raises AssertionError where anything is lost, doubled or wrong. model: of earlier loads on the same system."""
    outcome, started = Outcome(seed), time.monotonic()
    rng = random.Random(f"{seed}/pauses")
    officers = Officers(system, seed, model)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(officers.work())
            try:
                await asyncio.sleep(1)
                for target, frozen in drawn(seed, kills):
                    outcome.struck[f"{target} {'frozen' if frozen else 'killed'}"] += 1
                    await _strike(system, target, rng.uniform(0.5, 7) if frozen else None)
                    await asyncio.sleep(rng.uniform(0.3, 2.5))
            finally:
                officers.stop()
    finally:
        await officers.close()
    outcome.writes = officers.model.events.total() - officers.model.events["lawyer.standing-recorded"]
    settling = time.monotonic()
    await _check(system, officers)
    outcome.settled_in = time.monotonic() - settling
    outcome.seconds = time.monotonic() - started
    return outcome


async def _strike(system: System, target: str, freeze_seconds: float | None) -> None:
    deadline = time.monotonic() + 30
    while True:
        with suppress(psutil.NoSuchProcess, LookupError, FileNotFoundError):
            process = system.process(target)
            break
        # It was struck a moment ago and is being started again.
        assert time.monotonic() < deadline, f"{target} did not come back"
        await asyncio.sleep(0.2)
    with suppress(psutil.NoSuchProcess):
        if freeze_seconds is None:
            process.send_signal(signal.SIGKILL)
            return
        process.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(freeze_seconds)
        finally:
            process.send_signal(signal.SIGCONT)


async def _check(system: System, officers: Officers) -> None:
    model = officers.model
    reader = {"Authorization": f"Bearer {system.token('plan-reader', 'registry-officer', 'operator')}"}
    worker = {"Authorization": f"Bearer {system.token('internal-consumer', organisation_kind='system')}"}
    async with httpx.AsyncClient(base_url=system.url("progress"), headers=reader, timeout=30, trust_env=False) as http:
        expected: dict[str, Any] = {policy: model.lawyers(policy) for policy in ("licence-held", "not-suspended")}
        expected |= {region: model.in_region(region) for region in REGIONS}
        await _eventually(lambda: _counts(http), expected)
    counted: Counter[str] = Counter()
    for service in ("registry", "discipline", "rights"):
        async with httpx.AsyncClient(base_url=system.url(service), headers=worker, timeout=60, trust_env=False) as http:
            feed = HttpFeed(http)
            result = await verify(f"{service}.events", feed)
            assert result.faults == []
            counted.update(await _types(feed, result.head))
    missing = {name: (counted[name], number) for name, number in model.events.items() if counted[name] != number}
    assert missing == {}, f"(in the feed, acknowledged): {missing}"
    await _compare(system, reader)


async def _counts(http: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for policy in ("licence-held", "not-suspended"):
        answer = await http.get("/v1/indicators/H1", params={"count_suspended": policy})
        found[policy] = answer.raise_for_status().json()["value"]
    for region in REGIONS:
        answer = await http.get("/v1/indicators/H1", params={"region": region})
        found[region] = answer.raise_for_status().json()["value"]
    return found


async def _eventually(ask: Any, expected: Any) -> None:
    deadline = time.monotonic() + SETTLE_SECONDS
    found: Any = None
    while found != expected:
        try:
            found = await ask()
        except httpx.HTTPError as error:
            found = repr(error)
        if found != expected:
            assert time.monotonic() < deadline, f"expected {expected}, found {found}"
            await asyncio.sleep(0.3)


async def _types(feed: HttpFeed, head: int) -> Counter[str]:
    counted: Counter[str] = Counter()
    position = 0
    while position < head:
        records: list[FeedRecord] = list(await feed.read_after(position, 2_000))
        counted.update(".".join(record.event_type.split(".")[2:-1]) for record in records)
        position = records[-1].position
    return counted


async def _compare(system: System, operator: dict[str, str]) -> None:
    async with httpx.AsyncClient(
        base_url=system.url("progress"), headers=operator, timeout=30, trust_env=False
    ) as http:
        key = {"Idempotency-Key": random.randbytes(16).hex()}
        asked = (await http.post("/v1/rebuilds", json={"switch": False}, headers=key)).raise_for_status().json()
        deadline = time.monotonic() + SETTLE_SECONDS
        while True:
            state = (await http.get(f"/v1/rebuilds/{asked['rebuild_id']}")).raise_for_status().json()
            if state["state"] in ("done", "failed"):
                assert (state["state"], state["differing_rows"]) == ("done", 0), state
                return
            assert time.monotonic() < deadline, state
            await asyncio.sleep(0.3)
