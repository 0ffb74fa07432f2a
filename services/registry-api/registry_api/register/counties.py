"""The county-level unit of a seat lies in the region of the record."""

from contracts.counties import COUNTIES

from registry_api.register.refusals import Refused


def check_county(county: str | None, region: str) -> None:
    if county is not None and (county not in COUNTIES or COUNTIES[county].region != region):
        raise Refused(
            "county-of-another-region",
            "县级行政区代码不属于该地区",
            "is not the code of a county-level unit of this region",
            field="county",
        )
