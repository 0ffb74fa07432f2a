"""The report as a file: CSV that spreadsheets open as UTF-8, or XLSX."""

import csv
import io
from collections.abc import Iterable

import xlsxwriter

from registry_api.register.tables import ImportFindingRow

TITLES = ("行号 Row", "类别 Severity", "列 Column", "内容 Value", "原因", "Reason")
_SEVERITY = {"error": "错误 error", "warning": "警告 warning"}
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full width too: a Chinese spreadsheet takes ＝ for =."""


def as_csv(findings: Iterable[ImportFindingRow]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)  # whatever separator the reader's machine takes
    writer.writerow(TITLES)
    for finding in findings:
        writer.writerow([_inert(cell) for cell in _cells(finding)])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(findings: Iterable[ImportFindingRow]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("导入报告")
        for column, title in enumerate(TITLES):
            sheet.write_string(0, column, title)
        for row, finding in enumerate(findings, start=1):
            for column, cell in enumerate(_cells(finding)):
                sheet.write_string(row, column, cell)
    return out.getvalue()


def _cells(finding: ImportFindingRow) -> tuple[str, ...]:
    return (
        str(finding.row_number),
        _SEVERITY[finding.severity],
        finding.column_name or "",
        finding.value or "",
        finding.reason_zh,
        finding.reason_en,
    )


def _inert(cell: str) -> str:
    # A spreadsheet would run what a stranger wrote into a cell.
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
