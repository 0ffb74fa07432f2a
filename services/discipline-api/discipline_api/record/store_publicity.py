"""The tables of what stands before publication: the department's choices, and impact assessments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from common.database import Database
from contracts.conduct import OrganKind
from contracts.disclosure import Option, RecordKind
from contracts.working_days import local_date
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.organs import Organ
from discipline_api.record.impact import Conclusion, ImpactAssessment
from discipline_api.record.publicity import Choices

_BATCH = 200
_CURRENT = text("SELECT DISTINCT ON (class) class, option FROM disclosure_choices ORDER BY class, number DESC")
_CHOICES = text("""
SELECT class, number, option, document_number, reasons, from_on, recorded_by, recorded_at FROM disclosure_choices
ORDER BY class, number DESC""")
_LAST = text("SELECT coalesce(max(number), 0) FROM disclosure_choices WHERE class = :class")
_CHOOSE = text("""
INSERT INTO disclosure_choices (class, number, option, document_number, reasons, from_on, recorded_by, recorded_at)
VALUES (:class, :number, :option, :document_number, :reasons, :from_on, :recorded_by, :recorded_at)
ON CONFLICT DO NOTHING RETURNING number""")

_COLUMNS = """assessment_id, organ_kind, organ_region, organ_code, scope, covers_identity_numbers, conclusion,
    document_number, purpose, risks, measures, assessed_on, valid_to_on, kept_to_on"""
_ASSESSED = text(f"""
INSERT INTO impact_assessments ({_COLUMNS}, recorded_by, recorded_at)
VALUES (:assessment_id, :organ_kind, :organ_region, :organ_code, :scope, :covers_identity_numbers, :conclusion,
    :document_number, :purpose, :risks, :measures, :assessed_on, :valid_to_on, :kept_to_on, :recorded_by,
    :recorded_at)""")
_OF_ORGAN = text(f"""
SELECT {_COLUMNS} FROM impact_assessments
WHERE organ_kind = :kind AND organ_region = :region AND organ_code = :code
ORDER BY assessed_on DESC, assessment_id""")
_ERASE = text("""
WITH due AS (
    SELECT assessment_id FROM impact_assessments WHERE erased_at IS NULL AND kept_to_on <= :today
    ORDER BY kept_to_on LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE impact_assessments a SET purpose = NULL, risks = NULL, measures = NULL, erased_at = :now
FROM due WHERE a.assessment_id = due.assessment_id RETURNING a.assessment_id""")


@dataclass(frozen=True, slots=True)
class Choice:
    """A recorded decision of the department: from `from_on` on, this class is read in this way."""

    class_code: str
    number: int
    option: Option
    document_number: str
    reasons: str
    from_on: date
    recorded_by: str
    recorded_at: datetime


async def current_choices(session: AsyncSession) -> Choices:
    rows = await session.execute(_CURRENT)
    return Choices(MappingProxyType({row["class"]: Option(row["option"]) for row in rows.mappings()}))


class SqlChoices:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(self) -> list[Choice]:
        """By class, the newest first."""
        rows = (await self._session.execute(_CHOICES)).mappings()
        return [Choice(class_code=row["class"], option=Option(row["option"]), **_rest(row)) for row in rows]

    async def last_number(self, class_code: str) -> int:
        number: int = (await self._session.execute(_LAST, {"class": class_code})).scalar_one()
        return number

    async def add(self, choice: Choice) -> bool:
        """False where somebody else has chosen at the same time."""
        values = {
            "class": choice.class_code,
            "number": choice.number,
            "option": choice.option.value,
            "document_number": choice.document_number,
            "reasons": choice.reasons,
            "from_on": choice.from_on,
            "recorded_by": choice.recorded_by,
            "recorded_at": choice.recorded_at,
        }
        return (await self._session.execute(_CHOOSE, values)).scalar() is not None


class SqlImpactAssessments:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, organ: Organ) -> Sequence[ImpactAssessment]:
        """Newest first; the texts of those past their retention are empty."""
        parameters = {"kind": organ.kind.value, "region": organ.region, "code": organ.code}
        return [_assessment(row) for row in (await self._session.execute(_OF_ORGAN, parameters)).mappings()]

    async def add(self, assessment: ImpactAssessment, *, by: str, at: datetime) -> None:
        await self._session.execute(
            _ASSESSED,
            {
                "assessment_id": assessment.assessment_id,
                "organ_kind": assessment.organ.kind.value,
                "organ_region": assessment.organ.region,
                "organ_code": assessment.organ.code,
                "scope": [kind.value for kind in assessment.scope],
                "covers_identity_numbers": assessment.covers_identity_numbers,
                "conclusion": assessment.conclusion.value,
                "document_number": assessment.document_number,
                "purpose": assessment.purpose,
                "risks": assessment.risks,
                "measures": assessment.measures,
                "assessed_on": assessment.assessed_on,
                "valid_to_on": assessment.valid_to_on,
                "kept_to_on": assessment.kept_to_on,
                "recorded_by": by,
                "recorded_at": at,
            },
        )


async def erase_assessments(database: Database, now: datetime) -> int:
    """A timer's task: after its retention only the dates and the number of an assessment stay."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters = {"today": local_date(now), "now": now, "limit": _BATCH}
            erased = len((await tx.session.execute(_ERASE, parameters)).all())
        total += erased
        if erased == 0:
            return total


def _rest(row: Any) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("class", "option")}


def _assessment(row: Any) -> ImpactAssessment:
    return ImpactAssessment(
        assessment_id=UUID(int=row["assessment_id"].int),
        organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], row["organ_code"]),
        scope=tuple(RecordKind(kind) for kind in row["scope"]),
        covers_identity_numbers=row["covers_identity_numbers"],
        purpose=row["purpose"] or "",
        risks=row["risks"] or "",
        measures=row["measures"] or "",
        conclusion=Conclusion(row["conclusion"]),
        document_number=row["document_number"],
        assessed_on=row["assessed_on"],
        valid_to_on=row["valid_to_on"],
        kept_to_on=row["kept_to_on"],
    )
