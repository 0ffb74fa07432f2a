"""`python -m tests.faults.run --n N [--seed S]`: a tenth process kills, a tenth failovers, the rest inside one process.

`--whole`: on all the processes, with services over HTTP, on clusters of engines: half process kills, half failovers.
`--absence kafka|projector|topic|relay --minutes M [--pace P]`: away for so long while P changes a second are written.
"""

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
import traceback
from collections import Counter, defaultdict
from contextlib import nullcontext
from pathlib import Path
from statistics import median

import structlog
from yulu_local.cluster import running_kafka_cluster, running_postgres_cluster
from yulu_local.engines import Kafka, running_kafka, running_postgres

from tests.faults.absences import ABSENCES, all_sent, behind, not_sent, write_for
from tests.faults.failovers import drawn_failovers, promote_an_asynchronous_standby
from tests.faults.groups import drawn, run_group
from tests.faults.kills import UNLIMITED, run_kills
from tests.faults.laboratory import Engines, Laboratory
from tests.faults.officers import Model
from tests.faults.outsiders import SETTINGS, outsiders
from tests.faults.sources import Server
from tests.faults.whole import running_whole_system, whole
from tests.support.system import System, running_system

FAULTS_PER_GROUP = 8
KILLS_PER_CHECK = 10
FAILOVERS_PER_GROUP = 5


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--n", type=int, default=60)
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments.add_argument("--absence", choices=list(ABSENCES))
    arguments.add_argument("--minutes", type=float, default=10.0)
    arguments.add_argument("--pace", type=int, default=10, help="changes a second meanwhile")
    arguments.add_argument("--failovers", action="store_true", help="all N are failovers: a rehearsal of those alone")
    arguments.add_argument("--whole", action="store_true", help="all N strike the whole system, on clusters of engines")
    asked = arguments.parse_args()
    # What the struck say about it would bury the outcome.
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if asked.absence is not None:
        return _absence(asked.absence, asked.minutes, asked.pace, asked.seed)
    if asked.whole:
        return _whole(asked.seed, asked.n)
    kills = 0 if asked.failovers else max(1, asked.n // 10)
    failovers = asked.n if asked.failovers else max(1, asked.n // 10)
    inside = max(0, asked.n - kills - failovers)
    started = time.monotonic()
    print(
        f"seed {asked.seed}: {kills} process kills, {failovers} failovers, {inside} faults inside one process",
        flush=True,
    )
    report = _Report()
    with tempfile.TemporaryDirectory(prefix="yulu-faults-") as directory:
        if kills:
            _kills(report, Path(directory), asked.seed, kills)
        _failovers(report, Path(directory), asked.seed, failovers)
        if inside:
            _in_process(report, Path(directory), asked.seed, inside)
    report.show(time.monotonic() - started)
    return 1 if report.failed else 0


def _whole(seed: int, number: int) -> int:
    started = time.monotonic()
    print(f"seed {seed}: {number} process kills and failovers of the whole system", flush=True)
    report = _Report()
    with (
        tempfile.TemporaryDirectory(prefix="yulu-faults-") as directory,
        running_postgres_cluster(Path(directory) / "postgres-cluster") as postgres,
        running_kafka_cluster(Path(directory) / "kafka-cluster") as kafka,
    ):
        engines = Engines(postgres, kafka)
        with running_whole_system(Path(directory) / "system", engines, **UNLIMITED, **SETTINGS) as system:
            asyncio.run(_kill_groups(report, system, seed, number, engines))
    report.show(time.monotonic() - started)
    return 1 if report.failed else 0


def _absence(name: str, minutes: float, pace: int, seed: int) -> int:
    print(f"seed {seed}: {name} away for {minutes:g} min, {pace} changes a second", flush=True)
    with (
        tempfile.TemporaryDirectory(prefix="yulu-faults-") as directory,
        running_postgres(Path(directory) / "postgres") as postgres,
        running_kafka(Path(directory) / "kafka") as kafka,
    ):
        try:
            outcome = asyncio.run(_away(Server(postgres.url), kafka, name, minutes * 60, pace, seed))
        except (Exception, ExceptionGroup):  # noqa: BLE001 -- said below
            traceback.print_exc()
            print("FAILED", flush=True)
            return 1
    print(outcome, flush=True)
    return 0


async def _away(server: Server, kafka: Kafka, name: str, seconds: float, pace: int, seed: int) -> str:
    await server.prepare()
    async with Laboratory(server, kafka.bootstrap, seed, engine=kafka) as laboratory:
        await laboratory.write(60)
        await laboratory.settle()
        before = sum(map(len, laboratory.acknowledged.values()))
        async with ABSENCES[name](laboratory):
            await write_for(laboratory, seconds, pace)
            unapplied, unsent = await behind(laboratory), await not_sent(laboratory)
        written = sum(map(len, laboratory.acknowledged.values())) - before
        back = time.monotonic()
        await laboratory.settle()
        applied_in = time.monotonic() - back
        await all_sent(laboratory)
        sent_in = time.monotonic() - back
        await laboratory.check()
    return (
        f"{written} events written meanwhile; at its end {unapplied} not applied, {unsent} not sent to Kafka; "
        f"all applied {applied_in:.1f} s and all sent {sent_in:.1f} s after it: 0 lost, 0 double, live = rebuilt"
    )


class _Report:
    def __init__(self) -> None:
        self.struck: Counter[str] = Counter()
        self.failed: list[str] = []
        self.windows: defaultdict[str, list[float]] = defaultdict(list)
        """Only of failovers, and of all that strikes the whole system on clusters."""
        self.pauses: defaultdict[str, list[float]] = defaultdict(list)
        """Of the whole system alone, where `windows` are what was felt over HTTP."""
        self.failures: Counter[str] = Counter()

    def show(self, seconds: float) -> None:
        for name, number in sorted(self.struck.items()):
            said = [_said("felt", self.windows[name]), _said("sending stood", self.pauses[name])]
            print(f"{number:>6}  {': '.join([name, *filter(None, said)])}")
        if self.failures:
            print(f"requests that failed and were sent again: {dict(self.failures)}")
        verdict = "0 lost, 0 double, live = rebuilt" if not self.failed else f"FAILED: {self.failed}"
        print(f"{self.struck.total()} faults in {seconds / 60:.1f} min: {verdict}", flush=True)


def _said(what: str, windows: list[float]) -> str:
    if not windows:
        return ""
    return f"{what} {len(windows)} times, median {median(windows):.1f} s, at most {max(windows):.1f} s"


def _kills(report: _Report, directory: Path, seed: int, kills: int) -> None:
    with running_system(directory / "system", **UNLIMITED, **SETTINGS) as system:
        asyncio.run(_kill_groups(report, system, seed, kills))


async def _kill_groups(report: _Report, system: System, seed: int, kills: int, engines: Engines | None = None) -> None:
    """One load after another on the same system, with one model of all of them and the same outsiders."""
    model = Model()
    try:
        async with (
            outsiders(system, seed) as those,
            nullcontext() if engines is None else whole(system, engines, seed) as struck,
        ):
            for number in range(0, kills, KILLS_PER_CHECK):
                count = min(KILLS_PER_CHECK, kills - number)
                outcome = await run_kills(system, seed + number, count, those, model, struck)
                report.struck.update(outcome.struck)
                report.failures.update(outcome.failures)
                for felt, durations in ((outcome.windows, report.windows), (outcome.pauses, report.pauses)):
                    for name, seconds in felt:
                        durations[name].append(seconds)
                print(
                    f"kills {number + outcome.struck.total():>4}: {outcome.writes} writes acknowledged, "
                    f"{outcome.shown} events shown, {outcome.pushed} pushed, settled in {outcome.settled_in:.1f} s",
                    flush=True,
                )
    except (Exception, ExceptionGroup):  # noqa: BLE001 -- the run goes on and says so at its end
        traceback.print_exc()
        report.failed.append(f"kills, seed {seed}")


def _in_process(report: _Report, directory: Path, seed: int, faults: int) -> None:
    with running_postgres(directory / "postgres") as postgres, running_kafka(directory / "kafka") as kafka:
        asyncio.run(_groups(report, Server(postgres.url), kafka, seed, faults))


async def _groups(report: _Report, server: Server, kafka: Kafka, seed: int, faults: int) -> None:
    await server.prepare()
    for group in range((faults + FAULTS_PER_GROUP - 1) // FAULTS_PER_GROUP):
        own = seed + group * 1_000_003
        number = min(FAULTS_PER_GROUP, faults - group * FAULTS_PER_GROUP)
        chosen = drawn(
            own,
            number,
            restores=number > 1 and group % 3 == 0,
            freezes=number > 1 and group % 3 == 1,
            stops=group % 3 == 2,
        )
        try:
            result = await run_group(server, kafka.bootstrap, own, chosen, engine=kafka)
        except (Exception, ExceptionGroup):  # noqa: BLE001 -- the run goes on and says so at its end
            traceback.print_exc()
            report.failed.append(f"group seed {own}")
        else:
            report.struck.update(result.struck)
            print(f"group {group:>4} seed {own}: {result.events} events, {result.seconds:.1f} s", flush=True)


def _failovers(report: _Report, directory: Path, seed: int, number: int) -> None:
    with (
        running_postgres_cluster(directory / "postgres-cluster") as postgres,
        running_kafka_cluster(directory / "kafka-cluster") as kafka,
        running_postgres(directory / "apart") as apart,
    ):
        asyncio.run(_failover_groups(report, Engines(postgres, kafka), Server(apart.url), seed, number))


async def _failover_groups(report: _Report, engines: Engines, apart: Server, seed: int, number: int) -> None:
    """In every third group the store stands apart, and its last failover is one that must raise the alarm."""
    server = Server(engines.postgres.url)
    await server.prepare()
    await apart.prepare()
    for group in range((number + FAILOVERS_PER_GROUP - 1) // FAILOVERS_PER_GROUP):
        own = seed + 500_000_003 + group * 1_000_003
        count = min(FAILOVERS_PER_GROUP, number - group * FAILOVERS_PER_GROUP)
        forks = group % 3 == 2
        chosen = [*drawn_failovers(own, count - forks), *[promote_an_asynchronous_standby] * forks]
        store_server = apart if forks else None
        try:
            result = await run_group(
                server, engines.kafka.bootstrap, own, chosen, engines=engines, store_server=store_server
            )
        except (Exception, ExceptionGroup):  # noqa: BLE001 -- the run goes on and says so at its end
            traceback.print_exc()
            report.failed.append(f"failovers, group seed {own}")
        else:
            report.struck.update(result.struck)
            for name, seconds in result.windows:
                report.windows[name].append(seconds)
            print(f"failovers {group:>4} seed {own}: {result.events} events, {result.seconds:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
