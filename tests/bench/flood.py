"""`python -m tests.bench.flood URL GUESSES`: wrong receipts from one address, as fast as they are refused.

A process of its own, so that honest users do not wait for the client that sends them. Prints answers by status as JSON.
"""

import asyncio
import json
import sys
from collections import Counter

import httpx

from tests.bench.load import CONCURRENCY

ADDRESS = "127.0.0.2"


async def _flood(url: str, guesses: int) -> Counter[int]:
    answers: Counter[int] = Counter()
    numbers = iter(range(guesses))

    async def guesser() -> None:
        transport = httpx.AsyncHTTPTransport(local_address=ADDRESS)
        async with httpx.AsyncClient(base_url=url, transport=transport, timeout=60) as http:
            for number in numbers:
                answer = await http.post("/v1/receipts/sessions", json={"receipt": f"{number:016d}"})
                answers[answer.status_code] += 1

    await asyncio.gather(*(guesser() for _ in range(CONCURRENCY)))
    return answers


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_flood(sys.argv[1], int(sys.argv[2])))))
