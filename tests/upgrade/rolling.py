"""`python -m tests.upgrade.rolling [--drain SECONDS]`: every process is exchanged while everybody works.

Two instances of each service stand behind a TCP balancer, two of each worker share the work. One after another is
asked to end (SIGTERM), started anew and awaited. Printed: requests, failures, the longest pause between two answers;
for events, whether each was heard once. Ends with 1 where anything failed. `--drain 0` leaves out the time in which an
ending process still answers: then some requests fail, which shows that failures are seen.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from yulu_local.assets import build_assets
from yulu_local.databases import MIGRATED

from tests.upgrade.fleet import DRAIN_SECONDS, ROOT, SERVICES, WORKERS, Fleet, running_fleet
from tests.upgrade.load import Listener, Load

ALL = frozenset({*MIGRATED, "rights_public"})
PATIENCE_SECONDS = 300


async def exchange(fleet: Fleet, name: str, tree: Path = ROOT) -> None:
    """One instance of this process after another. Returns when each is back and known to be."""
    for instance in fleet.instances[name]:
        await instance.stop()
        instance.start(tree)
        await instance.ready()
        balancer = fleet.balancers.get(name)
        while balancer is not None and instance.port not in balancer.ready:
            await asyncio.sleep(0.05)


async def settled(fleet: Fleet, load: Load, listener: Listener, before: int) -> str:
    """Waits until every answered change has been heard and counted; says what never was."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        missing = len(set(load.lawyers) - set(listener.subjects))
        number = await counted(fleet) - before
        if not missing and number == len(load.lawyers):
            return ""
        if time.monotonic() > deadline:
            return f"{missing} of {len(load.lawyers)} licensed lawyers not heard of, {number} counted"
        await asyncio.sleep(0.5)


async def counted(fleet: Fleet) -> int:
    """Lawyers of the province, as the plan's number says."""
    load = Load(fleet)
    client = load._client("plan-reader", subject="counter")
    answer = await client.ask("progress", "GET", "/v1/indicators/H1")
    await load.close()
    return int(answer["value"])


def report(load: Load, listener: Listener, told: list[str]) -> int:
    print(f"{'service':<15}{'requests':>10}{'failed':>8}{'longest pause':>15}{'slowest':>10}")
    for service, tally in sorted(load.tallies.items()):
        asked = tally.answered + len(tally.failures)
        print(f"{service:<15}{asked:>10}{len(tally.failures):>8}{tally.pause:>13.2f} s{tally.slowest:>8.2f} s")
    missing = set(load.lawyers) - set(listener.subjects)
    print(
        f"events: {len(listener.seen)} heard, {len(missing)} missing, {len(listener.twice)} twice; streams ended with "
        f"a word {sum(listener.told.values())} times, without one {len(listener.broken)} times"
    )
    for line in told:
        print(line)
    for failure in [*load.failures, *listener.broken][:20]:
        print(f"  {failure}")
    asked = sum(tally.answered + len(tally.failures) for tally in load.tallies.values())
    wrong = len(load.failures) + len(missing) + len(listener.twice) + len(listener.broken)
    pause = max(tally.pause for tally in load.tallies.values())
    print(f"{asked} requests, {len(load.failures)} failed, longest pause {pause:.2f} s")
    return 1 if wrong else 0


async def roll(data_dir: Path, *, drain_seconds: float) -> int:
    told: list[str] = []
    async with running_fleet(data_dir, DRAIN_SECONDS=str(drain_seconds)) as fleet:
        fleet.migrate(ROOT)
        for processes in (SERVICES, WORKERS):
            for number in (0, 1):
                await fleet.start(ROOT, [process.name for process in processes], [number])
        await known(fleet)
        load = Load(fleet)
        await load.prepare()
        before = await counted(fleet)
        token = fleet.token("registry-officer", "plan-reader", subject="listener")
        listener = Listener(fleet.url("exchange"), token)
        listening = asyncio.create_task(listener.listen())
        await asyncio.wait_for(listener.connected.wait(), PATIENCE_SECONDS)
        async with load.running(ALL):
            await asyncio.sleep(3)
            for process in (*SERVICES, *WORKERS):
                began, failed = time.monotonic(), len(load.failures)
                await exchange(fleet, process.name)
                told.append(
                    f"  {process.name:<22} two exchanged in {time.monotonic() - began:5.1f} s, "
                    f"{len(load.failures) - failed} failed"
                )
                print(told[-1], flush=True)
        began = time.monotonic()
        wrong = await settled(fleet, load, listener, before)
        told = [
            f"{len(load.lawyers)} licensed, {wrong or f'all heard and counted {time.monotonic() - began:.1f} s later'}"
        ]
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await load.close()
    return report(load, listener, told) or int(bool(wrong))


async def known(fleet: Fleet) -> None:
    """To the balancers, both instances of each."""
    for name, balancer in fleet.balancers.items():
        while balancer.ready != {instance.port for instance in fleet.instances[name] if instance.running}:
            await asyncio.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade.rolling")
    parser.add_argument("--drain", type=float, default=DRAIN_SECONDS)
    drain = parser.parse_args().drain
    build_assets()
    with tempfile.TemporaryDirectory(prefix="yulu-") as folder:
        return asyncio.run(roll(Path(folder), drain_seconds=drain))


if __name__ == "__main__":
    sys.exit(main())
