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
from common.kafka import Cluster, ensure_topics
from yulu_local.engines import running_kafka, running_postgres
from yulu_local.kafka import TOPICS

from tests.bench import (
    bare_chain,
    chain,
    disclosures,
    exchange_log,
    fanout,
    filings,
    gates,
    importing,
    listeners,
    lookup,
    million,
    pages,
    portal,
    rebuilding,
    receipts,
    searching,
    verification,
)
from tests.bench.plant import Plant
from tests.bench.report import Report

ROUNDS = 5
PARTS = (
    "import",
    "lookup",
    "search",
    "verification",
    "portal",
    "exchange-log",
    "disclosures",
    "receipts",
    "filings",
    "pages",
    "rebuild",
    "chain",
    "fanout",
    "listener-latency",
)
BY_ITSELF = ("listeners-hour",)
"""Only where asked for by name."""
_STREAM = frozenset({"fanout", "listener-latency", "listeners-hour"})
_AT_SCALE = frozenset({"lookup", "search", "verification"})
LOCAL = Path(".local")


async def _at_scale(
    plant: Plant, report: Report, *, database: str, rounds: int, parts: Collection[str], lawyers: int
) -> None:
    print(f"{lawyers:,} lawyers", flush=True)
    began = time.monotonic()
    await million.make(plant, lawyers)
    report.note(f"{lawyers:,} lawyers made in {time.monotonic() - began:.0f} s")
    if "lookup" in parts:
        print("look-up", flush=True)
        await lookup.measure(plant, report, database=database, million=million.DATABASE, rounds=rounds)
    if "search" in parts:
        print("search", flush=True)
        await searching.measure(plant, report, database=million.DATABASE, rounds=rounds)
    if "verification" in parts:
        print("verification", flush=True)
        for each in (database, million.DATABASE):
            await verification.measure(plant, report, database=each, rounds=rounds)
    await plant.drop(million.DATABASE)


async def _measure(
    plant: Plant, report: Report, *, rounds: int, parts: Collection[str], lawyers: int, minutes: float
) -> None:
    await ensure_topics(Cluster(plant.kafka.bootstrap), (*TOPICS, bare_chain.TOPIC))
    async with plant.issuing():
        if set(parts) - _STREAM:
            await _measure_services(plant, report, rounds=rounds, parts=parts, lawyers=lawyers)
        if "fanout" in parts:
            print("fan-out", flush=True)
            await fanout.measure(plant, report, rounds=min(rounds, 3))
        if "listener-latency" in parts:
            print("write → listener", flush=True)
            await listeners.measure_latency(plant, report, rounds=min(rounds, 3))
        if "listeners-hour" in parts:
            print("listeners held", flush=True)
            await listeners.measure_hold(plant, report, minutes=minutes)


async def _measure_services(plant: Plant, report: Report, *, rounds: int, parts: Collection[str], lawyers: int) -> None:
    # The look-ups need the lawyers, so without the part itself it is one round.
    print("import", flush=True)
    database = await importing.measure(plant, report, rounds=rounds if "import" in parts else 1)
    connection = await asyncpg.connect(plant.dsn(database))
    number = await connection.fetchval(lookup.PUBLIC_NUMBERS)
    await connection.close()
    print("counts", flush=True)
    report.gates.extend(await gates.measure(plant.postgres.url, plant.dsn(database), number, plant.data_dir))
    if _AT_SCALE & set(parts):
        await _at_scale(plant, report, database=database, rounds=rounds, parts=parts, lawyers=lawyers)
    if "portal" in parts:
        print("pages of the portal", flush=True)
        await portal.measure(plant, report, database=database, rounds=rounds)
    if "exchange-log" in parts:
        print("exchange log", flush=True)
        await exchange_log.measure(plant, report, database=database, rounds=rounds)
    await plant.drop(database)
    if "disclosures" in parts:
        print("disclosures", flush=True)
        await disclosures.measure(plant, report, rounds=rounds)
    if "receipts" in parts:
        print("receipts", flush=True)
        await receipts.measure(plant, report, rounds=rounds)
    if "filings" in parts:
        print("filings", flush=True)
        await filings.measure(plant, report)
    if "pages" in parts:
        print("pages of the plan", flush=True)
        await pages.measure(plant, report, number=lawyers, rounds=min(rounds, 3))
    if "rebuild" in parts:
        print("rebuild", flush=True)
        await rebuilding.measure(plant, report, number=lawyers)
    if "chain" in parts:
        print("outbox → progress", flush=True)
        await chain.measure(plant, report, rounds=rounds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--only", choices=(*PARTS, *BY_ITSELF), action="append", help="some parts only, for a closer look"
    )
    parser.add_argument(
        "--lawyers", type=int, default=million.NUMBER, help="fewer than a million (of events, too), to try it out"
    )
    parser.add_argument("--minutes", type=float, default=60, help="how long listeners-hour holds them")
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
            parts = arguments.only or PARTS
            uvloop.run(
                _measure(
                    plant, report, rounds=arguments.rounds, parts=parts, lawyers=arguments.lawyers,
                    minutes=arguments.minutes,
                )
            )  # fmt: skip
    report.note(f"load average {os.getloadavg()[0]:.1f} at the end, {time.monotonic() - began:.0f} s")
    report.write(LOCAL / "bench.json")
    print(f"\n{report.table()}")
    print("\nValues are those of the round with the median ratio; `rounds` gives the lowest and the highest ratio.")
    return 0 if report.gates_met else 1


if __name__ == "__main__":
    sys.exit(main())
