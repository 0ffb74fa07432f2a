"""`python -m tests.bench.generator DSN RATE SECONDS`: one outbox row per transaction, at a steady rate.

A process of its own, events made beforehand. Prints `go` when it begins and the rate reached when it ends.
"""

import asyncio
import sys
import time

import asyncpg
import uvloop

from tests.bench import events

CONNECTIONS = 16


async def _generate(dsn: str, rate: int, seconds: int) -> float:
    rows = [events.row() for _ in range(rate * seconds)]
    connections = [await asyncpg.connect(dsn) for _ in range(CONNECTIONS)]
    statements = [await connection.prepare(events.INSERT) for connection in connections]
    print("go", flush=True)
    began = time.perf_counter()

    async def write(worker: int) -> None:
        for number in range(worker, len(rows), CONNECTIONS):
            wait = began + number / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            await statements[worker].fetch(*rows[number])

    await asyncio.gather(*(write(worker) for worker in range(CONNECTIONS)))
    reached = len(rows) / (time.perf_counter() - began)
    for connection in connections:
        await connection.close()
    return reached


if __name__ == "__main__":
    print(uvloop.run(_generate(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
