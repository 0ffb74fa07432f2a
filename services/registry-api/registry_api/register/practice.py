"""A practice: who practises where, in which category, and which of these fit together."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.identifiers import LicenceNumber

from registry_api.register.counties import check_county
from registry_api.register.refusals import Refused

FIRM_CATEGORIES = frozenset({1, 2, 3, 4, 5})
"""专职, 兼职, 香港, 澳门, 台湾: practise in a law firm, and stand in the public register."""

INSTITUTION_CATEGORIES = frozenset({6, 7, 8})
"""公职, 公司, 法律援助: employed by an institution that is no law firm; not in the public register."""

MILITARY = 9


@dataclass(frozen=True, slots=True)
class Place:
    """Where a lawyer practises: a firm of the register, or an institution by name, with its county where known."""

    region: str
    firm_id: UUID | None = None
    institution: str | None = None
    county: str | None = None


@dataclass(frozen=True, slots=True)
class Practice:
    """One interval [from_on, to_on) in one category at one place; `end_ground` where the licence ended with it."""

    practice_id: UUID
    place: Place
    category: int
    from_on: date
    to_on: date | None = None
    end_ground: str | None = None


def check_category(category: int, *, named_by: str = "category") -> None:
    if category == MILITARY:
        raise Refused(
            "military-lawyer",
            "军队律师(类别9)由军队主管机关管理，不在本登记范围",
            "military lawyers (category 9) are registered by the armed forces, not here",
            field=named_by,
        )
    if category not in FIRM_CATEGORIES and category not in INSTITUTION_CATEGORIES:
        raise Refused("category-unknown", "执业类别应为1至8", "category must be 1 to 8", field=named_by)


def check_place(category: int, place: Place, *, named_by: str = "category") -> None:
    check_category(category, named_by=named_by)
    check_county(place.county, place.region)
    if category in FIRM_CATEGORIES and place.firm_id is None:
        raise Refused(
            "firm-required", "该执业类别须在律师事务所执业", "this category is practised in a law firm", field="firm_id"
        )
    if category in INSTITUTION_CATEGORIES and place.firm_id is not None:
        raise Refused(
            "firm-not-allowed",
            "公职、公司、法律援助律师不在律师事务所执业",
            "government, company and legal-aid lawyers do not practise in a law firm",
            field="firm_id",
        )


def check_number(number: LicenceNumber, *, region: str, category: int | None = None) -> None:
    """The digits of a number issued today for this place; imports only warn of the city, for old records differ."""
    if number.region is None or number.region.code != region:
        raise Refused(
            "licence-number-region",
            "执业证号第2至5位与执业机构所在地区不符",
            "digits 2-5 do not name the region of the institution",
            field="licence_number",
        )
    if category is not None and number.category != category:
        raise Refused(
            "licence-number-category-differs",
            "执业证号第10位与执业类别不符",
            "digit 10 is not the category given",
            field="licence_number",
        )
