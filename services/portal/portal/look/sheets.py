"""A table that stands beside its chart: shown, drawn and downloaded from the same rows."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import quote

import xlsxwriter
from starlette.responses import Response

from portal.look.words import BEIJING

Kind = Literal["text", "number", "percent", "day", "instant"]
"""`percent`: a number of hundredths, 0 to 100. `day`, `instant`: ISO 8601."""

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {"day": "yyyy-mm-dd", "instant": "yyyy-mm-dd hh:mm"}
_WIDTHS = {"text": 28, "number": 14, "percent": 14, "day": 14, "instant": 18}
_LONGEST_TITLE = 31
"""Characters of a sheet's name; more, and the programs that open it refuse."""
_NOT_IN_TITLES = str.maketrans("", "", "[]:*?/\\'")


@dataclass(frozen=True)
class Column:
    title: str
    kind: Kind = "text"

    @property
    def counts(self) -> bool:
        """Whether it stands to the right, and may be drawn."""
        return self.kind in ("number", "percent")


@dataclass(frozen=True)
class Sheet:
    """rows: a value per column, None where there is none. links: where each row leads, as long as `rows`, or empty.

    note: of what is not in it.
    """

    name: str
    """Its id on the page, and its file's name."""
    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]] = ()
    links: Sequence[str | None] = field(default=())
    note: str = ""

    def link(self, index: int) -> str | None:
        return self.links[index] if index < len(self.links) else None


def workbook(*sheets: Sheet) -> bytes:
    """Numbers stay numbers and days days; a text is never taken for a formula. Instants are Beijing's."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True})
        formats = {kind: book.add_format({"num_format": shown}) for kind, shown in _FORMATS.items()}
        for sheet in sheets:
            page = book.add_worksheet(sheet.title.translate(_NOT_IN_TITLES)[:_LONGEST_TITLE] or sheet.name)
            page.freeze_panes(1, 0)
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, _WIDTHS[column.kind])
                page.write_string(0, place, column.title, head)
            for line, row in enumerate(sheet.rows, start=1):
                for place, (column, value) in enumerate(zip(sheet.columns, row, strict=True)):
                    held = _held(column, value)
                    if isinstance(held, date):
                        page.write_datetime(line, place, held, formats[column.kind])
                    elif isinstance(held, str):
                        page.write_string(line, place, held)
                    elif held is not None:
                        page.write_number(line, place, held)
            if sheet.note:
                page.write_string(len(sheet.rows) + 2, 0, sheet.note)
    return out.getvalue()


def _held(column: Column, value: Any) -> date | float | str | None:
    """As a spreadsheet holds it: an instant without an offset, Beijing's."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if column.counts and isinstance(value, int | float):
        return value
    return _moment(column.kind, value) if column.kind in _FORMATS else str(value)


def _moment(kind: Kind, told: str) -> date | str:
    try:
        if kind == "day":
            return date.fromisoformat(told)
        return datetime.fromisoformat(told).astimezone(BEIJING).replace(tzinfo=None)
    except ValueError:
        return told


def download(name: str, *sheets: Sheet) -> Response:
    """name: without its ending; Chinese is allowed."""
    headers = {
        "Content-Disposition": f"attachment; filename=\"{sheets[0].name}.xlsx\"; filename*=UTF-8''{quote(name)}.xlsx",
        "Cache-Control": "no-store",
    }
    return Response(workbook(*sheets), headers=headers, media_type=XLSX)
