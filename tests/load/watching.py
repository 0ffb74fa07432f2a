"""What the system's processes use, and how far its consumers are behind: one sample a minute.

Of an engine with children (PostgreSQL) all are summed; what has ended is not forgotten. Memory is what is private to
the processes (USS), since shared pages and mapped files would count PostgreSQL's buffers once per connection.
"""

import asyncio
import re
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
import psutil
from yulu_local.processes import PROCESSES

from tests.load.lags import Lags
from tests.support.system import System

_SAMPLE = re.compile(r"^(\w+)\{([^}]*)\} ([-+.\deE]+|NaN)$", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')
READY_SECONDS = 300
_SEQUENCED = "yulu_events_sequenced_total"


@dataclass
class Use:
    """Of one process since it was first seen, but memory, threads and files, which are of this moment."""

    cpu_seconds: float = 0.0
    private_bytes: int = 0
    resident_bytes: int = 0
    read_bytes: int = 0
    written_bytes: int = 0
    files: int = 0
    processes: int = 0


@dataclass
class Sample:
    seconds: float
    """Since the beginning."""
    load_average: float
    uses: dict[str, Use]
    lag_seconds: dict[str, float]
    """By consumer and topic."""
    lag_events: dict[str, float]
    unsent_events: dict[str, float]
    """By service: in the feed, and not in Kafka."""
    requests: dict[str, float]
    """Answered since the start, by service: the portal's own requests, too."""
    events: dict[str, float]
    """Sequenced since the start, by service."""
    arrivals: dict[str, Any] = field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        return asdict(self)


class Meter:
    """Follows the processes of a system by their names in `yulu_local.processes`."""

    def __init__(self, system: System) -> None:
        self._processes = {name: system.process(name) for name in [process.name for process in PROCESSES]
                           if process_runs(system, name)}  # fmt: skip
        self._last: dict[tuple[str, int, float], tuple[float, int, int]] = {}
        self._ended: defaultdict[str, Use] = defaultdict(Use)

    def uses(self) -> dict[str, Use]:
        """Raises psutil.NoSuchProcess where a process has ended: that is a failure of the hour."""
        return {name: self._use(name, process) for name, process in self._processes.items()}

    def _use(self, name: str, main: psutil.Process) -> Use:
        use, seen = Use(), set()
        for process in [main, *main.children(recursive=True)]:
            try:
                with process.oneshot():
                    key = (name, process.pid, process.create_time())
                    cpu, io, memory = process.cpu_times(), process.io_counters(), process.memory_full_info()
                    use.files += process.num_fds()
            except psutil.NoSuchProcess:
                if process is main:
                    raise
                continue  # a connection of PostgreSQL that has just ended: what it used until the last sample stays
            seen.add(key)
            self._last[key] = (cpu.user + cpu.system, io.read_bytes, io.write_bytes)
            use.private_bytes += memory.uss
            use.resident_bytes += memory.rss
            use.processes += 1
        for key in [key for key in self._last if key[0] == name and key not in seen]:
            _count(self._ended[name], self._last.pop(key))
        for key, counted in self._last.items():
            if key[0] == name:
                _count(use, counted)
        before = self._ended[name]
        _count(use, (before.cpu_seconds, before.read_bytes, before.written_bytes))
        return use


def _count(use: Use, counted: tuple[float, int, int]) -> None:
    use.cpu_seconds += counted[0]
    use.read_bytes += counted[1]
    use.written_bytes += counted[2]


def process_runs(system: System, name: str) -> bool:
    try:
        system.process(name)
    except LookupError:
        return False
    return True


class Scraper:
    """Reads `/metrics` as the department's own scraper does that may see closed feeds."""

    def __init__(self, system: System) -> None:
        self._headers = system.scraper(closed=True)
        self._urls = {name: f"http://127.0.0.1:{port}/metrics" for name, port in system.ports.items()
                      if name not in ("postgres", "kafka", "issuer") and process_runs(system, name)}  # fmt: skip

    async def ready(self, http: httpx.AsyncClient) -> None:
        """Until every process has answered once: workers open their port when they have begun. Raises TimeoutError."""
        async with asyncio.timeout(READY_SECONDS):
            for url in self._urls.values():
                while True:
                    with suppress(httpx.TransportError):
                        await http.get(url, headers=self._headers)
                        break
                    await asyncio.sleep(0.2)

    async def read(self, http: httpx.AsyncClient) -> dict[str, dict[str, list[tuple[dict[str, str], float]]]]:
        """By process, then by metric: labels and value."""
        answers = await asyncio.gather(*(http.get(url, headers=self._headers) for url in self._urls.values()))
        return {name: parse(answer.raise_for_status().text) for name, answer in zip(self._urls, answers, strict=True)}


def parse(text: str) -> dict[str, list[tuple[dict[str, str], float]]]:
    """Samples with labels of a page of metrics, by their names."""
    found: defaultdict[str, list[tuple[dict[str, str], float]]] = defaultdict(list)
    for name, labels, value in _SAMPLE.findall(text):
        found[name].append((dict(_LABEL.findall(labels)), float(value)))
    return found


class Watch:
    def __init__(self, system: System, http: httpx.AsyncClient, lags: Lags) -> None:
        self._meter, self._scraper, self._http, self._lags = Meter(system), Scraper(system), http, lags

    async def ready(self) -> None:
        await self._scraper.ready(self._http)

    async def sample(self, seconds: float) -> Sample:
        pages = await self._scraper.read(self._http)
        told, behind = pages["exchange-api"], await self._lags.read()
        seconds_behind = {name: lag.seconds for name, lag in behind.items()}
        events_behind = {name: lag.events for name, lag in behind.items()}
        return Sample(
            seconds=round(seconds, 1),
            load_average=round(psutil.getloadavg()[0], 2),
            uses=await asyncio.to_thread(self._meter.uses),
            lag_seconds=_pushed(told["yulu_consumer_lag_seconds"]) | seconds_behind,
            lag_events=_pushed(told["yulu_consumer_lag_events"]) | events_behind,
            unsent_events=_by(pages["outbox-relay"]["yulu_publish_lag_events"], "service"),
            requests={name: answered for name, page in pages.items() if (answered := _answered(page))},
            events=_by(pages["outbox-relay"][_SEQUENCED], "service"),
        )


def _answered(page: Mapping[str, list[tuple[dict[str, str], float]]]) -> float:
    return sum(value for labels, value in page.get("http_requests_total", ()) if labels["route"] != "/metrics")


def _pushed(samples: list[tuple[dict[str, str], float]]) -> dict[str, float]:
    """What webhooks are owed; of consumers the databases are asked, who tell of closed feeds, too."""
    of = [sample for sample in samples if sample[0]["consumer"] == "webhook-dispatcher"]
    return _by(of, "consumer", "topic")


def _by(samples: list[tuple[dict[str, str], float]], *labels: str) -> dict[str, float]:
    return {" ".join(found[label] for label in labels): value for found, value in samples}
