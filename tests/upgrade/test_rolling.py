"""Two instances behind a balancer are exchanged one after another, and nobody is refused: the quick version.

The whole system, every process of it, is `python -m tests.upgrade.rolling`.
"""

import asyncio
import signal
from collections.abc import AsyncIterator

import httpx
from common.http import create_app
from common.http.server import Server, configuration, listening_socket
from common.http.sse import EventStream, ServerEvent
from common.settings import Settings
from starlette.requests import Request
from starlette.responses import Response

from tests.upgrade.balancer import Balancer

DRAIN_SECONDS = 3


class Instance:
    """One process's server, in this one."""

    def __init__(self, port: int, *, drain_seconds: float = DRAIN_SECONDS) -> None:
        class Trial(Settings):
            service = "trial"
            trial_port: int = port

        app = create_app(title="trial", settings=Trial())
        app.add_route("/slow", self._slow, methods=["GET", "POST"])
        app.add_route("/stream", self._stream)
        config = configuration(app, Trial())
        config.loop, config.lifespan = "none", "off"
        self.server = Server(app, config, drain_seconds=drain_seconds)
        self.task = asyncio.create_task(self.server._serve(sockets=[listening_socket(config)]))

    async def _slow(self, _: Request) -> Response:
        await asyncio.sleep(0.05)
        return Response("done")

    async def _stream(self, request: Request) -> Response:
        return EventStream(request, _one_and_wait(), expires_at=None)

    async def started(self) -> None:
        while not self.server.started:
            await asyncio.sleep(0.01)

    async def leave(self) -> None:
        """As SIGTERM does."""
        self.server.handle_exit(signal.SIGTERM, None)
        await self.task


async def _one_and_wait() -> AsyncIterator[ServerEvent]:
    yield ServerEvent(data="{}", id="1")
    await asyncio.Event().wait()


async def exchanged(ports, *, drain_seconds):
    """Answers and failures of clients who go on while both instances are exchanged."""
    answered, failed, stop = [], [], asyncio.Event()
    running = {port: Instance(port, drain_seconds=drain_seconds) for port in ports}
    balancer = Balancer(ports)
    await balancer.start()
    while len(balancer.ready) < len(ports):
        await asyncio.sleep(0.01)

    async def lane():
        async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
            while not stop.is_set():
                try:
                    answered.append((await client.post(f"{balancer.url}/slow")).status_code)
                except httpx.HTTPError as error:
                    failed.append(repr(error))

    lanes = [asyncio.create_task(lane()) for _ in range(6)]
    for port in ports:
        await running[port].leave()
        running[port] = Instance(port, drain_seconds=drain_seconds)
        while port not in balancer.ready:
            await asyncio.sleep(0.01)
    stop.set()
    await asyncio.gather(*lanes)
    await balancer.stop()
    await asyncio.gather(*(instance.leave() for instance in running.values()))
    return answered, failed


async def test_nobody_is_refused_while_instances_are_exchanged(free_port):
    answered, failed = await exchanged([free_port(), free_port()], drain_seconds=DRAIN_SECONDS)
    assert failed == []
    assert set(answered) == {200}
    assert len(answered) > 12


async def test_one_that_leaves_says_so_first_and_tells_its_streams_last(free_port):
    port = free_port()
    instance = Instance(port)
    await instance.started()
    url = f"http://127.0.0.1:{port}"
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        before = await client.get(f"{url}/slow")
        assert "connection" not in before.headers
        async with client.stream("GET", f"{url}/stream") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == "data: {}"
            leaving = asyncio.create_task(instance.leave())
            await asyncio.sleep(0)
            ready, answered = await client.get(f"{url}/health/ready"), await client.post(f"{url}/slow")
            assert ready.status_code == 503
            assert ready.json()["checks"] == {"staying": "failed"}
            assert (answered.status_code, answered.headers["connection"]) == (200, "close")
            assert not leaving.done()
            told = [line async for line in lines]
            assert "event: end" in told
            assert any('"stopping"' in line for line in told)
        await leaving
        refused = None
        try:
            await client.get(f"{url}/slow")
        except httpx.ConnectError as error:
            refused = error
        assert refused is not None
