"""Recordings: sound and picture stay bit for bit, what stands beside them goes: tags, places, times, names of devices.

Nothing is encoded anew, so what an encoder wrote into sound or picture itself (its name, its settings) stays.
"""

from common.files.unfit import Unfit, broken

_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0),
}
"""Layer III, by version of MPEG: 1, and 2 or 2.5."""
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}

_CONTAINERS = frozenset({
    b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"mvex", b"moof", b"traf", b"mfra",
})  # fmt: skip
_LEAVES = frozenset({
    b"ftyp", b"styp", b"mdat", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"vmhd", b"smhd", b"nmhd", b"sthd", b"dref", b"elst",
    b"stsd", b"stts", b"ctts", b"stss", b"stsz", b"stz2", b"stsc", b"stco", b"co64", b"sdtp", b"cslg", b"sgpd", b"sbgp",
    b"mehd", b"trex", b"mfhd", b"tfhd", b"tfdt", b"trun", b"sidx", b"tfra", b"mfro",
})  # fmt: skip
_DATED = frozenset({b"mvhd", b"tkhd", b"mdhd"})
_TRACKS = frozenset({b"vide", b"soun", b"text", b"sbtl", b"subt"})
_DEEPEST = 12


def mp3_copy(data: bytes) -> bytes:
    """The frames of sound alone."""
    out, at = bytearray(), 0
    while data[at : at + 3] == b"ID3":
        size = data[at + 6 : at + 10]
        at += 10 + sum((byte & 0x7F) << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=False))
        if data[at : at + 3] == b"3DI":
            at += 10
    begin = at
    while at + 4 <= len(data):
        length = _frame_length(data[at : at + 4])
        if length and at + length <= len(data):
            out += data[at : at + length]
            at += length
        else:
            at = data.find(b"\xff", at + 1)
            if at < 0:
                break
    if not out or len(out) < (len(data) - begin) // 2:
        raise broken()
    return bytes(out)


def _frame_length(header: bytes) -> int:
    """0 for what is no header of a layer III frame."""
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    if header[0] != 0xFF or header[1] & 0xE0 != 0xE0 or version == 1 or layer != 1 or header[2] >> 2 & 3 == 3:  # noqa: PLR2004 -- bits of ISO/IEC 11172-3
        return 0
    bits = _KBITS[3 if version == 3 else 2][header[2] >> 4] * 1000  # noqa: PLR2004 -- as above
    samples = 144 if version == 3 else 72  # noqa: PLR2004 -- per frame, in eighths
    return samples * bits // _HERTZ[version][header[2] >> 2 & 3] + (header[2] >> 1 & 1) if bits else 0


def mp4_copy(data: bytes) -> bytes:
    """Every box keeps its place, so that the tables of samples still hold; what is not on the list is emptied."""
    out = bytearray(data)
    found: set[bytes] = set()
    _boxes(out, 0, len(out), found, 0)
    if not {b"ftyp", b"moov", b"mdat"} <= found:
        raise broken()
    return bytes(out)


def _boxes(out: bytearray, at: int, end: int, found: set[bytes], depth: int) -> None:
    if depth > _DEEPEST:
        raise broken()
    while at < end:
        kind, body, after = _box(out, at, end)
        found.add(kind)
        if kind in _CONTAINERS:
            _boxes(out, body, after, found, depth + 1)
        elif kind in _DATED:
            # Times of making and changing: four bytes each, eight in version 1.
            if body + 20 > after:
                raise broken()
            times = 16 if out[body] == 1 else 8
            out[body + 4 : body + 4 + times] = bytes(times)
        elif kind == b"hdlr":
            _handler(out, body, after)
        elif kind not in _LEAVES:
            out[at + 4 : at + 8] = b"free"
            out[body:after] = bytes(after - body)
        at = after


def _box(out: bytearray, at: int, end: int) -> tuple[bytes, int, int]:
    """Its kind, where its content begins, and where it ends."""
    size, kind, body = int.from_bytes(out[at : at + 4], "big"), bytes(out[at + 4 : at + 8]), at + 8
    if size == 1:
        size, body = int.from_bytes(out[at + 8 : at + 16], "big"), at + 16
    elif size == 0 and end == len(out):
        size = end - at
    if size < body - at or at + size > end:
        raise broken()
    return kind, body, at + size


def _handler(out: bytearray, body: int, after: int) -> None:
    if bytes(out[body + 8 : body + 12]) not in _TRACKS:
        # Its samples lie among those of sound and picture: places of a GPS, mostly.
        raise Unfit(
            "file-with-metadata-track",
            "录像中含有元数据轨道（如定位信息），无法制作查阅副本",
            "the recording has a track of metadata, such as places; no viewing copy can be made",
        )
    out[body + 24 : after] = bytes(max(0, after - body - 24))
