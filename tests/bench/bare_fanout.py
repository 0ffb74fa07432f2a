"""`python -m tests.bench.bare_fanout PORT FRAMES`: the least code that writes the same bytes to all open responses.

FRAMES: a file of server-sent events, each as long as ours. `POST /rain?events=N&pause=S` sends N of them to everybody.
"""

import asyncio
import sys
import time
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send


class Open(Response):
    def __init__(self, sends: set[Send]) -> None:
        super().__init__()
        self._sends = sends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- as ASGI has it
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        await send({"type": "http.response.body", "body": b": open\n\n", "more_body": True})
        self._sends.add(send)
        try:
            while (await receive())["type"] != "http.disconnect":
                pass
        finally:
            self._sends.discard(send)


def build(frames: list[bytes]) -> Starlette:
    sends: set[Send] = set()

    async def events(_request: Request) -> Response:
        return Open(sends)

    async def rain(request: Request) -> Response:
        number, pause = int(request.query_params["events"]), float(request.query_params["pause"])
        sent_at = []
        for each in range(number):
            sent_at.append(time.perf_counter())
            message = {"type": "http.response.body", "body": frames[each % len(frames)], "more_body": True}
            for send in list(sends):
                await send(message)
            await asyncio.sleep(pause)
        return JSONResponse(sent_at)

    async def ready(_request: Request) -> Response:
        return Response()

    return Starlette(
        routes=[
            Route("/v1/events", events),
            Route("/rain", rain, methods=["POST"]),
            Route("/health/ready", ready),
        ]
    )


if __name__ == "__main__":
    frames = [part + b"\n\n" for part in Path(sys.argv[2]).read_bytes().split(b"\n\n") if part]
    uvicorn.run(
        build(frames), port=int(sys.argv[1]), loop="uvloop", http="httptools", ws="none", access_log=False,
        log_level="warning", backlog=16_384,
    )  # fmt: skip
