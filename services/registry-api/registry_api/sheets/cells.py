"""The cells of a row: read one by one, and what is wrong with each, said with its column and content."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar

from contracts.identifiers import CreditCode, InvalidIdentifier, normalise_name
from contracts.regions import region_named

from registry_api.register.lawyer import SealedIdCard
from registry_api.register.refusals import EARLIEST, Refused
from registry_api.sheets.columns import COLUMNS, Kind


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


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it waits: its number in the file, its cells in our order of columns."""

    row_number: int
    cells: tuple[str, ...]
    duplicate_of: int | None = None


_DATE = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?)?|(\d{4})(\d\d)(\d\d)"
)
_SERIAL = re.compile(r"[1-6]\d{4}(?:\.0+)?")
_SERIAL_ZERO = date(1899, 12, 30)
"""Spreadsheets count days from here (since March 1900); what is no date in that count is refused as before."""

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

    def parse(self, name: str, parser: Callable[[str], _T], *, warn: bool = False) -> _T | None:
        """None where the cell is empty or wrong; `warn`: what is wrong is left out and keeps nothing else out."""
        text = self.text(name)
        if not text:
            return None
        tell = self.warn if warn else self.error
        try:
            return parser(text)
        except InvalidIdentifier as error:
            if _ROUNDED.fullmatch(text):
                tell(
                    name,
                    "单元格为数字格式，末尾数字已丢失，请设为文本格式后重新填写",
                    "a spreadsheet has rounded this number: format the column as text and enter it again",
                )
            else:
                tell(name, error.zh, error.en)
        except Refused as error:
            tell(name, error.zh, error.en)
        return None

    def choice(self, name: str, choices: Mapping[str, _T]) -> _T | None:
        text = plain(self.text(name))
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
def plain(text: str) -> str:
    """Of words from closed lists: half-width, without spaces. Not for names, some of whose characters would change."""
    return "".join(unicodedata.normalize("NFKC", text).split())


@lru_cache(maxsize=65_536)
def parse_date(text: str) -> date:
    written = unicodedata.normalize("NFKC", text).strip()
    found = _DATE.fullmatch(re.sub(r"\s*([-/.年月])\s*", r"\1", written))
    day = None
    try:
        if found is not None:
            day = date(*(int(group) for group in found.groups() if group))
        elif _SERIAL.fullmatch(written):
            day = _SERIAL_ZERO + timedelta(days=int(written.partition(".")[0]))
    except ValueError:
        day = None
    if day is None:
        raise Refused("date-malformed", "应为日期，如 2012-03-01", "must be a date such as 2012-03-01")
    if day < EARLIEST:
        raise Refused("date-implausible", "日期过早", "is too early a date")
    return day


@lru_cache(maxsize=1024)
def parse_region(text: str) -> str:
    region = region_named(plain(text))
    if region is None:
        raise Refused("region-unknown", "不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return region.code


@lru_cache(maxsize=8192)
def parse_code(text: str) -> CreditCode:
    return CreditCode.parse(text, allow_wrong_check_digit=True)


@lru_cache(maxsize=8192)
def check_digit_ok(code: CreditCode) -> bool:
    return code.check_digit_ok


@lru_cache(maxsize=8192)
def institution_name(text: str) -> str:
    return normalise_name(text)


def sealed(text: str) -> SealedIdCard:
    """Cells of ID numbers wait sealed; `!` marks those that are none."""
    if text.startswith("!"):
        zh, _, en = text[1:].partition("|")
        raise Refused("id-number-malformed", zh, en)
    number, _, digest = text.partition(".")
    return SealedIdCard(bytes.fromhex(number), bytes.fromhex(digest))
