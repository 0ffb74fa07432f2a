"""Permission matrices: rows of endpoints, and a door on which every caller of a service knocks.

A row says who passes; what he then gets is the business of other tests, but for the texts that are planted in the
world: of each is said who alone may read it, wherever a row does not say so itself.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from common.database import Tx
from fastapi import FastAPI

PASSED = frozenset({200, 201, 202, 204, 304, 409, 412, 415, 422, 428})
"""Past the door; what a request is refused for behind it is not asked here."""

SILENCE_SECONDS = 120
"""How long an answer that does not end may say nothing at all."""

Things = Mapping[str, Any]
"""What is in the world, by the names that rows give it."""

Headers = Mapping[str, str]

REASON = {"reason": "核对"}
NOBODY: frozenset[str] = frozenset()

_KEPT: ContextVar[bool] = ContextVar("kept", default=False)


@dataclass(frozen=True)
class Row:
    """Who passes; everybody else is told 401 or 403. `{name}` is taken from the world."""

    method: str
    path: str
    passes: frozenset[str]
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Headers = field(default_factory=dict)
    content: str | None = None
    """Of the world: bytes that are sent as they are."""
    form: bool = False
    """The content is the file of a form; the world's `fields` stand beside it."""
    alike: frozenset[str] = NOBODY
    """They are told exactly what is told of a thing that does not exist."""
    told: frozenset[str] | None = None
    """Who reads planted texts here, and nobody else; None: of those who pass, whom the text is open to anywhere."""
    secrets: tuple[str, ...] | None = None
    """Only of these, where one reads some and another reads others; None: all that there are."""
    absent: bool = False
    """The world holds none: who is told that there is none has passed."""
    also: frozenset[int] = frozenset()
    """Further statuses behind the door."""
    among: frozenset[str] | None = None
    """Only these are asked; None: everybody."""
    by_receipt: bool = False
    """The receipt is the only right: whoever has none is told 401, whatever his token says."""
    kept: bool = False
    """Really done: the answer reads what was written once more, after its commit."""
    live: bool = False
    """The answer does not end: only its head is read."""

    @property
    def changes(self) -> bool:
        return self.method not in ("GET", "HEAD")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def filled(value: Any, things: Things) -> Any:
    """A text that is nothing but `{name}` becomes the thing itself, whatever it is."""
    if isinstance(value, str):
        whole = re.fullmatch(r"\{(\w+)\}", value)
        return things[whole[1]] if whole else re.sub(r"\{(\w+)\}", lambda name: str(things[name[1]]), value)
    if isinstance(value, Mapping):
        return {key: filled(each, things) for key, each in value.items()}
    return [filled(each, things) for each in value] if isinstance(value, list) else value


async def knock(
    http: httpx.AsyncClient, row: Row, things: Things, headers: Headers, *, if_match: str | None = "*"
) -> httpx.Response:
    sent, given = {**headers, **filled(row.headers, things)}, dict[str, Any]()
    if row.changes:
        sent |= {"Idempotency-Key": uuid4().hex} | ({} if if_match is None else {"If-Match": if_match})
    if row.form:
        given = {"files": {"file": ("t.csv", things[row.content or ""])}, "data": things["fields"]}
    elif row.content is not None:
        given["content"] = things[row.content]
    elif row.body is not None:
        given["json"] = filled(row.body, things)
    asked = http.build_request(
        row.method, filled(row.path, things), params=filled(row.query, things), headers=sent, **given
    )
    return await head(http, asked) if row.live else await http.send(asked)


async def head(http: httpx.AsyncClient, asked: httpx.Request) -> httpx.Response:
    """Of an answer that does not end: its status and first words, after which the caller is gone.

    TimeoutError if it says nothing.
    """
    transport = http._transport
    assert isinstance(transport, httpx.ASGITransport)
    begun, status, words = asyncio.Event(), 0, b""

    async def receive() -> dict[str, Any]:
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, words
        status, words = message.get("status", status), words + message.get("body", b"")
        if words:
            begun.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method,
        "scheme": "http", "path": asked.url.path, "raw_path": asked.url.raw_path, "query_string": asked.url.query,
        "headers": [(name.lower(), value) for name, value in asked.headers.raw], "client": ("127.0.0.1", 1),
        "server": (asked.url.host, 80), "root_path": "", "state": {},
    }  # fmt: skip
    async with asyncio.timeout(SILENCE_SECONDS):
        await transport.app(scope, receive, send)
    return httpx.Response(status, content=words)


@contextmanager
def kept(really: bool = True) -> Iterator[None]:
    """What is committed meanwhile, by this task and those that it starts, is not `undone`."""
    reset = _KEPT.set(really)
    try:
        yield
    finally:
        _KEPT.reset(reset)


def undone(patch: pytest.MonkeyPatch) -> None:
    """From now on every transaction does all that it does and is taken back, so that every caller finds the same."""
    commits = Tx._commit

    async def taken_back(self: Tx, *, tell_lsn: bool) -> None:
        if _KEPT.get():
            return await commits(self, tell_lsn=tell_lsn)
        await self.session.flush()
        await self.outbox.write(await self.raw())
        return await self._connection.rollback()

    patch.setattr(Tx, "_commit", taken_back)


class Door:
    """One endpoint after another, and everything that is wrong with whom it lets in.

    headers: of each caller by his name; `nobody` has no token and that of `expired` is no longer good.
    secrets: what is planted, and who alone may ever read it. most_at_once: fewer than there are connections.
    all_told: whoever stands in `told` does read something there.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        things: Things,
        headers: Mapping[str, Headers],
        secrets: Mapping[str, frozenset[str]],
        most_at_once: int = 2,
        *,
        all_told: bool = False,
    ) -> None:
        self.http, self.things, self.headers, self.secrets = http, things, headers, secrets
        self.wrong, self.all_told = list[str](), all_told
        self.read_by: dict[str, set[str]] = {secret: set() for secret in secrets}
        self.without_token = {name for name, sent in headers.items() if "Authorization" not in sent} | {"expired"}
        self.absent = {name: str(uuid4()) if _is_id(thing) else thing for name, thing in things.items()}
        self.few = asyncio.Semaphore(most_at_once)

    @property
    def unread(self) -> set[str]:
        """Read by nobody at all: nothing is shown by others' not reading it."""
        return {secret for secret, names in self.read_by.items() if not names}

    async def knock(self, row: Row, name: str, things: Things | None = None, **more: Any) -> httpx.Response:
        async with self.few:
            with kept(row.kept):
                return await knock(self.http, row, things or self.things, self.headers[name], **more)

    async def try_all(self, row: Row) -> Mapping[str, httpx.Response]:
        asked = [name for name in self.headers if row.among is None or name in row.among]
        return dict(zip(asked, await asyncio.gather(*(self.try_one(row, name) for name in asked)), strict=True))

    async def try_one(self, row: Row, name: str) -> httpx.Response:
        answer = await self.knock(row, name)
        if not await self.is_right(row, name, answer):
            should = "should" if name in row.passes else "should not"
            self.say(row, f"{name} {should} pass", answer)
        seen = f"{answer.text} {dict(answer.headers)}"
        read = {secret for secret in self.secrets if secret in seen}
        for secret in read:
            self.read_by[secret].add(name)
        read &= set(self.secrets if row.secrets is None else row.secrets)
        if too_much := {secret for secret in read if name not in self.readers(row, secret)}:
            self.say(row, f"{name} reads {sorted(too_much)}", answer)
        if self.all_told and row.told is not None and name in row.told and not read:
            self.say(row, f"{name} should read something that is planted", answer)
        return answer

    def readers(self, row: Row, secret: str) -> frozenset[str]:
        return self.secrets[secret] & row.passes if row.told is None else row.told

    async def is_right(self, row: Row, name: str, answer: httpx.Response) -> bool:
        status = answer.status_code
        if name in row.passes:
            return status in ({404} if row.absent else PASSED) | row.also
        if name in row.alike:
            self.names_a_thing(row)
            return status == 404 and told(answer) == told(await self.knock(row, name, self.absent))
        return status == (401 if name in self.without_token or row.by_receipt else 403)

    async def try_without_version(self, row: Row, strangers: Iterable[str]) -> None:
        """Whether he has read it is asked of whoever may change it, and of nobody before."""
        for name in sorted(set(strangers) - row.passes):
            answer = await self.knock(row, name, if_match=None)
            if not await self.is_right(row, name, answer):
                self.say(row, f"{name} learns a version", answer)

    async def try_blindly(self, row: Row, strangers: Iterable[str]) -> None:
        """Who has no business with a thing is told of what exists as of what does not."""
        self.names_a_thing(row)
        for name in strangers:
            answer = await self.knock(row, name)
            if told(answer) != told(await self.knock(row, name, self.absent)):
                self.say(row, f"{name} learns whether there is one", answer)

    def names_a_thing(self, row: Row) -> None:
        """Else the same question would be asked twice."""
        asked = [row.path, dict(row.query), dict(row.headers), row.body]
        assert filled(asked, self.things) != filled(asked, self.absent), f"{row} names nothing that could be absent"

    def say(self, row: Row, what: str, answer: httpx.Response) -> None:
        self.wrong.append(f"{row}: {what}: {answer.status_code} {answer.text[:300]}")


def told(answer: httpx.Response) -> object:
    """But for the request's own number. Of HEAD there is nothing but the status."""
    if not answer.content:
        return answer.status_code
    return {name: value for name, value in answer.json().items() if name != "correlation_id"}


def missing(apps: Iterable[FastAPI], rows: Iterable[Row], names: str = "") -> list[str]:
    """Operations without a row, and rows of what is no longer served.

    names: a pattern of what is a parameter in one of the two only, such as a file's name.
    """

    def template(path: str) -> str:
        return re.sub(r"\{\w+\}" + (f"|{names}" if names else ""), "*", path)

    served = {
        (method.upper(), template(path))
        for app in apps
        for path, operations in app.openapi()["paths"].items()
        for method in operations
    }
    listed = {(row.method, template(row.path)) for row in rows}
    return [f"{method} {path}: say in the matrix who may do this" for method, path in sorted(served - listed)] + [
        f"{method} {path}: no longer served" for method, path in sorted(listed - served)
    ]


def machinery(
    *,
    feed: Collection[str],
    watchers: Collection[str],
    auditors: Collection[str],
    systems: Collection[str],
    everybody: Collection[str],
    prefix: str = "/v1",
    opened: bool = False,
) -> tuple[Row, ...]:
    """What every service that writes events serves: its feed, the log of systems' calls, its operators' acts.

    systems: whoever holds a system's role, whatever else his token says: his calls are entered, and he reads that they
    were. opened: whether of the world's `hour` there is an opening.
    """
    of_feed, watching, of_audit = frozenset(feed), frozenset(watchers), frozenset(auditors)
    called, all_of_them = frozenset(systems) | of_audit, frozenset(everybody)
    return (
        Row("GET", f"{prefix}/events", of_feed),
        Row("GET", f"{prefix}/feed/heads", of_feed),
        Row("GET", f"{prefix}/feed/relay", of_feed),
        Row("GET", f"{prefix}/feed/signed-heads", of_feed),
        Row("GET", f"{prefix}/feed/commitments", all_of_them),
        Row("GET", f"{prefix}/feed/commitments/{{hour}}/opening", of_feed | of_audit, absent=not opened),
        Row("GET", f"{prefix}/feed/behind", watching, query={"partition": "1", "after_seq": "0"}),
        Row("GET", f"{prefix}/feed/activity", watching),
        Row("GET", "/v1/exchange-log", called),
        Row("GET", "/v1/exchange-log/head", called),
        Row("GET", "/v1/exchange-log/heads", of_audit),
        Row("GET", "/v1/exchange-log/keys", all_of_them),
        Row("GET", "/v1/operator-acts", of_audit),
    )


def following(*, watchers: Collection[str], operators: Collection[str], held: bool = False) -> tuple[Row, ...]:
    """What every service that follows others' events serves: how far it is, and what it has set aside.

    The world names an `absent_id`, a `topic` and a `partition`; held: whether that one is followed here.
    """
    watching, operating = frozenset(watchers), frozenset(operators)
    position, parked = "/v1/positions/{topic}/{partition}", "/v1/parked/{absent_id}"
    adopted = REASON | {"seq": 0, "partition_hash": "00" * 32}
    return (
        Row("GET", "/v1/consumer", watching),
        Row("GET", "/v1/positions", operating),
        Row("POST", f"{position}/adoption", operating, adopted, absent=not held),
        Row("POST", f"{position}/resume", operating, REASON, absent=not held),
        Row("GET", "/v1/parked", operating | watching),
        Row("POST", "/v1/parked/orders", operating, REASON | {"dry_run": True}, absent=True),
        Row("GET", "/v1/parked/orders/{absent_id}", operating, absent=True),
        Row("POST", f"{parked}/redrive", operating, REASON, absent=True),
        Row("POST", f"{parked}/discard", operating, REASON, absent=True),
    )


def _is_id(thing: object) -> bool:
    try:
        return isinstance(thing, str) and bool(UUID(thing))
    except ValueError:
        return False
