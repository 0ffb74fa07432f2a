"""The receipt under load: looking at a case with a session, opening sessions, and 10,000 wrong receipts.

Sessions are opened against what bare Argon2id with the same parameters reaches in the same round, one at a time as in
the service. Guesses come from one address, honest users from others, all over real connections.
"""

import asyncio
import json
import os
import time
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
from argon2.low_level import Type, hash_secret_raw
from common.secrecy.keys import ReceiptKeys
from common.secrecy.receipts import LANES, MEMORY_KIB, ROUNDS, Receipts
from yulu_local.ports import free_port

from tests.bench.filings import BODY
from tests.bench.load import CONCURRENCY
from tests.bench.lookup import Side, describe, load, pairs
from tests.bench.plant import Plant
from tests.bench.report import Comparison, Gate, Pair, Report, median

DATABASE = "rights-receipts"
CASES = 40
SECONDS = 4
GUESSES = 10_000
_OPENING = 8
_HONEST = 12
_KEY = "5a" * 32


async def measure(plant: Plant, report: Report, *, rounds: int, guesses: int = GUESSES) -> None:
    await plant.migrate("rights", DATABASE)
    dsn = plant.dsn(DATABASE)
    settings = {"RIGHTS_DATABASE_URL": dsn, "RIGHTS_RECEIPT_KEY": _KEY, "FILING_RATE_LIMIT": "off"}
    async with AsyncExitStack() as stack:

        async def public(name: str, limit: str) -> str:
            url: str = await stack.enter_async_context(
                plant.service("rights_public", name=name, RECEIPT_RATE_LIMIT=limit, **settings)
            )
            return url

        url = await public("receipts-ours", "off")
        receipts = await _filed(url)
        await _statuses(plant, report, stack, url, receipts, dsn, rounds)
        await _openings(report, url, receipts, rounds)
        await _flood(plant, report, await public("receipts-limited", "20/minute"), receipts, guesses)
    await plant.drop(DATABASE)


async def _filed(url: str) -> list[str]:
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        answers = [
            await http.post("/v1/complaints", json=BODY, headers={"Idempotency-Key": uuid4().hex}) for _ in range(CASES)
        ]
    return [answer.raise_for_status().json()["receipt"] for answer in answers]


async def _statuses(
    plant: Plant, report: Report, stack: AsyncExitStack, url: str, receipts: list[str], dsn: str, rounds: int
) -> None:
    hasher = Receipts(ReceiptKeys(bytes.fromhex(_KEY)))
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
        tokens = [
            (await http.post("/v1/receipts/sessions", json={"receipt": receipt})).raise_for_status().json()["session"]
            for receipt in receipts
        ]
    ours, bare = plant.data_dir / "sessions", plant.data_dir / "digests"
    ours.write_text("\n".join(f"/v1/receipts/case Receipt-Session:{token}" for token in tokens))
    bare.write_text(
        "\n".join(f"/v1/receipts/case Receipt-Session:{hasher.session_digest(token).hex()}" for token in tokens)
    )
    hasher.close()
    port = free_port()
    other = await stack.enter_async_context(
        plant.server("receipts-bare", "tests.bench.bare_status", str(port), dsn, port=port)
    )
    await plant.settle()
    sides = [Side("ours", url, "receipts-ours", ours), Side("bare", other, "receipts-bare", bare)]
    await load(plant, sides, rounds)
    title = f"a case by its session, {CONCURRENCY} clients"
    report.add(Comparison(title, "Starlette + asyncpg", "req/s", pairs(*sides), 0.5, "higher"))
    describe(report, "a case by its session", sides)


async def _openings(report: Report, url: str, receipts: list[str], rounds: int) -> None:
    found = []
    for _ in range(rounds):
        bare = await asyncio.to_thread(_bare_argon2)
        found.append(Pair(await _opened(url, receipts), bare))
    report.add(Comparison(f"sessions opened, {_OPENING} clients", "bare Argon2id", "/s", found, 0.6, "higher"))


def _bare_argon2() -> float:
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < SECONDS:
        hash_secret_raw(
            b"1234567890123456", os.urandom(16), time_cost=ROUNDS, memory_cost=MEMORY_KIB, parallelism=LANES,
            hash_len=32, type=Type.ID,
        )  # fmt: skip
        done += 1
    return done / (time.perf_counter() - began)


async def _opened(url: str, receipts: list[str]) -> float:
    done, ends = 0, time.perf_counter() + SECONDS
    began = time.perf_counter()

    async def client(number: int) -> None:
        nonlocal done
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            while time.perf_counter() < ends:
                receipt = {"receipt": receipts[(number + done) % len(receipts)]}
                (await http.post("/v1/receipts/sessions", json=receipt)).raise_for_status()
                done += 1

    await asyncio.gather(*(client(number) for number in range(_OPENING)))
    return done / (time.perf_counter() - began)


def _from(url: str, address: str) -> httpx.AsyncClient:
    transport = httpx.AsyncHTTPTransport(local_address=address)
    return httpx.AsyncClient(base_url=url, transport=transport, timeout=60)


async def _flood(plant: Plant, report: Report, url: str, receipts: list[str], guesses: int) -> None:
    """What an honest user waits for his session before the flood and in it; how many guesses were hashed."""
    before = [await _honest(url, f"127.0.1.{number + 1}", receipts[number]) for number in range(_HONEST)]
    began = time.perf_counter()
    flood = asyncio.create_task(plant.run("tests.bench.flood", url, str(guesses)))
    during = []
    while not flood.done():
        number = len(during)
        during.append(await _honest(url, f"127.0.2.{number % 200 + 1}", receipts[number % len(receipts)]))
        await asyncio.sleep(0.05)
    answers = {int(status): count for status, count in json.loads(await flood).items()}
    took = time.perf_counter() - began
    report.note(
        f"{guesses:,} wrong receipts in {took:.1f} s, answered {answers}; a session of others took "
        f"{median(before) * 1e3:.0f} ms before and {median(during) * 1e3:.0f} ms meanwhile ({len(during)} opened)"
    )
    windows = int(took // 60) + 2
    report.gates.append(Gate(f"guesses hashed, of {guesses:,}", answers.get(404, 0), 20 * windows))


async def _honest(url: str, address: str, receipt: str) -> float:
    async with _from(url, address) as http:
        began = time.perf_counter()
        (await http.post("/v1/receipts/sessions", json={"receipt": receipt})).raise_for_status()
        return time.perf_counter() - began
