"""Bodies of requests."""

from typing import Annotated

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.inspections import FindingSeverity
from contracts.plan import plan
from contracts.reporting import Reporter
from pydantic import AfterValidator, Field

from progress_api.organisations import PlaceCode
from progress_api.references import DocumentNumber, References, Words


def _measure(value: str) -> str:
    if value not in {section.id for section in plan().sections()}:
        raise Invalid("方案中没有这项举措或工作要求", "the plan has no such measure or work requirement")
    return value


MeasureId = Annotated[str, Field(max_length=10, examples=["M12"]), AfterValidator(_measure)]


def _once(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise Invalid("同一事项只列一次", "each stands once")
    return values


class IssueProgramme(RequestModel):
    year: int = Field(ge=2000, le=2199)
    document_number: DocumentNumber
    issued_on: LegalDay


class TeamOrgan(RequestModel):
    """An organ that takes part; persons are not named."""

    organ: Reporter
    region: PlaceCode


class PlanInspection(RequestModel):
    region: PlaceCode = Field(description="被督查地区，省直为410000 / 410000: directly under the province")
    planned_on: LegalDay
    team: list[TeamOrgan] = Field(min_length=1, max_length=20)
    measures: Annotated[list[MeasureId], Field(min_length=1, max_length=26), AfterValidator(_once)]


class HoldInspection(RequestModel):
    held_on: LegalDay


class RecordFinding(RequestModel):
    measure: MeasureId
    severity: FindingSeverity
    responsible: Reporter = Field(description="被督查地区，省直为410000 / 410000: directly under the province")
    text: Words


class IssueReport(RequestModel):
    document_number: DocumentNumber
    issued_on: LegalDay


class AnswerFinding(RequestModel):
    text: Words
    evidence: References


class Reasoned(RequestModel):
    reason: Words
