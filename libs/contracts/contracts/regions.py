"""The 18 regions the plan is addressed to: 17 prefecture cities and 济源, which is a county-level code.

Never derive a region by `code[:4] + "00"`: that turns 济源 (419001) into 419000, which does not exist.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

PROVINCE = "410000"
"""Henan; as a region of a token or a record it means the whole province."""

PROVINCE_DIGITS = "41"


class RegionKind(StrEnum):
    PREFECTURE_CITY = "prefecture-city"  # 省辖市
    DEMONSTRATION_ZONE = "demonstration-zone"  # 济源示范区


@dataclass(frozen=True, slots=True)
class Region:
    code: str
    name_zh: str
    name_en: str
    kind: RegionKind = RegionKind.PREFECTURE_CITY

    @property
    def licence_digits(self) -> str:
        """Digits 2-5 of a licence number issued for an institution here."""
        return self.code[:4]

    @property
    def official_name_zh(self) -> str:
        """The name in GB/T 2260; the plan itself writes 济源示范区."""
        return "济源市" if self.kind is RegionKind.DEMONSTRATION_ZONE else self.name_zh


_TABLE = (
    Region("410100", "郑州市", "Zhengzhou"),
    Region("410200", "开封市", "Kaifeng"),
    Region("410300", "洛阳市", "Luoyang"),
    Region("410400", "平顶山市", "Pingdingshan"),
    Region("410500", "安阳市", "Anyang"),
    Region("410600", "鹤壁市", "Hebi"),
    Region("410700", "新乡市", "Xinxiang"),
    Region("410800", "焦作市", "Jiaozuo"),
    Region("410900", "濮阳市", "Puyang"),
    Region("411000", "许昌市", "Xuchang"),
    Region("411100", "漯河市", "Luohe"),
    Region("411200", "三门峡市", "Sanmenxia"),
    Region("411300", "南阳市", "Nanyang"),
    Region("411400", "商丘市", "Shangqiu"),
    Region("411500", "信阳市", "Xinyang"),
    Region("411600", "周口市", "Zhoukou"),
    Region("411700", "驻马店市", "Zhumadian"),
    Region("419001", "济源示范区", "Jiyuan Demonstration Zone", RegionKind.DEMONSTRATION_ZONE),
)

REGIONS = MappingProxyType({region.code: region for region in _TABLE})
"""The 18 regions by code, in the order of their codes."""

_BY_LICENCE_DIGITS = {region.licence_digits: region for region in _TABLE}
_BY_NAME = {
    name: region
    for region in _TABLE
    for name in (
        region.code,
        region.name_zh,
        region.official_name_zh,
        region.official_name_zh.removesuffix("市"),
        region.name_en,
    )
}


def region_of_licence_digits(digits: str) -> Region | None:
    """The region that digits 2-5 of a licence number name; None outside Henan or where Henan has no such city."""
    return _BY_LICENCE_DIGITS.get(digits)


def region_label(code: str) -> tuple[str, str]:
    """Chinese and English for the head of a row; the province's own row is what it supervises directly (省直)."""
    if code == PROVINCE:
        return "省直", "directly under the province"
    region = REGIONS.get(code)
    return (code, code) if region is None else (region.name_zh, region.name_en)


def region_named(text: str) -> Region | None:
    """The region a bureau wrote down: a code, 郑州市, 郑州, 济源示范区, 济源市 or 济源."""
    return _BY_NAME.get(text.strip())


def is_region(code: str) -> bool:
    """Whether `code` is one of the 18; the province itself is not."""
    return code in REGIONS
