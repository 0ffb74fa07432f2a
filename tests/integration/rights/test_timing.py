"""What a stranger can measure: known and unknown receipts take the same time; a flood of guesses slows nobody."""

import asyncio
import math
import random
import statistics
import time as machine
from uuid import uuid4

import httpx
import pytest

from tests.integration.rights.conftest import filing

PAIRS = 60
GUESSES = 500
BOUND = 4.5
"""Of a standard normal: once in a hundred thousand runs by chance, at any speed of the machine."""


def rank_sum(ours: list[float], others: list[float]) -> float:
    """The Mann-Whitney statistic, standardised: about normal where both come from one distribution."""
    ranked = sorted([(value, 0) for value in ours] + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(ours), len(others)
    return (ranks - n * (n + m + 1) / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def from_address(app, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://rights")


async def _took(http, receipt: str, *statuses: int) -> float:
    began = machine.perf_counter()
    answer = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    took = machine.perf_counter() - began
    assert answer.status_code in statuses, answer.text
    return took


async def test_known_and_unknown_receipts_cannot_be_told_apart_by_time(http, file):
    receipts = [(await file()).json()["receipt"] for _ in range(3)]
    chance = random.Random(1)
    for receipt in receipts:
        await _took(http, receipt, 201)
    known: list[float] = []
    unknown: list[float] = []
    refused: list[float] = []
    for _ in range(PAIRS):
        turns = [(known, chance.choice(receipts), 201), (unknown, f"{chance.randrange(10**16):016d}", 404)]
        chance.shuffle(turns)
        for taken, receipt, status in turns:
            taken.append(await _took(http, receipt, status))
        refused.append(await _took(http, "1234", 422))
    assert abs(rank_sum(known, unknown)) < BOUND, (statistics.median(known), statistics.median(unknown))
    assert abs(rank_sum(refused, unknown)) > BOUND, "the measure sees what does differ: these are not hashed"


def test_the_measure_sees_a_difference_of_a_tenth():
    chance = random.Random(2)
    alike = [[chance.gauss(30, 2) for _ in range(PAIRS)] for _ in range(2)]
    assert abs(rank_sum(*alike)) < BOUND
    assert abs(rank_sum(alike[0], [value + 3 for value in alike[1]])) > BOUND


async def test_answers_to_known_and_unknown_receipts_are_built_alike(http, file):
    receipt = (await file()).json()["receipt"]
    right = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    wrong = [await http.post("/v1/receipts/sessions", json={"receipt": f"{n:016d}"}) for n in range(3)]
    assert {tuple(sorted(answer.headers)) for answer in (right, *wrong)} == {tuple(sorted(right.headers))}
    assert right.headers["cache-control"] == wrong[0].headers["cache-control"] == "no-store"
    assert len({len(answer.content) for answer in wrong}) == 1
    again = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    assert len(again.content) == len(right.content)


@pytest.fixture
async def limited(make_app):
    app = make_app(receipt_rate_limit="20/hour")
    async with app.router.lifespan_context(app):
        yield app


async def test_wrong_receipts_do_not_slow_honest_users(limited, file, monkeypatch):
    receipt = (await file()).json()["receipt"]
    hashed = 0
    digest = limited.state.receipts.digest

    async def counted(receipt, *, queue):
        nonlocal hashed
        hashed += 1
        return await digest(receipt, queue=queue)

    monkeypatch.setattr(limited.state.receipts, "digest", counted)
    async with from_address(limited, "10.0.0.1") as guesser, from_address(limited, "10.0.0.2") as honest:
        before = [await _took(honest, receipt, 201) for _ in range(8)]
        guesses = [asyncio.create_task(_took(guesser, f"{number:016d}", 404, 429)) for number in range(GUESSES)]
        during = [await _took(honest, receipt, 201) for _ in range(8)]
        await asyncio.gather(*guesses)
    assert hashed == 16 + 20, "of 500 guesses 20 were hashed"
    # The first waits behind the twenty; the others find the way free.
    assert statistics.median(during[1:]) < 5 * statistics.median(before), (before, during)


async def test_guesses_from_many_addresses_keep_nobody_from_filing(limited, file):
    """The queue for guesses is the shorter one: where it is full there is still room for a complaint."""
    senders = [from_address(limited, f"10.1.0.{number}") for number in range(60)]
    guesses = [asyncio.create_task(_took(sender, f"{number:016d}", 404, 503)) for number, sender in enumerate(senders)]
    await asyncio.sleep(0)
    async with from_address(limited, "10.0.0.3") as honest:
        filed = await honest.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": uuid4().hex})
    await asyncio.gather(*guesses)
    assert filed.status_code == 201, filed.text
    for sender in senders:
        await sender.aclose()
