"""The event stream as it is passed on, and each event as a line."""

from contextlib import AsyncExitStack
from types import SimpleNamespace

import httpx
import pytest
from common.events import EVENTS
from portal.live import domain, routes
from portal.visitors import PUBLIC, Visitor

SIGNED_IN = Visitor("某人", token="t", session_id="s")


class Finder:
    """Who is signed in, each time it is asked; the last for ever."""

    def __init__(self, *visitors):
        self.visitors = list(visitors)

    async def find(self, _):
        return self.visitors.pop(0) if len(self.visitors) > 1 else self.visitors[0]


class Answer:
    def __init__(self, *parts):
        self.parts = parts

    async def aiter_raw(self):
        for part in self.parts:
            if isinstance(part, Exception):
                raise part
            yield part


async def passed_on(answer, *visitors):
    request = SimpleNamespace(app=SimpleNamespace(state=SimpleNamespace(visitors=Finder(*visitors))))
    opened = AsyncExitStack()
    closed = []
    opened.callback(closed.append, True)
    told = [part async for part in routes._passed_on(request, SIGNED_IN, answer, opened)]
    assert closed == [True]
    return told


@pytest.fixture
def always_looking(monkeypatch):
    monkeypatch.setattr(routes, "_LOOK_EVERY_SECONDS", -1)


@pytest.mark.usefixtures("always_looking")
@pytest.mark.parametrize("after", [PUBLIC, Visitor("某人", token="t", session_id="another")])
async def test_a_stream_ends_with_its_session_and_never_inside_an_event(after):
    answer = Answer(b"data: 1\n\n", b"data: ", b"2\n\n", b"data: 3\n\n")
    told = await passed_on(answer, SIGNED_IN, after)
    assert told == [b"data: 1\n\n", b"data: ", b"2\n\n", routes._SIGNED_OUT]


async def test_a_stream_that_breaks_off_ends_so_that_the_browser_resumes_it():
    assert await passed_on(Answer(b"data: 1\n\n", httpx.ReadError("gone")), SIGNED_IN) == [b"data: 1\n\n"]


def test_every_type_has_an_owner_with_a_name():
    types = domain.types()
    assert sum(map(len, types.values())) == len(EVENTS)
    # Other tests, in the same process, may have declared events of their own.
    nobodys = [name for name, _ in types.get("其他", ()) if EVENTS[name].__module__.startswith("contracts")]
    assert nobodys == []
    assert ("lawyers.registry.firm.established.v1", "律所设立") in types["律师登记"]


def test_the_newest_event_stands_first():
    event = {"id": "1", "type": "lawyers.registry.firm.ended.v1", "time": "2026-11-27T00:00:00Z", "subject": "f"}
    found = [
        {"source": "registry.events", "position": 1, "event": event | {"data": {"reason": "<b>"}}},
        {"source": "registry.events", "position": 2, "event": event | {"id": "2"}},
    ]
    newest, oldest = domain.lines(found)
    assert (newest["id"], oldest["id"]) == ("2", "1")
    assert (oldest["name"], oldest["owner"], oldest["region"]) == ("律所注销", "律师登记", None)
    assert oldest["data"] == '{\n  "reason": "<b>"\n}'
