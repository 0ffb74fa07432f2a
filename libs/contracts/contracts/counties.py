"""The 157 county-level units of Henan, each with the region it belongs to.

县域 means counties and county-level cities; districts (区) do not belong to it. A unit's region is written in the data,
never derived from its code: 济源 (419001) is a region of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.regions import REGIONS


class CountyKind(LabelledEnum):
    """县级行政区划的种类."""

    DISTRICT = "district", "区", "a district of a city"
    COUNTY = "county", "县", "a county"
    COUNTY_LEVEL_CITY = "county-level-city", "县级市", "a county-level city"


_BY_LAST_WORD = {"区": CountyKind.DISTRICT, "县": CountyKind.COUNTY, "市": CountyKind.COUNTY_LEVEL_CITY}


@dataclass(frozen=True, slots=True)
class County:
    code: str
    name_zh: str
    kind: CountyKind
    region: str

    @property
    def in_county_area(self) -> bool:
        """县域: a county or a county-level city."""
        return self.kind is not CountyKind.DISTRICT


def _read() -> Mapping[str, County]:
    return MappingProxyType(
        {
            str(code): County(str(code), name, _BY_LAST_WORD[name[-1]], region)
            for region, units in load_yaml("counties.yaml").items()
            for code, name in units.items()
        }
    )


COUNTIES = _read()
"""By code, in the order of their codes."""

COUNTY_AREA = tuple(code for code, county in COUNTIES.items() if county.in_county_area)
"""Codes of the counties and county-level cities (县域)."""


def _spellings(county: County) -> set[str]:
    """What a bureau may write for it; a bare stem only where it is a word and not the name of the region."""
    stem = county.name_zh.removesuffix("回族区") if county.name_zh.endswith("回族区") else county.name_zh[:-1]
    region = REGIONS[county.region].official_name_zh
    named = {county.code, county.name_zh, region + county.name_zh}
    if county.name_zh.endswith("回族区"):
        named.add(stem + "区")
    if len(stem) > 1 and (stem != region.removesuffix("市") or county.code == county.region):
        named.add(stem)
    return named


_NAMED = {(county.region, text): county for county in COUNTIES.values() for text in _spellings(county)}


def county_named(text: str, region: str) -> County | None:
    """The unit of this region that a bureau wrote down: a code, 中牟县, 郑州市中牟县 or 中牟."""
    return _NAMED.get((region, "".join(text.split())))
