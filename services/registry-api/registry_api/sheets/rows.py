"""A row of a file: what it says, or what is wrong with it, cell by cell."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

from contracts.counties import county_named
from contracts.identifiers import (
    CreditCode,
    LicenceCategory,
    LicenceNumber,
    Sex,
    normalise_name,
)
from contracts.regions import PROVINCE, REGIONS, region_named
from contracts.registry_events import FirmKind

from registry_api.register.lawyer import SealedIdCard
from registry_api.register.refusals import Refused
from registry_api.register.specialities import Speciality
from registry_api.sheets.cells import (
    Cells,
    Finding,
    Line,
    check_digit_ok,
    institution_name,
    parse_code,
    parse_date,
    parse_region,
    plain,
    sealed,
)
from registry_api.sheets.columns import Kind


class Status(StrEnum):
    """What a file says of standing; suspension is told by discipline, not by files."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    REVOKED = "revoked"


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
    county: str | None = None
    specialities: tuple[str, ...] | None = None


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
    county: str | None = None
    supervising_organ: str | None = None
    in_legal_district: bool | None = None
    head_number: LicenceNumber | None = None
    partners: int | None = None
    capital_yuan: int | None = None
    charter_on: date | None = None


_STATUS = {
    "": Status.ACTIVE, "执业": Status.ACTIVE, "正常": Status.ACTIVE, "正常执业": Status.ACTIVE, "存续": Status.ACTIVE,
    "在业": Status.ACTIVE, "未经年度考核": Status.ACTIVE, "停止执业": Status.SUSPENDED, "暂停执业": Status.SUSPENDED,
    "停业整顿": Status.SUSPENDED, "注销": Status.ENDED, "已注销": Status.ENDED, "终止": Status.ENDED,
    "在册": Status.ACTIVE, "执业中": Status.ACTIVE, "正常营业": Status.ACTIVE, "停业": Status.SUSPENDED,
    "注销执业": Status.ENDED, "吊销": Status.REVOKED, "已吊销": Status.REVOKED, "被吊销": Status.REVOKED,
}  # fmt: skip
_CATEGORIES = {
    name: int(category)
    for category in LicenceCategory
    for name in (str(int(category)), category.zh, category.zh.removesuffix("律师"), category.zh.replace("居民", ""))
} | {"法援律师": 8, "法援": 8, "香港": 3, "澳门": 4, "台湾": 5, "军队": 9}
_SEXES = {"男": Sex.MALE, "女": Sex.FEMALE, "男性": Sex.MALE, "女性": Sex.FEMALE}
_KINDS = {
    "普通合伙": FirmKind.GENERAL_PARTNERSHIP, "普通合伙所": FirmKind.GENERAL_PARTNERSHIP,
    "合伙所": FirmKind.GENERAL_PARTNERSHIP, "特殊的普通合伙所": FirmKind.SPECIAL_PARTNERSHIP,
    "合伙": FirmKind.GENERAL_PARTNERSHIP,
    "特殊的普通合伙": FirmKind.SPECIAL_PARTNERSHIP, "特殊普通合伙": FirmKind.SPECIAL_PARTNERSHIP,
    "个人": FirmKind.INDIVIDUAL, "个人所": FirmKind.INDIVIDUAL, "国资": FirmKind.STATE, "国资所": FirmKind.STATE,
    "国家出资": FirmKind.STATE, "分所": FirmKind.BRANCH, "港澳联营": FirmKind.HK_MACAO_JOINT_VENTURE,
    "外国律所代表机构": FirmKind.FOREIGN_OFFICE, "外国律师事务所驻华代表机构": FirmKind.FOREIGN_OFFICE,
}  # fmt: skip
_YES_NO = dict.fromkeys(("是", "有", "1", "Y"), True) | dict.fromkeys(("否", "无", "0", "N"), False)
_SPECIALITIES = {
    name: speciality
    for speciality in Speciality
    for name in (speciality.value, speciality.zh, f"{speciality.zh}专业", f"{speciality.zh}法律", f"{speciality.zh}类")
}
_TEN_THOUSAND = Decimal(10_000)


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
    institution = institution_name(cells.required("firm_id"))
    code = cells.parse("credit_code", parse_code)
    region = cells.parse("region", parse_region)
    first = cells.parse("first_licensed_on", parse_date)
    status = cells.choice("status", _STATUS)
    id_card = cells.parse("id_number", sealed)
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
    if code is not None and not check_digit_ok(code):
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
            county=_county(cells, region),
            specialities=cells.parse("specialities", _specialities, warn=True),
        ),
        cells.findings,
    )


def read_firm(line: Line) -> tuple[FirmLine | None, list[Finding]]:
    cells = Cells(Kind.FIRMS, line)
    name = institution_name(cells.required("name"))
    cells.required("credit_code")
    cells.required("kind")
    cells.required("region")
    cells.required("established_on")
    code = cells.parse("credit_code", lambda text: CreditCode.parse_firm(text, allow_wrong_check_digit=True))
    kind = cells.parse("kind", _kind)
    region = cells.parse("region", parse_region)
    established = cells.parse("established_on", parse_date)
    status = cells.choice("status", _STATUS)
    parent = cells.parse("parent_firm_id", parse_code)
    effective_on = cells.parse("effective_on", parse_date)
    if code is None or kind is None or region is None or established is None or status is None or cells.failed:
        return None, cells.findings
    # Details that no count depends on: what is wrong with them keeps no firm out.
    row = FirmLine(
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
        county=_county(cells, region),
        supervising_organ=cells.parse("supervising_organ", _organ, warn=True),
        in_legal_district=cells.parse("in_legal_district", _yes_or_no, warn=True),
        head_number=cells.parse("head_id", LicenceNumber.parse, warn=True),
        partners=cells.parse("partners", _number, warn=True),
        capital_yuan=_capital(cells),
        charter_on=cells.parse("charter_on", parse_date, warn=True),
    )
    if not check_digit_ok(code):
        _warn_check_digit(cells)
    if status is Status.SUSPENDED:
        _warn_suspended(cells)
    return row, cells.findings


def _county(cells: Cells, region: str) -> str | None:
    text = plain(cells.text("county"))
    if not text:
        return None
    county = county_named(text, region)
    if county is None:
        cells.warn("county", "不是该地区的县（市、区），未登记", "is no county-level unit of the region: left out")
        return None
    return county.code


def _specialities(text: str) -> tuple[str, ...]:
    """In the order of the closed list, so that the order of a file is no difference."""
    words = {word for word in re.split(r"[、，,;；/|\s]+", text) if word}
    known = {_SPECIALITIES[word] for word in words if word in _SPECIALITIES}
    if not words <= _SPECIALITIES.keys():
        unknown = "、".join(sorted(words - _SPECIALITIES.keys()))[:80]
        raise Refused(
            "speciality-unknown",
            f"不在专业水平评价的专业之列：{unknown}，本列未登记",
            "holds a field that is not in the list: left out",
        )
    return tuple(speciality.value for speciality in Speciality if speciality in known)


@lru_cache(maxsize=4096)
def _organ(text: str) -> str:
    """郑州市司法局, 河南省司法厅, 郑州市中牟县司法局, or the code of the place."""
    place = re.sub("(司法行政机关|司法行政部门|司法局|司法厅|局|厅)$", "", plain(text))
    if place in {PROVINCE, "河南省", "河南", "省"}:
        return PROVINCE
    place = place.removeprefix("河南省")
    region = region_named(place)
    if region is not None:
        return region.code
    counties = {county.code for code in REGIONS if (county := county_named(place, code)) is not None}
    if len(counties) != 1:
        raise Refused("organ-unknown", "不是可识别的司法行政机关，未登记", "is no known justice organ: left out")
    return counties.pop()


def _kind(text: str) -> FirmKind:
    word = plain(text)
    kind = _KINDS.get(word) or _KINDS.get(word.removesuffix("律师事务所"))
    if kind is None:
        raise Refused("kind-unknown", "不是可识别的组织形式", "is not a known kind of firm")
    return kind


def _yes_or_no(text: str) -> bool:
    word = plain(text)
    if word not in _YES_NO:
        raise Refused("not-yes-or-no", "应填写是或否，未登记", "must be 是 or 否: left out")
    return _YES_NO[word]


def _number(text: str) -> int:
    word = plain(text).removesuffix("人").removesuffix("名")
    if not (word.isascii() and word.isdigit()) or len(word) > 6:  # noqa: PLR2004 -- no firm has a million partners
        raise Refused("number-malformed", "应为整数，未登记", "must be a whole number: left out")
    return int(word)


def _capital(cells: Cells) -> int | None:
    yuan = cells.parse("capital_yuan", lambda text: _money(text, Decimal(1)), warn=True)
    return cells.parse("capital_wan", lambda text: _money(text, _TEN_THOUSAND), warn=True) if yuan is None else yuan


def _money(text: str, unit: Decimal) -> int:
    """300000, 300,000, 30万 or 30万元; the title may say that the unit is ten thousand."""
    word = plain(text).replace(",", "").removesuffix("人民币").removesuffix("元")
    if word.endswith("万"):
        word, unit = word[:-1], _TEN_THOUSAND
    try:
        yuan = Decimal(word) * unit
    except InvalidOperation:
        yuan = Decimal(-1)
    if not 0 <= yuan < 10**15 or yuan != int(yuan):
        raise Refused("amount-malformed", "应为金额，未登记", "must be an amount of yuan: left out")
    return int(yuan)


def _warn_check_digit(cells: Cells) -> None:
    cells.warn("credit_code", "校验位不正确，请核对", "the check digit does not match: please verify")


def _warn_suspended(cells: Cells) -> None:
    cells.warn(
        "status",
        "停止执业、停业整顿以处分决定为准，未据此登记",
        "suspension follows from discipline's decisions; nothing was recorded from this",
    )
