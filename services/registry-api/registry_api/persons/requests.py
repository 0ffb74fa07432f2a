"""Bodies of the changes of persons' records."""

from datetime import date
from uuid import UUID

from common.http import RequestModel
from pydantic import Field

from registry_api.cases.change import ChangeRequest
from registry_api.persons.domain import IdViewPurpose


class MergeRecords(ChangeRequest):
    absorbed_lawyer_id: UUID = Field(description="并入的（重复）记录 / the duplicate.")
    kept_lawyer_id: UUID = Field(description="保留的记录 / the record that stays.")
    effective_on: date
    reason: str = Field(min_length=1, max_length=1000)


class UndoMerger(ChangeRequest):
    effective_on: date
    reason: str = Field(min_length=1, max_length=1000)


class ViewIdNumber(RequestModel):
    purpose: IdViewPurpose
    note: str | None = Field(default=None, min_length=1, max_length=500, description="文号或事由。")
