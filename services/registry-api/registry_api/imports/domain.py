"""A row of a file: what it says, or what is wrong with it, cell by cell."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from contracts.identifiers import (
    CreditCode,
    InvalidIdentifier,
    LicenceCategory,
    LicenceNumber,
    Sex,
    normalise_name,
)
from contracts.regions import region_named
from contracts.registry_events import FirmKind

from registry_api.imports.columns import COLUMNS, Kind
from registry_api.register.lawyer import SealedIdCard
from registry_api.register.refusals import EARLIEST, Refused


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    row_number: int
    severity: Severity
    column: str | None
    value: str | None
    zh: str
    en: str


class Status(StrEnum):
    """What a file says of standing; suspension is told by discipline, not by files."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it waits: its number in the file, its cells in our order of columns."""

    row_number: int
    cells: tuple[str, ...]
    duplicate_of: int | None = None


@dataclass(frozen=True, slots=True)
class LawyerLine:
    row_number: int
    name: str
    number: LicenceNumber
    category: int
    firm_code: str | None
    institution: str
    region: str
    first_licensed_on: date
    status: Status
    id_card: SealedIdCard | None
    from_on: date | None
    effective_on: date | None


@dataclass(frozen=True, slots=True)
class FirmLine:
    row_number: int
    name: str
    credit_code: str
    kind: FirmKind
    region: str
    established_on: date
    status: Status
    parent_code: str | None
    address: str | None
    effective_on: date | None


_STATUS = {
    "": Status.ACTIVE, "执业": Status.ACTIVE, "正常": Status.ACTIVE, "正常执业": Status.ACTIVE, "存续": Status.ACTIVE,
    "在业": Status.ACTIVE, "未经年度考核": Status.ACTIVE, "停止执业": Status.SUSPENDED, "暂停执业": Status.SUSPENDED,
    "停业整顿": Status.SUSPENDED, "注销": Status.ENDED, "已注销": Status.ENDED, "终止": Status.ENDED,
    "吊销": Status.REVOKED, "已吊销": Status.REVOKED, "被吊销": Status.REVOKED,
}  # fmt: skip
_CATEGORIES = {
    name: int(category)
    for category in LicenceCategory
    for name in (str(int(category)), category.zh, category.zh.removesuffix("律师"), category.zh.replace("居民", ""))
} | {"法援律师": 8, "法援": 8, "香港": 3, "澳门": 4, "台湾": 5, "军队": 9}
_SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "男性": Sex.MALE, "女性": Sex.FEMALE}
_KINDS = {
    "普通合伙": FirmKind.GENERAL_PARTNERSHIP, "合伙": FirmKind.GENERAL_PARTNERSHIP,
    "特殊的普通合伙": FirmKind.SPECIAL_PARTNERSHIP, "特殊普通合伙": FirmKind.SPECIAL_PARTNERSHIP,
    "个人": FirmKind.INDIVIDUAL, "个人所": FirmKind.INDIVIDUAL, "国资": FirmKind.STATE, "国资所": FirmKind.STATE,
    "国家出资": FirmKind.STATE, "分所": FirmKind.BRANCH, "港澳联营": FirmKind.HK_MACAO_JOINT_VENTURE,
    "外国律所代表机构": FirmKind.FOREIGN_OFFICE, "外国律师事务所驻华代表机构": FirmKind.FOREIGN_OFFICE,
}  # fmt: skip

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]0?0:00(?::00)?)?|(\d{4})(\d\d)(\d\d)")
_ROUNDED = re.compile(r"\d(\.\d+)?[Ee]\+?\d+")
_T = TypeVar("_T")


@dataclass(slots=True)
class Cells:
    """Reads the cells of one row and collects what is wrong with them."""

    kind: Kind
    line: Line
    findings: list[Finding] = field(default_factory=list)
    failed: bool = False

    def text(self, name: str) -> str:
        return self.line.cells[_INDEX[self.kind][name]]

    def required(self, name: str) -> str:
        text = self.text(name)
        if not text:
            self.error(name, "必须填写", "must not be empty")
        return text

    def parse(self, name: str, parser: Callable[[str], _T]) -> _T | None:
        """None where the cell is empty or wrong."""
        text = self.text(name)
        if not text:
            return None
        try:
            return parser(text)
        except InvalidIdentifier as error:
            if _ROUNDED.fullmatch(text):
                self.error(
                    name,
                    "单元格为数字格式，末尾数字已丢失，请设为文本格式后重新填写",
                    "a spreadsheet has rounded this number: format the column as text and enter it again",
                )
            else:
                self.error(name, error.zh, error.en)
        except Refused as error:
            self.error(name, error.zh, error.en)
        return None

    def choice(self, name: str, choices: dict[str, _T]) -> _T | None:
        text = self.text(name)
        if text not in choices:
            if text:
                self.error(name, "不是可识别的内容", "is not a known value")
            return None
        return choices[text]

    def error(self, name: str, zh: str, en: str) -> None:
        self.failed = True
        self._find(Severity.ERROR, name, zh, en)

    def warn(self, name: str, zh: str, en: str) -> None:
        self._find(Severity.WARNING, name, zh, en)

    def _find(self, severity: Severity, name: str, zh: str, en: str) -> None:
        title, value = column_and_value(self.kind, self.line, name)
        self.findings.append(Finding(self.line.row_number, severity, title, value, zh, en))


_INDEX = {kind: {column.field: index for index, column in enumerate(columns)} for kind, columns in COLUMNS.items()}
_ALIASED = {"practising_from": "from_on", "ended_on": "effective_on", "institution": "firm_id"}


def column_and_value(kind: Kind, line: Line, name: str | None) -> tuple[str | None, str | None]:
    """Title and content of the cell that a command calls `name`; an ID number is never shown."""
    index = _INDEX[kind].get(_ALIASED.get(name or "", name or ""))
    if index is None:
        return None, None
    column = COLUMNS[kind][index]
    return column.title, "***" if column.field == "id_number" else line.cells[index][:200]


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> date:
    found = _DATE.fullmatch(text.strip())
    try:
        day = date(*(int(group) for group in found.groups() if group)) if found else None
    except ValueError:
        day = None
    if day is None:
        raise Refused("date-malformed", "应为日期，如 2012-03-01", "must be a date such as 2012-03-01")
    if day < EARLIEST:
        raise Refused("date-implausible", "日期过早", "is too early a date")
    return day


@lru_cache(maxsize=1024)
def _region(text: str) -> str:
    region = region_named(text)
    if region is None:
        raise Refused("region-unknown", "不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return region.code


@lru_cache(maxsize=8192)
def _firm_code(text: str) -> CreditCode:
    return CreditCode.parse(text, allow_wrong_check_digit=True)


@lru_cache(maxsize=8192)
def _check_digit_ok(code: CreditCode) -> bool:
    return code.check_digit_ok


@lru_cache(maxsize=8192)
def _name(text: str) -> str:
    return normalise_name(text)


def _kind(text: str) -> FirmKind:
    kind = _KINDS.get(text) or _KINDS.get(text.removesuffix("律师事务所"))
    if kind is None:
        raise Refused("kind-unknown", "不是可识别的组织形式", "is not a known kind of firm")
    return kind


def _sealed(text: str) -> SealedIdCard:
    """Cells of ID numbers wait sealed; `!` marks those that are none."""
    if text.startswith("!"):
        zh, _, en = text[1:].partition("|")
        raise Refused("id-number-malformed", zh, en)
    sealed, _, digest = text.partition(".")
    return SealedIdCard(bytes.fromhex(sealed), bytes.fromhex(digest))


def read_lawyer(line: Line) -> tuple[LawyerLine | None, list[Finding]]:
    cells = Cells(Kind.LAWYERS, line)
    cells.required("licence_number")
    cells.required("region")
    cells.required("first_licensed_on")
    cells.required("category")
    name = normalise_name(cells.required("name"))
    number = cells.parse("licence_number", LicenceNumber.parse)
    category = cells.choice("category", _CATEGORIES)
    sex = cells.choice("sex", _SEXES)
    institution = _name(cells.required("firm_id"))
    code = cells.parse("credit_code", _firm_code)
    region = cells.parse("region", _region)
    first = cells.parse("first_licensed_on", parse_date)
    status = cells.choice("status", _STATUS)
    id_card = cells.parse("id_number", _sealed)
    from_on = cells.parse("from_on", parse_date)
    effective_on = cells.parse("effective_on", parse_date)
    if category == LicenceCategory.MILITARY:
        cells.error("category", "军队律师不在本登记范围", "military lawyers are not registered here")
    if number is not None and category is not None and number.category != category:
        cells.error("category", "与执业证号第10位不符", "differs from digit 10 of the licence number")
    if number is not None and sex is not None and number.sex != sex:
        cells.error("sex", "与执业证号第11位不符", "differs from digit 11 of the licence number")
    if number is None or category is None or region is None or first is None or status is None or cells.failed:
        return None, cells.findings
    if code is not None and not _check_digit_ok(code):
        _warn_check_digit(cells)
    if number.year != first.year:
        cells.warn("first_licensed_on", "与执业证号第6至9位不符", "differs from digits 6-9 of the licence number")
    if number.region is None or number.region.code != region:
        cells.warn("licence_number", "第2至5位与地区不符", "digits 2-5 do not name the region")
    if status is Status.SUSPENDED:
        _warn_suspended(cells)
    return (
        LawyerLine(
            row_number=line.row_number,
            name=name,
            number=number,
            category=category,
            firm_code=None if code is None else code.code,
            institution=institution,
            region=region,
            first_licensed_on=first,
            status=status,
            id_card=id_card,
            from_on=from_on,
            effective_on=effective_on,
        ),
        cells.findings,
    )


def read_firm(line: Line) -> tuple[FirmLine | None, list[Finding]]:
    cells = Cells(Kind.FIRMS, line)
    name = _name(cells.required("name"))
    cells.required("credit_code")
    cells.required("kind")
    cells.required("region")
    cells.required("established_on")
    code = cells.parse("credit_code", lambda text: CreditCode.parse_firm(text, allow_wrong_check_digit=True))
    kind = cells.parse("kind", _kind)
    region = cells.parse("region", _region)
    established = cells.parse("established_on", parse_date)
    status = cells.choice("status", _STATUS)
    parent = cells.parse("parent_firm_id", _firm_code)
    effective_on = cells.parse("effective_on", parse_date)
    if code is None or kind is None or region is None or established is None or status is None or cells.failed:
        return None, cells.findings
    if not _check_digit_ok(code):
        _warn_check_digit(cells)
    if status is Status.SUSPENDED:
        _warn_suspended(cells)
    return (
        FirmLine(
            row_number=line.row_number,
            name=name,
            credit_code=code.code,
            kind=kind,
            region=region,
            established_on=established,
            status=status,
            parent_code=None if parent is None else parent.code,
            address=cells.text("address") or None,
            effective_on=effective_on,
        ),
        cells.findings,
    )


def _warn_check_digit(cells: Cells) -> None:
    cells.warn("credit_code", "校验位不正确，请核对", "the check digit does not match: please verify")


def _warn_suspended(cells: Cells) -> None:
    cells.warn(
        "status",
        "停止执业、停业整顿以处分决定为准，未据此登记",
        "suspension follows from discipline's decisions; nothing was recorded from this",
    )


def lines_of(rows: Sequence[Sequence[str]], kind: Kind, places: Sequence[int], first_row: int) -> list[Line]:
    """Rows below the header as lines in our order of columns, without the empty ones."""
    width = len(COLUMNS[kind])
    lines = []
    for offset, row in enumerate(rows):
        if any(cell.strip() for cell in row[len(places) :]):
            number = first_row + offset
            raise Refused(
                "row-too-long",
                f"第{number}行的列数多于表头",
                f"row {number} has more cells than the header",
                field="file",
            )
        cells = [""] * width
        for place, cell in zip(places, row, strict=False):
            cells[place] = cell.strip()
        if any(cells):
            lines.append(Line(first_row + offset, tuple(cells)))
    return lines
