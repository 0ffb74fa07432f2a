"""Workbooks as an office hands them back: what was downloaded, with some cells filled in anew."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter
from common.files.tables import read_sheets
from progress_api.reporting.cells import cell_name
from progress_api.reporting.sheets import FORM

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def rows_of(data: bytes, sheet: str = FORM) -> list[list[str]]:
    [found] = [each for each in read_sheets(io.BytesIO(data), most_rows=0) if each.name == sheet]
    return found.rows


def refilled(data: bytes, cells: Mapping[str, Any], *, name: str = FORM) -> bytes:
    """`cells` by name (D7); numbers are written as numbers, texts as texts."""
    out = rows_of(data)
    wide = max(len(row) for row in out)
    rows = [
        [cells.get(cell_name(at, column), text) for column, text in enumerate([*row, *[""] * (wide - len(row))])]
        for at, row in enumerate(out)
    ]
    left = cells.keys() - {cell_name(at, column) for at in range(len(rows)) for column in range(wide)}
    assert not left, f"cells outside of the table: {left}"
    return table(rows, name=name)


def table(rows: Sequence[Sequence[Any]], *, name: str = FORM) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(name)
        for at, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, bool):
                    sheet.write_boolean(at, column, value)
                elif isinstance(value, int | float):
                    sheet.write_number(at, column, value)
                elif value != "":
                    sheet.write_string(at, column, value)
    return out.getvalue()


def row_of(data: bytes, key: str) -> int:
    """As spreadsheets count: the first row is 1."""
    return next(at for at, row in enumerate(rows_of(data), 1) if row and row[0] == key)
