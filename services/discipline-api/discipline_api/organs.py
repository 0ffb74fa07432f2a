"""The organs that act here, as decisions name them: 郑州市司法局."""

from dataclasses import dataclass

from contracts.conduct import OrganKind
from contracts.regions import PROVINCE, REGIONS

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
            case _:
                return f"{REGIONS[self.region].official_name_zh}司法局"


def check_organ(organ: Organ) -> None:
    """Raises Refused where the region does not fit the kind."""
    expected = organ.region == PROVINCE if organ.kind in OF_THE_PROVINCE else organ.region in REGIONS
    # A county's code is not looked up: its bureau is refused for its lack of authority.
    if not expected and organ.kind is not OrganKind.COUNTY_BUREAU:
        raise Refused(
            "organ-region-mismatch",
            f"{organ.kind.zh}的地区代码应为{'410000' if organ.kind in OF_THE_PROVINCE else '18个地区之一'}",
            "the region does not fit this kind of organ: 410000 for the province, else one of the 18",
            field="organ.region",
        )
