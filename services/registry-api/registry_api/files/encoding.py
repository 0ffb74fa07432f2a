"""Records as bytes: the same records make the same bytes, whatever the batches they come in.

Each output is written by one encoder into one `Sink`, which hashes and cuts into chunks, so that memory stays the
same for a thousand rows and for a million. A gzip member and a Parquet file carry no time and no name.
"""

import gzip
import hashlib
import time
import zlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from registry_api.files.domain import COLUMNS, Digests, Format, Kind, Type, keys_of
from registry_api.register.record import RECORD_SCHEMA, Record, record_bytes

CHUNK: Final = 256 * 1024
ROW_GROUP: Final = 20_000
AT_A_STRETCH: Final = 50
"""Rows between two breaths: a millisecond or two."""
_PAUSE: Final = 0.00005
_BLOCK: Final = 64 * 1024
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full width too: a Chinese spreadsheet takes ＝ for =."""
_BOM: Final = "\ufeff"


def breathe() -> None:
    """In a thread: let the event loop run now, not when the interpreter next takes the lock from us (5 ms)."""
    time.sleep(_PAUSE)


class Measured:
    """Counts and hashes what goes by."""

    def __init__(self) -> None:
        self._sha256, self._sm3, self._bytes = hashlib.sha256(), hashlib.new("sm3"), 0

    def update(self, data: bytes) -> None:
        self._sha256.update(data)
        self._sm3.update(data)
        self._bytes += len(data)

    @property
    def digests(self) -> Digests:
        return Digests(self._bytes, self._sha256.digest(), self._sm3.digest())


class Sink:
    """Takes bytes as a file would, gives chunks of one size (the last is shorter)."""

    closed = False  # asked by pyarrow

    def __init__(self) -> None:
        self._measured = Measured()
        self._rest = bytearray()
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        view = bytes(data)
        self._measured.update(view)
        self._rest += view
        while len(self._rest) >= CHUNK:
            self._chunks.append(bytes(self._rest[:CHUNK]))
            del self._rest[:CHUNK]
        return len(view)

    def tell(self) -> int:
        return self.digests.length

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        if self._rest:
            self._chunks.append(bytes(self._rest))
            self._rest.clear()

    def take(self) -> list[bytes]:
        chunks, self._chunks = self._chunks, []
        return chunks

    @property
    def digests(self) -> Digests:
        return self._measured.digests


class Lines:
    """Rows of one audience, each encoded once for all the files that hold it."""

    __slots__ = ("csv", "ndjson", "records")

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.ndjson: list[bytes] = []
        self.csv: list[bytes] = []
        for start in range(0, len(records), AT_A_STRETCH):
            some = records[start : start + AT_A_STRETCH]
            self.ndjson += [record_bytes(record) + b"\n" for record in some]
            self.csv += [csv_line(record) for record in some]
            breathe()

    def only(self, places: Sequence[int]) -> "Lines":
        chosen = Lines.__new__(Lines)
        chosen.records = [self.records[place] for place in places]
        chosen.ndjson = [self.ndjson[place] for place in places]
        chosen.csv = [self.csv[place] for place in places]
        return chosen


class Encoder(Protocol):
    sink: Sink

    def add(self, lines: Lines) -> None: ...
    def finish(self) -> None: ...

    @property
    def plain(self) -> Digests | None:
        """Of what was packed, where it was packed as a whole."""


class _Plain:
    plain = None

    def __init__(self, kind: Kind, audience: str) -> None:
        self.sink = Sink()
        self.sink.write(csv_header(kind, audience))

    def add(self, lines: Lines) -> None:
        self.sink.write(b"".join(lines.csv))

    def finish(self) -> None:
        self.sink.close()


class _Packed:
    """Packed in blocks of one size: not every deflate makes the same of the same bytes handed over in other pieces."""

    def __init__(self, kind: Kind, audience: str, form: Format) -> None:
        self.sink = Sink()
        self._form = form
        self._measured = Measured()
        self._packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP_WINDOW)
        self._waiting = bytearray()
        if form is Format.CSV_GZ:
            self._write(csv_header(kind, audience))

    def add(self, lines: Lines) -> None:
        self._write(b"".join(lines.csv if self._form is Format.CSV_GZ else lines.ndjson))

    def finish(self) -> None:
        self.sink.write(self._packer.compress(bytes(self._waiting)) + self._packer.flush())
        self.sink.close()

    @property
    def plain(self) -> Digests:
        return self._measured.digests

    def _write(self, data: bytes) -> None:
        self._measured.update(data)
        self._waiting += data
        whole = len(self._waiting) - len(self._waiting) % _BLOCK
        for start in range(0, whole, _BLOCK):
            self.sink.write(self._packer.compress(self._waiting[start : start + _BLOCK]))
        del self._waiting[:whole]


class _Parquet:
    """Row groups of one size: where the batches end leaves no trace."""

    plain = None

    def __init__(self, kind: Kind, audience: str) -> None:
        self.sink = Sink()
        self._schema = parquet_schema(kind, audience)
        self._writer = pq.ParquetWriter(pa.PythonFile(self.sink, mode="w"), self._schema, compression="zstd")
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0

    def add(self, lines: Lines) -> None:
        rest = lines.records
        while rest:
            here = rest[: ROW_GROUP - self._rows]
            self._waiting.append(_batch(here, self._schema))
            self._rows += len(here)
            if self._rows == ROW_GROUP:
                self._write()
            rest = rest[len(here) :]

    def finish(self) -> None:
        if self._waiting:
            self._write()
        self._writer.close()
        self.sink.close()

    def _write(self) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema).combine_chunks()
        self._writer.write_table(table, row_group_size=ROW_GROUP)
        self._waiting, self._rows = [], 0


def encoder(kind: Kind, audience: str, form: Format) -> Encoder:
    if form is Format.PARQUET:
        return _Parquet(kind, audience)
    return _Plain(kind, audience) if form is Format.CSV else _Packed(kind, audience, form)


def encoded(records: Iterable[Record], kind: Kind, audience: str, form: Format) -> bytes:
    """A whole file at once, for few rows."""
    writer = encoder(kind, audience, form)
    writer.add(Lines(list(records)))
    writer.finish()
    return b"".join(writer.sink.take())


def csv_header(kind: Kind, audience: str) -> bytes:
    """With a byte order mark: spreadsheets take UTF-8 for GBK without it."""
    titles = [f"{COLUMNS[key].zh} {key}" for key in keys_of(kind, audience)]
    return (_BOM + ",".join(map(_quoted, titles)) + "\r\n").encode()


def csv_line(record: Record) -> bytes:
    return (",".join([_cell(key, value) for key, value in record.items()]) + "\r\n").encode()


def _cell(key: str, value: Any) -> str:
    if value is None:
        return '""'
    if isinstance(value, str):
        # A spreadsheet would run what a stranger wrote into a cell.
        return _quoted(f"'{value}" if key in _FREE_TEXT and value.startswith(_FORMULA) else value)
    if isinstance(value, bool):
        return '"true"' if value else '"false"'
    return _quoted(";".join(value) if isinstance(value, list) else str(value))


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


_FREE_TEXT: Final = frozenset(key for key, column in COLUMNS.items() if column.type is Type.FREE_TEXT)


_ARROW: Final = {
    Type.TEXT: pa.string(),
    Type.FREE_TEXT: pa.string(),
    Type.TEXTS: pa.list_(pa.string()),
    Type.DATE: pa.date32(),
    Type.INTEGER: pa.int64(),
    Type.FLAG: pa.bool_(),
}


def parquet_schema(kind: Kind, audience: str) -> pa.Schema:
    fields = [
        pa.field(key, _ARROW[COLUMNS[key].type], metadata={"zh": COLUMNS[key].zh}) for key in keys_of(kind, audience)
    ]
    return pa.schema(fields, metadata={"kind": kind.value, "audience": audience, "record_schema": str(RECORD_SCHEMA)})


def _batch(records: Sequence[Record], schema: pa.Schema) -> pa.RecordBatch:
    arrays = []
    for field in schema:
        values = [record[field.name] for record in records]
        if field.type == pa.date32():
            values = [None if value is None else date.fromisoformat(value) for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def unpacked(data: bytes, form: Format) -> bytes:
    return gzip.decompress(data) if form in {Format.CSV_GZ, Format.NDJSON_GZ} else data
