"""What holds an answer until it has been recorded, as the outer middleware knows it."""

from typing import Protocol

from starlette.types import Message, Receive, Scope, Send

from common.http.problems import Problem
from common.http.translations import status_titles


class NotRecorded(Exception):
    """The entry could not be written: the answer must not leave."""


class Call(Protocol):
    """One call under way; `send` holds what it is given back until its entry is written."""

    @property
    def begun(self) -> bool:
        """Whether something of the answer has left."""

    async def receive(self) -> Message: ...

    async def send(self, message: Message) -> None:
        """Raises NotRecorded."""

    async def end(self) -> None:
        """Whatever became of it."""


class Recorder(Protocol):
    """`app.state.recorder`, where there is one."""

    async def begin(self, scope: Scope, receive: Receive, send: Send) -> Call | None:
        """None: this call is not to be recorded."""


def unrecorded() -> list[Message]:
    """The answer in place of the one that must not leave."""
    title_zh, title_en = status_titles(503)
    problem = Problem(
        type="call-not-recorded",
        status=503,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="系统间调用须先记入交换日志，现在无法记录，故不作答。如为写入，请以同一幂等键重试。",
        detail_en="Calls by systems are entered in the exchange log first, which is not possible just now. "
        "Repeat a change with the same idempotency key.",
        headers={"Retry-After": "5"},
    )
    answer = problem.response()
    return [
        {"type": "http.response.start", "status": answer.status_code, "headers": answer.raw_headers},
        {"type": "http.response.body", "body": answer.body},
    ]
