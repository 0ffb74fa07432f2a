"""Identifiers as the law and the standards write them: licence numbers, credit codes, ID cards.

Parsing says precisely what is wrong, in both languages, and never repeats the value that was refused.
"""

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date
from enum import IntEnum
from typing import Self

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidComponent

from contracts.regions import PROVINCE_DIGITS, REGIONS, Region, region_of_licence_digits


class InvalidIdentifier(ValueError):
    """Why a text is no such identifier; `reason_code` is stable, the two sentences are for people."""

    def __init__(self, reason_code: str, zh: str, en: str) -> None:
        super().__init__(f"{reason_code}: {en}")
        self.reason_code = reason_code
        self.zh = zh
        self.en = en


_INVISIBLE = re.compile("[\\s\u200b-\u200f\u2060\ufeff'`]+")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_DOTS = dict.fromkeys(map(ord, "•‧・・∙⋅"), "·")
_HAN = r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff（）·]"
_SPACE_BESIDE_HAN = re.compile(rf"(?<={_HAN})\s+|\s+(?={_HAN})")


def normalise_number(text: str) -> str:
    """Half-width, upper case, without spaces, zero-width marks, and the apostrophe spreadsheets put before digits."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).upper()


def normalise_name(text: str) -> str:
    """One spelling of a name: full-width brackets （）, one middle dot, no spaces between Chinese characters.

    Not NFKC: it would replace rare characters of personal names by others.
    """
    plain = re.sub("[\u200b-\u200f\u2060\ufeff]", "", text).translate(_FULL_WIDTH).translate(_DOTS)
    plain = plain.replace("(", "（").replace(")", "）").strip()
    return re.sub(r"\s+", " ", _SPACE_BESIDE_HAN.sub("", plain))


class LicenceCategory(IntEnum):
    """Digit 10 of the licence number (执业类别)."""

    FULL_TIME = 1
    PART_TIME = 2
    HONG_KONG = 3
    MACAO = 4
    TAIWAN = 5
    GOVERNMENT = 6
    COMPANY = 7
    LEGAL_AID = 8
    MILITARY = 9

    @property
    def zh(self) -> str:
        return _CATEGORY_ZH[self]


_CATEGORY_ZH = {
    LicenceCategory.FULL_TIME: "专职律师",
    LicenceCategory.PART_TIME: "兼职律师",
    LicenceCategory.HONG_KONG: "香港居民律师",
    LicenceCategory.MACAO: "澳门居民律师",
    LicenceCategory.TAIWAN: "台湾居民律师",
    LicenceCategory.GOVERNMENT: "公职律师",
    LicenceCategory.COMPANY: "公司律师",
    LicenceCategory.LEGAL_AID: "法律援助律师",
    LicenceCategory.MILITARY: "军队律师",
}


class Sex(IntEnum):
    """Digit 11 of the licence number."""

    MALE = 0
    FEMALE = 1

    @property
    def zh(self) -> str:
        return "男" if self is Sex.MALE else "女"


_PROVINCES = frozenset(
    str(code)
    for codes in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for code in codes
)
# Taiwan, Hong Kong and Macao cards and residence permits, and the permanent residence card of foreigners.
_ID_CARD_PREFIXES = _PROVINCES | {"71", "81", "82", "83", "91"}

_LICENCE = re.compile(r"\d{17}", re.ASCII)
_LICENCE_LENGTH = 17
_LEGACY = re.compile(r"\d{12}", re.ASCII)
_FIRST_YEAR = 1979  # the profession was restored in that year
_LAST_YEAR = 2099


@dataclass(frozen=True, slots=True)
class LegacyLicenceNumber:
    """A 12-digit number from before the present scheme: kept to resolve look-ups, never issued."""

    number: str

    def __str__(self) -> str:
        return self.number

    @classmethod
    def parse(cls, text: str) -> Self:
        number = normalise_number(text)
        if not _LEGACY.fullmatch(number):
            raise InvalidIdentifier(
                "licence-number-not-legacy", "旧执业证号应为12位数字", "an old number has 12 digits"
            )
        return cls(number)


@dataclass(frozen=True, slots=True)
class LicenceNumber:
    """律师执业证号: 17 digits without a check digit; a move or change of category rewrites only its own digits."""

    province: str
    city: str
    year: int
    category: LicenceCategory
    sex: Sex
    serial: str

    def __str__(self) -> str:
        return f"1{self.province}{self.city}{self.year:04d}{self.category:d}{self.sex:d}{self.serial}"

    @classmethod
    def parse(cls, text: str) -> Self:
        number = normalise_number(text)
        _check_licence(number)
        return cls(
            province=number[1:3],
            city=number[3:5],
            year=int(number[5:9]),
            category=LicenceCategory(int(number[9])),
            sex=Sex(int(number[10])),
            serial=number[11:],
        )

    @property
    def licence_digits(self) -> str:
        return self.province + self.city

    @property
    def is_outside(self) -> bool:
        """Issued for an institution in another province."""
        return self.province != PROVINCE_DIGITS

    @property
    def is_military(self) -> bool:
        """Military lawyers are outside the province's register: parsed, to be refused by name."""
        return self.category is LicenceCategory.MILITARY

    @property
    def region(self) -> Region | None:
        """The region of Henan; None outside the province."""
        return region_of_licence_digits(self.licence_digits)

    def with_institution(self, region: str) -> Self:
        """The number after a move to an institution in `region`, a GB/T 2260 code of any province."""
        if not re.fullmatch(r"\d{6}", region, re.ASCII) or region[:2] not in _PROVINCES:
            raise InvalidIdentifier(
                "region-unknown", "地区代码应为6位行政区划代码", "a region is a 6-digit GB/T 2260 code"
            )
        if region[:2] == PROVINCE_DIGITS and region not in REGIONS:
            raise InvalidIdentifier("region-unknown", "不是河南省18个地区之一", "not one of the 18 regions of Henan")
        return replace(self, province=region[:2], city=region[2:4])

    def rewritten(self, region: str, category: int) -> Self:
        """The number after a move and a change of category; year, sex and serial stay."""
        if category not in set(LicenceCategory):
            raise _bad_category()
        return replace(self.with_institution(region), category=LicenceCategory(category))


def recognise_licence(text: str) -> LicenceNumber | LegacyLicenceNumber:
    """A present or an old licence number, for look-ups that must resolve both."""
    if _LEGACY.fullmatch(normalise_number(text)):
        return LegacyLicenceNumber.parse(text)
    return LicenceNumber.parse(text)


def unchanging(licence_number: str) -> str:
    """Province, year of first licence, sex and serial: what a move or a change of category leaves as it is.

    Two numbers of one lawyer have it in common; serials are counted province by province, so that it needs all four.
    An old number was never rewritten: all of it.
    """
    if len(licence_number) != _LICENCE_LENGTH:
        return licence_number
    return licence_number[:3] + licence_number[5:9] + licence_number[10:]


def _bad_category() -> InvalidIdentifier:
    return InvalidIdentifier(
        "licence-number-category", "执业证号第10位（执业类别）应为1至9", "digit 10 (category) must be 1 to 9"
    )


def _check_licence(number: str) -> None:
    if _LEGACY.fullmatch(number):
        raise InvalidIdentifier(
            "licence-number-legacy",
            "这是12位旧执业证号，请填写17位执业证号",
            "this is an old 12-digit number; give the 17-digit one",
        )
    if number and not (number.isascii() and number.isdigit()):
        raise InvalidIdentifier(
            "licence-number-characters", "执业证号只能包含数字", "a licence number holds digits only"
        )
    if not _LICENCE.fullmatch(number):
        raise InvalidIdentifier(
            "licence-number-length",
            f"执业证号应为17位，实为{len(number)}位",
            f"17 digits are needed, {len(number)} were given",
        )
    if number[0] != "1":
        raise InvalidIdentifier("licence-number-kind", "执业证号第1位应为1（律师）", "digit 1 must be 1 (lawyer)")
    if number[1:3] not in _PROVINCES:
        raise InvalidIdentifier(
            "licence-number-province", "执业证号第2至3位不是省级代码", "digits 2-3 name no province"
        )
    if number[1:3] == PROVINCE_DIGITS and region_of_licence_digits(number[1:5]) is None:
        raise InvalidIdentifier(
            "licence-number-city", "执业证号第4至5位不是河南省的市级代码", "digits 4-5 name no city of Henan"
        )
    if not _FIRST_YEAR <= int(number[5:9]) <= _LAST_YEAR:
        raise InvalidIdentifier(
            "licence-number-year",
            "执业证号第6至9位不是合理的首次执业年份",
            "digits 6-9 are no plausible year of first licence",
        )
    if number[9] == "0":
        raise _bad_category()
    if number[10] not in "01":
        raise InvalidIdentifier("licence-number-sex", "执业证号第11位（性别）应为0或1", "digit 11 (sex) must be 0 or 1")


_CREDIT_CODE_LENGTH = 18
_FIRM_PREFIX = "31"  # 3 司法行政, 1 律师执业机构


@dataclass(frozen=True, slots=True)
class CreditCode:
    """统一社会信用代码, GB 32100-2015."""

    code: str

    def __str__(self) -> str:
        return self.code

    @classmethod
    def parse(cls, text: str, *, allow_wrong_check_digit: bool = False) -> Self:
        """`allow_wrong_check_digit` is for imports: at least one genuine code fails, so there it is a warning."""
        code = normalise_number(text).replace("-", "")
        if len(code) != _CREDIT_CODE_LENGTH:
            raise InvalidIdentifier(
                "credit-code-length",
                f"统一社会信用代码应为18位，实为{len(code)}位",
                f"18 characters are needed, {len(code)} were given",
            )
        if not re.fullmatch(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}", code):
            raise InvalidIdentifier(
                "credit-code-characters",
                "统一社会信用代码含有不允许的字符（字母I、O、S、V、Z不使用，第3至8位为数字）",
                "a character is not allowed (letters I, O, S, V, Z are unused; places 3-8 are digits)",
            )
        parsed = cls(code)
        if not parsed.check_digit_ok and not allow_wrong_check_digit:
            raise InvalidIdentifier(
                "credit-code-check-digit", "统一社会信用代码校验位不正确", "the check digit (place 18) does not match"
            )
        return parsed

    @classmethod
    def parse_firm(cls, text: str, *, allow_wrong_check_digit: bool = False) -> Self:
        """The code of a law firm or of another body licensed by the justice departments."""
        parsed = cls.parse(text, allow_wrong_check_digit=allow_wrong_check_digit)
        if not parsed.is_law_firm:
            raise InvalidIdentifier(
                "credit-code-not-a-firm", "不是律师执业机构的信用代码（应以31开头）", "law firms' codes begin with 31"
            )
        return parsed

    @property
    def check_digit_ok(self) -> bool:
        # stdnum takes the last modulus, so remainder 0 gives 0. Its validate() is not used: it refuses the letters
        # that GB 32100 allows in places 1 and 2 (A, N, Y).
        return self.code[-1] == str(uscc.calc_check_digit(self.code))

    @property
    def is_law_firm(self) -> bool:
        return self.code.startswith(_FIRM_PREFIX)

    @property
    def registering_organ(self) -> str:
        """Places 3-8. The province licenses firms, hence 410000: the code hides the city."""
        return self.code[2:8]


_ID_CARD = re.compile(r"\d{17}[\dX]", re.ASCII)
_OLDEST_BIRTH_YEAR = 1900


@dataclass(frozen=True, slots=True, repr=False)
class IdCard:
    """公民身份号码, GB 11643-1999. Never printed whole: only `reveal()` gives the number."""

    _number: str = field(repr=False)

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"IdCard({self.masked})"

    @classmethod
    def parse(cls, text: str) -> Self:
        number = normalise_number(text)
        if not _ID_CARD.fullmatch(number):
            raise InvalidIdentifier(
                "id-card-format", "身份证号应为17位数字加1位校验码", "17 digits and a check character are needed"
            )
        # stdnum's validate() also demands that the county existed in the year of birth, and so refuses genuine numbers:
        # they were given out from 1984, with the county codes of that day.
        if number[:2] not in _ID_CARD_PREFIXES:
            raise InvalidIdentifier(
                "id-card-region", "身份证号前2位不是省级代码", "the first two digits name no province"
            )
        try:
            born: date = ric.get_birth_date(number)
        except InvalidComponent as error:
            raise _bad_birth_date() from error
        if born.year < _OLDEST_BIRTH_YEAR:
            raise _bad_birth_date()
        if number[-1] != ric.calc_check_digit(number):
            raise InvalidIdentifier("id-card-check-digit", "身份证号校验码不正确", "the check character does not match")
        return cls(number)

    def reveal(self) -> str:
        return self._number

    @property
    def masked(self) -> str:
        return f"{self._number[:2]}{'*' * 14}{self._number[-2:]}"

    @property
    def birth_date(self) -> date:
        born: date = ric.get_birth_date(self._number)
        return born

    @property
    def sex(self) -> Sex:
        return Sex.MALE if int(self._number[16]) % 2 else Sex.FEMALE


def _bad_birth_date() -> InvalidIdentifier:
    return InvalidIdentifier(
        "id-card-birth-date", "身份证号第7至14位不是有效的出生日期", "digits 7-14 are no date of birth"
    )
