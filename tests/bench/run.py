"""`python -m tests.bench.run`: measures, prints the table, writes .local/bench.json.

Ends with status 0 whatever the ratios (the machine may be busy: the table says what was missed), 1 where a count fails.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path

import asyncpg
import uvloop
from yulu_local.engines import running_kafka, running_postgres
from yulu_local.kafka import TOPICS, create_topics

from tests.bench import bare_chain, chain, gates, importing, lookup, verification
from tests.bench.plant import Plant
from tests.bench.report import Report

ROUNDS = 5
PARTS = ("import", "lookup", "verification", "chain")
LOCAL = Path(".local")


async def _measure(plant: Plant, report: Report, *, rounds: int, parts: Collection[str]) -> None:
    await create_topics(plant.kafka.bootstrap, (*TOPICS, bare_chain.TOPIC))
    async with plant.issuing():
        # The look-ups need the lawyers, so without the part itself it is one round.
        print("import", flush=True)
        database = await importing.measure(plant, report, rounds=rounds if "import" in parts else 1)
        connection = await asyncpg.connect(plant.dsn(database))
        number = await connection.fetchval(lookup.PUBLIC_NUMBERS)
        await connection.close()
        print("counts", flush=True)
        report.gates.extend(await gates.measure(plant.postgres.url, plant.dsn(database), number, plant.data_dir))
        if "lookup" in parts:
            print("look-up", flush=True)
            await lookup.measure(plant, report, database=database, rounds=rounds)
        if "verification" in parts:
            print("verification", flush=True)
            await verification.measure(plant, report, database=database, rounds=rounds)
        await plant.drop(database)
        if "chain" in parts:
            print("outbox → progress", flush=True)
            await chain.measure(plant, report, rounds=rounds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", choices=PARTS, action="append", help="some parts only, for a closer look")
    arguments = parser.parse_args()
    LOCAL.mkdir(exist_ok=True)
    report = Report()
    began = time.monotonic()
    report.note(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the start")
    # Beside the data of `make run`: /tmp may be memory.
    with tempfile.TemporaryDirectory(prefix="bench-", dir=LOCAL.resolve()) as directory:
        data_dir = Path(directory)
        with (
            running_postgres(data_dir / "postgres", fsync=True) as postgres,
            running_kafka(data_dir / "kafka") as kafka,
        ):
            plant = Plant(postgres, kafka, data_dir)
            uvloop.run(_measure(plant, report, rounds=arguments.rounds, parts=arguments.only or PARTS))
    report.note(f"load average {os.getloadavg()[0]:.1f} at the end, {time.monotonic() - began:.0f} s")
    report.write(LOCAL / "bench.json")
    print(f"\n{report.table()}")
    print("\nValues are those of the round with the median ratio; `rounds` gives the lowest and the highest ratio.")
    return 0 if report.gates_met else 1


if __name__ == "__main__":
    sys.exit(main())
