"""Whether memory was flat, nobody fell behind, and nobody was refused: arithmetic over the samples of a run."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from tests.bench.report import percentile
from tests.load.assumptions import Limits

MB = 1_000_000
_HOUR = 3600.0
LEAST_SAMPLES = 4


@dataclass(frozen=True)
class Finding:
    what: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        return self.value <= self.limit

    def __str__(self) -> str:
        return (
            f"{'met   ' if self.met else 'FAILED'}  {self.what}: {self.value:,.4g} {self.unit} (<= {self.limit:,.4g})"
        )


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Theil–Sen: the median of the slopes between all pairs, which no single peak or drop can turn. 0 below two."""
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x2 > x1]
    return statistics.median(slopes) if slopes else 0.0


def after_warm_up(samples: Sequence[dict[str, Any]], warm_up_minutes: float) -> list[dict[str, Any]]:
    """At most a third of a run is warming up, so that a short one says something, too."""
    if not samples:
        return []
    ends = min(warm_up_minutes * 60, samples[-1]["seconds"] / 3)
    return [sample for sample in samples if sample["seconds"] >= ends]


def hourly_slope(samples: Sequence[dict[str, Any]], of: Callable[[dict[str, Any]], float]) -> float:
    return slope([(sample["seconds"], of(sample)) for sample in samples]) * _HOUR


def judge(
    samples: Sequence[dict[str, Any]], *, arrived: int, failed: int, broken: int, settled_seconds: float, limits: Limits
) -> list[Finding]:
    """samples: as `Sample.dump` gives them, in order of time; too few of them are a finding of their own."""
    steady = after_warm_up(samples, limits.warm_up_minutes)
    if len(steady) < LEAST_SAMPLES:
        return [Finding("samples wanting after the warm-up", LEAST_SAMPLES - len(steady), 0, "")]
    return [
        *(_memory(name, steady, limits) for name in steady[0]["uses"]),
        *(finding for name in steady[0]["lag_seconds"] for finding in _lag(name, steady, limits)),
        Finding("failed of all arrivals", failed / max(1, arrived), limits.failed_share, "share"),
        Finding("event streams broken off", broken, 0, ""),
        Finding("consumers caught up after the last arrival", settled_seconds, limits.settled_seconds, "s"),
    ]


def _memory(name: str, steady: Sequence[dict[str, Any]], limits: Limits) -> Finding:
    grows = hourly_slope(steady, lambda sample: sample["uses"][name]["private_bytes"]) / MB
    usual = statistics.median(sample["uses"][name]["private_bytes"] for sample in steady) / MB
    limit = max(limits.memory_mb_per_hour, limits.memory_share_per_hour * usual)
    return Finding(f"memory of {name} ({usual:,.0f} MB) grows", grows, limit, "MB/h")


def _lag(name: str, steady: Sequence[dict[str, Any]], limits: Limits) -> list[Finding]:
    seconds = [sample["lag_seconds"][name] for sample in steady]
    return [
        Finding(f"{name} behind, p99", percentile(seconds, 0.99), limits.lag_seconds, "s"),
        Finding(
            f"{name} behind, grows", hourly_slope(steady, lambda sample: sample["lag_seconds"][name]),
            limits.lag_slope_seconds_per_hour, "s/h",
        ),
    ]  # fmt: skip
