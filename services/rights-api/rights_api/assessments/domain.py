"""One assessment, and how long it is kept."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.deadlines import rule

from rights_api.cases.launch import Conclusion
from rights_api.refusals import Refused

RETENTION = "rights.impact-assessment-retention"


@dataclass(frozen=True, slots=True)
class Assessment:
    """`number` is its place in the order in which they were recorded: the last one decides."""

    assessment_id: UUID
    number: int
    organ_kind: OrganKind
    conclusion: Conclusion
    document_number: str
    purpose: str
    risks: str
    measures: str
    assessed_on: date
    kept_to_on: date


def kept_to(assessed_on: date, today: date) -> date:
    """Raises Refused for a day that lies in the future."""
    if assessed_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="assessed_on")
    return rule(RETENTION).ends_on(max(assessed_on, today))
