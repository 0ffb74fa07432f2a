"""The file's bytes: a workbook or CSV. Every cell is text; none begins a formula."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import xlsxwriter
from contracts.labels import LabelledEnum

from discipline_api.credit.domain import FIELDS, CreditFile, Fate, cells, why_left_out

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full width too: a Chinese spreadsheet takes ＝ for =."""
_CONTROL: Final = {code: None for code in range(32) if chr(code) not in "\t\n\r"}
_NOTICE = ("双公示", "说明")


class FileFormat(LabelledEnum):
    XLSX = "xlsx", "工作簿", "workbook"
    CSV = "csv", "文本表格", "comma-separated values"

    @property
    def media_type(self) -> str:
        if self is FileFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def encode(file: CreditFile, format_: FileFormat, today: date) -> bytes:
    rows = [cells(row, today) for row in file.rows]
    return as_csv(rows) if format_ is FileFormat.CSV else as_xlsx(file, rows)


def as_csv(rows: Sequence[Sequence[str]]) -> bytes:
    """With a byte order mark: spreadsheets take UTF-8 for GBK without it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(FIELDS)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(file: CreditFile, rows: Sequence[Sequence[str]]) -> bytes:
    """The same bytes for the same rows. Long numbers are text: a spreadsheet keeps 15 digits of a number."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001 -- a constant, so that digests compare
        text = book.add_format({"num_format": "@"})
        _write(book.add_worksheet(_NOTICE[0]), [FIELDS, *rows], text)
        _write(book.add_worksheet(_NOTICE[1]), _notice(file), text)
    return out.getvalue()


def _write(sheet: "xlsxwriter.worksheet.Worksheet", rows: Sequence[Sequence[str]], text: object) -> None:
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, _harmless(cell), text)


def _notice(file: CreditFile) -> list[tuple[str, str]]:
    why = why_left_out()
    return [
        ("项目", "内容"),
        ("起止日期", f"{file.from_on.isoformat()} 至 {file.to_on.isoformat()}"),
        ("行数", str(len(file.rows))),
        *((fate.zh, str(file.count(fate))) for fate in Fate),
        ("未列入", str(file.left_out)),
        ("未列入的原因", why["zh"]),
    ]


def _harmless(cell: str) -> str:
    plain = cell.translate(_CONTROL)
    return f"'{plain}" if plain.startswith(_FORMULA) else plain
