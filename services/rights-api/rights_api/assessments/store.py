"""Assessments in PostgreSQL."""

from datetime import datetime

from contracts.conduct import OrganKind
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.assessments.domain import Assessment
from rights_api.cases.launch import Conclusion
from rights_api.cases.tables import AssessmentRow

_ONE_AT_A_TIME = text("LOCK TABLE impact_assessments IN SHARE ROW EXCLUSIVE MODE")


class SqlAssessments:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def next_number(self) -> int:
        await self._session.execute(_ONE_AT_A_TIME)
        return (await self._session.scalar(select(func.max(AssessmentRow.number))) or 0) + 1

    async def add(self, assessment: Assessment, *, by: str, at: datetime) -> None:
        self._session.add(
            AssessmentRow(
                assessment_id=assessment.assessment_id,
                number=assessment.number,
                organ_kind=assessment.organ_kind.value,
                conclusion=assessment.conclusion.value,
                document_number=assessment.document_number,
                purpose=assessment.purpose,
                risks=assessment.risks,
                measures=assessment.measures,
                assessed_on=assessment.assessed_on,
                kept_to_on=assessment.kept_to_on,
                recorded_by=by,
                recorded_at=at,
            )
        )

    async def all(self) -> list[Assessment]:
        """The newest first; a handful in a decade."""
        query = select(AssessmentRow).order_by(AssessmentRow.number.desc())
        return [
            Assessment(
                row.assessment_id,
                row.number,
                OrganKind(row.organ_kind),
                Conclusion(row.conclusion),
                row.document_number,
                row.purpose,
                row.risks,
                row.measures,
                row.assessed_on,
                row.kept_to_on,
            )
            for row in await self._session.scalars(query)
        ]
