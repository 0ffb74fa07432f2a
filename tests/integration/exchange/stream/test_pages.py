"""Pages of the merged stream: what each reader is shown, how he goes on, and what is refused."""

import asyncio
import json
import time
from uuid import uuid4

import pytest
from exchange_api.sources.cursor import Cursor, decode

from tests.integration.exchange.stream.conftest import CITY, DEPARTMENT, READER
from tests.integration.exchange.stream.running import licensed, rebuilt, standing

pytestmark = pytest.mark.usefixtures("written")
LICENSED = "lawyers.registry.lawyer.licensed.v1"


@pytest.fixture(scope="module")
async def written(registry, progress):
    """Registry: zz, kaifeng, standing of zz, standing of kaifeng, zz; progress: one rebuild."""
    first = licensed("410100")
    await registry.write(first, licensed("410200"), standing("410100"), standing("410200"), licensed("410100"))
    await progress.write(rebuilt())
    return first


def places(page):
    return [(event["source"], event["position"]) for event in page["events"]]


async def test_all_readable_sources_in_one_page(get):
    page = (await get(DEPARTMENT)).json()
    assert sorted(places(page)) == [("progress.events", 1), *(("registry.events", n) for n in range(1, 6))]
    assert (page["more"], page["unavailable"]) == (False, [])
    again = (await get(DEPARTMENT, after=page["next"])).json()
    assert (again["events"], again["next"]) == ([], page["next"])
    assert page["events"][0]["event"]["specversion"] == "1.0"


async def test_what_may_not_be_read_is_left_out_and_the_cursor_moves(get, app):
    assert places((await get(CITY)).json()) == [("registry.events", n) for n in (1, 3, 5)]
    page = (await get(READER)).json()
    assert places(page) == [("registry.events", n) for n in (1, 5)]
    assert decode(page["next"], app.state.deployment_id).positions == {"registry.events": 5}


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"type": LICENSED}, [1, 2, 5]),
        ({"type": [LICENSED, "lawyers.registry.lawyer.standing-recorded.v1"]}, [1, 2, 3, 4, 5]),
        ({"region": "410200"}, [2, 4]),
        ({"source": "progress.events"}, []),
        ({"key": "nobody"}, []),
    ],
)
async def test_filters(get, asked, shown):
    page = (await get(DEPARTMENT, **asked)).json()
    assert [n for source, n in places(page) if source == "registry.events"] == shown


async def test_a_filter_tells_no_more_than_reading(get, written):
    assert len((await get(CITY, key=written.key())).json()["events"]) == 1
    for asked in ({"region": "410200"}, {"type": "lawyers.registry.lawyer.standing-recorded.v1", "region": "410200"}):
        page = (await get(CITY, **asked)).json()
        assert (page["events"], page["next"]) == ([], (await get(CITY)).json()["next"])


async def test_pages_go_on_to_the_end_without_gap_or_double(get):
    seen, cursor = [], None
    for _ in range(20):
        page = (await get(DEPARTMENT, limit=2, **({"after": cursor} if cursor else {}))).json()
        seen += places(page)
        cursor = page["next"]
        if not page["more"]:
            break
    assert sorted(seen) == sorted(places((await get(DEPARTMENT)).json()))
    assert len(seen) == len(set(seen))


async def test_each_line_of_ndjson_is_a_place_to_go_on_from(get):
    answer = await get(DEPARTMENT, accept="application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    whole = [(line["source"], line["position"]) for line in lines]
    for number, line in enumerate(lines, 1):
        rest = places((await get(DEPARTMENT, after=line["cursor"])).json())
        assert sorted(whole[:number] + rest) == sorted(whole)
    assert answer.headers["next-cursor"] == (await get(DEPARTMENT)).json()["next"]


async def test_long_polling_answers_when_there_is_something(get, registry):
    now = (await get(CITY, after="now")).json()["next"]
    began = time.monotonic()
    empty = (await get(CITY, after=now, wait=0.4)).json()
    assert (empty["events"], empty["next"]) == ([], now)
    assert 0.35 < time.monotonic() - began < 20
    waiting = [asyncio.create_task(get(CITY, after=now, wait=20)) for _ in range(3)]
    await asyncio.sleep(0.3)
    await registry.write(licensed("410200"))  # nothing for him: he waits on
    await asyncio.sleep(0.2)
    assert not any(task.done() for task in waiting)
    began = time.monotonic()
    await registry.write(licensed("410100"))
    pages = [(await task).json() for task in waiting]
    assert time.monotonic() - began < 18, "before their wait was over"
    assert [len(page["events"]) for page in pages] == [1, 1, 1]


@pytest.mark.parametrize(
    ("asked", "status", "kind", "field"),
    [
        ({"after": "rubbish"}, 422, "cursor-invalid", "after"),
        ({"after": "'); DROP TABLE feed"}, 422, "cursor-invalid", "after"),
        ({"after": Cursor(uuid4(), {"registry.events": 1}).encode()}, 422, "cursor-of-another-deployment", "after"),
        ({"type": "lawyers.registry.lawyer.invented.v1"}, 422, "unknown-event-type", "type"),
        ({"source": "rights.events"}, 403, "forbidden", None),
        ({"source": "nothing"}, 422, "unknown-source", "source"),
        ({"region": "130100"}, 422, "validation-failed", "region"),
        ({"limit": 0}, 422, "validation-failed", "limit"),
        ({"wait": 31}, 422, "validation-failed", "wait"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
async def test_bad_input_is_told_what_is_wrong(get, asked, status, kind, field, accept):
    answer = await get(CITY, accept=accept, **asked)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:yulu:problem:{kind}")
    assert answer.json().get("field") == field
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_unknown_type_is_named_and_anything_else_is_not_repeated(get):
    assert "lawyers.registry.lawyer.invented.v1" in (await get(CITY, type="lawyers.registry.lawyer.invented.v1")).text
    assert "410101199001011234" not in (await get(CITY, type="410101199001011234")).text


async def test_a_place_beyond_the_end_is_refused(get, app):
    ahead = Cursor(app.state.deployment_id, {"registry.events": 10_000}).encode()
    for accept in ("application/json", "text/event-stream"):
        answer = await get(CITY, after=ahead, accept=accept)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:cursor-ahead")
    other = Cursor(app.state.deployment_id, {"rights.events": 10_000}).encode()
    assert (await get(CITY, after=other)).status_code == 200  # of what he may not read nothing is told


async def test_a_source_that_cannot_be_read_is_named_and_its_place_kept(get, progress):
    before = (await get(DEPARTMENT, limit=6)).json()
    await progress.stop()
    try:
        page = (await get(DEPARTMENT)).json()
        assert page["unavailable"] == ["progress.events"]
        assert {source for source, _ in places(page)} == {"registry.events"}
        assert (await get(DEPARTMENT, after="now")).status_code == 503
    finally:
        await progress.start()
    after = (await get(DEPARTMENT, after=page["next"])).json()
    assert places(after) == [("progress.events", 1)]
    assert before["unavailable"] == []


async def test_who_may_read_no_source_is_told_so(get, app, monkeypatch):
    monkeypatch.setattr(app.state.hub, "_sources", {}.get)
    refused = await get(DEPARTMENT)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:yulu:problem:forbidden")
    assert (await get()).status_code == 401
