"""An organ of the province puts an assessment on record."""

from datetime import datetime
from typing import Protocol

from rights_api.assessments.domain import Assessment


class Assessments(Protocol):
    async def next_number(self) -> int:
        """One at a time: others wait until this transaction ends."""

    async def add(self, assessment: Assessment, *, by: str, at: datetime) -> None: ...


async def record(assessments: Assessments, assessment: Assessment, *, by: str, at: datetime) -> None:
    await assessments.add(assessment, by=by, at=at)
