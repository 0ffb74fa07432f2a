"""A filled-in workbook back into lines: everything that is wrong with it is told at once, cell by cell."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from common.files.tables import Sheet, check_workbook, read_sheets
from contracts.regions import region_label
from contracts.reporting import reported

from progress_api.refusals import Fault, Refused
from progress_api.reporting import cells, sheets
from progress_api.reporting.answers import Entered
from progress_api.reporting.domain import AnswerKind, Item, Report, Signatories
from progress_api.reporting.sheets import FORM

MOST_BYTES = 2 * 1024 * 1024
"""A form is some 15 KB; office software may leave pictures of stamps in it."""
_MOST_CELLS = 200_000
_MOST_UNPACKED = 32 * 1024 * 1024
_T = TypeVar("_T")


def read_form(data: bytes) -> Sheet:
    """Raises Unfit where it is no workbook, Refused where it holds no form. Blocking: for a thread."""
    check_workbook(data)
    found = read_sheets(io.BytesIO(data), most_rows=0, most_cells=_MOST_CELLS, most_unpacked=_MOST_UNPACKED)
    for sheet in found:
        if sheet.name == FORM:
            return sheet
    raise Refused(
        "sheet-missing", f"工作簿中没有工作表“{FORM}”", f"the workbook has no sheet named {FORM}", field="body"
    )


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form's cells say. entered: the rows that say something; rows: where each item stands, from 0."""

    entered: dict[Item, Entered]
    rows: dict[Item, int]
    signatories: Signatories
    faults: tuple[Fault, ...]

    def cell_of(self, fault: Fault) -> Fault:
        """A fault that was found by the path of a field, at its cell."""
        for item, row in self.rows.items():
            for name, column in sheets.FIELDS.items():
                if fault.field == item.place(name):
                    return replace(fault, field=at(row, column))
            if fault.field.startswith(item.place("")[:-1]):
                return replace(fault, field=at(row, sheets.KEY))
        return fault


def filled(sheet: Sheet, report: Report) -> Filled:
    """Of another report nothing but that is told: its cells are no faults of this one."""
    reading = _Reading(sheet.rows)
    faults = _identity_faults(reading, report)
    if reading.text(*sheets.ID_CELL) != str(report.report_id):
        return Filled({}, {}, Signatories(), tuple(faults))
    rows = reading.rows_of(report, faults)
    told = {item: reading.entered(item, row, faults) for item, row in rows.items()}
    return Filled(
        {item: entered for item, entered in told.items() if entered is not None},
        rows,
        reading.signatories(report),
        tuple(faults),
    )


def at(row: int, column: int) -> str:
    """As faults name a cell: 表1!D7."""
    return f"{FORM}!{cells.cell_name(row, column)}"


def _identity_faults(reading: "_Reading", report: Report) -> list[Fault]:
    if reading.text(*sheets.ID_CELL) != str(report.report_id):
        return [_foreign(reading, report)]
    version = reading.text(*sheets.VERSION_CELL)
    if version != str(report.version):
        return [
            Fault(
                at(*sheets.VERSION_CELL),
                f"版本不符：表中为{version[:12] or '空'}，现为{report.version}；请重新下载后填写",
                f"the sheet is of version {version[:12] or 'none'}, the report now of {report.version}: "
                "download it again",
            )
        ]
    told = (reading.text(*sheets.REGION_CELL), reading.text(*sheets.PERIOD_CELL), reading.text(*sheets.CHECK_CELL))
    if told != (report.region, str(report.period), sheets.check_code(report)):
        return [
            Fault(
                at(*sheets.CHECK_CELL),
                "校验码与表头不符：锁定的单元格已被改动，请重新下载后填写",
                "the check code does not match: locked cells have been changed; download the sheet again",
            )
        ]
    return []


def _foreign(reading: "_Reading", report: Report) -> Fault:
    """Names the first thing that differs, as the sheet says it."""
    region, period = reading.text(*sheets.REGION_CELL), reading.text(*sheets.PERIOD_CELL)
    if region != report.region:
        zh, en = region_label(region[:20])
        ours_zh, ours_en = region_label(report.region)
        return Fault(
            at(*sheets.REGION_CELL),
            f"这是另一地区（{zh or '未写明'}）的报表，本报表属于{ours_zh}",
            f"this is the sheet of another region ({en or 'none'}); the report is of {ours_en}",
        )
    if period != str(report.period):
        return Fault(
            at(*sheets.PERIOD_CELL),
            f"这是另一报告期（{period[:12] or '未写明'}）的报表，本报表为{report.period}",
            f"this is the sheet of another period ({period[:12] or 'none'}); the report is of {report.period}",
        )
    return Fault(at(*sheets.ID_CELL), "这是另一份报表", "this is the sheet of another report")


class _Reading:
    def __init__(self, rows: Sequence[Sequence[str]]) -> None:
        self._rows = rows

    def text(self, row: int, column: int) -> str:
        if row >= len(self._rows) or column >= len(self._rows[row]):
            return ""
        return cells.plain(self._rows[row][column])

    def rows_of(self, report: Report, faults: list[Fault]) -> dict[Item, int]:
        """The report's items, in its order, with the rows that name them."""
        asked = {item.key: item for item in report.items}
        found: dict[str, int] = {}
        for row in range(sheets.FIRST_ROW, len(self._rows)):
            key, where = self.text(row, sheets.KEY), at(row, sheets.KEY)
            if key in found:
                faults.append(Fault(where, f"指标重复：{key}", f"the indicator stands twice: {key}"))
            elif key in asked:
                found[key] = row
            elif key.partition(".")[0] in reported():
                faults.append(Fault(where, f"本报表没有这一行：{key[:40]}", f"the report does not ask for {key[:40]}"))
            elif key:
                faults.append(Fault(where, f"未知的指标：{key[:40]}", f"unknown indicator: {key[:40]}"))
            elif any(self.text(row, column) for column in (sheets.AMOUNT, sheets.BASE)):
                faults.append(Fault(where, "缺少指标编号", "the indicator is missing"))
        last = sheets.FIRST_ROW + len(report.items) - 1
        whole = f"{at(sheets.FIRST_ROW, sheets.KEY)}:{cells.cell_name(last, sheets.KEY)}"
        faults += [
            Fault(whole, f"缺少指标所在行：{key}", f"the row of an indicator is missing: {key}")
            for key in asked
            if key not in found
        ]
        return {item: found[key] for key, item in asked.items() if key in found}

    def entered(self, item: Item, row: int, faults: list[Fault]) -> Entered | None:
        """None where the row is empty: no answer."""

        def cell(column: int, parse: Callable[[str], _T]) -> _T | None:
            return cells.read(faults, at(row, column), self.text(row, column), parse)

        text = cells.text_of_at_most(sheets.MOST_CHARACTERS)
        kind = self._kind(row, faults)
        given: dict[str, int | bool | date | str | None] = {
            item.fields[0]: cell(sheets.AMOUNT, cells.yes_or_no if item.about.is_yes_or_no else cells.whole_number),
            "denominator": cell(sheets.BASE, cells.whole_number),
            "reached_on": cell(sheets.REACHED_ON, cells.day),
            "document_number": cell(sheets.DOCUMENT, text),
        }
        remark, explanation = cell(sheets.REMARK, text), cell(sheets.EXPLANATION, text)
        if kind is AnswerKind.NIL:
            # A 0 beside the mark says the same.
            given = {name: value or None for name, value in given.items()}
        fields = {name: value for name, value in given.items() if value is not None}
        if kind is AnswerKind.NUMBER and not fields and remark is None and explanation is None:
            return None
        return Entered(kind, fields, remark, explanation)

    def _kind(self, row: int, faults: list[Fault]) -> AnswerKind:
        nil, not_applicable = (
            cells.read(faults, at(row, column), self.text(row, column), cells.mark)
            for column in (sheets.NIL, sheets.NOT_APPLICABLE)
        )
        if nil and not_applicable:
            where = at(row, sheets.NOT_APPLICABLE)
            faults.append(Fault(where, "不能既零报告又不适用", "is either nil or not applicable, not both"))
        return AnswerKind.NIL if nil else AnswerKind.NOT_APPLICABLE if not_applicable else AnswerKind.NUMBER

    def signatories(self, report: Report) -> Signatories:
        """As the foot names them, below the last row of the table; a foot that was moved names nobody."""
        foot = sheets.FIRST_ROW + len(report.items) + 1
        names = [self.text(foot + at, sheets.UNIT)[: sheets.NAME_CHARACTERS] or None for at in range(3)]
        return Signatories(*names)
