"""`python -m tests.upgrade.side_by_side --old REF`: the old version and this one on the same databases and Kafka.

Five phases, each with reads and writes through balancers: the old version alone; the old one after the new one's
migrations; both side by side; the new one alone; and the old one again, which has to go on with what the new one wrote.
After each phase every lawyer licensed so far, by whichever version, must be counted by the plan's number, and every
event heard once. REF is a commit of this repository; its tree is unpacked beside, nothing here is changed.
"""

import argparse
import asyncio
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
from yulu_local.assets import build_assets

from tests.upgrade.fleet import ROOT, SERVICES, WORKERS, Fleet, running_fleet, source_path
from tests.upgrade.load import Listener, Load
from tests.upgrade.rolling import ALL, PATIENCE_SECONDS, counted, settled

NAMES = [process.name for process in (*SERVICES, *WORKERS)]
OF_THE_PLAN = [
    "registry-api",
    "discipline-api",
    "rights-api",
    "progress-api",
    "exchange-api",
    "outbox-relay",
    "progress-projector",
    "exchange-releases",
]
"""From a licence to the plan's number and to those outside: what a small machine can run twice. A projector begins only
once it knows where every feed stands, so their owners are among them."""
PHASE_SECONDS = 20
OLD, NEW = 0, 1
"""Which instance of each process is of which version."""


def unpack(ref: str, folder: Path, *, portal: bool) -> str:
    """The tree of a commit, with its portal's assets; returns the commit. Raises SystemExit where there is none."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}"],  # noqa: S607
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if found.returncode:
        sys.exit(f"--old {ref}: no such commit here; a shallow clone has none but its own (git fetch --unshallow)")
    commit = found.stdout.strip()
    archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout  # noqa: S607
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    environment = {**os.environ, "PYTHONPATH": source_path(folder)}
    if portal:
        subprocess.run([sys.executable, "-m", "yulu_local.assets"], cwd=folder, env=environment, check=True)
    return commit


class Rehearsal:
    def __init__(self, fleet: Fleet, trees: Mapping[int, Path], names: Sequence[str]) -> None:
        self.fleet, self._trees, self._names = fleet, trees, names
        self.load = Load(fleet)
        self._before = 0
        self.wrong: list[str] = []

    async def begin(self) -> None:
        await self.load.prepare()
        self._before = await counted(self.fleet)

    async def run(self, versions: frozenset[int]) -> None:
        """Exactly these run: what is missing is started before the others are ended."""
        for number in sorted(versions):
            missing = [name for name in self._names if self.fleet.instances[name][number].running is None]
            await self.fleet.start(self._trees[number], missing, [number])
        for number in {OLD, NEW} - versions:
            await asyncio.gather(*(self.fleet.instances[name][number].stop() for name in self._names))
        for name, balancer in self.fleet.balancers.items():
            while name in self._names and balancer.ready != {
                self.fleet.instances[name][number].port for number in versions
            }:
                await asyncio.sleep(0.05)

    async def phase(self, title: str) -> None:
        licensed, failed = len(self.load.lawyers), len(self.load.failures)
        asked = sum(tally.answered for tally in self.load.tallies.values())
        token = self.fleet.token("registry-officer", "plan-reader", subject="listener")
        listener = Listener(self.fleet.url("exchange"), token)
        listening = asyncio.create_task(listener.listen())
        await asyncio.wait_for(listener.connected.wait(), PATIENCE_SECONDS)
        served = frozenset(service for service in ALL if self.fleet.process_of(service) in self._names)
        async with self.load.running(served):
            await asyncio.sleep(PHASE_SECONDS)
        earlier = self.load.lawyers[:licensed]
        listener.subjects.update(earlier)  # heard in their own phase
        unsettled = await settled(self.fleet, self.load, listener, self._before)
        self.wrong += [f"{title}: {unsettled}"] if unsettled else []
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        unreadable = await self._unreadable()
        failures = self.load.failures[failed:]
        self.wrong += [f"{title}: {text}" for text in (*failures, *listener.broken, *listener.twice, *unreadable)]
        answered = sum(tally.answered for tally in self.load.tallies.values()) - asked
        print(
            f"{title:<42}{answered:>6} answered, {len(failures)} failed; {len(self.load.lawyers) - licensed:>4} "
            f"licensed, {unsettled or f'all {len(self.load.lawyers)} heard and counted'}, {len(unreadable)} unreadable",
            flush=True,
        )

    async def _unreadable(self) -> list[str]:
        """Lawyers whom the version that now answers cannot show: a sample over all phases."""
        headers = {"Authorization": f"Bearer {self.fleet.token('registry-officer', subject='reader')}"}
        sample = self.load.lawyers[:: max(1, len(self.load.lawyers) // 20)]
        async with httpx.AsyncClient(base_url=self.fleet.url("registry"), headers=headers, trust_env=False) as client:
            answers = [await client.get(f"/v1/lawyers/{lawyer}", timeout=60) for lawyer in sample]
        return [f"{answer.url.path}: {answer.status_code}" for answer in answers if not answer.is_success]


async def rehearse(ref: str, folder: Path, names: Sequence[str]) -> int:
    old = folder / "old"
    old.mkdir()
    commit = unpack(ref, old, portal="portal" in names)
    print(f"old: {ref} ({commit[:12]}); new: this tree", flush=True)
    async with AsyncExitStack() as stack:
        fleet = await stack.enter_async_context(running_fleet(folder / "data"))
        rehearsal = Rehearsal(fleet, {OLD: old, NEW: ROOT}, names)
        stack.push_async_callback(rehearsal.load.close)
        fleet.migrate(old)
        await rehearsal.run(frozenset({OLD}))
        await rehearsal.begin()
        await rehearsal.phase("old alone")
        fleet.migrate(ROOT)
        await rehearsal.phase("old, after the new one's migrations")
        await rehearsal.run(frozenset({OLD, NEW}))
        await rehearsal.phase("both side by side")
        await rehearsal.run(frozenset({NEW}))
        await rehearsal.phase("new alone")
        fleet.migrate(old)
        await rehearsal.run(frozenset({OLD}))
        await rehearsal.phase("old again, with what the new one wrote")
    for line in rehearsal.wrong[:30]:
        print(f"  {line}")
    print("wrong: nothing" if not rehearsal.wrong else f"wrong: {len(rehearsal.wrong)}")
    return 1 if rehearsal.wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.upgrade.side_by_side")
    parser.add_argument("--old", required=True, metavar="REF", help="a commit, branch or tag that is here")
    parser.add_argument("--small", action="store_true", help=f"only {', '.join(OF_THE_PLAN)}")
    chosen = parser.parse_args()
    build_assets()
    with tempfile.TemporaryDirectory(prefix="yulu-") as folder:
        return asyncio.run(rehearse(chosen.old, Path(folder), OF_THE_PLAN if chosen.small else NAMES))


if __name__ == "__main__":
    sys.exit(main())
