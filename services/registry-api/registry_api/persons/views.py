"""What officers see of mergers of records and of looks at ID numbers."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from registry_api.persons.domain import IdViewPurpose
from registry_api.persons.store import IdNumberViewRow, PersonMergerRow


class PersonMergerView(BaseModel):
    merger_id: UUID
    absorbed_lawyer_id: UUID
    kept_lawyer_id: UUID
    effective_on: date
    merged_at: datetime | None
    restored_at: datetime | None
    restored_by: UUID | None
    version: int

    @classmethod
    def of(cls, row: PersonMergerRow) -> Self:
        return cls(
            merger_id=row.merger_id,
            absorbed_lawyer_id=row.absorbed_id,
            kept_lawyer_id=row.kept_id,
            effective_on=row.effective_on,
            merged_at=row.merged_at,
            restored_at=row.restored_at,
            restored_by=row.restored_by,
            version=1 if row.restored_at is None else 2,
        )


class IdNumberView(BaseModel):
    """The number itself: shown once to who asked, and nowhere else."""

    view_id: UUID
    lawyer_id: UUID
    id_number: str
    purpose: IdViewPurpose
    viewed_at: datetime


class IdNumberLookView(BaseModel):
    view_id: UUID
    lawyer_id: UUID
    purpose: IdViewPurpose
    note: str | None
    viewed_by: str
    viewed_by_organ: str
    viewed_at: datetime

    @classmethod
    def of(cls, row: IdNumberViewRow) -> Self:
        return cls.model_validate(row, from_attributes=True)
