"""One call of an app, without a socket: what it sends until it ends, or until it is clear that it never will."""

import asyncio
import traceback
from dataclasses import dataclass, field
from typing import Any

from tests.security.fuzz.questions import Question

_STREAM_SECONDS = 0.3
_SLOW_SECONDS = 30.0


@dataclass
class Answer:
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    crash: str = ""
    """The traceback of what the app raised."""

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip()


async def ask(app: Any, question: Question) -> Answer:
    answer, gone, read = Answer(), asyncio.Event(), False
    path, _, query = question.target.partition("?")

    async def receive() -> dict[str, Any]:
        nonlocal read
        if not read:
            read = True
            return {"type": "http.request", "body": question.body, "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]
            }
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")
            answer.ended = not message.get("more_body", False)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": question.operation.method,
        "scheme": "http",
        "path": _decoded(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1", "replace")) for name, value in question.headers],
        "client": ("203.0.113.7", 4711),
        "server": ("fuzz", 80),
        "state": {},
    }
    call = asyncio.ensure_future(app(scope, receive, send))
    try:
        async with asyncio.timeout(_SLOW_SECONDS):
            while not call.done():
                await asyncio.wait({call}, timeout=_STREAM_SECONDS)
                if not call.done() and answer.media_type == "text/event-stream":
                    gone.set()
            call.result()
    except TimeoutError:
        answer.crash = f"no answer within {_SLOW_SECONDS} s"
        gone.set()
        call.cancel()
        await asyncio.wait({call})
    except Exception as error:  # noqa: BLE001 - whatever an app raises is what is being looked for
        answer.crash = "".join(traceback.format_exception(error)[-12:])
    return answer


def _decoded(path: str) -> str:
    from urllib.parse import unquote_to_bytes  # noqa: PLC0415

    return unquote_to_bytes(path).decode("utf-8", "replace")
