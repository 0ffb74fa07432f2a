"""The organs that act here: associations, which own the cases, and justice bureaus; of a city or of the province."""

from dataclasses import dataclass

from contracts.conduct import OrganKind
from contracts.regions import PROVINCE, REGIONS

LETTER_SERIES = "维函"
"""What stands in the number of every letter that is issued here (郑律维函〔2026〕1号), and in no other."""


@dataclass(frozen=True, slots=True)
class Organ:
    """`kind` and `region` are those of the tokens of its officers."""

    kind: OrganKind
    region: str

    def __post_init__(self) -> None:
        if not self.kind.acts_in(self.region):
            raise ValueError(f"{self.kind.value} does not act in {self.region}")

    @property
    def name_zh(self) -> str:
        """As letters name it: 郑州市律师协会."""
        match self.kind:
            case OrganKind.DEPARTMENT:
                return "河南省司法厅"
            case OrganKind.ASSOCIATION:
                return "河南省律师协会"
            case OrganKind.CITY_ASSOCIATION:
                return f"{REGIONS[self.region].official_name_zh}律师协会"
            case _:
                return f"{REGIONS[self.region].official_name_zh}司法局"

    @property
    def next_higher(self) -> "Organ | None":
        """To whom an unanswered matter climbs; above the province nobody has an account."""
        match self.kind:
            case OrganKind.CITY_ASSOCIATION:
                return Organ(OrganKind.ASSOCIATION, PROVINCE)
            case OrganKind.BUREAU:
                return Organ(OrganKind.DEPARTMENT, PROVINCE)
            case _:
                return None

    @property
    def justice_beside(self) -> "Organ":
        """The justice organ of the same place, told when an association is late."""
        if self.region == PROVINCE:
            return Organ(OrganKind.DEPARTMENT, PROVINCE)
        return Organ(OrganKind.BUREAU, self.region)


def association_of(region: str) -> Organ:
    return Organ(OrganKind.ASSOCIATION if region == PROVINCE else OrganKind.CITY_ASSOCIATION, region)
