"""A file as rows of text: CSV (UTF-8, GB 18030, UTF-16 with BOM) or XLSX, told apart by content, never by name."""

import csv
import io
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import BinaryIO

import orjson
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from common.files.unfit import NO_ARCHIVE, Unfit

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
"""An XLSX is a zip: what it unpacks to is limited too."""

MAX_CELLS = 8_000_000
"""Of the rectangles from A1 to the last cell, whose empty cells cost memory too; 200,000 rows have 40 columns each."""

_TOP_CHARACTERS = 4_000
"""Of these the separators are counted."""

_PARSER_BYTES = 3 * 1024 * 1024 * 1024
_PARSER_SECONDS = 120
_TOO_MUCH = 3
"""What the parser's process ends with where an XLSX unpacks to too much."""

_EXACT_IN_SPREADSHEETS = 10**15
"""Spreadsheets keep 15 digits of a number; a longer one has lost its end."""

_COMPOUND = b"\xd0\xcf\x11\xe0"
"""How old XLS files begin, and workbooks with a password."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows, empty ones too, so that their numbers are those which the sender sees."""

    name: str
    rows: list[list[str]]


def read_sheets(
    file: BinaryIO, *, most_rows: int, most_cells: int = MAX_CELLS, most_unpacked: int = MAX_UNPACKED_BYTES
) -> list[Sheet]:
    """The sheets of a workbook, or the one of a text file; a text is not read beyond the row after `most_rows`.

    most_cells, most_unpacked: what a workbook may hold at the most, in cells and in bytes once unpacked. Raises
    Unfit (`file-malformed`) on what is neither. It may take seconds: not for the event loop.
    """
    start = file.read(4)
    file.seek(0)
    if not start:
        raise _malformed("文件为空", "the file is empty")
    if start == b"PK\x03\x04":
        return _read_xlsx(file, most_cells, most_unpacked)
    if start == _COMPOUND:
        raise _malformed("不支持旧版 XLS，请另存为 XLSX 或 CSV", "old XLS files are not read: save as XLSX or CSV")
    return [Sheet("", list(islice(_read_csv(file.read()), most_rows + 1)))]


def check_workbook(data: bytes) -> None:
    """Raises Unfit unless it is an XLSX: of no other format, and without macros, under whatever name it comes."""
    if data.startswith(_COMPOUND):
        raise _malformed(
            "不接收旧版 XLS 或加密的工作簿，请另存为未加密的 XLSX",
            "old XLS files and workbooks with a password are not taken: save it as XLSX without one",
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {name.rpartition("/")[2].lower() for name in archive.namelist()}
    except NO_ARCHIVE as error:
        raise _malformed("不是可读的 XLSX 文件", "it is no readable XLSX file") from error
    if "vbaproject.bin" in names:
        raise Unfit(
            "file-with-macros",
            "工作簿含有宏（XLSM），不予接收，请另存为 XLSX",
            "the workbook holds macros (XLSM) and is not taken: save it as XLSX",
            field="file",
        )


def _read_csv(raw: bytes) -> Iterator[list[str]]:
    text = _decode(raw)
    if "\x00" in text:
        raise _malformed("文件含有空字符，不是 CSV", "the file holds NUL characters and is no CSV")
    top = text[:_TOP_CHARACTERS]  # a title without any separator may stand above the header
    delimiter = max(",\t;", key=top.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise _malformed(f"第{reader.line_num}行无法解析", f"line {reader.line_num} cannot be parsed") from error


def _decode(raw: bytes) -> str:
    # GBK is a subset of GB 18030.
    encodings = ["utf-16"] if raw.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _malformed("编码不是 UTF-8 或 GBK", "the text is neither UTF-8 nor GBK")


def _read_xlsx(file: BinaryIO, most_cells: int, most_unpacked: int) -> list[Sheet]:
    """In a process of its own: for one cell at XFD1048576 the parser takes room for all before it, and dies of that."""
    try:
        parser = subprocess.run(  # noqa: S603 -- our own interpreter and module
            [sys.executable, "-m", "common.files.tables", str(most_cells), str(most_unpacked)],
            input=file.read(),
            capture_output=True,
            timeout=_PARSER_SECONDS,
            check=True,
            # Where our code lies, and nothing else of ours: no key, no address of a database.
            env={"PYTHONPATH": ":".join(path for path in sys.path if path), "PYTHONDONTWRITEBYTECODE": "1"},
        )
    except subprocess.CalledProcessError as error:
        if error.returncode == _TOO_MUCH:
            raise _malformed("XLSX 解压后过大", "the XLSX unpacks to too much") from error
        raise _malformed("不是可读的 XLSX 文件", "it is no readable XLSX file") from error
    except subprocess.TimeoutExpired as error:
        raise _malformed("XLSX 过于复杂，无法读取", "the XLSX takes too long to read") from error
    return [Sheet(name, rows) for name, rows in orjson.loads(parser.stdout)]


def _parse_xlsx(most_cells: int, most_unpacked: int) -> None:
    """The parser's process: a file on stdin, its sheets as JSON on stdout."""
    resource.setrlimit(resource.RLIMIT_AS, (_PARSER_BYTES, _PARSER_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    file = io.BytesIO(sys.stdin.buffer.read())
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > most_unpacked:
                sys.exit(_TOO_MUCH)
        file.seek(0)
        book, sheets, cells = CalamineWorkbook.from_filelike(file), [], 0
        for name in [sheet.name for sheet in book.sheets_metadata if sheet.typ is SheetTypeEnum.WorkSheet]:
            sheet = book.get_sheet_by_name(name)
            last_row, last_column = sheet.end or (0, 0)
            cells += (last_row + 1) * (last_column + 1)
            if cells > most_cells:
                sys.exit(_TOO_MUCH)
            sheets.append((name, sheet.to_python(skip_empty_area=False)))
    except (*NO_ARCHIVE, CalamineError, MemoryError):
        sys.exit(1)
    sys.stdout.buffer.write(
        orjson.dumps([(name, [[_text(cell) for cell in row] for row in rows]) for name, rows in sheets])
    )


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float | int):
        # Longer numbers read as 1.41012E+16, and are refused as such.
        if abs(cell) >= _EXACT_IN_SPREADSHEETS:
            return f"{cell:.5E}"
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    return str(cell)


def _malformed(zh: str, en: str) -> Unfit:
    return Unfit("file-malformed", zh, en, field="file")


if __name__ == "__main__":
    _parse_xlsx(int(sys.argv[1]), int(sys.argv[2]))
