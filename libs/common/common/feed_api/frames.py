"""A page of a feed as bytes: each event's link and its own bytes, with nothing to escape or to parse twice.

One frame per event, numbers big-endian: partition (2 bytes), seq (8), partition hash (32), what the body is (1), length
of the key (2) and of the body (4), then key and body. Where the event is not told, the body is its digest.
"""

import struct
from typing import NamedTuple

from common.feed import FeedRecord

MEDIA_TYPE = "application/vnd.yulu.links.v1"
_EVENT, _ERASED, _WITHHELD = range(3)
_HEAD = struct.Struct(">HQ32sBHI")


class Frame(NamedTuple):
    """An event as a follower takes it. What it claims of its place is proven by the chain, never believed."""

    partition: int
    seq: int
    key: str
    partition_hash: bytes
    raw: bytes | None
    digest: bytes | None
    withheld: bool
    """The event exists, but this reader may not see it."""


def pack(record: FeedRecord, *, may_read: bool) -> bytes:
    if may_read and record.raw is not None:
        kind, key, body = _EVENT, record.key.encode(), record.raw
    else:
        kind, key, body = _ERASED if may_read else _WITHHELD, b"", record.digest
    return _HEAD.pack(record.partition, record.seq, record.partition_hash, kind, len(key), len(body)) + key + body


def unpack(page: bytes) -> list[Frame]:
    """Raises ValueError where the page ends within a frame."""
    frames: list[Frame] = []
    at, end = 0, len(page)
    while at < end:
        try:
            partition, seq, partition_hash, kind, key_length, body_length = _HEAD.unpack_from(page, at)
        except struct.error as error:
            raise ValueError("the page ends within a frame") from error
        key_at = at + _HEAD.size
        body_at = key_at + key_length
        at = body_at + body_length
        if at > end:
            raise ValueError("the page ends within a frame")
        key, body = page[key_at:body_at].decode(), page[body_at:at]
        raw, digest = (body, None) if kind == _EVENT else (None, body)
        frames.append(Frame(partition, seq, key, partition_hash, raw, digest, kind == _WITHHELD))
    return frames
