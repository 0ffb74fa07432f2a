"""The process is killed while systems call: whatever was answered is in the log."""

import asyncio
import contextlib
import hashlib
import os
import signal
import sys

import httpx

from tests.integration.proofs.conftest import SYSTEM

ROUNDS = 2
ANSWERS = 150
CLIENTS = 8


async def served(port: int, dsn: str, issuer_url: str) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.integration.proofs.trial", str(port), dsn, issuer_url,
        env=os.environ | {"NO_PROXY": "127.0.0.1"},
    )  # fmt: skip
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as http, asyncio.timeout(120):
        while True:
            with contextlib.suppress(httpx.TransportError):
                if (await http.get("/health/live")).is_success:
                    return process
            await asyncio.sleep(0.05)


def is_of(entry, target: str) -> bool:
    begun = bytes.fromhex(entry["salt"]) + f"GET\n{target}\n".encode()
    return hashlib.new("sm3", begun).hexdigest() == entry["request_digest"]


async def test_what_was_answered_is_in_the_log_whenever_the_process_is_killed(dsn, issuer, log, free_port, verified):
    answered: list[str] = []

    async def call(http: httpx.AsyncClient, of: str, enough: asyncio.Event, until: int) -> None:
        number = 0
        with contextlib.suppress(httpx.TransportError):
            while True:
                target = f"/v1/raw/{of}-{number}"
                answer = await http.get(target)
                assert answer.status_code == 200
                answered.append(target)
                number += 1
                if len(answered) >= until:
                    enough.set()

    for round_ in range(ROUNDS):
        port = free_port()
        process = await served(port, dsn, issuer.url)
        enough = asyncio.Event()
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=issuer.headers(**SYSTEM), trust_env=False
        ) as http:
            until = len(answered) + ANSWERS
            calls = [asyncio.create_task(call(http, f"{round_}-{n}", enough, until)) for n in range(CLIENTS)]
            await asyncio.wait_for(enough.wait(), 30)
            process.send_signal(signal.SIGKILL)
            await asyncio.gather(*calls)
        await process.wait()
    entries = await log.entries()
    assert len(answered) >= ROUNDS * ANSWERS
    assert len(answered) <= len(entries) <= len(answered) + ROUNDS * CLIENTS
    missing = [target for target in answered if not any(is_of(entry, target) for entry in entries)]
    assert missing == []
    found, faults = await verified()
    assert faults == []
    assert found >= len(entries), "what the process had sent when it was killed may be committed a little later"


async def test_a_stream_begins_at_once_and_its_end_is_entered(dsn, issuer, log, free_port):
    port = free_port()
    process = await served(port, dsn, issuer.url)
    url, headers = f"http://127.0.0.1:{port}/v1/stream", issuer.headers(**SYSTEM)
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(120):
        async with http.stream("GET", url, headers=headers) as answer:
            async for line in answer.aiter_lines():
                assert line == "data: 1"
                break
        while len(entries := await log.entries()) < 2:
            await asyncio.sleep(0.02)
    assert [entry["phase"] for entry in entries] == ["opened", "broken"]
    assert entries[1]["response_bytes"] == len("data: 1\n\n")
    process.terminate()
    await process.wait()
