"""The columns that bureaus export, under the titles they give them, and where in a sheet the header stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

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


@dataclass(frozen=True, slots=True)
class Header:
    """Rows `at` to `at + height - 1` of a sheet; for each cell the index of the column it names, None if left aside."""

    at: int
    height: int
    places: tuple[int | None, ...]

    @property
    def first_row(self) -> int:
        """Index of the first row below."""
        return self.at + self.height


LAWYER_COLUMNS = (
    Column("姓名", "name", required=True, aliases=("律师姓名", "律师名称", "执业人员姓名")),
    Column(
        "执业证号",
        "licence_number",
        required=True,
        aliases=("律师执业证号", "执业证书号", "执业证号码", "执业证书编号", "律师执业证书号", "执业许可证号"),
    ),
    Column("执业类别", "category", required=True, aliases=("律师类别", "执业证类别", "律师类型", "执业类型")),
    Column("性别", "sex"),
    Column(
        "执业机构",
        "firm_id",
        required=True,
        aliases=("执业机构名称", "所在律所", "律师事务所", "律师事务所名称", "所在机构", "工作单位", "所属律所"),
    ),
    Column(
        "统一社会信用代码",
        "credit_code",
        aliases=("执业机构统一社会信用代码", "信用代码", "律所统一社会信用代码", "社会信用代码", "机构信用代码"),
    ),
    Column("地区", "region", required=True, aliases=("所在地区", "地市", "所属地市", "所在地市", "市", "省辖市")),
    Column(
        "首次执业日期", "first_licensed_on", required=True, aliases=("首次执业时间", "首次执业年月日", "首次领证日期")
    ),
    Column("执业状态", "status", aliases=("状态", "律师状态")),
    Column("身份证号", "id_number", aliases=("身份证号码", "公民身份号码", "证件号码", "居民身份证号")),
    Column("执业起始日期", "from_on", aliases=("到本机构执业日期", "到所执业日期", "本所执业起始日期")),
    Column("变更日期", "effective_on", aliases=("变更生效日期",)),
    Column("县区", "county", aliases=("所在县区", "县（市、区）", "县市区", "区县", "所属县区")),
    Column("业务专长", "specialities", aliases=("专业特长", "业务领域", "专业领域", "擅长领域")),
)

FIRM_COLUMNS = (
    Column("律所名称", "name", required=True, aliases=("律师事务所名称", "机构名称", "名称", "律师事务所", "执业机构")),
    Column(
        "统一社会信用代码",
        "credit_code",
        required=True,
        aliases=("信用代码", "执业许可证号", "社会信用代码", "律所统一社会信用代码", "许可证号"),
    ),
    Column(
        "组织形式",
        "kind",
        required=True,
        aliases=("律所类型", "类型", "律所性质", "律师事务所类型", "机构类型", "性质"),
    ),
    Column("地区", "region", required=True, aliases=("所在地区", "地市", "所属地市", "所在地市", "市", "省辖市")),
    Column("设立日期", "established_on", required=True, aliases=("成立日期", "批准日期", "成立时间", "批准设立日期")),
    Column("状态", "status", aliases=("执业状态", "机构状态")),
    Column("总所统一社会信用代码", "parent_firm_id", aliases=("总所信用代码", "总所社会信用代码")),
    Column("地址", "address", aliases=("住所", "办公地址", "办公场所", "执业地址")),
    Column("变更日期", "effective_on", aliases=("变更生效日期",)),
    Column("县区", "county", aliases=("所在县区", "县（市、区）", "县市区", "区县", "所属县区")),
    Column("主管机关", "supervising_organ", aliases=("主管司法局", "主管司法行政机关", "主管部门")),
    Column("中央法务区", "in_legal_district", aliases=("是否入驻中央法务区", "入驻中央法务区", "是否中央法务区")),
    Column("负责人执业证号", "head_id", aliases=("负责人证号", "主任执业证号", "负责人律师执业证号")),
    Column("合伙人数", "partners", aliases=("合伙人人数", "合伙人数量")),
    Column(
        "设立资产", "capital_yuan", aliases=("注册资本", "注册资金", "资产数额", "设立资产（元）", "注册资金（元）")
    ),
    Column("设立资产（万元）", "capital_wan", aliases=("注册资本（万元）", "注册资金（万元）", "资产数额（万元）")),
    Column("章程日期", "charter_on", aliases=("章程核准日期", "章程备案日期")),
)

COLUMNS: Mapping[Kind, tuple[Column, ...]] = {Kind.LAWYERS: LAWYER_COLUMNS, Kind.FIRMS: FIRM_COLUMNS}

LEFT_ASIDE = frozenset({
    "序号", "编号", "备注", "说明", "民族", "国籍", "学历", "学位", "政治面貌", "出生日期", "出生年月", "年龄",
    "籍贯", "毕业院校", "资格证号", "法律职业资格证号", "执业年限", "联系电话", "电话", "手机", "手机号",
    "手机号码", "移动电话", "电子邮箱", "邮箱", "邮编", "邮政编码", "传真", "网址", "微信", "照片", "省份", "省",
    "负责人", "负责人姓名", "主任", "律师人数", "执业律师人数", "专职律师人数", "兼职律师人数", "填报单位",
    "填报时间", "是否合伙人", "职务",
})  # fmt: skip
"""Columns that exports carry and the register does not hold: read over, kept nowhere, not even while a file waits."""

_HEADER_WITHIN = 12
"""Titles, the name of the bureau, the date of the export may stand above the header."""

_DECORATION = re.compile(r"[*＊：:]|（(必填|选填|必填项|选填项|文本格式|文本)）")


@dataclass(frozen=True, slots=True)
class _Titles:
    """The columns of a kind by every title they go under."""

    by_title: Mapping[str, int]

    @classmethod
    def of(cls, kind: Kind) -> "_Titles":
        return cls({t: i for i, column in enumerate(COLUMNS[kind]) for t in (column.title, *column.aliases)})

    def known(self, row: Sequence[str]) -> int:
        return len({self.by_title[title] for title in row if title in self.by_title})

    def knows(self, title: str) -> bool:
        return title in self.by_title or title in LEFT_ASIDE


_TITLES = {kind: _Titles.of(kind) for kind in Kind}


def titles_known(rows: Sequence[Sequence[str]], kind: Kind) -> int:
    """How many columns of this kind the best header of a sheet names: the sheet with most is the one meant."""
    return max((score for score, _, _, _ in _candidates(rows, kind)), default=0)


def find_header(rows: Sequence[Sequence[str]], kind: Kind) -> Header:
    """Raises Refused, and names what is missing or unknown."""
    columns, titles = COLUMNS[kind], _TITLES[kind]
    candidates = _candidates(rows, kind)
    best = max(candidates, key=lambda candidate: candidate[0], default=None)
    if best is None or best[0] == 0:
        needed = "、".join(column.title for column in columns if column.required)
        raise Refused(
            "header-missing", f"找不到表头，应有：{needed}", f"there is no header row; it needs {needed}", field="file"
        )
    _, at, height, header = best
    while header and not header[-1]:
        header.pop()
    for title in header:
        if title and not titles.knows(title):
            known = "、".join(column.title for column in columns)
            raise Refused(
                "column-unknown",
                f"未知的列：{title[:40]}；可用的列：{known}",
                f"unknown column: {title[:40]}; known are {known}",
                field="file",
            )
    places = tuple(titles.by_title.get(title) for title in header)
    for index, column in enumerate(columns):
        if places.count(index) > 1:
            raise Refused("column-twice", f"列重复：{column.title}", f"column twice: {column.title}", field="file")
    missing = "、".join(c.title for index, c in enumerate(columns) if c.required and index not in places)
    if missing:
        raise Refused("header-missing", f"缺少列：{missing}", f"missing columns: {missing}", field="file")
    return Header(at, height, places)


def is_title(cell: str, kind: Kind) -> bool:
    return cell in _TITLES[kind].by_title


def _candidates(rows: Sequence[Sequence[str]], kind: Kind) -> list[tuple[int, int, int, list[str]]]:
    """(columns named, first row, height, titles): each row near the top alone, and with the row below it."""
    titles = _TITLES[kind]
    top = [[_title(cell) for cell in row] for row in rows[: _HEADER_WITHIN + 1]]
    found = [(titles.known(row), at, 1, row) for at, row in enumerate(top[:_HEADER_WITHIN])]
    for at, (upper, lower) in enumerate(pairwise(top)):
        joined = _joined(upper, lower, titles)
        # Only where the second row names columns of its own: else it is the first row of data.
        if titles.known(joined) > max(titles.known(upper), titles.known(lower)):
            found.append((titles.known(joined), at, 2, joined))
    return found


def _joined(upper: Sequence[str], lower: Sequence[str], titles: _Titles) -> list[str]:
    """A header of two rows, whose groups are merged cells: a group's title stands in its first column only."""
    joined, group = [], ""
    for index in range(max(len(upper), len(lower))):
        above = upper[index] if index < len(upper) else ""
        below = lower[index] if index < len(lower) else ""
        group = above or group
        if not below:
            joined.append(above)
        elif titles.knows(group + below):
            joined.append(group + below)
        elif titles.knows(below) or not titles.knows(above):
            joined.append(below)
        else:
            joined.append(above)
    return joined


def _title(cell: str) -> str:
    return _DECORATION.sub("", normalise_name(cell)).strip()
