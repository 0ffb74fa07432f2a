"""What a case has room for, what may be read, how an upload is cut into blocks, and what follows from a scan."""

from collections.abc import AsyncIterator, Iterable

from common.files.scanning import Scan

from rights_api.attachments.domain import (
    BLOCK,
    LEAST_BLOCK,
    MB,
    MOST_BYTES_OF_CASE,
    MOST_FILES_OF_CASE,
    MOST_UPLOADS_OF_CASE,
    Attachment,
    State,
)
from rights_api.attachments.refusals import OffsetWrong, completed_already, too_little, too_much, was_refused
from rights_api.refusals import Refused


def demand_room(existing: Iterable[Attachment], length: int) -> None:
    """Raises Refused where the case would hold too much."""
    all_of_them = list(existing)
    kept = [each for each in all_of_them if each.state is not State.DISCARDED]
    if len(kept) >= MOST_FILES_OF_CASE or len(all_of_them) >= MOST_UPLOADS_OF_CASE:
        raise Refused(
            "too-many-attachments",
            f"每件最多{MOST_FILES_OF_CASE}份材料",
            f"a case has at most {MOST_FILES_OF_CASE} files",
            conflict=True,
        )
    used = sum(each.length for each in kept)
    if used + length > MOST_BYTES_OF_CASE:
        most, left = MOST_BYTES_OF_CASE // MB, (MOST_BYTES_OF_CASE - used) // MB
        raise Refused(
            "attachments-too-large",
            f"每件材料合计不得超过 {most} MB，还可上传约 {left} MB",
            f"the files of a case have at most {most} MB together; some {left} MB are left",
            field="length",
        )


def demand_readable(attachment: Attachment) -> None:
    """RR21: what no scanner has seen is read by nobody, unless an officer has decided so."""
    if not attachment.state.readable:
        raise Refused(
            "attachment-not-released",
            attachment.state.zh,
            attachment.state.en,
            conflict=True,
            extra={"state": attachment.state.value},
        )


def demand_receiving(upload: Attachment, offset: int) -> None:
    if upload.state is not State.RECEIVING:
        raise was_refused(upload.refused) if upload.refused else completed_already()
    if offset != upload.received:
        raise OffsetWrong(upload.received)


async def in_blocks(upload: Attachment, body: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, int, bytes]]:
    """Offset, ordinal and content of each block. Whatever ends the body early, those before it have been given."""
    held, at, ordinal = bytearray(), upload.received, upload.blocks
    async for piece in body:
        if at + len(held) + len(piece) > upload.length:
            raise too_much(upload.length)
        held += piece
        while len(held) >= BLOCK:
            yield at, ordinal, bytes(held[:BLOCK])
            del held[:BLOCK]
            at, ordinal = at + BLOCK, ordinal + 1
    if held and (len(held) >= LEAST_BLOCK or at + len(held) == upload.length):
        yield at, ordinal, bytes(held)
    elif held and at == upload.received:
        raise too_little()


def after_scan(found: Scan, *, asked: bool) -> tuple[State, str | None]:
    """The file's state, and a note where a scanner would not take it and is not asked again."""
    if found is Scan.CLEAN:
        return State.RELEASED, None
    if found is Scan.INFECTED:
        return State.INFECTED, None
    return State.UNSCANNED, "too-large-for-scanner" if asked else None


def manifest(file: Attachment, sm3: bytes) -> bytes:
    """What the table says of the whole, to be sealed: else blocks could be taken away together with their number."""
    return f"{file.kind.value} {file.length} {file.blocks} {sm3.hex()}".encode()
