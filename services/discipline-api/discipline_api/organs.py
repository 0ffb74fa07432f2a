"""The organs that act here, as decisions name them: 郑州市司法局."""

from dataclasses import dataclass

from contracts.conduct import OrganKind
from contracts.counties import COUNTIES
from contracts.regions import REGIONS

from discipline_api.refusals import Refused

OF_THE_PROVINCE = (OrganKind.DEPARTMENT, OrganKind.ASSOCIATION)


@dataclass(frozen=True, slots=True)
class Organ:
    """`code` is the organisation id of its officers' tokens."""

    kind: OrganKind
    region: str
    code: str

    @property
    def name_zh(self) -> str:
        """As printed on decisions: 郑州市司法局."""
        match self.kind:
            case OrganKind.DEPARTMENT:
                return "河南省司法厅"
            case OrganKind.ASSOCIATION:
                return "河南省律师协会"
            case OrganKind.CITY_ASSOCIATION:
                return f"{REGIONS[self.region].official_name_zh}律师协会"
            case OrganKind.COUNTY_BUREAU:
                county = COUNTIES.get(self.region)
                return "县（市、区）司法局" if county is None else f"{county.name_zh}司法局"
            case _:
                return f"{REGIONS[self.region].official_name_zh}司法局"

    @property
    def plan_region(self) -> str:
        """The region of the plan it belongs to: of a county its city, as the data says."""
        county = COUNTIES.get(self.region) if self.kind is OrganKind.COUNTY_BUREAU else None
        return self.region if county is None else county.region


def check_organ(organ: Organ) -> None:
    """Raises Refused where the region does not fit the kind."""
    if not organ.kind.acts_in(organ.region):
        raise Refused(
            "organ-region-mismatch",
            f"{organ.kind.zh}的地区代码应为{'410000' if organ.kind in OF_THE_PROVINCE else '本级行政区划代码'}",
            "the region does not fit this kind of organ: 410000, one of the 18 regions, or a county's code",
            field="organ.region",
        )
