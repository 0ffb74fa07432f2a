"""What each process costs, taken from a run's samples: by itself, per 1,000 requests, per 1,000 events; memory, I/O."""

from collections.abc import Mapping, Sequence
from typing import Any

from yulu_local.processes import PROCESSES, Stage

from tests.load.verdict import MB

SERVICES = tuple(
    process.name for process in PROCESSES if process.stage is Stage.SERVICES
)  # fmt: skip
WORKERS = tuple(process.name for process in PROCESSES if process.stage is Stage.WORKERS)
ENGINES = ("postgres", "kafka")
SIZED = (*SERVICES, *WORKERS, *ENGINES)


def take(told: Mapping[str, Any]) -> dict[str, Any]:
    """told: what `tests.load.run` has written. Raises ValueError where it is too short to tell anything."""
    idle, samples = told["idle"], told["samples"]
    if len(idle) < 2 or len(samples) < 2:
        raise ValueError("a run without an idle phase, or of one sample, tells no costs")
    answered = _grown(samples, "requests")
    events = sum(_grown(samples, "events").values())
    return {
        "machine": told["machine"],
        "taken_at": told["began_at"],
        "minutes": round((samples[-1]["seconds"] - samples[0]["seconds"]) / 60, 1),
        "times": told["times"],
        "lawyers": told["imported"]["lawyers"],
        "load_average": [samples[0]["load_average"], samples[-1]["load_average"]],
        "requests": round(sum(answered.values())),
        "events": round(events),
        "bytes_a_row": told.get("bytes_a_row", {}),
        "processes": {name: _of(name, idle, samples, answered, events) for name in SIZED if name in idle[0]["uses"]},
        "verdict": [{"line": each["line"], "met": each["met"]} for each in told["verdict"]],
        "kinds": told["kinds"],
    }


def _grown(samples: Sequence[dict[str, Any]], what: str) -> dict[str, float]:
    first, last = samples[0][what], samples[-1][what]
    return {name: last[name] - first.get(name, 0.0) for name in last}


def _of(
    name: str, idle: Sequence[dict[str, Any]], samples: Sequence[dict[str, Any]], answered: Mapping[str, float],
    events: float,
) -> dict[str, float]:  # fmt: skip
    """Of requests a service's own; of an engine those of all services; of a worker the events, which it follows."""
    alone, cores = _cores(name, idle), _cores(name, samples)
    first, last = samples[0]["uses"][name], samples[-1]["uses"][name]
    written, read = (last[key] - first[key] for key in ("written_bytes", "read_bytes"))
    own = answered.get(name, 0.0) if name in SERVICES else sum(answered[service] for service in SERVICES)
    worked = max(0.0, cores - alone) * (samples[-1]["seconds"] - samples[0]["seconds"]) * 1000
    found = {
        "idle_cores": round(alone, 4),
        "cores": round(cores, 4),
        "memory_mb": round(max(sample["uses"][name]["private_bytes"] for sample in samples) / MB, 1),
    }
    per = (("requests", own),) if name in SERVICES else (("events", events),) if name in WORKERS else (
        ("requests", own), ("events", events))  # fmt: skip
    for what, number in per:
        if number:
            found[f"cpu_ms_per_1000_{what}"] = round(worked / number * 1000, 1)
            found[f"written_kb_per_1000_{what}"] = round(written / number, 1)
            found[f"read_kb_per_1000_{what}"] = round(read / number, 1)
    return found


def _cores(name: str, samples: Sequence[dict[str, Any]]) -> float:
    used = samples[-1]["uses"][name]["cpu_seconds"] - samples[0]["uses"][name]["cpu_seconds"]
    return float(used / (samples[-1]["seconds"] - samples[0]["seconds"]))
