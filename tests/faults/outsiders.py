"""Those outside, while processes are struck: they listen, are pushed to, and send, through either of two exchange-apis.

What they were shown, pushed and answered is written down as it came; `outcomes` holds it against the databases.
"""

import asyncio
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from yulu_local.ports import free_port

from tests.faults.officers import Model, Refused
from tests.faults.second_exchange import second_exchange
from tests.integration.exchange.stream.running import Client
from tests.integration.exchange.webhooks.conftest import serving
from tests.journeys.actors import complaint
from tests.journeys.made_up import ZHENGZHOU
from tests.support.system import System

SETTINGS = {"HEARTBEAT_SECONDS": "0.5", "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8"}
"""Of a system that has outsiders: they hear at once whether a stream lives, and their receiver is on this machine."""

ORGAN = "hn-gy"
COURT = {"organisation_kind": "court", "organisation_id": ORGAN, "subject": "court-of-the-faults"}
PUBLIC, SHARED = "public.events", f"shared.{ORGAN}.events"
SILENT_SECONDS = 4.0
"""A stream that has said nothing for so long is left for the other exchange-api; a slow one is left, too, and loses
nothing by it."""
A_DAY = 86_400
TRANSIENT = frozenset({429, 500, 502, 503, 504})


@dataclass
class Listener:
    """Resumes by the cursor that it was given last, each time at the other door."""

    headers: dict[str, str]
    doors: Sequence[str]
    turn: int = 0
    last_id: str | None = None
    seen: defaultdict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    """Source → position and id of the event, as they came."""
    bodies: dict[str, Any] = field(default_factory=dict)
    """Events by their ids."""

    @property
    def count(self) -> int:
        return sum(map(len, self.seen.values()))

    async def listen(self, http: httpx.AsyncClient) -> None:
        while True:
            with suppress(httpx.TransportError, TimeoutError):
                await self._follow(http, self.doors[self.turn % len(self.doors)])
            self.turn += 1
            await asyncio.sleep(0.05)

    async def _follow(self, http: httpx.AsyncClient, door: str) -> None:
        resume = {} if self.last_id is None else {"Last-Event-ID": self.last_id}
        headers = self.headers | {"Accept": "text/event-stream"} | resume
        async with http.stream("GET", f"{door}/v1/events", headers=headers, timeout=SILENT_SECONDS) as response:
            if response.status_code != 200:
                text = (await response.aread()).decode()
                if response.status_code not in TRANSIENT:
                    raise Refused(f"{door}: {response.status_code} {text[:500]}")
                return
            client = Client(response)
            while True:
                kind, data = await client.next(10 * SILENT_SECONDS)
                if not kind:
                    return
                if kind == "event":
                    self._take(data)
                elif kind == "end" and data["reason"] not in ("stopping", "too-slow"):
                    raise Refused(f"{door} has ended a stream: {data}")
                self.last_id = client.last_id

    def _take(self, data: dict[str, Any]) -> None:
        event = data["event"]
        self.seen[data["source"]].append((data["position"], event["id"]))
        self.bodies[event["id"]] = event


@dataclass
class Sending:
    """One thing sent to both exchange-apis at once under one number; what each acknowledged, and in how many tries."""

    path: str
    body: bytes
    acknowledged: list[httpx.Response] = field(default_factory=list)
    tries: int = 0


class Outsiders:
    """`doors`: addresses of the exchange-apis, the one that is struck first."""

    def __init__(self, system: System, seed: int, doors: Sequence[str], http: httpx.AsyncClient) -> None:
        self.system, self.doors = system, doors
        self._rng, self._http = random.Random(f"{seed}/outsiders"), http
        self.court = {"Authorization": f"Bearer {system.token('stream-client', **COURT, lifetime_seconds=A_DAY)}"}
        roles = ("registry-officer", "discipline-officer", "operator")
        self.officer = {"Authorization": f"Bearer {system.token(*roles, lifetime_seconds=A_DAY)}"}
        self.listeners = [
            Listener(headers, doors, turn) for headers in (self.court, self.officer) for turn in range(len(doors))
        ]
        self.pushed: list[tuple[str, bytes]] = []
        """webhook-id and body, as they came."""
        self.sent: list[Sending] = []

    async def connect(self, receiver: str) -> None:
        client = {
            "subject": COURT["subject"], "name": "省高院系统", "organisation_kind": "court", "organ_code": ORGAN,
            "region": "410000", "reason": "数据共享协议",
        }  # fmt: skip
        for path, body, who in (
            ("/v1/clients", client, self.officer), ("/v1/webhooks", {"url": receiver, "after": "first"}, self.court)
        ):  # fmt: skip
            headers = who | {"Idempotency-Key": str(uuid4())}
            answer = await self._http.post(self.doors[0] + path, json=body, headers=headers)
            assert answer.status_code == 201, answer.text

    async def receive(self, request: Request) -> Response:
        self.pushed.append((request.headers["webhook-id"], await request.body()))
        return Response(status_code=204)

    async def send_on(self, model: Model, stopping: asyncio.Event) -> None:
        """Documents and complaints in turn, until stopped; what has begun is acknowledged before this returns."""
        while not stopping.is_set():
            await self._send(self._document())
            await self._send(self._transfer())
            model.events["complaint.filed"] += 1
            await asyncio.sleep(self._rng.uniform(0.1, 0.4))

    def _number(self) -> str:
        return UUID(int=self._rng.getrandbits(128)).hex

    def _document(self) -> Sending:
        body = {
            "sender_number": self._number(), "kind": "conviction", "region": ZHENGZHOU,
            "document_number": "（2026）豫刑终1号", "issued_on": "2026-01-05", "effective_on": "2026-01-20",
            "subject_name": "林甲", "subject_number": "14101201010765432", "summary": "判处有期徒刑。",
        }  # fmt: skip
        return Sending("/v1/inbound/documents", json.dumps(body).encode())

    def _transfer(self) -> Sending:
        body = {"sender_number": self._number(), "about": "own-rights", "complaint": complaint()}
        return Sending("/v1/inbound/transfers", json.dumps(body).encode())

    async def _send(self, sending: Sending) -> None:
        self.sent.append(sending)
        await asyncio.gather(*(self._acknowledged(sending, door) for door in self.doors))

    async def _acknowledged(self, sending: Sending, door: str) -> None:
        """Under a key of each door's: that both are one is known by the sender's number alone."""
        headers = self.court | {"Idempotency-Key": self._number(), "Content-Type": "application/json"}
        while True:
            sending.tries += 1
            with suppress(httpx.TransportError):
                answer = await self._http.post(
                    door + sending.path, content=sending.body, headers=headers, timeout=3 * SILENT_SECONDS
                )
                if answer.is_success:
                    sending.acknowledged.append(answer)
                    return
                if answer.status_code not in TRANSIENT:
                    raise Refused(f"{sending.path}: {answer.status_code} {answer.text[:500]}")
            await asyncio.sleep(0.2)

    async def all_have_moved_by(self, events: int) -> None:
        """Until every listener has been shown so many more."""
        wanted = [listener.count + events for listener in self.listeners]
        while any(listener.count < least for listener, least in zip(self.listeners, wanted, strict=True)):
            await asyncio.sleep(0.05)

    def deliveries(self) -> Counter[str]:
        return Counter(number for number, _ in self.pushed)


@asynccontextmanager
async def outsiders(system: System, seed: int) -> AsyncIterator[Outsiders]:
    """Connected, listening at both doors, with an address to push to. The system was started with SETTINGS."""
    async with AsyncExitStack() as stack:
        doors = (system.url("exchange"), await stack.enter_async_context(second_exchange(system)))
        http = await stack.enter_async_context(httpx.AsyncClient(trust_env=False, timeout=30))
        those = Outsiders(system, seed, doors, http)
        receiving = Starlette(routes=[Route("/hook", those.receive, methods=["POST"])])
        address = await stack.enter_async_context(serving(receiving, free_port()))
        await those.connect(f"{address}/hook")
        group = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [group.create_task(listener.listen(http)) for listener in those.listeners]
        try:
            yield those
        finally:
            for task in tasks:
                task.cancel()
