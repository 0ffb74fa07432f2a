"""Everybody at work, without a pause and without a second try: what failed, and how long it was quiet at most."""

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import uuid4

import httpx

from tests.journeys.actors import complaint
from tests.journeys.made_up import FOUNDERS, ZHENGZHOU, credit_code, licence_number

PACE_SECONDS = 0.2
"""Between an answer and the next request of the same lane."""


class Place(Protocol):
    """Where services are, and tokens for them."""

    def url(self, service: str) -> str: ...

    def token(self, *roles: str, **rights: Any) -> str: ...


@dataclass
class Tally:
    """Of one kind of request. `pause`: the longest time between two that were answered, in seconds."""

    answered: int = 0
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    pause: float = 0.0
    last: float = field(default_factory=time.monotonic)

    def good(self, took: float) -> None:
        now = time.monotonic()
        self.answered += 1
        self.slowest = max(self.slowest, took)
        self.pause, self.last = max(self.pause, now - self.last), now


class Client:
    """One identity with connections of its own, kept and used again as any client's are."""

    def __init__(self, place: Place, token: str | None, tallies: dict[str, Tally]) -> None:
        self._place, self._tallies = place, tallies
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.AsyncClient(headers=headers, timeout=60, trust_env=False)

    async def close(self) -> None:
        await self._http.aclose()

    async def ask(self, service: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The answer's JSON, or None where it failed: then it has been counted, and the lane goes on."""
        tally = self._tallies[service]
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        if method == "POST":
            sent["Idempotency-Key"] = uuid4().hex
        began = time.monotonic()
        try:
            answer = await self._http.request(method, self._place.url(service) + path, json=body, headers=sent)
        except httpx.HTTPError as error:
            tally.failures.append(f"{method} {path}: {type(error).__name__} {error}")
            return None
        if not answer.is_success:
            tally.failures.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
            return None
        tally.good(time.monotonic() - began)
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


class Load:
    """Lanes of requests to every service that is asked for; `lawyers` are those whose licensing was answered."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        self.lawyers: list[str] = []
        self.complaints = 0
        self._firm: Mapping[str, Any] = {}
        self._clients: list[Client] = []

    def _client(self, *roles: str, **rights: Any) -> Client:
        self._clients.append(Client(self.place, self.place.token(*roles, **rights) if roles else None, self.tallies))
        return self._clients[-1]

    async def prepare(self) -> None:
        """A firm, into which lawyers will be licensed."""
        self._bureau = self._client(
            "registry-officer", region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj", subject="zz"
        )
        self._second = self._client("registry-officer", organisation_id="hn-sft", subject="hn-second")
        code = credit_code()
        firm = {
            "credit_code": code, "name": f"河南第{code[-7:-1]}律师事务所", "kind": "general-partnership",
            "region": ZHENGZHOU, "established_on": "2010-03-01", "founders": FOUNDERS, "capital_yuan": 300_000,
        }  # fmt: skip
        self._firm = await self._changed("/v1/firms", firm)
        assert self._firm, self.tallies["registry"].failures

    async def _changed(self, path: str, body: Any) -> Any:
        proposal = await self._bureau.ask("registry", "POST", path, body)
        if proposal is None:
            return None
        done = await self._second.ask("registry", "POST", f"/v1/proposals/{proposal['proposal_id']}/approve")
        return done and done["result"]

    async def license_one(self) -> None:
        number = licence_number(ZHENGZHOU)
        body = {"name": f"林{number[-6:]}", "licence_number": number, "firm_id": self._firm["firm_id"],
                "first_licensed_on": "2015-07-01"}  # fmt: skip
        lawyer = await self._changed("/v1/lawyers", body)
        if lawyer:
            self.lawyers.append(lawyer["lawyer_id"])

    async def file_one(self) -> None:
        if await self._public.ask("rights_public", "POST", "/v1/complaints", complaint()):
            self.complaints += 1

    def lanes(self, services: frozenset[str]) -> list[Callable[[], Awaitable[Any]]]:
        """One request each, by service; `services` by their names among databases."""
        public = self._public = self._client()
        reader = self._client("plan-reader", subject="reader")
        officer = self._client(
            "rights-officer", region=ZHENGZHOU, organisation_kind="city-association", organisation_id="zz-lx"
        )
        every: list[tuple[str, Callable[[], Awaitable[Any]]]] = [
            ("registry", self.license_one),
            ("registry", lambda: public.ask("registry", "GET", "/v1/public/search/lawyers?name=lin&limit=3")),
            ("registry", lambda: public.ask("registry", "GET", "/v1/statistics/lawyers?as_of=2025-12-31")),
            ("discipline", lambda: public.ask("discipline", "GET", "/v1/public/disclosures/list?limit=3")),
            ("discipline", lambda: public.ask("discipline", "POST", "/v1/complaint-routes", _ROUTE)),
            ("rights_public", self.file_one),
            ("rights", lambda: officer.ask("rights", "GET", "/v1/complaints?limit=3")),
            ("progress", lambda: reader.ask("progress", "GET", "/v1/targets")),
            ("progress", lambda: reader.ask("progress", "GET", "/v1/indicators/H1")),
            ("exchange", lambda: reader.ask("exchange", "GET", "/v1/events?limit=3")),
            ("exchange", lambda: public.ask("exchange", "GET", "/v1/directory")),
            ("portal", lambda: public.ask("portal", "GET", "/")),
            ("portal", lambda: public.ask("portal", "GET", "/health/live")),
        ]
        return [action for service, action in every if service in services]

    @asynccontextmanager
    async def running(self, services: frozenset[str]) -> AsyncIterator[None]:
        stop = asyncio.Event()

        async def lane(action: Callable[[], Awaitable[Any]]) -> None:
            while not stop.is_set():
                await action()
                await asyncio.sleep(PACE_SECONDS)

        tasks = [asyncio.create_task(lane(action)) for action in self.lanes(services)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)  # each ends with the answer it waits for

    async def close(self) -> None:
        for client in self._clients:
            await client.close()

    @property
    def failures(self) -> list[str]:
        return [failure for tally in self.tallies.values() for failure in tally.failures]


_ROUTE = {"complained_of": "lawyer", "region": "410100", "hints": ["private-fees"]}


class Listener:
    """One reader of a stream who goes on where it ended: each event once and in order, or it is a fault."""

    def __init__(self, url: str, token: str, *, path: str = "/v1/events") -> None:
        self._url, self._token, self._path = url, token, path
        self.seen: Counter[str] = Counter()
        self.subjects: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        """Reasons with which the server ended the stream."""
        self.broken: list[str] = []
        """Ends without a word."""
        self.heard_at: dict[str, float] = {}
        self.cursor: str | None = None
        self.connected = asyncio.Event()
        """Set with the first answer: what happens from then on is heard."""

    async def listen(self) -> None:
        """Until cancelled."""
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            while True:
                headers = {"Authorization": f"Bearer {self._token}", "Accept": "text/event-stream"}
                if self.cursor is not None:
                    headers["Last-Event-ID"] = self.cursor
                after = "" if self.cursor is not None else "?after=now"
                ended = False
                try:
                    async with client.stream("GET", f"{self._url}{self._path}{after}", headers=headers) as answer:
                        answer.raise_for_status()
                        self.connected.set()
                        async for name, cursor, data in _events(answer.aiter_lines()):
                            ended = self._take(name, cursor, data)
                    if not ended:
                        self.broken.append("the stream ended without saying so")
                except httpx.HTTPError as error:
                    self.broken.append(f"{type(error).__name__} {error}")
                await asyncio.sleep(0.1)

    def _take(self, name: str | None, cursor: str | None, data: Any) -> bool:
        if cursor:
            self.cursor = cursor
        if name == "end":
            self.told[data["reason"]] += 1
            return True
        event = data.get("event") if isinstance(data, dict) else None
        if event:
            self.seen[event["id"]] += 1
            self.subjects[event.get("subject", "")] += 1
            self.heard_at.setdefault(event.get("subject", ""), time.monotonic())
        return False

    @property
    def twice(self) -> list[str]:
        return [event for event, times in self.seen.items() if times > 1]


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[tuple[str | None, str | None, Any]]:
    said: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, text = line.partition(":")
            said[name] = text.strip()
        elif "data" in said:
            yield said.get("event"), said.get("id"), json.loads(said["data"])
            said = {}
        else:
            said = {}
