"""`python -m tests.load.run --minutes 60 --times 5 [--seed S]`: a province's busiest hour, so many times over.

Starts the whole system as `make run` does, imports the province, lets it stand idle (what does it use by itself?), then
plays the arrivals of `province.yaml`. A sample every minute; at the end the verdict, the samples as JSON (--out), and
status 1 where a limit of `province.yaml` is broken.
"""

import argparse
import asyncio
import json
import os
import platform
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import uvloop
from yulu.demo import province as made

from tests.load.acts import Acts
from tests.load.arrivals import Arrivals, Failed, moments
from tests.load.assumptions import Province, province
from tests.load.cast import Cast
from tests.load.hearing import Audience, audience, connect
from tests.load.lags import Lags
from tests.load.stage import actors, caught_up, opened, populate
from tests.load.verdict import LEAST_SAMPLES, Finding, judge
from tests.load.watching import Watch
from tests.support.system import System, running_system

LOCAL = Path(".local")
SETTINGS = {"WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
"""Its receivers are on this machine; everything else is as `make run` has it, limits per address included."""
SAMPLE_SECONDS = 60.0


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.load.run", description=__doc__)
    arguments.add_argument("--minutes", type=float, default=60)
    arguments.add_argument("--times", type=float, default=5, help="of a province's busiest hour")
    arguments.add_argument("--idle-minutes", type=float, default=3, help="idle before it")
    arguments.add_argument("--lawyers", type=int, default=made.LAWYERS, help="fewer, to try it out")
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments.add_argument(
        "--data", type=Path, help="a data directory to use and keep: its province is not imported anew"
    )
    arguments.add_argument("--out", type=Path, default=LOCAL / "load.json")
    asked = arguments.parse_args()
    peak = province()
    print(
        f"seed {asked.seed}: {asked.minutes:g} min at {asked.times:g} x {peak.hourly:,.0f} arrivals an hour"
        f" = {asked.times * peak.hourly / 3600:.1f} a second; load average {psutil.getloadavg()[0]:.1f}", flush=True,
    )  # fmt: skip
    LOCAL.mkdir(exist_ok=True)
    # Beside the data of `make run`: /tmp may be memory.
    with (
        _directory(asked.data) as directory,
        running_system(Path(directory), **SETTINGS) as system,
    ):
        told = uvloop.run(_play(system, peak, asked))
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")
    show(told)
    return 0 if all(finding["met"] for finding in told["verdict"]) else 1


def _directory(given: Path | None) -> AbstractContextManager[str]:
    if given is None:
        return tempfile.TemporaryDirectory(prefix="load-", dir=LOCAL.resolve())
    return nullcontext(str(given.resolve()))


async def _play(system: System, peak: Province, asked: argparse.Namespace) -> dict[str, Any]:
    rng = random.Random(asked.seed)
    lawyers = made.make(lawyers=asked.lawyers)
    hourly = {kind.kind: kind.hourly * asked.times for kind in peak.kinds}
    async with AsyncExitStack() as stack:
        cast = await stack.enter_async_context(Cast(system, rng))
        lags = await stack.enter_async_context(Lags(system))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=60))
        imported = await populate(cast, lawyers)
        print(f"{imported.lawyers:,} lawyers, imported in {imported.seconds:.0f} s", flush=True)
        await caught_up(lags)
        acts = Acts(cast, await actors(cast, peak.audience["webhooks"]), lawyers)
        await opened(acts)
        if missing := set(hourly) ^ set(acts.all()):
            raise RuntimeError(f"province.yaml and the acts differ: {sorted(missing)}")
        watch, sizes = Watch(system, http, lags), await lags.sizes()
        await watch.ready()
        await connect(await cast.officer("operator", subject="operator-of-the-load"), len(acts.roles.systems))
        await _rehearse(acts)
        await acts.look_up_each()
        began = time.monotonic()
        idle = await _sampled(lambda: _sample(watch, began), asyncio.sleep(asked.idle_minutes * 60))
        print(f"idle: {_cores(idle):.2f} cores of processor", flush=True)
        listening = {name: peak.audience[name] for name in ("streams", "values")}
        those = await stack.enter_async_context(audience(system, acts.roles.systems, **listening))
        arrivals = Arrivals(acts.all())
        # Cut short by a signal, it judges what it has seen.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, arrivals.stop)
        began = time.monotonic()
        samples = await _sampled(
            lambda: _minute(watch, began, arrivals, those, cast),
            arrivals.play(moments(rng, hourly, asked.minutes * 60)),
        )
        settled = await caught_up(lags)
        arrivals.take()
        after, rows = await lags.sizes(), await lags.bytes_a_row()
    findings = judge(
        samples, arrived=arrivals.total.arrived, failed=arrivals.total.failed.total(),
        broken=those.broken.total(), settled_seconds=settled, limits=peak.limits,
    )  # fmt: skip
    return {
        "machine": machine(), "seed": asked.seed, "times": asked.times, "minutes": asked.minutes,
        "began_at": (datetime.now(UTC)).isoformat(timespec="seconds"), "imported": asdict(imported),
        "hourly": hourly, "idle": idle, "samples": samples, "kinds": arrivals.total.kinds(),
        "arrived": arrivals.total.arrived, "failed": dict(arrivals.total.failed), "asked": dict(cast.asked),
        "audience": those.dump(), "settled_seconds": settled,
        "bytes_before": dict(sizes), "bytes_after": dict(after), "bytes_a_row": rows,
        "verdict": [_dump(finding) for finding in findings],
    }  # fmt: skip


async def _rehearse(acts: Acts) -> None:
    """Each kind once, before anything is counted: an act that cannot be done at all would fail for an hour."""
    refused = []
    for kind, act in acts.all().items():
        try:
            await act()
        except Failed as failure:
            refused.append(f"{kind}: {failure}")
    if refused:
        raise RuntimeError(f"cannot be done at all: {'; '.join(refused)}")


def _dump(finding: Finding) -> dict[str, Any]:
    return asdict(finding) | {"met": finding.met, "line": str(finding)}


async def _sampled(sample: Callable[[], Awaitable[dict[str, Any]]], meanwhile: Awaitable[None]) -> list[dict[str, Any]]:
    """A sample at once, one a minute, and one at the end; short runs are sampled more often."""
    task = asyncio.ensure_future(meanwhile)
    samples = [await sample()]
    try:
        while not task.done():
            await asyncio.wait([task], timeout=_pause(samples))
            try:
                samples.append(await sample())
            except httpx.TransportError as error:  # what monitors see of an overload: told, and missing in the samples
                print(f"  no sample: {type(error).__name__}", flush=True)
        await task
    finally:
        task.cancel()
    return samples


def _pause(samples: list[dict[str, Any]]) -> float:
    # The first minutes are sampled six times each, so that a run of two minutes can be judged.
    return SAMPLE_SECONDS / 6 if len(samples) < 3 * LEAST_SAMPLES else SAMPLE_SECONDS


async def _sample(watch: Watch, began: float) -> dict[str, Any]:
    return (await watch.sample(time.monotonic() - began)).dump()


async def _minute(watch: Watch, began: float, arrivals: Arrivals, those: Audience, cast: Cast) -> dict[str, Any]:
    own = psutil.Process()
    sample = await watch.sample(time.monotonic() - began)
    tally = arrivals.take()
    sample.arrivals = {
        "arrived": tally.arrived, "failed": dict(tally.failed), "kinds": tally.kinds(), "under_way": arrivals.under_way,
        "late_p99_ms": round(sorted(tally.late)[int(len(tally.late) * 0.99)] * 1e3, 1) if tally.late else 0.0,
        "generator_cpu_seconds": sum(own.cpu_times()[:2]), "heard": dict(those.heard),
        "pushed": those.pushed.total(), "asked": dict(cast.asked),
    }  # fmt: skip
    everything = [took for seconds in tally.took.values() for took in seconds]
    everything.sort()
    print(
        f"{sample.seconds / 60:5.1f} min  {tally.arrived:5d} arrived  {tally.failed.total():3d} failed"
        f"  p50 {_at(everything, 0.5):6.0f}  p99 {_at(everything, 0.99):6.0f} ms"
        f"  late {sample.arrivals['late_p99_ms']:5.0f} ms  behind {max(sample.lag_seconds.values()):4.1f} s"
        f"  {sum(use.private_bytes for use in sample.uses.values()) / 1e6:6,.0f} MB  load {sample.load_average:4.1f}"
        f"  {dict(tally.failed.most_common(2)) or ''}", flush=True,
    )  # fmt: skip
    return sample.dump()


def _at(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1e3 if ordered else 0.0


def _cores(samples: list[dict[str, Any]]) -> float:
    first, last = samples[0], samples[-1]
    used = sum(last["uses"][name]["cpu_seconds"] - use["cpu_seconds"] for name, use in first["uses"].items())
    return float(used / max(1e-9, last["seconds"] - first["seconds"]))


def machine() -> dict[str, Any]:
    """What a figure cannot be read without."""
    git = shutil.which("git")
    commit = git and subprocess.run([git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "commit": (commit.stdout.strip() if commit else "") or "unknown",
        "load_average": round(psutil.getloadavg()[2], 2),
    }


def show(told: dict[str, Any]) -> None:
    print(f"\n{'kind':<22}{'number':>9}{'failed':>8}{'p50 ms':>10}{'p99 ms':>10}{'most ms':>10}")
    for kind, found in told["kinds"].items():
        times = "".join(f"{found.get(name, float('nan')):>10,.0f}" for name in ("p50_ms", "p99_ms", "most_ms"))
        print(f"{kind:<22}{found['number']:>9,}{found['failed']:>8}{times}")
    first, last, cores = told["samples"][0], told["samples"][-1], told["machine"]["cores"]
    print(
        f"\nload average {first['load_average']} to {last['load_average']} on {cores} cores, which the generator and"
        f" whatever else runs here share; failures: {told['failed'] or 'none'}"
    )
    print("\n".join(finding["line"] for finding in told["verdict"]))


if __name__ == "__main__":
    sys.exit(main())
