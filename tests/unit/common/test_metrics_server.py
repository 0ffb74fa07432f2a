"""Who is told which metrics: nobody without a token, operators nothing that moves with a closed feed."""

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest
from common import metrics_server
from common.auth import Principal
from common.http import create_app
from common.metrics_server import serve_metrics
from common.settings import InvalidSettings, Settings
from common.telemetry import closed, disturbance
from common.telemetry.metrics import (
    DECLARED,
    Age,
    Reached,
    Told,
    counter,
    exposition,
    gauge,
    observe_request,
    operators_exposition,
)
from contracts.entitlements import TOPICS, may_read_feed
from prometheus_client import REGISTRY, Counter
from yulu_local.certificates import Certificates
from yulu_local.ports import free_port


@pytest.fixture(autouse=True)
def only_for_this_test() -> Iterator[None]:
    before = set(DECLARED)
    yield
    for name in set(DECLARED) - before:
        del DECLARED[name]
        REGISTRY.unregister(REGISTRY._names_to_collectors[name])


@pytest.fixture
def events() -> Counter:
    return counter("test_events_total", "Events.", ("topic",), told=Told.BY_FEED)


def test_metrics_are_for_the_holders_of_the_tokens(events):
    port = free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="scraper-token", metrics_closed_token="closed-token"))
    events.labels("rights.events").inc()
    url = f"http://127.0.0.1:{port}/metrics"
    with httpx.Client(trust_env=False) as client:
        assert client.get(url).status_code == 401
        assert client.get(url, headers={"Authorization": "Bearer other"}).content == b""
        operators = client.get(url, headers={"Authorization": "Bearer scraper-token"})
        whole = client.get(url, headers={"Authorization": "Bearer closed-token"})
    assert (operators.status_code, whole.status_code) == (200, 200)
    assert "process_start_time_seconds" in operators.text
    # Other tests of the same process have series of their own, some of which are told always.
    assert 'test_events_total{topic="rights.events"}' not in operators.text
    assert 'test_events_total{topic="rights.events"}' in whole.text


def test_over_tls_and_that_it_lives_is_told_to_anybody(tmp_path):
    certificates = Certificates(tmp_path)
    certificates.ensure(("127.0.0.1",), now=datetime.now(UTC))
    pem, port = str(certificates.key_store), free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="scraper-token", tls_cert_file=pem, tls_key_file=pem))
    trusted = ssl.create_default_context(cafile=str(certificates.authority))
    with socket.create_connection(("127.0.0.1", port)), httpx.Client(trust_env=False, verify=trusted) as client:
        assert client.get(f"https://127.0.0.1:{port}/health/live", timeout=60).status_code == 204
        assert client.get(f"https://127.0.0.1:{port}/metrics", timeout=60).status_code == 401


def test_who_says_nothing_holds_nobody_up_and_is_let_go(monkeypatch):
    """Probes wait for seconds; ten of those that say nothing, one after the other, were minutes."""
    port = free_port()
    serve_metrics(Settings(metrics_port=port, metrics_token="scraper-token"))
    with ExitStack() as stack, httpx.Client(trust_env=False) as client:
        for _ in range(10):
            stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert client.get(f"http://127.0.0.1:{port}/health/live", timeout=60).status_code == 204
        monkeypatch.setattr(metrics_server._Silent, "timeout", 0.2)
        last = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
        assert last.recv(1) == b""


def test_no_port_without_a_token():
    with pytest.raises(InvalidSettings, match="METRICS_TOKEN"):
        serve_metrics(Settings(metrics_port=free_port()))


def test_closed_are_the_feeds_that_operators_may_not_read():
    operator = Principal(
        subject="o", roles=frozenset({"operator"}), region="410000", organisation_id="x", organisation_kind="department"
    )
    assert {topic for topic in TOPICS if closed.is_closed(topic)} == {
        topic for topic in TOPICS if not may_read_feed(operator, topic)
    }
    assert closed.is_closed("rights_public")


ALONE = """
from common.telemetry.metrics import Told, counter, exposition, observe_request, operators_exposition

events = counter("test_events_total", "Events.", ("topic",), told=Told.BY_FEED)
plain = counter("test_plain_total", "Something that happens.")
events.labels("registry.events").inc()
for told in (operators_exposition(closed=True), operators_exposition(closed=True)):
    assert b"registry.events" in told
    before = told
for topic in ("rights.events", "discipline.events"):
    events.labels(topic).inc()
plain.inc()
observe_request("POST", "/v1/complaints", 201, 0.1)
sum(i * i for i in range(2_000_000))  # CPU time moves as well
assert operators_exposition(closed=True) == before
assert b"test_plain_total" in exposition()
assert b"test_plain_total 1.0" in operators_exposition(closed=False)
"""


def test_nothing_that_operators_are_told_moves_with_a_closed_feed():
    """Whatever is counted, timed or measured there: the operators' view stays the same, byte for byte.

    In a process of its own: here other tests have left series that move with time.
    """
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_calls_that_a_closed_feed_causes_are_not_counted_for_operators():
    closed.leave_untold("/closed")
    observe_request("POST", "/closed/held", 200, 0.01)
    assert b"/closed/held" in exposition()
    assert b"/closed/held" not in operators_exposition(closed=False)


def test_an_age_in_steps_tells_nothing_of_what_renews_it_in_time():
    age = Age(gauge("test_age_seconds", "Age."), step=60)
    assert age.seconds() == 0
    seen = set()
    for ago in range(0, 60, 7):
        age.since = time.time() - ago
        seen.add(age.seconds())
    assert seen == {0}
    age.since = time.time() - 185
    assert age.seconds() == 180


def test_a_short_loss_is_not_told():
    reached = Reached(gauge("test_reached", "There."), patience=60)
    assert reached._told() == 0
    reached.set(there=True)
    reached.set(there=False)
    assert reached._told() == 1
    reached._last -= 61
    assert reached._told() == 0


def test_a_disturbance_is_told_when_the_hour_strikes_and_not_before(monkeypatch):
    monkeypatch.setattr(disturbance, "_hour", [100])
    monkeypatch.setattr(disturbance, "_parts", {})
    disturbance._disturbed.set(0)

    def told() -> float:
        return disturbance._disturbed._value.get()

    disturbance.disturbed("a", True, now=100 * 3600 + 1)
    assert told() == 0
    disturbance.disturbed("b", False, now=101 * 3600 + 1)
    assert told() == 1
    disturbance.disturbed("a", False, now=101 * 3600 + 1800)
    assert told() == 1
    disturbance.disturbed("a", False, now=102 * 3600)
    assert told() == 0


def test_failing_answers_are_told_by_full_hours_in_which_somebody_asked():
    answers, hour = disturbance.Answers(100), 3600
    answers.count("/v1/complaints", 500, now=100 * hour + 1)
    assert not answers.told(now=101 * hour - 1)
    assert answers.told(now=101 * hour)
    assert answers.told(now=103 * hour), "nobody asked since: that, too, must not be told"
    for _ in range(100):
        answers.count("/v1/complaints", 201, now=103 * hour + 1)
    answers.count("/v1/complaints", 500, now=103 * hour + 2)
    for _ in range(50):
        answers.count("/health/ready", 503, now=103 * hour + 3)
    assert answers.told(now=104 * hour - 1)
    assert not answers.told(now=104 * hour), "one in a hundred and one, and our own probes are nobody"
    for _ in range(1000):
        answers.count(disturbance.UNMATCHED, 404, now=104 * hour + 1)
    answers.count("/v1/complaints", 500, now=104 * hour + 2)
    assert answers.told(now=105 * hour), "who tries addresses that do not exist hides nothing"


async def test_errors_of_a_closed_service_reach_its_operators_as_one_bit(monkeypatch):
    class Rights(Settings):
        service = "rights"

    app = create_app(title="x", settings=Rights())

    @app.get("/v1/broken")
    async def broken() -> None:
        raise RuntimeError

    now = time.time()
    monkeypatch.setattr(disturbance, "_answers", disturbance.Answers(int(now) // 3600))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        assert (await client.get("/v1/broken")).status_code == 500
        monkeypatch.setattr(disturbance.time, "time", lambda: now + 3600)
        told = operators_exposition(closed=True)
    assert b"yulu_answers_failing 1.0" in told
    assert b"/v1/broken" not in told


def test_what_is_declared_says_what_operators_are_told():
    with pytest.raises(ValueError, match="names no feed"):
        counter("test_nameless_total", "x", told=Told.BY_FEED)
    assert DECLARED["http_requests_total"].told is Told.BY_PROCESS
