"""The county-level units: how many there are, and whose they are."""

from collections import Counter

import pytest
from contracts.counties import COUNTIES, COUNTY_AREA, CountyKind, county_named
from contracts.regions import REGIONS


def test_there_are_54_districts_82_counties_and_21_county_level_cities():
    kinds = Counter(county.kind for county in COUNTIES.values())
    assert kinds == {CountyKind.DISTRICT: 54, CountyKind.COUNTY: 82, CountyKind.COUNTY_LEVEL_CITY: 21}
    assert len(COUNTIES) == 157
    assert len(COUNTY_AREA) == 103


def test_every_unit_belongs_to_one_of_the_18_regions_and_every_region_has_some():
    assert {county.region for county in COUNTIES.values()} == set(REGIONS)
    assert COUNTIES["419001"].region == "419001", "济源 is its own region"
    for county in COUNTIES.values():
        assert county.code[:4] == county.region[:4]
        assert county.code[4] != "7", "development zones are not administrative units"
        assert len(county.code) == 6


def test_codes_and_names_are_unique_and_in_order():
    assert list(COUNTIES) == sorted(COUNTIES)
    assert len({county.name_zh for county in COUNTIES.values()}) == 157


@pytest.mark.parametrize(
    ("text", "region", "code"),
    [
        ("中牟县", "410100", "410122"),
        ("中牟", "410100", "410122"),
        (" 郑州市 金水区 ", "410100", "410105"),
        ("410105", "410100", "410105"),
        ("管城区", "410100", "410104"),
        ("管城回族区", "410100", "410104"),
        ("济源", "419001", "419001"),
        ("新乡县", "410700", "410721"),
        ("新乡", "410700", None),
        ("新", "411500", None),
        ("金水区", "410300", None),
        ("410171", "410100", None),
        ("", "410100", None),
    ],
)
def test_a_unit_is_found_by_what_a_bureau_writes_within_its_region_only(text, region, code):
    found = county_named(text, region)
    assert (None if found is None else found.code) == code
