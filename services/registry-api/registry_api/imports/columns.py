"""The headers that bureaus use, and which of them a file must have."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.identifiers import normalise_name

from registry_api.register.refusals import Refused


class Kind(StrEnum):
    FIRMS = "firms"
    LAWYERS = "lawyers"


@dataclass(frozen=True, slots=True)
class Column:
    """`title` is what reports call it; `field` is what commands call the same thing."""

    title: str
    field: str
    required: bool = False
    aliases: tuple[str, ...] = ()


LAWYER_COLUMNS = (
    Column("姓名", "name", required=True, aliases=("律师姓名",)),
    Column("执业证号", "licence_number", required=True, aliases=("律师执业证号", "执业证书号")),
    Column("执业类别", "category", required=True, aliases=("律师类别",)),
    Column("性别", "sex"),
    Column("执业机构", "firm_id", required=True, aliases=("执业机构名称", "所在律所", "律师事务所")),
    Column("统一社会信用代码", "credit_code", aliases=("执业机构统一社会信用代码", "信用代码")),
    Column("地区", "region", required=True, aliases=("所在地区", "地市")),
    Column("首次执业日期", "first_licensed_on", required=True, aliases=("首次执业时间",)),
    Column("执业状态", "status", aliases=("状态",)),
    Column("身份证号", "id_number", aliases=("身份证号码", "公民身份号码")),
    Column("执业起始日期", "from_on", aliases=("到本机构执业日期",)),
    Column("变更日期", "effective_on"),
)

FIRM_COLUMNS = (
    Column("律所名称", "name", required=True, aliases=("律师事务所名称", "机构名称", "名称")),
    Column("统一社会信用代码", "credit_code", required=True, aliases=("信用代码", "执业许可证号")),
    Column("组织形式", "kind", required=True, aliases=("律所类型", "类型")),
    Column("地区", "region", required=True, aliases=("所在地区", "地市")),
    Column("设立日期", "established_on", required=True, aliases=("成立日期", "批准日期")),
    Column("状态", "status", aliases=("执业状态",)),
    Column("总所统一社会信用代码", "parent_firm_id", aliases=("总所信用代码",)),
    Column("地址", "address", aliases=("住所", "办公地址")),
    Column("变更日期", "effective_on"),
)

COLUMNS = {Kind.LAWYERS: LAWYER_COLUMNS, Kind.FIRMS: FIRM_COLUMNS}

_HEADER_WITHIN = 5
"""A title or two may stand above the header."""


def find_header(rows: Sequence[Sequence[str]], kind: Kind) -> tuple[int, list[int]]:
    """Index of the header row, and for each of its cells the column it names. Names what is missing or unknown."""
    columns = COLUMNS[kind]
    by_title = {title: index for index, column in enumerate(columns) for title in (column.title, *column.aliases)}
    candidates = [[normalise_name(cell).rstrip("*") for cell in row] for row in rows[:_HEADER_WITHIN]]
    known = [sum(cell in by_title for cell in row) for row in candidates]
    if not known or max(known) == 0:
        titles = "、".join(column.title for column in columns if column.required)
        raise Refused(
            "header-missing", f"找不到表头，应有：{titles}", f"there is no header row; it needs {titles}", field="file"
        )
    at = known.index(max(known))
    header = candidates[at]
    while header and not header[-1]:
        header.pop()
    for cell in header:
        if cell not in by_title:
            name = cell[:40] or "（空）"
            raise Refused("column-unknown", f"未知的列：{name}", f"unknown column: {name}", field="file")
    places = [by_title[cell] for cell in header]
    for index, column in enumerate(columns):
        if places.count(index) > 1:
            raise Refused("column-twice", f"列重复：{column.title}", f"column twice: {column.title}", field="file")
        if column.required and index not in places:
            raise Refused(
                "header-missing", f"缺少列：{column.title}", f"the column {column.title} is missing", field="file"
            )
    return at, places
