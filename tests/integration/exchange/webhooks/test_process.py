"""Dispatchers as processes of their own: over the network, with their own token, killed at any moment."""

import asyncio
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest
from contracts.webhooks import webhook_rules
from starlette.responses import Response

from tests.integration.exchange.webhooks.conftest import KEYS, serving

METRICS_TOKEN = "scraper"
LEASE_SECONDS = 8
"""Long enough for a slow machine to begin every delivery within one."""


@pytest.fixture
async def address(exchange_app, free_port) -> AsyncIterator[str]:
    async with serving(exchange_app, free_port()) as address:
        yield address


@pytest.fixture
async def start(address, issuer, tmp_path, free_port) -> AsyncIterator[Callable[..., Any]]:
    """Starts a dispatcher; its address of metrics, and the process."""
    started: list[asyncio.subprocess.Process] = []

    async def start(**changes: str) -> tuple[str, asyncio.subprocess.Process]:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ENVIRONMENT": "test",
            "EXCHANGE_URL": address,
            "OIDC_ISSUER": issuer.url,
            "CLIENT_ID": "webhook-dispatcher",
            "CLIENT_SECRET": issuer.client_secret("webhook-dispatcher"),
            "DATA_DIR": str(tmp_path),
            "METRICS_PORT": str(port),
            "METRICS_TOKEN": METRICS_TOKEN,
            "DISPATCHER_POLL_SECONDS": "0.05",
            "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
        } | changes
        with (tmp_path / "dispatcher.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "webhook_dispatcher", env=environment, stdout=log, stderr=log
            )
        started.append(process)
        return f"http://127.0.0.1:{port}/metrics", process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(120):
        while not condition():
            await asyncio.sleep(0.02)


async def test_two_at_once_one_killed_midway_and_nothing_is_lost(
    *, call, channel, hook, log, pump, receiver, start, system, time, tmp_path
):
    made = await hook()
    begin = (await channel.heads()).position
    told = 60
    for _ in range(told // len(KEYS)):
        await channel.tell(*KEYS)
    await pump.plan()

    async def slowly(_):
        await asyncio.sleep(0.02)
        return Response(status_code=200)

    receiver.answer = slowly
    (metrics, first), (_, second) = await start(), await start()
    await until(lambda: len(receiver.received) >= 10)
    first.send_signal(signal.SIGKILL)
    await first.wait()
    await asyncio.sleep(0.1)
    time.pass_(seconds=61)  # what it held is handed out again

    def ids() -> set[str]:
        return {received.id for received in receiver.received}

    await until(lambda: len(ids()) == told)
    path = f"/webhooks/{made['webhook_id']}/status"
    async with asyncio.timeout(120):
        while (await call("GET", path, system.rights)).json()["pending"]:
            await asyncio.sleep(0.05)
    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0
    entries = await log(made["webhook_id"])
    assert [entry["position"] for entry in entries] == list(range(begin + 1, begin + told + 1))
    assert max(Counter(received.id for received in receiver.received).values()) <= 2
    versions = defaultdict(list)
    for received in receiver.received:
        body = orjson.loads(received.body)
        versions[body["subject"]].append(body["entityversion"])
    assert all(seen == sorted(seen) for seen in versions.values())
    said = (tmp_path / "dispatcher.log").read_text()
    assert "webhook_delivered" in said
    for marker in (receiver.url, made["secret"], str(KEYS[0]), "Traceback"):
        assert marker not in said
    assert metrics


async def test_one_frozen_midway_and_woken_beside_another_loses_and_repeats_nothing(
    *, call, channel, hook, log, monkeypatch, pump, receiver, start, system, time
):
    rules = webhook_rules().model_copy(update={"lease": LEASE_SECONDS})
    for module in ("leasing", "dispatcher_routes"):
        monkeypatch.setattr(f"exchange_api.webhooks.{module}.webhook_rules", lambda: rules)
    made = await hook()
    begin = (await channel.heads()).position
    answering = asyncio.Event()

    async def when_told(_):
        await answering.wait()
        return Response(status_code=200)

    receiver.answer = when_told
    await channel.tell(*KEYS, *KEYS)
    await pump.plan()
    _, first = await start()
    await until(lambda: len(receiver.received) == len(KEYS))
    first.send_signal(signal.SIGSTOP)
    answering.set()
    await asyncio.sleep(LEASE_SECONDS)
    time.pass_(seconds=LEASE_SECONDS + 1)
    _, second = await start()
    path = f"/webhooks/{made['webhook_id']}/status"

    async def nothing_waits() -> None:
        async with asyncio.timeout(120):
            while (await call("GET", path, system.rights)).json()["pending"]:
                await asyncio.sleep(0.05)
                # The dispatchers' own clock goes on as well: on a slow machine they give up what they have not begun.
                time.pass_(seconds=0.05)

    await nothing_waits()
    # What was under way when it froze has been sent again under the same ids; the rest once.
    assert len(receiver.received) == 3 * len(KEYS)
    first.send_signal(signal.SIGCONT)
    for _ in range(4):
        await channel.tell(*KEYS)
    await pump.plan()
    await nothing_waits()
    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
    entries = await log(made["webhook_id"])
    assert [entry["position"] for entry in entries] == list(range(begin + 1, begin + 6 * len(KEYS) + 1))
    assert {entry["state"] for entry in entries} == {"delivered"}
    times = Counter(received.id for received in receiver.received)
    assert set(times) == {entry["delivery_id"] for entry in entries}
    assert sorted(times.values()) == [1] * 5 * len(KEYS) + [2] * len(KEYS)
    versions = defaultdict(list)
    for received in receiver.received:
        body = orjson.loads(received.body)
        versions[body["subject"]].append(body["entityversion"])
    assert all(seen == sorted(seen) for seen in versions.values())


async def test_metrics_name_no_endpoint_and_need_the_scrapers_token(channel, hook, pump, receiver, start):
    made = await hook()
    await channel.tell(KEYS[0])
    await pump.plan()
    metrics, _ = await start()
    await until(lambda: receiver.received)
    async with httpx.AsyncClient() as scraper:
        assert (await scraper.get(metrics)).status_code == 401
        async with asyncio.timeout(120):
            while True:
                seen = (await scraper.get(metrics, headers={"Authorization": f"Bearer {METRICS_TOKEN}"})).text
                if 'yulu_webhook_deliveries_total{outcome="delivered"} 1.0' in seen:
                    break
                await asyncio.sleep(0.05)
    for name in ("yulu_webhook_pending", "yulu_webhook_oldest_seconds", "yulu_webhook_circuit_open"):
        assert f"{name} " in seen
    assert made["webhook_id"] not in seen
    assert made["client_id"] not in seen


async def test_it_waits_while_the_service_is_away(start, tmp_path, free_port):
    _, process = await start(EXCHANGE_URL=f"http://127.0.0.1:{free_port()}")
    log = tmp_path / "dispatcher.log"
    await until(lambda: "exchange_unavailable" in log.read_text())
    assert process.returncode is None


async def test_a_wrong_setting_ends_it_with_one_sentence(start, tmp_path):
    _, process = await start(WEBHOOK_ALLOWED_NETWORKS="everywhere")
    assert await process.wait() == 1
    assert (tmp_path / "dispatcher.log").read_text().splitlines() == [
        "WEBHOOK_ALLOWED_NETWORKS must be networks such as 10.20.0.0/16, comma between."
    ]
