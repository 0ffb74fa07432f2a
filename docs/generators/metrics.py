"""Every metric of our processes, from where they are declared."""

import importlib
import pkgutil
from collections.abc import Mapping

from common.telemetry.metrics import DECLARED, Declared, Told

from generators import NOTICE
from generators.processes import PACKAGES
from generators.tables import table

_TOLD = {
    Told.ALWAYS: "always",
    Told.BY_FEED: "series of open feeds",
    Told.BY_PROCESS: "from open services",
}


def declared() -> Mapping[str, Declared]:
    """By name. Metrics are declared where they are set: every module is loaded."""
    for package in ("common", "progress_store", "yulu_backup", *PACKAGES):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if "migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    return DECLARED


def metrics_page() -> str:
    rows = table(
        ("metric", "type", "labels", "meaning", "operators are told"),
        (
            (
                f"`{name}`",
                metric.kind,
                ", ".join(f"`{label}`" for label in metric.labels),
                metric.help,
                _TOLD[metric.told],
            )
            for name, metric in sorted(declared().items())
        ),
    )
    return f"""# Metrics

{NOTICE} Prometheus format at `/metrics`: services on their own port, workers on `METRICS_PORT`.

Two views, by the bearer token that is sent:

- `METRICS_TOKEN`, for the operators' Prometheus. It leaves out whatever moves when something happens in a closed feed
  (discipline, rights): series that name such a feed or its service, and of a process that serves or follows one
  everything but what is told always. What is told always moves with time and engines alone; ages come in steps longer
  than the time between two rounds, so that in health they stay at 0 and tell nothing.
- `METRICS_CLOSED_TOKEN`, for a Prometheus kept by whoever may read both closed feeds. It is told everything. Nobody
  else may hold it, and what it has scraped may be shown to nobody else.

Of errors in closed services operators are told one bit, `yulu_answers_failing`, by full hours; whether the public's way
is open is asked from outside ([0057](decisions/0057-who-watches-what.md)).

Where `METRICS_TOKEN` is set, a service wants one of them; without it an open service tells the operators' view to all.
Why: [0043](decisions/0043-what-is-measured-must-not-date-a-complaint.md).

Alert rules, scrape configuration and dashboard: `deploy/observability`. What to do about an alert:
[runbook](runbook.md).

{rows}"""
