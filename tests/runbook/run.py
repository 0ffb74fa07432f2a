"""`python -m tests.runbook.run [--from ROUND]`: alerts are brought about, those within minutes, and their pages tried.

A whole system, a real Prometheus with the deployed rules (only their `for` is shortened). Healthy, nothing may fire.
Then round by round: the fault, the alert, the section's commands, which have to end with 0 and say something; and after
it, that the alert is silent again. Ends with 1 where anything of that failed. Takes about twenty minutes.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path

from yulu_local.processes import PROCESSES

from tests.runbook.pages import NAMES, run
from tests.runbook.provocations import NOT_PROVOKED, ROUNDS, Place
from tests.runbook.watching import Prometheus, watched
from tests.support.prometheus import program
from tests.support.system import System, running_system

FIRES_SECONDS = 900
"""Far more than the longest threshold, five minutes."""
HEALTHY_SECONDS = 30


class Trial:
    def __init__(self, system: System, prometheus: Prometheus) -> None:
        self._system, self._prometheus = system, prometheus
        self.place = Place(system)
        self.wrong: list[str] = []
        self._ports = {default: int(system.environment[variable]) for process in PROCESSES
                       for variable, default in process.ports if variable in system.environment}  # fmt: skip

    async def healthy(self) -> None:
        await asyncio.sleep(HEALTHY_SECONDS)
        firing = self._prometheus.firing()
        print(f"healthy: {', '.join(firing) or 'nothing fires'}", flush=True)
        self.wrong += [f"{name} fires in health" for name in firing]

    async def round(self, provoked: Mapping[str, object]) -> None:
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            for provocation in provoked.values():
                await stack.enter_async_context(provocation(self.place))
            waiting = set(provoked)
            while waiting and time.monotonic() - began < FIRES_SECONDS:
                for name in sorted(waiting & set(self._prometheus.firing())):
                    waiting.discard(name)
                    print(f"{name:<34} fired after {time.monotonic() - began:4.0f} s", end="", flush=True)
                    await self.command(name)
                await asyncio.sleep(1)
            self.wrong += [f"{name} did not fire" for name in waiting]
        over = time.monotonic()
        while (left := set(provoked) & set(self._prometheus.firing())) and time.monotonic() - over < FIRES_SECONDS:
            await asyncio.sleep(1)
        self.wrong += [f"{name} stays, its cause gone" for name in sorted(left)]
        print(
            f"  round over: silent again after {time.monotonic() - over:.0f} s, {', '.join(left) or 'all'}", flush=True
        )

    async def command(self, name: str) -> None:
        environment = {**os.environ, **self._system.outside, "DATABASE_URL": self._system.dsn("").rstrip("/")}
        told = await asyncio.to_thread(run, name, self._ports, environment)
        said = told.stdout.strip()
        if told.returncode or not said:
            self.wrong.append(f"the command of {name} ended with {told.returncode}: {said[-400:]}")
        print(f"; its command ended with {told.returncode} and said {len(said.splitlines())} lines", flush=True)


async def rehearse(system: System, prometheus: Prometheus, first: int) -> int:
    trial = Trial(system, prometheus)
    await trial.place.prepare()
    await trial.healthy()
    for provoked in ROUNDS[first - 1 :]:
        await trial.round(provoked)
    for name, why in NOT_PROVOKED.items():
        print(f"{name:<34} not provoked ({why})", end="")
        await trial.command(name)
    await trial.place.close()
    tried = sum(len(provoked) for provoked in ROUNDS[first - 1 :])
    for line in trial.wrong:
        print(f"  {line}")
    print(f"{tried} of {len(NAMES)} alerts provoked, {len(trial.wrong)} wrong")
    return 1 if trial.wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runbook.run")
    parser.add_argument("--from", dest="first", type=int, default=1, choices=range(1, len(ROUNDS) + 1), metavar="ROUND")
    first = parser.parse_args().first
    prometheus = program("prometheus")
    if prometheus is None:
        print("没有 prometheus，也没有 apt-get 可取得它。/ No prometheus here, and no apt-get to fetch it with.")
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="yulu-") as folder,
        running_system(
            Path(folder) / "data",
            TIMER_SECONDS="1",
            PUBLIC_RATE_LIMIT="off",
            WEBHOOK_ALLOWED_NETWORKS="127.0.0.0/8",
            BACKUP_DIR=f"{folder}/backup",
            ERASURE_LEDGER_DIR=f"{folder}/ledger",
        ) as system,
        watched(system, prometheus, Path(folder) / "prometheus") as watching,
    ):
        return asyncio.run(rehearse(system, watching, first))


if __name__ == "__main__":
    sys.exit(main())
