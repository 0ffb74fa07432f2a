"""Files as they leave: as downloads that no browser runs, under a name of ours."""

from collections.abc import AsyncIterator

from common.files.kinds import ALL_MEDIA_TYPES
from fastapi.responses import StreamingResponse

from rights_api.attachments.domain import Attachment


def copy_response(attachment: Attachment, blocks: AsyncIterator[bytes]) -> StreamingResponse:
    return _response(attachment, blocks, attachment.copy_size or 0, "copy")


def original_response(attachment: Attachment, blocks: AsyncIterator[bytes]) -> StreamingResponse:
    return _response(attachment, blocks, attachment.length, "original")


def _response(attachment: Attachment, blocks: AsyncIterator[bytes], size: int, part: str) -> StreamingResponse:
    return StreamingResponse(
        blocks,
        media_type=ALL_MEDIA_TYPES[attachment.kind],
        headers={
            # Where the blocks break off, the reader sees it by this.
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="{part}-{attachment.number}.{attachment.kind.value}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox",
            "Cache-Control": "no-store",
        },
    )
