"""The notifier as a process of its own: over the network, with its own token, killed at any moment."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import orjson
import pytest
import uvicorn

from tests.integration.rights.duty.conftest import CITY, EMAIL, TELEPHONE

METRICS_TOKEN = "scraper"
CLOSED_TOKEN = "closed-token"
PATIENCE_SECONDS = 120
"""Far more than anything takes: it only ends a test that would wait for ever."""


@pytest.fixture
async def address(app, free_port) -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off", ws="none"))
    task = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
async def start(address, issuer, tmp_path, free_port) -> AsyncIterator[Callable[..., Any]]:
    """Starts a notifier; its address of metrics, and the process."""
    started: list[asyncio.subprocess.Process] = []

    async def start(**changes: str) -> tuple[str, asyncio.subprocess.Process]:
        port = free_port()
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "ENVIRONMENT": "test",
            "RIGHTS_URL": address,
            "OIDC_ISSUER": issuer.url,
            "CLIENT_ID": "notifier",
            "CLIENT_SECRET": issuer.client_secret("notifier"),
            "DATA_DIR": str(tmp_path),
            "METRICS_PORT": str(port),
            "METRICS_TOKEN": METRICS_TOKEN,
            "METRICS_CLOSED_TOKEN": CLOSED_TOKEN,
            "NOTIFIER_POLL_SECONDS": "0.1",
        } | changes
        with (tmp_path / "notifier.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "notifier", env=environment, stdout=log, stderr=log
            )
        started.append(process)
        return f"http://127.0.0.1:{port}/metrics", process

    yield start
    for process in started:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():
            await asyncio.sleep(0.05)


async def test_it_sends_is_killed_and_its_successor_sends_what_is_left(
    *, start, on_roster, raised, sink, sql, tmp_path, time
):
    await on_roster(CITY, "li")
    metrics, first = await start()
    await raised()
    await until(lambda: len(sink()) == 3)
    async with httpx.AsyncClient() as scraper:
        assert (await scraper.get(metrics)).status_code == 401
        told = await scraper.get(metrics, headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
        closed = {"Authorization": f"Bearer {CLOSED_TOKEN}"}
        delivered = 'yulu_notifications_total{channel="sms",outcome="delivered"} 1.0'
        async with asyncio.timeout(PATIENCE_SECONDS):  # it counts after it has sent
            while delivered not in (await scraper.get(metrics, headers=closed)).text:
                await asyncio.sleep(0.05)
    # A message goes out because something happened in the rights channel: operators are not told when.
    assert "process_start_time_seconds" in told.text
    assert "yulu_notifications" not in told.text
    for _ in range(9):
        await raised()
    first.send_signal(signal.SIGKILL)
    await first.wait()
    await raised()  # however fast the first was, this is left
    time.pass_(seconds=61)  # what it held is handed out again
    _, second = await start()

    def ids() -> set[str]:
        return {orjson.loads(line)["delivery_id"] for line in sink()}

    await until(lambda: len(ids()) == 33)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await sql.fetchval("SELECT count(*) FROM alarm_deliveries WHERE state <> 'delivered'"):
            await asyncio.sleep(0.05)
    second.send_signal(signal.SIGTERM)
    assert await second.wait() == 0
    log = (tmp_path / "notifier.log").read_text()
    assert "message_sent" in log
    for marker in (TELEPHONE, EMAIL, "Traceback"):
        assert marker not in log
    assert oct((tmp_path / "notifier" / "sink.ndjson").stat().st_mode)[-3:] == "600"


async def test_it_waits_while_the_service_is_away(start, tmp_path, free_port):
    _, process = await start(RIGHTS_URL=f"http://127.0.0.1:{free_port()}")
    log = tmp_path / "notifier.log"
    await until(lambda: "rights_unavailable" in log.read_text())
    assert process.returncode is None


async def test_a_wrong_setting_ends_it_with_one_sentence(start, tmp_path):
    _, process = await start(NOTIFIER_SMS_URL="smtp://nowhere")
    assert await process.wait() == 1
    assert (tmp_path / "notifier.log").read_text().splitlines() == [
        "The environment variable NOTIFIER_SMS_URL is not valid: must start with http:// or https://."
    ]
