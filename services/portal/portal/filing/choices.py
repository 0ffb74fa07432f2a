"""Closed lists that several pages ask from."""

from collections.abc import Iterable

from contracts.labels import LabelledEnum
from contracts.regions import REGIONS

from portal.forms import Choice

ELSEWHERE = "elsewhere"
"""Answered where no region of Henan is meant; it is not sent."""

REGION_CHOICES = tuple(Choice(region.code, region.name_zh) for region in REGIONS.values())
REGIONS_OR_ELSEWHERE = (*REGION_CHOICES, Choice(ELSEWHERE, "河南省以外"))

LEVELS = (
    Choice("county", "县（区）级"),
    Choice("city", "市级"),
    Choice("province", "省级"),
    Choice("national", "国家级"),
)


def choices_of(members: Iterable[LabelledEnum]) -> tuple[Choice, ...]:
    return tuple(Choice(member.value, member.zh) for member in members)


def within_province(body: dict[str, object]) -> dict[str, object]:
    """Without the regions that lie elsewhere."""
    return {name: value for name, value in body.items() if value != ELSEWHERE}
