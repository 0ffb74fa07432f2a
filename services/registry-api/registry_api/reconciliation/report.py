"""Lines as a workbook: one sheet per kind of difference."""

import io
from collections.abc import Sequence

import xlsxwriter
from contracts.regions import REGIONS

from registry_api.reconciliation.domain import Difference, LineState, Outcome, Reason
from registry_api.reconciliation.tables import ReconciliationLineRow

TITLES = (
    "主责地区 Region", "证号或信用代码 Number", "姓名或名称 Name", "项目 Field", "登记 Here", "许可系统 There",
    "状态 State", "处理结果 Outcome", "原因 Reason", "说明 Note", "首次发现 First found", "最近发现 Last found",
)  # fmt: skip
FIELDS = {
    "name": "姓名或名称 name", "licence_number": "执业证号 licence number", "category": "执业类别 category",
    "region": "地区 region", "credit_code_of_firm": "执业机构信用代码 credit code of the firm",
    "institution_name": "执业机构 institution", "first_licensed_on": "首次执业日期 first licensed",
    "licence": "执业证 licence", "kind": "组织形式 kind", "established_on": "设立日期 established",
    "address": "地址 address",
    "county": "县区 county", "capital_yuan": "设立资产（元） capital",
}  # fmt: skip


def as_xlsx(lines: Sequence[ReconciliationLineRow]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_formulas": False}) as book:
        for difference in Difference:
            sheet = book.add_worksheet(f"{difference.zh} {difference.value}")
            sheet.freeze_panes(1, 0)
            rows = (_cells(line) for line in lines if line.difference == difference.value)
            for number, cells in enumerate((TITLES, *rows)):
                for column, cell in enumerate(cells):
                    sheet.write_string(number, column, cell)
    return out.getvalue()


def _cells(line: ReconciliationLineRow) -> tuple[str, ...]:
    state = LineState(line.state)
    outcome = None if line.outcome is None else Outcome(line.outcome)
    reason = None if line.reason is None else Reason(line.reason)
    return (
        REGIONS[line.region].name_zh if line.region in REGIONS else "省 province",
        line.number,
        line.name,
        "" if line.field is None else FIELDS.get(line.field, line.field),
        line.here or "",
        line.there or "",
        f"{state.zh} {state.en}",
        "" if outcome is None else f"{outcome.zh} {outcome.en}",
        "" if reason is None else f"{reason.zh} {reason.en}",
        line.note or "",
        line.found_first_on.isoformat(),
        line.found_last_on.isoformat(),
    )
