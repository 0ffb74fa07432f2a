"""`python -m tests.faults.run --n N [--seed S]`: a tenth process kills, the rest faults inside one process."""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import structlog
from yulu_local.engines import running_kafka, running_postgres

from tests.faults.groups import drawn, run_group
from tests.faults.kills import run_kills
from tests.faults.officers import Model
from tests.faults.sources import Server
from tests.support.system import running_system

FAULTS_PER_GROUP = 8
KILLS_PER_CHECK = 10


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--n", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = arguments.parse_args()
    # What the struck say about it would bury the outcome.
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    kills = max(1, asked.n // 10)
    started = time.monotonic()
    print(f"seed {asked.seed}: {kills} process kills, {asked.n - kills} faults inside one process", flush=True)
    report = _Report()
    with tempfile.TemporaryDirectory(prefix="yulu-faults-") as directory:
        _kills(report, Path(directory), asked.seed, kills)
        _in_process(report, Path(directory), asked.seed, asked.n - kills)
    report.show(time.monotonic() - started)
    return 1 if report.failed else 0


class _Report:
    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self.failed: list[str] = []

    def show(self, seconds: float) -> None:
        for name, number in sorted(self.struck.items()):
            print(f"{number:>6}  {name}")
        verdict = "0 lost, 0 double, live = rebuilt" if not self.failed else f"FAILED: {self.failed}"
        print(f"{self.struck.total()} faults in {seconds / 60:.1f} min: {verdict}", flush=True)


def _kills(report: _Report, directory: Path, seed: int, kills: int) -> None:
    with running_system(directory / "system", FILING_RATE_LIMIT="off", PUBLIC_RATE_LIMIT="off") as system:
        # One load after another on the same system, and one model of all of them.
        model = Model()
        for number in range(0, kills, KILLS_PER_CHECK):
            own = seed + number
            try:
                outcome = asyncio.run(run_kills(system, own, min(KILLS_PER_CHECK, kills - number), model))
            except (Exception, ExceptionGroup):  # noqa: BLE001 -- the run goes on and says so at its end
                traceback.print_exc()
                report.failed.append(f"kills, seed {own}")
                return
            report.struck.update(outcome.struck)
            print(
                f"kills {number + outcome.struck.total():>4}: {outcome.writes} writes acknowledged, "
                f"settled in {outcome.settled_in:.1f} s",
                flush=True,
            )


def _in_process(report: _Report, directory: Path, seed: int, faults: int) -> None:
    with running_postgres(directory / "postgres") as postgres, running_kafka(directory / "kafka") as kafka:
        asyncio.run(_groups(report, Server(postgres.url), kafka.bootstrap, seed, faults))


async def _groups(report: _Report, server: Server, bootstrap: str, seed: int, faults: int) -> None:
    await server.prepare()
    for group in range((faults + FAULTS_PER_GROUP - 1) // FAULTS_PER_GROUP):
        own = seed + group * 1_000_003
        number = min(FAULTS_PER_GROUP, faults - group * FAULTS_PER_GROUP)
        chosen = drawn(own, number, restores=number > 1 and group % 3 == 0, freezes=number > 1 and group % 3 == 1)
        try:
            result = await run_group(server, bootstrap, own, chosen)
        except (Exception, ExceptionGroup):  # noqa: BLE001 -- the run goes on and says so at its end
            traceback.print_exc()
            report.failed.append(f"group seed {own}")
        else:
            report.struck.update(result.struck)
            print(f"group {group:>4} seed {own}: {result.events} events, {result.seconds:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
