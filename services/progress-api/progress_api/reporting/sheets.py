"""A report's form as a workbook: 表1 to fill in, 填报说明 beside it; the layout is told here once for both ways.

Who fills it in may write into the open cells only. The locked ones say which report this is, in which version, and a
check code over that: what comes back is taken for exactly that report or refused.
"""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter
from contracts.regions import region_label

from progress_api.reporting.cells import YES
from progress_api.reporting.domain import Answer, AnswerKind, Item, Report, Signatories
from progress_api.reporting.fields import MOST

FORM, GUIDE = "表1", "填报说明"
MOST_CHARACTERS = 1000
"""Of a text in a cell."""
NAME_CHARACTERS = 50

# Rows from 0.
ID_ROW, UNIT_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3, 4
ID_CELL, VERSION_CELL, CHECK_CELL = (ID_ROW, 2), (ID_ROW, 5), (ID_ROW, 9)
REGION_CELL, PERIOD_CELL = (UNIT_ROW, 5), (UNIT_ROW, 7)
(
    KEY, REGION, TITLE, UNIT, AMOUNT, BASE, NIL, NOT_APPLICABLE, REACHED_ON, DOCUMENT, REMARK, EXPLANATION, BEFORE,
    KNOWN,
) = range(14)  # fmt: skip
FIELDS = {
    "amount": AMOUNT, "numerator": AMOUNT, "yes": AMOUNT, "denominator": BASE, "reached_on": REACHED_ON,
    "document_number": DOCUMENT, "remark": REMARK, "explanation": EXPLANATION,
}  # fmt: skip
"""Where the fields of an answer stand."""
_HEADER = (
    ("指标编号\nIndicator", 14), ("地区\nRegion", 10), ("指标名称\nTitle", 34), ("单位\nUnit", 11),
    ("数值（比率填分子）\nAmount", 13), ("基数（分母）\nBase", 11), ("零报告\nNil report", 8),
    ("不适用\nNot applicable", 8), ("达成日期\nReached on", 12), ("文号\nDocument number", 20), ("备注\nRemark", 22),
    ("异常说明\nExplanation", 22), ("上期报送\nLast report", 14), ("系统数据\nKnown here", 14),
)  # fmt: skip
_RULES = (
    ("只填写底色为黄的单元格；其余单元格已锁定，请勿改动、增删行列或更换工作表名称。",
     "Fill in the yellow cells only; leave all others, rows, columns and names of sheets as they are."),
    ("数值与基数填整数；比率分别填分子（数值）和分母（基数），分子不得大于分母。",
     "Amounts and bases are whole numbers; a share is told as numerator (amount) and denominator (base)."),
    ("本期确无发生的，在“零报告”选“是”；与漏报不同，留空视为未报。",
     "Where there was nothing, mark the nil report; an empty row is a missing number."),
    ("本地区不适用的，在“不适用”选“是”并在“备注”写明理由，不填数值。",
     "Where it does not apply, mark that and say why in the remark; leave the amount empty."),
    ("是否类指标填1（是）或0（否）；已达成的填达成日期和文号。",
     "Yes-or-no indicators are 1 (yes) or 0 (no); what has been reached has a day and a document."),
    ("与上期或系统数据相差较大的，在“异常说明”写明原因。",
     "Where a number is far from the last report or from what is known here, explain it."),
    ("打印后由填报人、审核人、负责人签名并加盖公章，扫描件（PDF、JPEG、PNG）随报表上传。",
     "Print it, have it signed and stamped, and upload the scan (PDF, JPEG or PNG) with the report."),
)  # fmt: skip
_SIGNED_BY = ("填报人 Filled in by", "审核人 Checked by", "负责人 Responsible", "填报日期 Date")
_GUIDE_HEADER = (
    "指标编号 Indicator", "指标名称 Title", "方案原文 Text of the plan", "统计口径 Definition", "数据性质 Nature",
    "单位 Unit", "本期 Period", "上限 At most",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a form: what stands in its cells, and what is shown beside them."""

    item: Item
    answer: Answer | None = None
    before: str = ""
    known: str = ""


def check_code(report: Report) -> str:
    """Recognises what was changed by mistake. No secret: whoever uploads may do so by his own right."""
    told = (str(report.report_id), str(report.version), report.region, str(report.period))
    return hashlib.sha256("\n".join((*told, *(item.key for item in report.items))).encode()).hexdigest()[:16]


def workbook(report: Report, lines: Sequence[Line], signatories: Signatories) -> bytes:
    """No cell is ever a formula, whatever its text begins with."""
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        _Form(book, report).write(lines, signatories)
        _write_guide(book, report, lines)
    return out.getvalue()


class _Form:
    def __init__(self, book: Any, report: Report) -> None:
        self._report = report
        self._sheet = book.add_worksheet(FORM)
        box = {"border": 1, "valign": "vcenter", "text_wrap": True}
        entered = box | {"bg_color": "#FFF8D6", "locked": False}
        self._title = book.add_format({"bold": True, "font_size": 16, "align": "center"})
        self._head = book.add_format(box | {"bold": True, "bg_color": "#DDDDDD", "align": "center"})
        self._told = book.add_format(box | {"num_format": "@"})
        self._number = book.add_format(entered | {"num_format": "0"})
        self._text = book.add_format(entered | {"num_format": "@"})
        self._day = book.add_format(entered | {"num_format": "yyyy-mm-dd"})
        self._closed = book.add_format(box | {"bg_color": "#EEEEEE"})
        self._open = book.add_format({"locked": False, "bottom": 1, "num_format": "@"})
        self._stamp = book.add_format({"border": 4, "align": "center", "valign": "vcenter", "font_color": "#999999"})

    def write(self, lines: Sequence[Line], signatories: Signatories) -> None:
        sheet = self._sheet
        self._write_head()
        for row, line in enumerate(lines, FIRST_ROW):
            self._write_line(row, line)
        self._write_foot(FIRST_ROW + len(lines) + 1, signatories)
        sheet.freeze_panes(FIRST_ROW, TITLE + 1)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW)

    def _write_head(self) -> None:
        report, sheet, period = self._report, self._sheet, self._report.period
        zh, en = region_label(report.region)
        sheet.merge_range(0, 0, 0, KNOWN, f"{zh}{period.zh}进展报送表 Progress report, {en}", self._title)
        for (row, column), text in {
            (ID_ROW, 0): "报表编号 Report", ID_CELL: str(report.report_id), (ID_ROW, 4): "版本 Version",
            (ID_ROW, 8): "校验码 Check code", CHECK_CELL: check_code(report),
            (UNIT_ROW, 0): "填报单位 By", (UNIT_ROW, 2): f"{report.reporter.zh} {report.reporter.en}",
            (UNIT_ROW, 3): zh, (UNIT_ROW, 4): "地区 Region", REGION_CELL: report.region,
            (UNIT_ROW, 6): "报告期 Period", PERIOD_CELL: str(period), (UNIT_ROW, 8): f"{period.from_on}",
            (UNIT_ROW, 9): f"至 {period.until_on}", (UNIT_ROW, 10): f"报送截止 Due {period.due_on}",
        }.items():  # fmt: skip
            sheet.write_string(row, column, text, self._told)
        sheet.write_number(*VERSION_CELL, report.version, self._told)
        for column, (text, width) in enumerate(_HEADER):
            sheet.set_column(column, column, width)
            sheet.write_string(HEADER_ROW, column, text, self._head)

    def _write_line(self, row: int, line: Line) -> None:
        sheet, item, about = self._sheet, line.item, line.item.about
        answer = line.answer or Answer(AnswerKind.NUMBER)
        told: tuple[tuple[int, str], ...] = (
            (KEY, item.key), (REGION, region_label(item.region)[0]), (BEFORE, line.before), (KNOWN, line.known),
            (TITLE, f"{about.indicator.title_zh} {about.indicator.title_en}"), (UNIT, about.indicator.unit),
        )  # fmt: skip
        for column, text in told:
            sheet.write_string(row, column, text, self._told)
        self._write_number(row, AMOUNT, answer.amount, about.at_most or MOST)
        if about.is_share:
            self._write_number(row, BASE, answer.base, MOST)
        else:
            sheet.write_blank(row, BASE, None, self._closed)
        for column, kind in ((NIL, AnswerKind.NIL), (NOT_APPLICABLE, AnswerKind.NOT_APPLICABLE)):
            sheet.write_string(row, column, YES if answer.kind is kind else "", self._text)
            sheet.data_validation(row, column, row, column, {"validate": "list", "source": [YES]})
        self._write_reached(row, item, answer)
        for column, words in ((REMARK, answer.remark), (EXPLANATION, answer.explanation)):
            self._write_text(row, column, words or "")

    def _write_number(self, row: int, column: int, number: int | None, most: int) -> None:
        if number is None:
            self._sheet.write_blank(row, column, None, self._number)
        else:
            self._sheet.write_number(row, column, number, self._number)
        rule = {
            "validate": "integer", "criteria": "between", "minimum": 0, "maximum": most,
            "error_title": "数值不符合要求", "error_message": f"应为 0 至 {most} 的整数 / a whole number",
        }  # fmt: skip
        self._sheet.data_validation(row, column, row, column, rule)

    def _write_text(self, row: int, column: int, text: str) -> None:
        self._sheet.write_string(row, column, text, self._text)
        rule = {"validate": "length", "criteria": "<=", "value": MOST_CHARACTERS}
        self._sheet.data_validation(row, column, row, column, rule)

    def _write_reached(self, row: int, item: Item, answer: Answer) -> None:
        if "reached_on" not in item.fields:
            for column in (REACHED_ON, DOCUMENT):
                self._sheet.write_blank(row, column, None, self._closed)
            return
        if answer.reached_on is None:
            self._sheet.write_blank(row, REACHED_ON, None, self._day)
        else:
            self._sheet.write_datetime(row, REACHED_ON, answer.reached_on, self._day)
        rule = {"validate": "date", "criteria": "<=", "value": self._report.period.until_on}
        self._sheet.data_validation(row, REACHED_ON, row, REACHED_ON, rule)
        self._write_text(row, DOCUMENT, answer.document_number or "")

    def _write_foot(self, row: int, signatories: Signatories) -> None:
        """The first column stays empty: a row of the table is one that names an indicator."""
        signed = (signatories.filled_by, signatories.checked_by, signatories.responsible, None)
        for at, (label, name) in enumerate(zip(_SIGNED_BY, signed, strict=True), row):
            self._sheet.write_string(at, TITLE, label)
            self._sheet.write_string(at, UNIT, name or "", self._open)
        last = row + len(_SIGNED_BY) - 1
        self._sheet.merge_range(row, REACHED_ON, last, REMARK, "（盖章处 Stamp here）", self._stamp)


def _write_guide(book: Any, report: Report, lines: Sequence[Line]) -> None:
    sheet = book.add_worksheet(GUIDE)
    bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    sheet.set_column(0, 0, 12)
    sheet.set_column(1, len(_GUIDE_HEADER) - 1, 26)
    for row, (zh, en) in enumerate(_RULES):
        sheet.write_string(row, 0, f"{row + 1}. {zh} {en}")
    header = len(_RULES) + 1
    for column, text in enumerate(_GUIDE_HEADER):
        sheet.write_string(header, column, text, bold)
    abouts = {line.item.indicator_id: line.item.about for line in lines}
    for row, about in enumerate(abouts.values(), header + 1):
        indicator = about.indicator
        told = (
            indicator.id, f"{indicator.title_zh} {indicator.title_en}", indicator.quote,
            f"{about.definition_zh} {indicator.definition}",
            f"{about.nature.zh} {about.nature.en}", indicator.unit,
            f"{report.period.from_on}—{report.period.until_on}", "" if about.at_most is None else f"{about.at_most}",
        )  # fmt: skip
        for column, text in enumerate(told):
            sheet.write_string(row, column, text, wrapped)
    sheet.protect()
