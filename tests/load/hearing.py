"""Those who are there all the time: listeners of event streams, and the addresses to which webhooks are pushed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from yulu_local.ports import free_port

from tests.integration.exchange.webhooks.conftest import serving
from tests.load.cast import A_DAY, Door
from tests.support.system import System

_TIMEOUT = httpx.Timeout(60, connect=10)


class Audience:
    """`heard`: frames by stream; `pushed`: deliveries by webhook; `broken`: streams that ended by themselves."""

    def __init__(self) -> None:
        self.heard: Counter[str] = Counter()
        self.pushed: Counter[int] = Counter()
        self.broken: Counter[str] = Counter()

    def dump(self) -> dict[str, Any]:
        return {
            "frames": dict(self.heard), "deliveries": self.pushed.total(), "broken": dict(self.broken),
        }  # fmt: skip

    async def receive(self, request: Request) -> Response:
        async for _ in request.stream():
            pass
        self.pushed[int(request.path_params["number"])] += 1
        return Response(status_code=204)

    async def listen(self, http: httpx.AsyncClient, name: str, url: str, token: str, params: dict[str, str]) -> None:
        """Until cancelled. A stream that ends is opened again at once, and counted."""
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        while True:
            try:
                async with http.stream("GET", url, headers=headers, params=params, timeout=_TIMEOUT) as response:
                    response.raise_for_status()
                    async for part in response.aiter_bytes():
                        self.heard[name] += part.count(b"\n\n")
                reason = "ended"
            except httpx.HTTPError as error:
                reason = type(error).__name__
            self.broken[f"{name}: {reason}"] += 1
            await asyncio.sleep(1)


@asynccontextmanager
async def audience(system: System, systems: list[Door], *, streams: int, values: int) -> AsyncIterator[Audience]:
    """Webhooks: one of each connected system, from now on."""
    those = Audience()
    receiving = Starlette(routes=[Route("/hooks/{number}", those.receive, methods=["POST"])])
    limits = httpx.Limits(max_connections=None)
    async with serving(receiving, free_port()) as address, httpx.AsyncClient(trust_env=False, limits=limits) as http:
        for number, door in enumerate(systems):
            await _leave(door)
            await door.post("exchange", "/v1/webhooks", {"url": f"{address}/hooks/{number}"})
        listeners = [
            ("events", system.url("exchange") + "/v1/events", {"after": "now"}, number) for number in range(streams)
        ] + [("values", system.url("progress") + "/v1/stream", {}, number) for number in range(values)]
        tasks = [
            asyncio.create_task(
                those.listen(http, name, url, _reader(system, name, number), params)
            )
            for name, url, params, number in listeners
        ]  # fmt: skip
        try:
            yield those
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


def _reader(system: System, name: str, number: int) -> str:
    return system.token("plan-reader", subject=f"listener-{name}-{number}", lifetime_seconds=A_DAY)


async def connect(operator: Door, systems: int) -> None:
    """Courts' systems, known to the exchange by the subject of the token; an earlier run may have made them known."""
    for number in range(systems):
        body = {
            "subject": subject(number), "name": f"接入系统{number + 1}", "organisation_kind": "court",
            "organ_code": organ(number), "region": "410000", "reason": "数据共享协议",
        }  # fmt: skip
        await operator.post("exchange", "/v1/clients", body, expected=(201, 409))


async def _leave(system: Door) -> None:
    """Addresses that an earlier run over the same data has left: nobody listens there any more."""
    for webhook in (await system.get("exchange", "/v1/webhooks")).json()["items"]:
        path = f"/v1/webhooks/{webhook['webhook_id']}"
        tag = (await system.get("exchange", path)).headers.get("etag", "")
        await system.ask("DELETE", "exchange", path, headers={"If-Match": tag})


def subject(number: int) -> str:
    return f"load-system-{number}"


def organ(number: int) -> str:
    return f"load-organ-{number}"
