"""Whoever listens hears the change, and after a break misses nothing."""

import json
from contextlib import contextmanager

import pytest

from tests.journeys.actors import eventually

pytestmark = pytest.mark.usefixtures("quiet")


@contextmanager
def listening(reader, service, path, **headers):
    """Server-sent events as (event, id, data)."""
    with reader.http(service).stream("GET", path, headers={"Accept": "text/event-stream"} | headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield _events(answer.iter_lines())


def _events(lines):
    said = {}
    for line in lines:
        if line.startswith(":"):  # a comment, which only keeps the connection
            continue
        if line:
            name, _, text = line.partition(": ")
            said[name] = text
        elif "data" in said:
            yield said.get("event"), said.get("id"), json.loads(said["data"])
            said = {}


def _next(events, indicator):
    return next(data for event, _, data in events if event == "indicator" and data["id"] == indicator)


def test_the_live_stream_shows_a_registration_and_a_new_listener_starts_from_there(zhengzhou, department):
    firm = zhengzhou.registers_firm()
    before = department.value("H1")
    with listening(department, "progress", "/v1/stream") as events:
        assert _next(events, "H1")["value"] == before
        zhengzhou.registers_lawyer(firm)
        change = _next(events, "H1")
        assert change["value"] == before + 1
        beat = next(data for event, _, data in events if event == "heartbeat")
        assert {"registry.events", "discipline.events"} == beat["feeds"].keys()
        assert all(feed["position"] >= 0 for feed in beat["feeds"].values())
    with listening(department, "progress", "/v1/stream") as events:
        assert _next(events, "H1")["value"] == before + 1


def test_a_feed_is_resumed_by_last_event_id_without_gap_or_repetition(zhengzhou):
    firm = zhengzhou.registers_firm()
    start = eventually(lambda: zhengzhou.read("registry", "/v1/feed/heads")["position"])
    lawyers = [zhengzhou.registers_lawyer(firm) for _ in range(4)]
    heard = []
    position = str(start)
    while len({event["subject"] for event in heard} & {lawyer["lawyer_id"] for lawyer in lawyers}) < len(lawyers):
        # One event per connection: the line breaks after each.
        with listening(zhengzhou, "registry", "/v1/events", **{"Last-Event-ID": position}) as events:
            _, given, data = next(events)
        assert int(given) == int(position) + 1
        position = given
        if "event" in data:
            heard.append(data["event"])
    assert len({event["id"] for event in heard}) == len(heard)
