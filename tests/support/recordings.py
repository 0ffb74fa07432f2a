"""Recordings as phones make them, by hand: real frames and boxes, with everything that should not be handed on."""


def mp3(marker: bytes = b"", frames: int = 40) -> bytes:
    """128 kbit/s, 44.1 kHz: frames of 417 bytes between an ID3v2 head and an ID3v1 tail."""
    frame = b"\xff\xfb\x90\x00" + bytes(range(256)).replace(b"\xff", b"\x00") + bytes(417 - 4 - 256)
    head = b"ID3\x04\x00\x00" + _syncsafe(20 + len(marker)) + b"TIT2" + bytes(16) + marker
    return head + frame * frames + (b"TAG" + marker).ljust(128, b"\x00")


def _syncsafe(size: int) -> bytes:
    return bytes((size >> shift) & 0x7F for shift in (21, 14, 7, 0))


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return (8 + len(body)).to_bytes(4, "big") + kind + body


def mp4(marker: bytes = b"", handler: bytes = b"vide", media: bytes = b"picture" * 50) -> bytes:
    time = b"\x00\x00\x00\x00" + b"\xe2\x11\x22\x33" * 2
    hdlr = box(b"hdlr", bytes(8) + handler + bytes(12) + b"Phone of " + marker + b"\x00")
    track = box(b"trak", box(b"tkhd", time + bytes(72)), box(b"mdia", box(b"mdhd", time + bytes(12)), hdlr))
    moov = box(b"moov", box(b"mvhd", time + bytes(88)), track, box(b"udta", box(b"\xa9xyz", b"+34.7466" + marker)))
    uuid = box(b"uuid", bytes(16) + marker)
    return box(b"ftyp", b"mp42\x00\x00\x00\x00mp42isom") + uuid + box(b"mdat", media) + moov
