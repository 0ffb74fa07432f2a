"""Stands between the app and the wire: what a system client is answered waits until its entry is committed."""

import os
from datetime import datetime
from uuid import uuid4

from starlette.types import Message, Receive, Scope, Send

from common.auth import Principal, identified, is_system_client
from common.clock import Clock
from common.database import Database
from common.exchange_log.entries import (
    SALT_BYTES,
    Entry,
    Phase,
    request_digest_begun,
    response_digest_begun,
)
from common.exchange_log.writing import GroupWriter
from common.http.context import route_template
from common.http.recording import NotRecorded
from common.telemetry import get_logger

_BODILESS = frozenset({204, 304})
_log = get_logger(__name__)


class CallRecorder:
    """Fulfils `common.http.recording.Recorder` over `app.state.database`, which must have the tables of `proof_ddl`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writers: dict[Database, GroupWriter] = {}

    async def begin(self, scope: Scope, receive: Receive, send: Send) -> "RecordedCall | None":
        caller = await identified(scope)
        if caller is None or not is_system_client(caller):
            return None
        return RecordedCall(self, caller, scope, receive, send)

    async def write(self, scope: Scope, entry: Entry) -> None:
        """Raises NotRecorded."""
        database: Database = scope["app"].state.database
        writer = self._writers.get(database)
        if writer is None:
            writer = self._writers[database] = GroupWriter(database)
        await writer.write(entry)

    def now(self) -> datetime:
        return self._clock()


class RecordedCall:
    def __init__(self, recorder: CallRecorder, caller: Principal, scope: Scope, receive: Receive, send: Send) -> None:
        self._recorder, self._caller, self._scope = recorder, caller, scope
        self._receive, self._send = receive, send
        self._call_id, self._salt = uuid4().hex, os.urandom(SALT_BYTES)
        self._request = request_digest_begun(self._salt, scope["method"], target_of(scope))
        self._request_bytes = 0
        self._response = response_digest_begun(self._salt, 0)
        self._response_bytes = self._status = 0
        self._held: Message | None = None
        """The start of the answer, until it may leave."""
        self._streaming = self.begun = False

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request" and (body := message.get("body", b"")):
            self._request.update(body)
            self._request_bytes += len(body)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            # Once more, where an error has taken the place of an answer that was not complete.
            self._held, self._status = message, message["status"]
            self._response, self._response_bytes = response_digest_begun(self._salt, self._status), 0
            if _is_stream(message):
                await self._open()
            return
        body, more = message.get("body", b""), message.get("more_body", False)
        self._response.update(body)
        self._response_bytes += len(body)
        if more:
            if not self._streaming:
                await self._open()
        else:
            await self._record(Phase.ENDED if self._streaming else Phase.WHOLE)
            self._streaming = False
            await self._let_go()
        await self._send(message)

    async def end(self) -> None:
        if not self._streaming:
            return
        try:
            await self._record(Phase.BROKEN)
        except NotRecorded:
            _log.warning("stream_end_not_recorded", call=self._call_id)

    async def _open(self) -> None:
        await self._record(Phase.OPENED)
        self._streaming = True
        await self._let_go()

    async def _let_go(self) -> None:
        if self._held is not None:
            start, self._held, self.begun = self._held, None, True
            await self._send(start)

    async def _record(self, phase: Phase) -> None:
        opened = phase is Phase.OPENED
        await self._recorder.write(
            self._scope,
            Entry(
                at=self._recorder.now(),
                call_id=self._call_id,
                phase=phase,
                caller=self._caller,
                operation=f"{self._scope['method']} {route_template(self._scope)}",
                status=self._status,
                salt=self._salt,
                request_digest=self._request.digest(),
                request_bytes=self._request_bytes,
                response_digest=None if opened else self._response.digest(),
                response_bytes=None if opened else self._response_bytes,
            ),
        )


def _is_stream(start: Message) -> bool:
    """Without a length: its end is not near."""
    return start["status"] not in _BODILESS and all(name != b"content-length" for name, _ in start["headers"])


def target_of(scope: Scope) -> bytes:
    """Path and query as they were sent."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope.get("query_string", b"")
    return b"%b?%b" % (path, query) if query else path
