"""Everything that one reader can read, as leaves that can be compared: every GET operation of every OpenAPI file."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from itertools import dropwhile, takewhile
from pathlib import Path
from queue import SimpleQueue
from typing import Any, TypeVar

import httpx
from contracts.entitlements import is_closed_indicator
from contracts.plan import plan

from tests.journeys.actors import Caller
from tests.journeys.made_up import LUOYANG, ZHENGZHOU, today

Answered = TypeVar("Answered")
AT_ONCE = 4
OPENAPI = Path(__file__).parents[2] / "docs" / "openapi"
SERVICES = ("registry", "discipline", "rights", "rights_public", "progress", "exchange")
_SHOWN = ("etag", "last-modified", "commit-lsn", "next-cursor", "unavailable-sources", "retry-after", "content-length")
"""Headers that say something about what is behind the answer."""

_MEASURES = ("M12", "M13")
_CLOSED = tuple(each.id for each in plan().indicators() if is_closed_indicator(each.id))


def _fillings(day: str, before: str, year: str) -> Mapping[str, tuple[str, ...]]:
    """What a curious reader would put into a path."""
    return {
        "indicator_id": (*_CLOSED, "H1"),
        "measure_id": _MEASURES,
        "target_id": ("T1", "T5"),
        "of": ("measure", "indicator"),
        "item_id": ("M13", "M12"),
        "kind": ("week", "month"),
        "form": ("json",),
        "year": (year,),
        "day": (day, before),
        "region": (ZHENGZHOU,),
        "class_code": ("administrative",),
        "organ_code": ("zz-sfj",),
        "quarter": (f"{year}-Q1",),
        "month": (day[:7],),
        "on": (day,),
        "hour": (f"{day}T00:00:00Z",),
    }


def _asked(day: str, before: str) -> Mapping[str, tuple[str, ...]]:
    """The same again with these: adjacent days, regions, names, wider windows."""
    return {
        "as_of": (day, before),
        "region": (ZHENGZHOU, LUOYANG),
        "since": (before,),
        "type": ("lawyers.rights.complaint.filed.v1", "lawyers.discipline.proceeding.filed.v1"),
        "topic": ("rights.events", "discipline.events"),
        "source": ("rights.events", "discipline.events"),
        "count_suspended": ("not-suspended",),
    }


def questions() -> dict[tuple[str, str], list[str]]:
    """Service and URL → what may be added to its query, one at a time."""
    day = today()
    told = day.isoformat(), (day - timedelta(days=1)).isoformat()
    year = told[0][:4]
    fillings, asked = _fillings(*told, year), _asked(*told)
    demanded = {
        "from": told[1], "to": told[0], "from_on": told[1], "to_on": told[0], "on": told[0], "as_of": told[0],
        "region": ZHENGZHOU, "organ_kind": "bureau", "code": "zz-sfj", "year": year, "by": "right", "target": "T1",
        "kind": "firm",
    }  # fmt: skip
    found = {}
    for service in SERVICES:
        paths = json.loads((OPENAPI / f"{service.replace('_', '-')}.json").read_text())["paths"]
        for path, operations in paths.items():
            if "get" not in operations:
                continue
            parameters = [each for each in operations["get"].get("parameters", ()) if each["in"] == "query"]
            base = [f"{each['name']}={demanded.get(each['name'], 0)}" for each in parameters if each.get("required")]
            further = [f"{each['name']}={text}" for each in parameters for text in asked.get(each["name"], ())]
            for filled in _filled(path, fillings):
                found[service, "?".join(filter(None, (filled, "&".join(base))))] = further
        for path in ("/health/ready", "/health/live", "/metrics", "/openapi.json"):
            found[service, path] = []
    return found


def open_to(caller: Caller) -> list[tuple[str, str]]:
    """Every question that is not refused for want of a right: those are refused before anything is looked up."""
    asked = questions()
    answered = dict(zip(asked, _for_each(caller, asked, lambda own, each: _answer(own, *each)[0]), strict=True))
    return [
        (service, url + (("&" if "?" in url else "?") + more if more else ""))
        for (service, url), further in asked.items()
        if answered[service, url] not in (401, 403)
        for more in ("", *further)
    ]


def _answer(caller: Caller, service: str, url: str) -> tuple[int, httpx.Headers, bytes]:
    """Of streams the first event; of live values the first value, which comments may precede on a slow machine."""
    with caller.http(service).stream("GET", url) as answer:
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            lines = answer.iter_lines()
            if (service, url.partition("?")[0]) == ("progress", "/v1/stream"):
                lines = dropwhile(lambda line: line != "event: indicator", lines)
            first = takewhile(lambda line: not line.startswith("id:") and line, lines)
            return answer.status_code, answer.headers, "\n".join(first).encode()
        return answer.status_code, answer.headers, answer.read()


def _filled(path: str, fillings: Mapping[str, tuple[str, ...]]) -> list[str]:
    """None where it needs an id that nobody would know."""
    found = [path]
    for name in re.findall(r"{(\w+)}", path):
        found = [each.replace(f"{{{name}}}", text, 1) for each in found for text in fillings.get(name, ())]
    return found


def read(caller: Caller, asked: list[tuple[str, str]]) -> dict[str, Any]:
    """Where in which answer → what stands there."""

    def one(own: Caller, question: tuple[str, str]) -> list[tuple[str, Any]]:
        status, headers, content = _answer(own, *question)
        at = " ".join(question)
        leaves = [(f"{at} status", status), *((f"{at} header {name}", headers.get(name)) for name in _SHOWN)]
        return leaves + [(f"{at} {where}", what) for where, what in _leaves(content)]

    return dict(leaf for leaves in _for_each(caller, asked, one) for leaf in leaves)


def _for_each(
    caller: Caller, asked: Iterable[tuple[str, str]], one: Callable[[Caller, tuple[str, str]], Answered]
) -> list[Answered]:
    """Four at once, each over connections of its own: a client that threads share loses some that broke off."""
    free: SimpleQueue[Caller] = SimpleQueue()

    def do(each: tuple[str, str]) -> Answered:
        own = free.get()
        try:
            return one(own, each)
        finally:
            free.put(own)

    with ExitStack() as stack, ThreadPoolExecutor(AT_ONCE) as threads:
        for _ in range(AT_ONCE):
            free.put(stack.enter_context(caller.again()))
        return list(threads.map(do, asked))


def _leaves(content: bytes) -> Iterator[tuple[str, Any]]:
    try:
        told = json.loads(content)
    except ValueError:
        yield from ((f"line {number}", line.decode("latin-1")) for number, line in enumerate(content.splitlines()))
        return
    yield from _below("", told)


def _below(where: str, told: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(told, dict):
        for name, below in told.items():
            if name == "correlation_id":
                continue
            yield from _below(f"{where}.{name}", below)
    elif isinstance(told, list):
        yield f"{where}.length", len(told)
        for number, below in enumerate(told):
            yield from _below(f"{where}[{number}]", below)
    else:
        yield where, told


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        where: (before.get(where), after.get(where))
        for where in before.keys() | after.keys()
        if before.get(where) != after.get(where)
    }
