"""A bulk file: one snapshot of the display, written whole before it is sent.

It is made in a file without a name, which is gone with the answer: a slow reader then holds neither a snapshot nor a
connection of the database, and no copy stays behind that would have to be deleted at term.
"""

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Final

from common.database import Database
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from discipline_api.disclosures.public_reads import HEADERS
from discipline_api.disclosures.rendering import csv_header, csv_line, ndjson_line
from discipline_api.disclosures.store import Snapshot

_BLOCK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Format:
    name: str
    media_type: str
    head: Callable[[], bytes]
    line: Callable[[Any, int], bytes]


NDJSON: Final = Format("ndjson", "application/x-ndjson", bytes, ndjson_line)
CSV: Final = Format("csv", "text/csv; charset=utf-8", csv_header, csv_line)


@dataclass(slots=True)
class Made:
    """`log_size`: of the snapshot; the changes from this leaf on are what happened since."""

    form: Format
    log_size: int
    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    digest: Any = field(default_factory=hashlib.sha256)
    length: int = 0

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.length += len(data)

    def add(self, rows: Sequence[Any]) -> None:
        self.write(b"".join([self.form.line(row, self.log_size) for row in rows]))

    def answer(self) -> Response:
        return _FileAnswer(self)


async def make(database: Database, form: Format, now: datetime) -> Made:
    """Lines are made and written in a thread: the look-ups of this process go on."""
    async with database.snapshot() as connection:
        snapshot = Snapshot(connection, now)
        made = Made(form, await snapshot.size())
        try:
            made.write(form.head())
            async for rows in snapshot.rows():
                await asyncio.to_thread(made.add, rows)
        except BaseException:
            made.file.close()
            raise
    return made


class _FileAnswer(Response):
    def __init__(self, made: Made) -> None:
        self._made = made
        name = f"disclosures-{made.log_size}.{made.form.name}"
        super().__init__(
            media_type=made.form.media_type,
            headers=HEADERS
            | {
                "content-length": str(made.length),
                "content-disposition": f'attachment; filename="{name}"',
                "etag": f'"{made.digest.hexdigest()}"',
                "disclosure-log-size": str(made.log_size),
            },
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI
        file = self._made.file
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            file.seek(0)
            while block := await asyncio.to_thread(file.read, _BLOCK):
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            file.close()
