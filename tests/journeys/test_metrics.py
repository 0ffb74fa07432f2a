"""A complaint comes in: of all that an operator's scraper is told, not a byte moves because of it."""

import re
import time

import httpx
from yulu_local.processes import PROCESSES, Stage

from tests.journeys.actors import eventually

SCRAPED = [process.name for process in PROCESSES if process.stage in (Stage.SERVICES, Stage.WORKERS)]
FOLLOWING = ("outbox-relay", "progress-projector", "registry-reactions", "discipline-reactions")
CLOSED = {"discipline-api", "rights-api", "rights-public"}
# What an operator may read, and other tests' leftovers, timers and our own polling move.
_KAFKA = re.compile(r"yulu_kafka_connected\{.*\} 1.0")
_OPEN = re.compile(
    r'(topic|service|database)="(registry|progress|exchange)|yulu_webhook_|disclosure_check_'
    # Since when it has not looked, in minutes: of a slow machine.
    r"|yulu_(feed|outbox|timers)_unseen_seconds"
)


def _answered(url, headers):
    """A worker that has just been started may not listen yet."""
    deadline = time.monotonic() + 20
    while True:
        try:
            return httpx.get(url, headers=headers, trust_env=False)
        except httpx.ConnectError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def _scraped(system, name, *, closed=False):
    url = f"http://127.0.0.1:{system.ports[name]}/metrics"
    answer = _answered(url, system.scraper(closed=closed))
    assert answer.status_code == 200, (name, answer.text)
    return [line for line in answer.text.splitlines() if not line.startswith("#")]


def _told(system):
    """Process → what an operator is told of closed processes and of all workers, but for open feeds."""
    return {
        name: [line for line in _scraped(system, name) if not _OPEN.search(line)]
        for name in SCRAPED
        if name in CLOSED or not name.endswith("-api")
    }


def _applied(system):
    lines = _scraped(system, "progress-projector", closed=True)
    return sum(float(line.split()[-1]) for line in lines if line.startswith('yulu_events_applied_total{topic="rights'))


def test_operators_scrapes_do_not_move_with_a_complaint(system, public):
    for name in FOLLOWING:
        eventually(lambda name=name: any(_KAFKA.match(line) for line in _scraped(system, name)))
    before, applied = _told(system), _applied(system)
    assert before.keys() >= CLOSED | {"portal", "notifier"}
    for _ in range(3):
        public.files_complaint()
    eventually(lambda: _applied(system) >= applied + 3)
    assert _told(system) == before


def test_a_token_of_an_operator_opens_no_metrics_of_closed_services(system, caller):
    operator = caller("operator", "auditor", subject="operator")
    for service in ("rights", "rights_public", "discipline"):
        assert operator.http(service).get("/metrics").status_code == 403


def test_workers_tell_nothing_without_the_scrapers_token(system):
    for name in SCRAPED:
        assert _answered(f"http://127.0.0.1:{system.ports[name]}/metrics", {}).status_code == 401, name
