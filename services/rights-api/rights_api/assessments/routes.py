"""HTTP in and out: the association of the province, or the department, records and reads assessments."""

from typing import Annotated, Self
from uuid import UUID, uuid4

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import LegalDay, now_of, today_of
from common.http import RequestModel, Router, Transaction
from contracts.conduct import OrganKind
from fastapi import Request, Response, status
from pydantic import BaseModel, Field

from rights_api.assessments.domain import RETENTION, Assessment, kept_to
from rights_api.assessments.store import SqlAssessments
from rights_api.assessments.use_cases import record
from rights_api.cases.access import organ_of
from rights_api.cases.launch import Conclusion
from rights_api.permissions import Action, has

router = Router(prefix="/v1/impact-assessments", tags=["影响评估 Before launch"])
Words = Annotated[str, Field(min_length=1, max_length=20_000)]


class AssessImpact(RequestModel):
    """个人信息保护法 56: purpose and manner, what it means for persons, whether the protection fits the risk."""

    document_number: Annotated[str, Field(min_length=1, max_length=100)]
    purpose: Words
    risks: Words
    measures: Words
    conclusion: Conclusion
    assessed_on: LegalDay


class AssessmentView(BaseModel):
    assessment_id: UUID
    number: int
    organ_kind: OrganKind
    conclusion: Conclusion
    conclusion_zh: str
    document_number: str
    assessed_on: LegalDay
    kept_to_on: LegalDay
    rule: str = RETENTION
    purpose: str
    risks: str
    measures: str

    @classmethod
    def of(cls, each: Assessment) -> Self:
        return cls(
            assessment_id=each.assessment_id,
            number=each.number,
            organ_kind=each.organ_kind,
            conclusion=each.conclusion,
            conclusion_zh=each.conclusion.zh,
            document_number=each.document_number,
            assessed_on=each.assessed_on,
            kept_to_on=each.kept_to_on,
            purpose=each.purpose,
            risks=each.risks,
            measures=each.measures,
        )


@router.post("", status_code=status.HTTP_201_CREATED, summary="登记影响评估 Record an impact assessment")
async def post_assessment(
    request: Request, body: AssessImpact, principal: CurrentPrincipal, tx: Transaction
) -> AssessmentView:
    """The last one decides whether complaints may be filed where this runs in production."""
    kind = _demand(principal)
    assessments = SqlAssessments(tx.session)
    assessment = Assessment(
        assessment_id=uuid4(),
        number=await assessments.next_number(),
        organ_kind=kind,
        conclusion=body.conclusion,
        document_number=body.document_number,
        purpose=body.purpose,
        risks=body.risks,
        measures=body.measures,
        assessed_on=body.assessed_on,
        kept_to_on=kept_to(body.assessed_on, today_of(request)),
    )
    await record(assessments, assessment, by=principal.subject, at=now_of(request))
    return AssessmentView.of(assessment)


@router.get("", summary="影响评估 Impact assessments, the newest first")
async def get_assessments(principal: CurrentPrincipal, tx: Transaction, response: Response) -> list[AssessmentView]:
    _demand(principal)
    response.headers["Cache-Control"] = "no-store"
    return [AssessmentView.of(each) for each in await SqlAssessments(tx.session).all()]


def _demand(principal: Principal) -> OrganKind:
    organ = organ_of(principal)
    if organ is None or not has(principal, Action.ASSESS_IMPACT):
        raise forbidden(principal, Action.ASSESS_IMPACT.value)
    return organ.kind
