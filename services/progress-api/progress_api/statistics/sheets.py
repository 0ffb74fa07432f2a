"""A table as a file, CSV or XLSX: the sheet to fill in, and what is read from it, each fault named by its cell."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import xlsxwriter
from common.files.tables import Sheet, read_sheets
from contracts.statistics import Bound, province_named, provinces
from xlsxwriter.utility import xl_rowcol_to_cell

from progress_api.refusals import Fault, Refused
from progress_api.statistics.domain import Figure
from progress_api.statistics.fields import MOST_LAWYERS

TITLES = ("省份", "律师人数", "数据性质", "备注")
_MOST_ROWS = 200
_BOUNDS = {name: bound for bound in Bound for name in (bound.value, bound.zh)} | {
    "": Bound.EXACT,
    "多": Bound.MORE_THAN,
    "余": Bound.MORE_THAN,
    "超过": Bound.MORE_THAN,
    "多于": Bound.MORE_THAN,
}
_NOTE_LENGTH = 500
_BESIDE = ("合计", "总计", "全国", "注", "填报", "审核")
"""Begins a row that belongs to no unit."""


@dataclass(frozen=True, slots=True)
class Read:
    """places: the cell of each figure's province, such as `Sheet1!A7`, for faults found later."""

    figures: list[Figure]
    places: list[str]


def read_table(file: BinaryIO) -> Read:
    """Raises Refused with every fault, and Unfit where it is no table at all."""
    sheet, header = _find(read_sheets(file, most_rows=_MOST_ROWS))
    where = {title: column for column, title in enumerate(_plain(sheet.rows[header])) if title in TITLES}
    if len(sheet.rows) - header - 1 > _MOST_ROWS:
        raise Refused("too-many-rows", f"不得超过 {_MOST_ROWS} 行", f"at most {_MOST_ROWS} rows", field="file")
    faults: list[Fault] = []
    figures: list[Figure] = []
    places: list[str] = []
    for number, row in enumerate(sheet.rows[header + 1 :], start=header + 2):
        cells = _Row(sheet.name, number, row, where)
        if cells.unused or cells.text("省份").startswith(_BESIDE):
            continue
        figure = _figure(cells)
        faults += cells.faults
        if figure is not None:
            figures.append(figure)
            places.append(cells.cell("省份"))
    if faults:
        raise Refused("table-unreadable", "表格有误，见 errors", "the table has faults, see errors", faults=faults)
    if not figures:
        raise Refused("no-rows", "表头之下没有数据", "there are no rows below the header", field="file")
    return Read(figures, places)


def _find(sheets: Sequence[Sheet]) -> tuple[Sheet, int]:
    for sheet in sheets:
        for number, row in enumerate(sheet.rows[:10]):
            if {"省份", "律师人数"} <= set(_plain(row)):
                return sheet, number
    raise Refused(
        "header-missing",
        f"未找到表头，应含：{'、'.join(TITLES)}",
        f"no header found; it names {', '.join(TITLES)}",
        field="file",
    )


def _plain(row: Sequence[str]) -> list[str]:
    return ["".join(cell.split()) for cell in row]


class _Row:
    def __init__(self, sheet: str, number: int, cells: Sequence[str], where: dict[str, int]) -> None:
        self._sheet, self._number, self._cells, self._where = sheet, number, cells, where
        self.faults: list[Fault] = []

    @property
    def unused(self) -> bool:
        """A unit of which nothing was published: the table then lacks it, which is said when it is shown."""
        return not any(self.text(title) for title in TITLES[1:])

    def text(self, title: str) -> str:
        column = self._where.get(title, len(self._cells))
        return self._cells[column].strip() if column < len(self._cells) else ""

    def fault(self, title: str, zh: str, en: str) -> None:
        self.faults.append(Fault(self.cell(title), zh, en))

    def cell(self, title: str) -> str:
        cell = xl_rowcol_to_cell(self._number - 1, self._where[title])
        return f"{self._sheet}!{cell}" if self._sheet else cell


def _figure(row: _Row) -> Figure | None:
    unit = province_named(row.text("省份"))
    if unit is None:
        row.fault("省份", "不是全国31个省级单位之一", "is none of the 31 provincial units")
    written = row.text("律师人数").replace(",", "").replace("，", "")
    # By its length first: Python refuses to read numbers of thousands of digits.
    readable = written.isascii() and written.isdecimal() and len(written) <= len(str(MOST_LAWYERS))
    lawyers = int(written) if readable else None
    if lawyers is None or lawyers > MOST_LAWYERS:
        lawyers = None
        row.fault("律师人数", "应为整数人数，不以万为单位", "must be a whole number of persons, not of 10,000")
    bound = _BOUNDS.get(row.text("数据性质"))
    if bound is None:
        row.fault("数据性质", f"应为：{'、'.join(each.zh for each in Bound)}", f"must be one of {', '.join(Bound)}")
    note = row.text("备注")
    if len(note) > _NOTE_LENGTH or not note.isprintable():
        row.fault("备注", f"至多 {_NOTE_LENGTH} 字，不含换行", f"at most {_NOTE_LENGTH} characters, no line breaks")
    if unit is None or lawyers is None or bound is None or row.faults:
        return None
    return Figure(unit.code, lawyers, bound, note or None)


def blank_table() -> bytes:
    """The sheet to fill in: all 31 units, the kinds of number as a list to choose from."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": False}) as book:
        sheet = book.add_worksheet("分省律师人数")
        bold, whole = book.add_format({"bold": True, "bg_color": "#DDE7F0"}), book.add_format({"num_format": "0"})
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 18)
        sheet.set_column(1, 1, 14, whole)
        sheet.set_column(2, 3, 28)
        sheet.write_row(0, 0, TITLES, bold)
        for number, unit in enumerate(provinces().values(), start=1):
            sheet.write_string(number, 0, unit.official_zh)
        sheet.data_validation(1, 2, len(provinces()), 2, {"validate": "list", "source": [each.zh for each in Bound]})
        notes = book.add_worksheet("填表说明")
        notes.set_column(0, 0, 90)
        for number, line in enumerate(_NOTES):
            notes.write_string(number, 0, line)
    return buffer.getvalue()


_NOTES = (
    "1. 填写年末律师人数，单位为人，整数，不以万为单位。",
    "2. 原文印有“多”“余”“超过”的，数据性质选“多于（多、余、超过）”；由其他公布数推得的选“推算数”；不填为精确数。",
    "3. 没有公布数的省份请留空，不得估计。",
    "4. 各省须为同一统计口径；口径不同的分别录入为不同的表。",
)
