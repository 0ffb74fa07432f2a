"""A paper as a workbook: one sheet per table with a frozen header, numbers as numbers, and a sheet of sources."""

import io
from datetime import date
from typing import Any

import xlsxwriter

from progress_api.papers.domain import Cell, Column, Paper, Table, day_zh

_HEADER_ROW = 3
_CHARACTERS = 14
"""Width of a column of weight 1."""
_EVIDENCE = Column("依据", "Evidence", 1.2)
_FORBIDDEN = str.maketrans("", "", "[]:*?/\\")
_LONGEST_NAME = 31


def write_xlsx(paper: Paper, base_url: str) -> bytes:
    out = io.BytesIO()
    # Text is never a formula or a link, whatever it begins with.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties(
            {"title": paper.title_zh, "author": paper.signed_by, "created": paper.made_at.replace(tzinfo=None)}
        )
        formats = _Formats(book)
        _cover(book, formats, paper)
        for table in paper.of_kind(Table):
            _sheet(book, formats, table, paper, base_url)
        _sources(book, formats, paper, base_url)
    return out.getvalue()


class _Formats:
    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.head = book.add_format(
            {"bold": True, "bg_color": "#EEEEEE", "border": 1, "text_wrap": True, "align": "center"}
        )
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.whole = book.add_format({"num_format": "0", "valign": "top"})
        self.broken = book.add_format({"num_format": "0.00", "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.link = book.add_format({"font_color": "#1F4E79", "underline": 1, "valign": "top"})
        self.small = book.add_format({"font_color": "#666666", "text_wrap": True})


def _cover(book: xlsxwriter.Workbook, formats: _Formats, paper: Paper) -> None:
    sheet = book.add_worksheet("封面")
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 90)
    sheet.write_string(0, 0, paper.title_zh, formats.title)
    sheet.write_string(1, 0, paper.title_en, formats.small)
    lines = [
        ("发文字号 Number", paper.number or "未签发 not issued"),
        ("成文日期 Date", day_zh(paper.dated_on) if paper.dated_on else "未签发 not issued"),
        ("发文机关 Issued by", paper.signed_by),
        *(("依据 Basis", f"{each.zh} {each.en}".strip()) for each in paper.basis),
        *(("说明 Note", f"{each.zh} {each.en}".strip()) for each in paper.notes),
    ]
    for row, (label, told) in enumerate(lines, 3):
        sheet.write_string(row, 0, label, formats.text)
        sheet.write_string(row, 1, told, formats.text)


def _sheet(book: xlsxwriter.Workbook, formats: _Formats, table: Table, paper: Paper, base_url: str) -> None:
    sheet = book.add_worksheet(table.name.translate(_FORBIDDEN)[:_LONGEST_NAME])
    columns = (*table.columns, _EVIDENCE) if table.evidence else table.columns
    sheet.write_string(0, 0, f"{table.zh} {table.en}", formats.title)
    sheet.write_string(1, 0, f"{paper.number or '未签发 not issued'}", formats.small)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, _CHARACTERS * column.weight)
        sheet.write_string(_HEADER_ROW - 1, at, f"{column.zh}\n{column.en}", formats.head)
    sheet.freeze_panes(_HEADER_ROW, 1)
    for row, cells in enumerate(table.rows, _HEADER_ROW):
        for at, cell in enumerate(cells):
            _write(sheet, formats, row, at, cell)
        path = table.evidence[row - _HEADER_ROW] if table.evidence else None
        if path is not None:
            sheet.write_url(row, len(table.columns), f"{base_url}{path}", formats.link, "依据 evidence")
    if table.rows:
        sheet.autofilter(_HEADER_ROW - 1, 0, _HEADER_ROW - 1 + len(table.rows), len(columns) - 1)


def _write(sheet: Any, formats: _Formats, row: int, at: int, cell: Cell) -> None:
    match cell:
        case None:
            sheet.write_blank(row, at, None, formats.text)
        case bool() | str():
            sheet.write_string(row, at, str(cell), formats.text)
        case int():
            sheet.write_number(row, at, cell, formats.whole)
        case float():
            sheet.write_number(row, at, cell, formats.broken)
        case date():
            sheet.write_datetime(row, at, cell, formats.day)


def _sources(book: xlsxwriter.Workbook, formats: _Formats, paper: Paper, base_url: str) -> None:
    sheet = book.add_worksheet("来源")
    for at, (head, width) in enumerate((("来源\nSource", 28), ("说明\nWhat it tells", 80), ("地址\nAddress", 60))):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, head, formats.head)
    sheet.freeze_panes(1, 0)
    for row, source in enumerate(paper.sources, 1):
        sheet.write_string(row, 0, f"{source.name_zh} {source.name_en}", formats.text)
        sheet.write_string(row, 1, source.told_zh, formats.text)
        if source.path is not None:
            sheet.write_url(row, 2, f"{base_url}{source.path}", formats.link)
