"""What officers see of a proposal."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel

from registry_api.cases.competence import COMPETENCE, ChangeKind
from registry_api.cases.store import ProposalRow

ProposalState = Literal["open", "approved", "rejected", "withdrawn"]


class ProposalView(BaseModel):
    """`command` is the body that was sent, without the ID number; `touched` the versions it was made to."""

    proposal_id: UUID
    kind: ChangeKind
    kind_zh: str
    state: ProposalState
    region: str
    subject_id: UUID | None
    command: dict[str, Any]
    holds_id_number: bool
    touched: dict[UUID, int]
    document_number: str | None
    reason: str | None
    effective_on: date
    proposed_by: str
    proposed_by_organ: str
    proposed_at: datetime
    closed_by: str | None
    closed_by_organ: str | None
    closed_at: datetime | None
    closing_code: str | None
    closing_text: str | None
    version: int

    @classmethod
    def of(cls, row: ProposalRow) -> Self:
        return cls.model_validate(cls._values(row))

    @staticmethod
    def _values(row: ProposalRow) -> dict[str, Any]:
        shown = {name: getattr(row, name) for name in ProposalView.model_fields if hasattr(row, name)}
        kind = ChangeKind(row.kind)
        return shown | {"kind_zh": COMPETENCE[kind].zh, "holds_id_number": row.sealed_id_number is not None}


class ApprovedView(ProposalView):
    """`result` is what the change answers: the firm, the lawyer, the merger as they are now."""

    result: dict[str, Any]

    @classmethod
    def with_result(cls, row: ProposalRow, result: BaseModel) -> Self:
        return cls.model_validate(cls._values(row) | {"result": result.model_dump(mode="json")})
