"""Organisations that the plan asks something of: a kind and a region; and what of it each caller sees."""

from dataclasses import dataclass
from typing import Annotated

from common.auth import PROVINCE, Principal, forbidden
from common.http import Invalid
from contracts.regions import REGIONS, region_label
from contracts.reporting import Reporter
from pydantic import AfterValidator, Field

from progress_api.permissions import Action, demand, is_department
from progress_api.refusals import Refused


def _place(value: str) -> str:
    if value not in REGIONS and value != PROVINCE:
        raise Invalid("地区代码不是河南省18个地区之一，也不是全省", "is neither one of the 18 regions nor the province")
    return value


def _region(value: str) -> str:
    if value not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return value


_CODE = Field(max_length=6, examples=["410100"])
PlaceCode = Annotated[str, _CODE, AfterValidator(_place)]
"""One of the 18 regions, or 410000: the province."""
RegionCode = Annotated[str, _CODE, AfterValidator(_region)]
"""One of the 18 regions."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """region: one of the 18, or 410000 of an organisation of the province."""

    kind: Reporter
    region: str

    @property
    def zh(self) -> str:
        """As it is addressed: 郑州市司法局."""
        if self.kind.is_provincial:
            return self.kind.zh
        return region_label(self.region)[0] + self.kind.zh.removeprefix("市级").removeprefix("市")

    @property
    def en(self) -> str:
        return self.kind.en if self.kind.is_provincial else f"{self.kind.en}, {region_label(self.region)[1]}"


_KINDS = {reporter.organisation_kind: reporter for reporter in Reporter}


def organisation(kind: Reporter, region: str, *, field: str) -> Organisation:
    """Raises Refused where no organisation of the kind stands there."""
    if kind.is_provincial != (region == PROVINCE):
        raise Refused(
            "organisation-of-another-level",
            "省级单位的地区为410000，市级单位的地区为18个地区之一",
            "an organisation of the province has the region 410000, one of a city its own",
            field=field,
        )
    return Organisation(kind, region)


def own_organisation(principal: Principal, action: Action) -> Organisation | None:
    """None for the department, which sees all; raises the 403 problem where the caller's is asked nothing."""
    demand(principal, action)
    if is_department(principal):
        return None
    kind = _KINDS.get(principal.organisation_kind)
    region = principal.region
    if kind is None or region is None or kind.is_provincial != (region == PROVINCE):
        raise forbidden(principal, action.value, region)
    if region not in REGIONS and region != PROVINCE:
        raise forbidden(principal, action.value, region)
    return Organisation(kind, region)
