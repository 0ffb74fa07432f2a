"""Connections whose peer has stopped reading end, though closing them would wait for it."""

import asyncio
import os
import socket
import ssl
import sys
from datetime import UTC, datetime
from typing import ClassVar

import httpx
import uvicorn
from common.http import create_app
from common.http import server as serving
from common.http.server import Server, configuration, listening_socket
from common.settings import Settings
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from yulu_local.certificates import Certificates


async def test_a_peer_that_reads_nothing_is_given_up(free_port, monkeypatch):
    monkeypatch.setattr(serving, "UNREAD_MILLISECONDS", 500)
    left = asyncio.Event()

    class Endless(Response):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- as ASGI has it
            await send({"type": "http.response.start", "status": 200, "headers": []})
            sending = asyncio.create_task(self._for_ever(send))
            while (await receive())["type"] != "http.disconnect":
                pass
            sending.cancel()
            left.set()

        async def _for_ever(self, send: Send) -> None:
            while True:
                await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
                await asyncio.sleep(0)

    app = create_app(title="t", settings=Settings())
    app.add_route("/endless", lambda _: Endless())
    port = free_port()
    config = uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=1)
    server = Server(app, config)
    task = asyncio.create_task(server.serve(sockets=[listening_socket(config)]))
    while not server.started:
        await asyncio.sleep(0.01)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        client.connect(("127.0.0.1", port))
        client.sendall(b"GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")
        async with asyncio.timeout(120):
            await left.wait()
    server.should_exit = True
    await task


def test_our_side_is_never_the_first_to_close_a_kept_connection():
    """httpx keeps one for 5 s, requests, nginx and Java's client for 60 s at most, our own for 2 s."""

    class Trial(Settings):
        service: ClassVar[str] = "trial"
        trial_port: int = 1

    settings = Trial()
    assert configuration(create_app(title="t", settings=settings), settings).timeout_keep_alive > 60


async def test_it_answers_over_tls_where_it_has_a_certificate(free_port, tmp_path):
    certificates = Certificates(tmp_path)
    certificates.ensure(("127.0.0.1",), now=datetime.now(UTC))
    pem = str(certificates.key_store)

    class Secured(Settings):
        service: ClassVar[str] = "secured"
        secured_port: int = free_port()

    settings = Secured(tls_cert_file=pem, tls_key_file=pem)
    app = create_app(title="t", settings=settings)
    config = configuration(app, settings)
    server = Server(app, config)
    task = asyncio.create_task(server.serve(sockets=[listening_socket(config)]))
    while not server.started:
        await asyncio.sleep(0.01)
    trusted = ssl.create_default_context(cafile=str(certificates.authority))
    async with httpx.AsyncClient(trust_env=False, verify=trusted) as client:
        answer = await client.get(f"https://127.0.0.1:{settings.port}/health/live", timeout=60)
    assert answer.status_code == 200
    server.should_exit = True
    await task


_ASKS = """
import asyncio, sys
from common.settings import Settings
from portal.apis import open_apis

async def main():
    async with open_apis(Settings(registry_url=sys.argv[1]), {}) as clients:
        print((await clients["registry"].get("/health/live")).status_code)

asyncio.run(main())
"""


async def test_our_clients_trust_the_authority_that_they_are_told(free_port, tmp_path):
    """SSL_CERT_FILE, also where nothing else of the environment is believed."""
    certificates = Certificates(tmp_path)
    certificates.ensure(("127.0.0.1",), now=datetime.now(UTC))

    class Owner(Settings):
        service: ClassVar[str] = "owner"
        owner_port: int = free_port()

    settings = Owner(tls_cert_file=str(certificates.key_store), tls_key_file=str(certificates.key_store))
    app = create_app(title="t", settings=settings)
    config = configuration(app, settings)
    server = Server(app, config)
    task = asyncio.create_task(server.serve(sockets=[listening_socket(config)]))
    while not server.started:
        await asyncio.sleep(0.01)
    said = {}
    for told in (str(certificates.authority), ""):
        asking = await asyncio.create_subprocess_exec(
            sys.executable, "-c", _ASKS, f"https://127.0.0.1:{settings.port}",
            env=os.environ | {"SSL_CERT_FILE": told}, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await asking.communicate()
        said[bool(told)] = (out.decode().strip(), "CERTIFICATE_VERIFY_FAILED" in err.decode())
    server.should_exit = True
    await task
    assert said == {True: ("200", False), False: ("", True)}


async def test_only_proxies_are_believed_about_who_asks(free_port):
    class Behind(Settings):
        service: ClassVar[str] = "behind"
        behind_port: int = free_port()

    async def seen_with(trusted: str) -> str:
        settings = Behind(trusted_proxies=trusted)
        app = create_app(title="t", settings=settings)

        async def who(request: Request) -> Response:
            assert request.client is not None
            return Response(request.client.host)

        app.add_route("/who", who)
        config = configuration(app, settings)
        server = Server(app, config)
        task = asyncio.create_task(server.serve(sockets=[listening_socket(config)]))
        while not server.started:
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(trust_env=False) as client:
            said = await client.get(
                f"http://127.0.0.1:{settings.port}/who", headers={"X-Forwarded-For": "203.0.113.9"}, timeout=60
            )
        server.should_exit = True
        await task
        return said.text

    assert await seen_with("127.0.0.0/8, 10.42.0.0/16") == "203.0.113.9"
    assert await seen_with("10.42.0.0/16") == "127.0.0.1"
