"""Segments of the log as files: whose they are, and whether what a recovery took for the end of the log is its end.

Layout of PostgreSQL's src/include/access/xlog_internal.h and xlogrecord.h, the same since version 9.3; little-endian.
pg_receivewal pads a segment with zeros before it writes into it.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yulu_backup.problems import Trouble
from yulu_backup.store import Base, numbered, segment_name

_HEADER = struct.Struct("<HHIQIIQII")
"""Of a segment's first page: magic, flags, timeline, address, rest of a record, padding, system, sizes."""
_LONG, _SHORT = 40, 24
"""Bytes of the header of a segment's first page, and of any other page."""
_PAGE = 8192
_RECORD = 24
"""Bytes of a record's header: length, transaction, previous record, flags, resource manager, checksum."""
_LENGTH = struct.Struct("<I")
_LONGEST_RECORD = 1020 << 20
_SWITCH = (0x40, 0)
"""Flags and resource manager of a record after which the rest of the segment is empty."""
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    system: str
    timeline: int
    address: int
    segment_bytes: int


def header(path: Path) -> Header | None:
    """None where nothing was written into it yet. Raises OSError."""
    with path.open("rb") as file:
        raw = file.read(_HEADER.size)
    if len(raw) < _HEADER.size or not any(raw):
        return None
    _, _, timeline, address, _, _, system, segment_bytes, _ = _HEADER.unpack(raw)
    return Header(str(system), timeline, address, segment_bytes)


def check(base: Base) -> None:
    """That each segment after this base is of its server, timeline and place. Raises Trouble, OSError."""
    for number, path in sorted(numbered(base).items()):
        told = header(path)
        if told is None:
            continue
        if told.system != base.system:
            raise Trouble(
                f"日志 {path} 属于另一套系统：其系统标识为 {told.system}，备份 {base.name} 为 {base.system}。"
                "请移走它，补上本系统的同名日志。",
                f"The segment {path.name} is of another system: {told.system}, not {base.system}. Put ours back.",
            )
        wanted = Header(base.system, base.timeline, number * base.segment_bytes, base.segment_bytes)
        if told != wanted:
            raise Trouble(
                f"日志 {path} 的内容与文件名不符：时间线 {told.timeline}（应为 {wanted.timeline}），"
                f"位置 {told.address:X}（应为 {wanted.address:X}）。请补上正确的一段。",
                f"The segment {path.name} holds another part of the log: put the right one back.",
            )


def prove_end(base: Base, last_record: int) -> None:
    """That nothing was written after the record with which a recovery ended. last_record: its address.

    A damaged record is taken for the end of the log, silently. After a real end there are zeros; at most a record
    stands there that was not yet received whole. Raises Trouble, OSError.
    """
    log = _Bytes(base)
    end = log.end_of(last_record)
    if any(log.read(start := log.body(end), _LENGTH.size)):
        begun = log.length(start)
        if begun <= _LONGEST_RECORD:
            end = log.end_of(start)
    if (after := log.something_after(end)) is not None:
        number = last_record // base.segment_bytes
        raise Trouble(
            f"日志在 {_lsn(log.body(log.end_of(last_record)))}（{segment_name(base, number)} 之中或紧接其后）损坏："
            f"其后到 {segment_name(base, after)} 还有内容而无法重放。请换用日志的另一份副本；"
            "或以 --at 指定损坏之前的时刻。",
            f"The log is damaged after {_lsn(last_record)}: there is more in {segment_name(base, after)} that cannot "
            "be replayed. Use another copy of the log, or name an instant before the damage with --at.",
        )


def _lsn(address: int) -> str:
    return f"{address >> 32:X}/{address & 0xFFFFFFFF:X}"


class _Bytes:
    """The log of a base, addressed as PostgreSQL does."""

    def __init__(self, base: Base) -> None:
        self._size = base.segment_bytes
        self._files = numbered(base)

    def read(self, address: int, count: int) -> bytes:
        """Zeros where there is no file."""
        path = self._files.get(address // self._size)
        if path is None:
            return bytes(count)
        with path.open("rb") as file:
            file.seek(address % self._size)
            return file.read(count)

    def length(self, record: int) -> int:
        return int(_LENGTH.unpack(self.read(record, _LENGTH.size))[0])

    def body(self, address: int) -> int:
        """The same, or behind the header where a page begins there."""
        if address % self._size == 0:
            return address + _LONG
        return address + _SHORT if address % _PAGE == 0 else address

    def end_of(self, record: int) -> int:
        """Where the next one would begin."""
        if self._kind(record) == _SWITCH:
            return (record // self._size + 1) * self._size
        rest, at = self.length(record), record
        while rest > (room := _PAGE - at % _PAGE):
            rest -= room
            at = self.body(at + room)
        return at + (rest + 7) // 8 * 8

    def _kind(self, record: int) -> tuple[int, int]:
        """Flags and resource manager; a page may begin within a record's header."""
        here = _PAGE - record % _PAGE
        raw = self.read(record, _RECORD)
        if here < _RECORD:
            raw = raw[:here] + self.read(self.body(record + here), _RECORD - here)
        return raw[16] & 0xF0, raw[17]

    def something_after(self, address: int) -> int | None:
        """The last segment in which there is anything but zeros from there on."""
        first = address // self._size
        found = None
        for number in sorted(each for each in self._files if each >= first):
            if any(map(any, self._pieces(number, address % self._size if number == first else 0))):
                found = number
        return found

    def _pieces(self, number: int, offset: int) -> Iterator[bytes]:
        with self._files[number].open("rb") as file:
            file.seek(offset)
            while piece := file.read(_PIECE):
                yield piece
