"""The body of a PATCH as it arrives: few at once, none that says nothing for long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Header, Request, Response
from starlette.requests import ClientDisconnect

from rights_api.attachments.domain import BLOCK, MOST_BYTES, Attachment
from rights_api.attachments.refusals import too_much
from rights_api.cases.problems import problem

AT_ONCE = 40
"""Uploads in one process; each holds a block and what the socket has buffered."""
SILENCE_SECONDS = 60.0

UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/offset+octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
UploadOffset = Annotated[
    int,
    Header(alias="Upload-Offset", ge=0, le=MOST_BYTES, description="已确认接收的字节数 / bytes acknowledged"),
]


class Receiving:
    def __init__(self) -> None:
        self._under_way = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        if self._under_way >= AT_ONCE:
            raise problem(
                "busy",
                503,
                "同时上传过多，请稍后续传。",
                "Too many uploads at once; go on later.",
                headers={"Retry-After": "5"},
            )
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1


async def pieces(request: Request, upload: Attachment, offset: int) -> AsyncIterator[bytes]:
    """What comes; whatever came before the sender fell silent or went away is kept, in whole blocks."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and offset + int(declared) > upload.length:
        raise too_much(upload.length)
    body = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(SILENCE_SECONDS):
                piece = await anext(body)
        except (StopAsyncIteration, ClientDisconnect):
            return
        except TimeoutError:
            raise problem(
                "upload-silent",
                408,
                "上传中断，请从 Upload-Offset 续传。",
                "It fell silent; go on from the offset.",
            ) from None
        yield piece


def offset_headers(response: Response, upload: Attachment, received: int | None = None) -> None:
    response.headers.update(
        {
            "Upload-Offset": str(upload.received if received is None else received),
            "Upload-Length": str(upload.length),
            "Upload-Block": str(BLOCK),
            "Cache-Control": "no-store",
        }
    )
