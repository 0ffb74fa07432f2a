"""The report as a file: CSV that spreadsheets open as UTF-8, or XLSX with one sheet per class."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

import xlsxwriter

from registry_api.imports.domain import Class
from registry_api.imports.tables import ImportChangeRow, ImportFindingRow

TITLES = ("行号 Row", "类别 Class", "列 Column", "内容 Value", "原因", "Reason")
CHANGE_TITLES = (
    "行号 Row", "类别 Class", "证号或信用代码 Number", "姓名或名称 Name", "项目 Field", "登记内容 Before",
    "文件内容 After",
)  # fmt: skip
_SEVERITY = {"error": "错误 error", "warning": "警告 warning"}
_CLASS = {
    Class.NEW: "新增 new", Class.CHANGED: "变更 changed", Class.GONE: "文件中没有 gone",
    Class.CONFLICTING: "冲突 conflicting",
}  # fmt: skip
FIELDS = {
    "name": "姓名或名称 name", "licence_number": "执业证号 licence number", "category": "执业类别 category",
    "institution": "执业机构 institution", "region": "地区 region", "county": "县区 county",
    "first_licensed_on": "首次执业日期 first licensed", "licence": "执业证 licence", "id_number": "身份证号 ID number",
    "credit_code": "信用代码 credit code", "kind": "组织形式 kind", "established_on": "设立日期 established",
    "parent": "总所 head office", "address": "地址 address", "in_legal_district": "中央法务区 legal district",
    "supervising_organ": "主管机关 supervising organ", "capital_yuan": "设立资产（元） capital",
    "charter_on": "章程日期 charter", "head": "负责人 head", "specialities": "业务专长 specialities",
}  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full width too: a Chinese spreadsheet takes ＝ for =."""


def as_csv(findings: Iterable[ImportFindingRow], changes: Iterable[ImportChangeRow] = ()) -> bytes:
    """Findings first; then the diff under a header of its own."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)  # whatever separator the reader's machine takes
    writer.writerow(TITLES)
    writer.writerows([_inert(cell) for cell in _finding_cells(finding)] for finding in findings)
    rows = [row for change in changes for row in _change_cells(change)]
    if rows:
        writer.writerow(CHANGE_TITLES)
        writer.writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(
    counts: Mapping[str, int], findings: Sequence[ImportFindingRow], changes: Sequence[ImportChangeRow] = ()
) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book:
        _write(book, "概况 summary", ("项目 Item", "数量 Number"), [(name, str(n)) for name, n in counts.items()])
        for severity, title in _SEVERITY.items():
            _write(book, title, TITLES, (_finding_cells(f) for f in findings if f.severity == severity))
        for cls, title in _CLASS.items():
            rows = (row for change in changes if change.class_ == cls.value for row in _change_cells(change))
            _write(book, title, CHANGE_TITLES, rows)
    return out.getvalue()


def _write(book: xlsxwriter.Workbook, name: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for number, cells in enumerate((titles, *rows)):
        for column, cell in enumerate(cells):
            sheet.write_string(number, column, cell)


def _finding_cells(finding: ImportFindingRow) -> tuple[str, ...]:
    return (
        str(finding.row_number),
        _SEVERITY[finding.severity],
        finding.column_name or "",
        finding.value or "",
        finding.reason_zh,
        finding.reason_en,
    )


def _change_cells(change: ImportChangeRow) -> Iterator[tuple[str, ...]]:
    """One row per field; one for whoever is gone."""
    row = "" if change.row_number < 0 else str(change.row_number)
    for name, before, after in change.fields or [[None, None, None]]:
        field = "" if name is None else FIELDS.get(name, name)
        yield row, _CLASS[Class(change.class_)], change.identity, change.name, field, before or "", after or ""


def _inert(cell: str) -> str:
    # A spreadsheet would run what a stranger wrote into a cell.
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
