"""Bodies of the changes of firms."""

from datetime import date
from uuid import UUID

from contracts.registry_events import FirmKind
from pydantic import Field

from registry_api.cases.change import ChangeRequest
from registry_api.register.fields import AnyCreditCode, FirmCreditCode, FirmNameText, RegionCode
from registry_api.register.firm import FirmEndGround

_NEEDS_APPROVAL = frozenset({"name", "kind", "region", "parent_firm_id", "head_id", "charter_on"})
"""律师法 21: name, head, charter and kind are approved; address, partners and what else is on file are filed."""


class RegisterFirm(ChangeRequest):
    credit_code: FirmCreditCode
    name: FirmNameText
    kind: FirmKind
    region: RegionCode
    established_on: date
    parent_firm_id: UUID | None = None
    parent_credit_code: AnyCreditCode | None = Field(
        default=None, description="总所在省外时填写 / of a head office in another province."
    )
    address: str | None = Field(default=None, max_length=300)


class ChangeFirm(ChangeRequest):
    effective_on: date
    name: FirmNameText | None = None
    address: str | None = Field(default=None, max_length=300)
    kind: FirmKind | None = None
    region: RegionCode | None = None
    parent_firm_id: UUID | None = None

    @property
    def needs_approval(self) -> bool:
        return any(getattr(self, name, None) is not None for name in _NEEDS_APPROVAL)


class EndFirm(ChangeRequest):
    ground: FirmEndGround
    ended_on: date


class MergeFirms(ChangeRequest):
    absorbed_firm_id: UUID
    absorbing_firm_id: UUID
    effective_on: date
    document_number: str = Field(min_length=1, max_length=100)
