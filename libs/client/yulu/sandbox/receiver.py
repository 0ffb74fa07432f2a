"""A receiver of webhooks as a client would write it: checks the signature, keeps what is genuine, drops repetitions."""

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


def genuine(secret: str, headers: dict[str, str], body: bytes, now: float) -> bool:
    """Standard Webhooks, HMAC-SHA256: `v1,` over id, timestamp and body; one of several signatures is enough."""
    identity, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = f"{identity}.{stamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    offered = [each.partition(",") for each in headers.get("webhook-signature", "").split()]
    return any(version == "v1" and hmac.compare_digest(value, expected) for version, _, value in offered)


class Receiver:
    """Writes each genuine delivery to `path`, one line each, once per webhook-id."""

    def __init__(self, path: Path) -> None:
        self._path, self.secret = path, ""
        self._seen: set[str] = set()

    async def receive(self, request: Request) -> Response:
        body, headers = await request.body(), dict(request.headers)
        if not self.secret or not genuine(self.secret, headers, body, time.time()):
            return Response(status_code=401)
        if headers["webhook-id"] not in self._seen:
            with self._path.open("ab") as file:
                file.write(orjson.dumps({"webhook-id": headers["webhook-id"], "body": orjson.loads(body)}) + b"\n")
            self._seen.add(headers["webhook-id"])
        return Response(status_code=204)


@asynccontextmanager
async def receiving(receiver: Receiver, port: int) -> AsyncIterator[None]:
    app = Starlette(routes=[Route("/webhooks", receiver.receive, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined] # they are the sandbox's
    serving = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await serving
