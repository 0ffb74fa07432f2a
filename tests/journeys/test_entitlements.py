"""Who learns what: one table of readers against everything that tells of events."""

from dataclasses import dataclass

import pytest

from tests.journeys.actors import complaint, eventually
from tests.journeys.conftest import BUREAU
from tests.journeys.made_up import LUOYANG, ZHENGZHOU
from tests.journeys.test_live import listening

SERVICES = ("registry", "discipline", "rights", "progress", "exchange")
"""Each with a feed."""
PREFIXES = {"exchange": "/v1/exchange"}
"""Its `/v1/events` is the stream merged from all."""
STANDING = "lawyers.registry.lawyer.standing-recorded.v1"
EVIDENCE = ("H1", "H1 not-suspended", "M12-I1", "M13-I1")


@dataclass(frozen=True)
class Reader:
    """feeds: whole feeds he may read; regions: of whose registry events; values: whether he reads the plan's values."""

    roles: tuple[str, ...]
    kind: str = "bureau"
    region: str = ZHENGZHOU
    feeds: frozenset[str] = frozenset()
    standing: bool = False
    values: bool = True
    evidence: frozenset[str] = frozenset()
    operates: bool = False
    watches: bool = False
    """Reads the operators' view."""

    @property
    def regions(self):
        return {ZHENGZHOU} if self.region == ZHENGZHOU else {ZHENGZHOU, LUOYANG}


def _of(*names):
    return frozenset(names)


READERS = {
    "a stranger": Reader((), values=False),
    "a lawyer": Reader(("lawyer",), "lawyer", values=False),
    "a plan-reader of a city": Reader(("plan-reader",), feeds=_of("registry"), evidence=_of("H1")),
    "a registry officer of a city": Reader(
        ("registry-officer",), feeds=_of("registry"), standing=True, evidence=_of("H1", "H1 not-suspended")
    ),
    "a discipline officer of a city": Reader(("discipline-officer",), evidence=_of("H1", "M12-I1")),
    "a rights officer of a city": Reader(("rights-officer",), "city-association", evidence=_of("H1", "M13-I1")),
    "the department's registry officer": Reader(
        ("registry-officer",), "department", "410000", _of("registry"), standing=True,
        evidence=_of("H1", "H1 not-suspended"),
    ),
    "the department's discipline officer": Reader(
        ("discipline-officer",), "department", "410000", _of("discipline"), evidence=_of("H1", "M12-I1"), watches=True,
    ),
    "the department's rights officer": Reader(
        ("rights-officer",), "department", "410000", evidence=_of("H1", "M13-I1")
    ),
    "an operator": Reader(
        ("operator",), "department", "410000", _of("registry", "progress", "exchange"), evidence=_of("H1"),
        operates=True, watches=True,
    ),
    "who verifies": Reader(("feed-verifier",), "system", "410000", _of(*SERVICES), standing=True, values=False),
    "the operators' view": Reader(("exchange-api",), "system", "410000", _of(*SERVICES), standing=True, values=False),
}  # fmt: skip


@pytest.fixture(scope="module", params=READERS)
def reader(request, caller):
    told = READERS[request.param]
    if not told.roles:
        return told, caller()
    return told, caller(*told.roles, region=told.region, organisation_kind=told.kind, subject=request.param)


@pytest.fixture(scope="module", autouse=True)
def something_happened(caller, zhengzhou, luoyang, public, department, written):
    """An event of each feed; registry events of two cities, one of them about standing."""
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    luoyang.registers_lawyer(luoyang.registers_firm(region=LUOYANG))
    case = zhengzhou.decides(lawyer, BUREAU)
    public.done("rights_public", "/v1/complaints", complaint())
    path = f"/v1/lawyers/{lawyer['lawyer_id']}/timeline"
    eventually(lambda: department.read("registry", path)["standing"])
    worker = caller("feed-verifier", region="410000", organisation_kind="system", subject="who verifies")
    eventually(lambda: worker.read("rights", "/v1/feed/heads")["position"] > 0)
    written()  # what is recorded is in its feed a moment later
    yield
    zhengzhou.withdraws(case)
    written()  # waits: whoever counts next must not see it still going on


def _refused(answer, *, known):
    assert answer.status_code == (403 if known else 401), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = {"type", "status", "title", "title_en", "detail", "detail_en", "correlation_id", "right", "region"}
    assert set(answer.json()) <= told
    assert not {"etag", "commit-lsn", "event-ids", "last-modified"} & set(answer.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_feeds_and_their_heads(reader, service):
    told, caller = reader
    prefix = PREFIXES.get(service, "/v1")
    for path, headers in (
        ("/feed/heads", {}),
        ("/events", {}),
        ("/events?partition=3", {}),
        ("/events", {"Accept": "application/x-ndjson"}),
    ):
        answer = caller.http(service).get(prefix + path, headers=headers)
        if service in told.feeds:
            assert answer.status_code == 200, answer.text
        else:
            _refused(answer, known=bool(told.roles))
    if service not in told.feeds:
        # Not read to its end, because there is none: what is refused ends by itself.
        _refused(caller.http(service).get(f"{prefix}/events", headers={"Accept": "text/event-stream"}),
                 known=bool(told.roles))  # fmt: skip


def _registry_events(caller, **params):
    found, after = [], 0
    while True:
        page = caller.read("registry", "/v1/events", after=after, limit=5000, **params)
        if page["next_after"] == after:
            return found
        found += page["events"]
        after = page["next_after"]


def test_events_of_the_registry_reach_those_of_the_region_and_the_others_see_digests(reader):
    told, caller = reader
    if "registry" not in told.feeds:
        _refused(caller.get("registry", "/v1/events", type=STANDING, region=ZHENGZHOU), known=bool(told.roles))
        return
    items = _registry_events(caller)
    read = [item["event"] for item in items if "event" in item]
    assert {event["region"] for event in read} & {ZHENGZHOU, LUOYANG} == told.regions
    assert (STANDING in {event["type"] for event in read}) is told.standing
    assert all(item["digest"] for item in items)
    # A filter tells no more than reading does.
    assert bool(_registry_events(caller, type=STANDING)) is told.standing
    assert bool(_registry_events(caller, region=LUOYANG)) is (LUOYANG in told.regions)


@pytest.mark.parametrize("asked", EVIDENCE)
def test_evidence(reader, asked):
    told, caller = reader
    indicator, _, policy = asked.partition(" ")
    answer = caller.get("progress", f"/v1/indicators/{indicator}/evidence", limit=200, count_suspended=policy or None)
    if asked not in told.evidence:
        _refused(answer, known=bool(told.roles))
        return
    assert answer.status_code == 200, answer.text
    if told.region != "410000":
        assert {row["region"] for row in answer.json()["items"]} <= {told.region}
        assert answer.json()["withheld"] != 0
        if indicator != "H1":
            assert answer.json()["withheld"] is None, "not even how many"


def test_the_live_stream_tells_the_heads_of_readable_feeds_only(reader):
    told, caller = reader
    if not told.values:
        _refused(caller.http("progress").get("/v1/stream"), known=bool(told.roles))
        return
    values = {}
    with listening(caller, "progress", "/v1/stream") as events:
        for event, _, data in events:
            if event == "heartbeat":
                break
            values[data["id"]] = data
    # The plan is not made of what exchange-api tells.
    assert set(data["feeds"]) == {f"{service}.events" for service in told.feeds - {"exchange"}}
    # The moment at which a closed number changes is the age of an event.
    closed = {"M12-I1": "discipline", "M13-I1": "rights", "M13-I2": "rights"}
    assert {i for i in closed if i in values} == {i for i, feed in closed.items() if feed in told.feeds}


def test_positions_and_parked_events_are_for_operators_and_tell_nothing_of_feeds_they_may_not_read(reader):
    told, caller = reader
    for service in ("progress", "registry"):
        for path in ("/v1/positions", "/v1/parked"):
            answer = caller.get(service, path)
            if path == "/v1/parked" and "exchange-api" in told.roles:
                assert answer.status_code == 200, answer.text
                continue
            if not told.operates:
                _refused(answer, known=bool(told.roles))
                continue
            assert answer.status_code == 200, answer.text
            if path == "/v1/positions":
                assert answer.json()
                for row in answer.json():
                    readable = row["topic"].removesuffix(".events") in told.feeds
                    hidden = {row["epoch"], row["last_seq"], row["updated_at"]}
                    assert readable or hidden == {None}, row


@pytest.mark.parametrize("page", ["consumers", "deadlines", "relay"])
def test_the_operators_view_tells_nothing_that_moves_with_a_feed_its_reader_may_not_read(reader, page):
    told, caller = reader
    answer = caller.get("exchange", f"/v1/operations/{page}")
    if not told.watches:
        _refused(answer, known=bool(told.roles))
        return
    assert answer.status_code == 200, answer.text
    still = {"consumer", "service", "topic", "zh", "en", "health", "health_zh", "withheld", "deadline_at_risk", "duty",
             "rule", "endangered", "alive", "indicators"}  # fmt: skip
    for row in answer.json():
        assert row["withheld"] is (row["topic"].removesuffix(".events") not in told.feeds)
        shown = {name for name, value in row.items() if value is not None and value != []}
        assert not row["withheld"] or shown <= still, row


def test_what_the_operators_view_asks_is_told_to_nobody_else(reader):
    told, caller = reader
    asks = "exchange-api" in told.roles
    for service, path in (
        ("registry", "/v1/consumer"), ("discipline", "/v1/consumer"), ("progress", "/v1/consumer"),
        ("discipline", "/v1/feed/activity"), ("rights", "/v1/feed/activity"),
        ("rights", "/v1/feed/behind?partition=1&after_seq=0"), ("exchange", "/v1/exchange/feed/activity"),
    ):  # fmt: skip
        answer = caller.http(service).get(path)
        if asks:
            assert answer.status_code == 200, answer.text
        else:
            _refused(answer, known=bool(told.roles))


def test_what_needs_no_account_tells_no_position_of_rights_or_discipline(public, system):
    for service in SERVICES:
        for path in ("/health/ready", "/openapi.json"):
            assert public.get(service, path).status_code == 200
        _refused(public.get(service, "/metrics"), known=False)
        told = public.http(service).get("/metrics", headers=system.scraper()).text
        assert "process_start_time_seconds" in told
        # That consumers and relays are alive is told of every feed; it is yes or no, and moves with no event.
        samples = [
            line
            for line in told.splitlines()
            if not line.startswith(("#", "yulu_consumer_following{", "yulu_relay_alive{"))
        ]
        assert [line for line in samples if "rights.events" in line or "discipline.events" in line] == []
        if service in ("rights", "discipline"):
            assert [line for line in samples if "http_requests" in line or "connections" in line] == []
    assert public.read("progress", "/v1/plan")["values"] is None
    assert all(target["computed"] is None for target in public.read("progress", "/v1/targets")["targets"])
