"""What people write into the cells of a table: whole numbers, marks, days, periods, regions; and where it stands."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from common.clock import FIRST_DAY, LAST_DAY
from contracts.regions import PROVINCE, region_label, region_named
from contracts.reporting import Frequency, ReportPeriod, periods

from progress_api.refusals import Fault
from progress_api.reporting.fields import MOST

YES = "是"
_YES_OR_NO = {YES: True, "1": True, "否": False, "0": False}
_WHOLE = re.compile(r"\d+")
_NEGATIVE = re.compile(r"[-−－]\s*\d+(\.\d+)?")
_FRACTION = re.compile(r"\d*\.\d+|\d(\.\d+)?E[-+]?\d+", re.IGNORECASE)
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_T = TypeVar("_T")


class Unreadable(Exception):
    """Why a cell says nothing."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def cell_name(row: int, column: int) -> str:
    """Both from 0, as spreadsheets write it: A1. Up to column Z."""
    return f"{chr(ord('A') + column)}{row + 1}"


def plain(text: str) -> str:
    """Half-width, without spaces around: of numbers, marks and codes."""
    return unicodedata.normalize("NFKC", text).strip()


def read(faults: list[Fault], field: str, text: str, parse: Callable[[str], _T]) -> _T | None:
    """None where the cell is empty or says nothing; the latter is a fault."""
    written = plain(text)
    if not written:
        return None
    try:
        return parse(written)
    except Unreadable as error:
        faults.append(Fault(field, error.zh, error.en))
        return None


def whole_number(text: str) -> int:
    if _WHOLE.fullmatch(text):
        # By its length first: Python refuses to read numbers of thousands of digits, zeros too.
        digits = text.lstrip("0") or "0"
        if len(digits) > len(str(MOST)) or int(digits) > MOST:
            raise Unreadable("数值过大", "the number is too large")
        return int(digits)
    if _NEGATIVE.fullmatch(text):
        raise Unreadable("不得为负数", "must not be negative")
    if _FRACTION.fullmatch(text):
        raise Unreadable("应为整数", "must be a whole number")
    raise Unreadable("应为数字，而不是文字", "must be a number, not text")


def yes_or_no(text: str) -> bool:
    """1 or 0 as numbers, 是 or 否."""
    if text not in _YES_OR_NO:
        raise Unreadable("应为1（是）或0（否）", "must be 1 (yes) or 0 (no)")
    return _YES_OR_NO[text]


def mark(text: str) -> bool:
    if text != YES:
        raise Unreadable("只能填“是”或留空", "is 是 (yes), or left empty")
    return True


def day(text: str) -> date:
    found = _DAY.fullmatch(text)
    try:
        named = None if found is None else date(*(int(part) for part in found.groups()))
    except ValueError:
        named = None  # 30 February: told as below
    if named is not None and FIRST_DAY <= named <= LAST_DAY:
        return named
    raise Unreadable("应为日期，如 2026-06-30", "must be a date such as 2026-06-30")


def region(text: str) -> str:
    """Code or name of one of the 18, or 省直 (410000)."""
    if text in {PROVINCE, *region_label(PROVINCE)}:
        return PROVINCE
    found = region_named(text)
    if found is None:
        raise Unreadable("不是河南省18个地区之一，也不是省直", "is neither one of the 18 regions nor 410000")
    return found.code


def period_of(frequency: Frequency) -> Callable[[str], ReportPeriod]:
    """2026, 2026H1 or 2026Q3, as the frequency has them."""
    known = {str(period): period for period in periods(frequency)}

    def parse(text: str) -> ReportPeriod:
        found = known.get(text.upper())
        if found is None:
            some = list(known)
            raise Unreadable(
                f"没有这个报告期，应为 {some[0]} 至 {some[-1]} 之一",
                f"there is no such period; it is one of {some[0]} to {some[-1]}",
            )
        return found

    return parse


def text_of_at_most(most: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) > most:
            raise Unreadable(f"不得超过{most}字", f"has at most {most} characters")
        return text

    return parse
