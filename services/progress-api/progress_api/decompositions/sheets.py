"""A document of targets as a table: its head in the first rows, one target a row below the header.

    文号       豫司文〔2026〕1号
    发文机关   河南省司法厅
    发文日期   2026-01-05
    施行日期   2026-01-05
    指标编号   地区   要求   目标值
    H1         郑州市 不少于 20000

The cells may stand in any columns; rows between are left aside as long as they are empty. Places in faults are rows as
the sender sees them, from 1.
"""

import io
import math
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from common.clock import FIRST_DAY, LAST_DAY
from common.files.tables import read_sheets
from contracts.plan import Operator
from contracts.regions import region_named

from progress_api.decompositions.domain import Head, Line
from progress_api.refusals import Fault, Refused

MOST_BYTES = 1_000_000
MOST_LINES = 2_000
"""86 indicators in 18 regions are fewer."""
_MOST_UNPACKED = 64 * 1024 * 1024
_MOST_CELLS = 200_000
_HEAD = {"文号": "number", "发文机关": "issuer", "发文日期": "issued_on", "施行日期": "from_on"}
_COLUMNS = {"指标编号": "indicator_id", "地区": "region", "要求": "op", "目标值": "value"}
_OPERATORS = {
    "不少于": Operator.AT_LEAST, "达到": Operator.AT_LEAST, ">=": Operator.AT_LEAST, "≥": Operator.AT_LEAST,
    "超过": Operator.MORE_THAN, ">": Operator.MORE_THAN,
    "不超过": Operator.AT_MOST, "<=": Operator.AT_MOST, "≤": Operator.AT_MOST,
}  # fmt: skip


@dataclass(slots=True)
class _Table:
    head: dict[str, str] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, zh: str, en: str) -> None:
        self.faults.append(Fault(place, zh, en))


def read_document(content: bytes) -> tuple[Head, list[Line]]:
    """Of an XLSX or CSV file; raises Unfit on what is neither, Refused with every fault of its cells."""
    sheets = read_sheets(
        io.BytesIO(content), most_rows=MOST_LINES, most_cells=_MOST_CELLS, most_unpacked=_MOST_UNPACKED
    )
    rows = sheets[0].rows if sheets else []
    if len(rows) > MOST_LINES:
        raise Refused("too-many-rows", f"超过 {MOST_LINES} 行", f"It has more than {MOST_LINES} rows", field="file")
    table, places = _Table(), dict[str, int]()
    for number, row in enumerate(rows, 1):
        cells = [unicodedata.normalize("NFKC", cell).strip() for cell in row]
        if places:
            _take(table, number, {name: cells[at] if at < len(cells) else "" for name, at in places.items()})
        elif set(_COLUMNS) <= set(cells):
            places = {name: cells.index(title) for title, name in _COLUMNS.items()}
        else:
            _take_head(table, cells, row)
    if not places:
        zh = f"没有找到表头：{'、'.join(_COLUMNS)}"
        raise Refused("header-missing", zh, f"There is no row with the header {', '.join(_COLUMNS)}", field="file")
    head = _head(table)
    if table.faults or head is None:
        raise Refused("document-invalid", table.faults[0].zh, table.faults[0].en, faults=table.faults)
    return head, table.lines


def _take_head(table: _Table, cells: list[str], row: list[str]) -> None:
    for at, cell in enumerate(cells):
        name = _HEAD.get(cell.rstrip(":"))
        if name is not None:
            # As it was written: a document's number has brackets that would change.
            table.head[name] = next((text.strip() for text in row[at + 1 :] if text.strip()), "")


def _head(table: _Table) -> Head | None:
    titles = {name: title for title, name in _HEAD.items()}
    days: dict[str, date] = {}
    for name in ("issued_on", "from_on"):
        try:
            day = date.fromisoformat(table.head.get(name, "").replace("/", "-"))
        except ValueError:
            day = date.min
        if FIRST_DAY <= day <= LAST_DAY:
            days[name] = day
        else:
            table.fault(name, f"{titles[name]}应为日期，如 2026-01-05", "must be a date such as 2026-01-05")
    for name in ("number", "issuer"):
        if not 2 <= len(table.head.get(name, "")) <= 100:  # noqa: PLR2004 -- as fields of the body have it
            table.fault(name, f"{titles[name]}应为 2 至 100 个字符", "must have 2 to 100 characters")
    if table.faults:
        return None
    return Head(table.head["number"], table.head["issuer"], days["issued_on"], days["from_on"])


def _take(table: _Table, number: int, cells: dict[str, str]) -> None:
    if not any(cells.values()):
        return
    place, faults = f"rows.{number}", len(table.faults)
    region = region_named(cells["region"])
    if region is None:
        table.fault(f"{place}.region", "不是河南省18个地区之一", "is not one of the 18 regions")
    op = _OPERATORS.get(cells["op"])
    if op is None:
        table.fault(f"{place}.op", "应为：不少于、超过、不超过", "must be 不少于 (>=), 超过 (>) or 不超过 (<=)")
    try:
        value = float(cells["value"])
    except ValueError:
        value = math.nan
    if not 0 <= value < 10**9:
        table.fault(f"{place}.value", "应为不小于 0 的数字", "must be a number from 0 on")
    if region is not None and op is not None and faults == len(table.faults):
        table.lines.append(Line(cells["indicator_id"], region.code, op, value, place))
