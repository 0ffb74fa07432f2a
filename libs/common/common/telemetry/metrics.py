"""Metrics of this process: declared here and nowhere else, so that each says whether operators are told of it.

Two views: the whole, for whoever may read the closed feeds, and the operators', which leaves out whatever moves when
something happens in a closed feed.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from common.telemetry.closed import is_closed, is_untold

__all__ = [
    "CONTENT_TYPE_LATEST",
    "DECLARED",
    "Age",
    "Declared",
    "Reached",
    "Told",
    "counter",
    "exposition",
    "gauge",
    "histogram",
    "observe_request",
    "operators_exposition",
]


class Told(StrEnum):
    """What operators are told of a metric."""

    ALWAYS = "always"
    """It moves with time, engines and what is public, never with an event of a closed feed."""
    BY_FEED = "of open feeds"
    """It has a label that names a feed or its service; series of closed ones are left out."""
    BY_PROCESS = "of open services"
    """Left out where the process serves or follows a closed feed."""


@dataclass(frozen=True, slots=True)
class Declared:
    name: str
    kind: str
    help: str
    labels: tuple[str, ...]
    told: Told


DECLARED: dict[str, Declared] = {}
"""By the name that queries use."""

# Of what the client library tells about the process: CPU time and collections of garbage move with each event.
_OF_PROCESS_ALWAYS = frozenset({"process_start_time_seconds", "python_info"})
_NAMING_A_FEED = ("topic", "service", "database")


def _declare(name: str, kind: str, text: str, labels: Sequence[str], told: Told) -> None:
    if told is Told.BY_FEED and not set(labels) & set(_NAMING_A_FEED):
        raise ValueError(f"{name} names no feed")
    DECLARED[name] = Declared(name, kind, text, tuple(labels), told)


def counter(name: str, text: str, labels: Sequence[str] = (), *, told: Told = Told.BY_PROCESS) -> Counter:
    """Its name ends with `_total`."""
    _declare(name, "counter", text, labels, told)
    return Counter(name, text, labels)


def gauge(name: str, text: str, labels: Sequence[str] = (), *, told: Told = Told.BY_PROCESS) -> Gauge:
    _declare(name, "gauge", text, labels, told)
    return Gauge(name, text, labels)


def histogram(
    name: str, text: str, labels: Sequence[str] = (), *, buckets: Sequence[float], told: Told = Told.BY_PROCESS
) -> Histogram:
    _declare(name, "histogram", text, labels, told)
    return Histogram(name, text, labels, buckets=buckets)


class Age:
    """Seconds since something, told by a gauge; 0 where it has not happened.

    step: told in whole multiples of it. What is renewed more often then always shows 0, and so never when.
    """

    def __init__(self, gauge: Gauge, *, step: int = 0) -> None:
        self.since: float | None = None
        """Unix time."""
        self._step = step
        gauge.set_function(self.seconds)

    def seconds(self) -> float:
        if self.since is None:
            return 0.0
        age = max(0.0, time.time() - self.since)
        return age // self._step * self._step if self._step else age


class Reached:
    """1 while something is there; a loss of less than `patience` seconds is not told, nor when it was."""

    def __init__(self, gauge: Gauge, *, patience: float = 60.0) -> None:
        self._there = False
        self._last = float("-inf")
        self._patience = patience
        gauge.set_function(self._told)

    def set(self, *, there: bool) -> None:
        if self._there:
            self._last = time.time()
        self._there = there

    def _told(self) -> float:
        return float(self._there or time.time() - self._last < self._patience)


_REQUESTS = counter("http_requests_total", "HTTP requests by route template.", ("method", "route", "status"))
_SECONDS = histogram(
    "http_request_duration_seconds",
    "Time until the last byte of the answer, by route template.",
    ("method", "route"),
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

# labels() takes a lock and builds a tuple of strings; routes are few, so the children are kept.
_children: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    key = (method, route, status)
    children = _children.get(key)
    if children is None:
        children = _children[key] = (_REQUESTS.labels(method, route, str(status)), _SECONDS.labels(method, route))
    children[0].inc()
    children[1].observe(seconds)


def exposition() -> bytes:
    """The whole, for whoever may read the closed feeds."""
    return generate_latest()


def operators_exposition(*, closed: bool) -> bytes:
    """closed: whether this process serves or follows a closed feed."""
    view = CollectorRegistry()
    view.register(_Operators(closed=closed))
    return generate_latest(view)


class _Operators(Collector):
    def __init__(self, *, closed: bool) -> None:
        self._closed = closed

    def collect(self) -> Iterator[Metric]:
        for metric in REGISTRY.collect():
            shown = Metric(metric.name, metric.documentation, metric.type)
            shown.samples = [sample for sample in metric.samples if self._tells(metric, sample.labels)]
            if shown.samples:
                yield shown

    def describe(self) -> Iterable[Metric]:
        return ()  # else registering would collect

    def _tells(self, metric: Metric, labels: dict[str, str]) -> bool:
        if is_untold(labels.get("route", "")):
            return False
        declared = DECLARED.get(f"{metric.name}_total" if metric.type == "counter" else metric.name)
        if declared is None:  # the client library's own
            return not self._closed or metric.name in _OF_PROCESS_ALWAYS
        if declared.told is Told.ALWAYS:
            return True
        if any(is_closed(labels[name]) for name in _NAMING_A_FEED if name in labels):
            return False
        return declared.told is Told.BY_FEED or not self._closed
