"""Bodies of the changes of firms."""

from datetime import date
from typing import Annotated
from uuid import UUID

from common.http import RequestModel
from contracts.registry_events import FirmKind
from pydantic import Field

from registry_api.cases.change import ChangeRequest
from registry_api.register.fields import (
    AnyCreditCode,
    CountyCode,
    FirmCreditCode,
    FirmNameText,
    LicenceNumberText,
    OrganCode,
    PersonName,
    RegionCode,
)
from registry_api.register.firm import FirmEndGround
from registry_api.register.partners import SpecialPartnerKind

_NEEDS_APPROVAL = frozenset({"name", "kind", "region", "parent_firm_id", "head_id", "charter_on"})
"""律师法 21: name, head, charter and kind are approved; address, partners and what else is on file are filed."""


MOST_MEMBERS = 2000

Founders = Annotated[
    list[LicenceNumberText],
    Field(
        max_length=MOST_MEMBERS,
        description="设立人、合伙人或派驻律师的执业证号，可含外省 / licence numbers, of other provinces too.",
    ),
]
Capital = Annotated[int, Field(ge=0, le=10**12, description="元 / yuan.")]


class SpecialPartnerBody(RequestModel):
    """特殊合伙人: no lawyer, never counted as one."""

    name: PersonName
    kind: SpecialPartnerKind
    qualification: str = Field(min_length=1, max_length=200)


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
    county: CountyCode | None = None
    in_legal_district: bool = Field(default=False, description="中央法务区 / central legal district.")
    founders: Founders | None = None
    capital_yuan: Capital | None = None
    supervising_organ: OrganCode | None = None
    charter_on: date | None = None


class ChangeFirm(ChangeRequest):
    effective_on: date
    name: FirmNameText | None = None
    address: str | None = Field(default=None, max_length=300)
    kind: FirmKind | None = None
    region: RegionCode | None = None
    parent_firm_id: UUID | None = None
    county: CountyCode | None = None
    in_legal_district: bool | None = None
    head_id: UUID | None = None
    partner_ids: list[UUID] | None = Field(default=None, max_length=MOST_MEMBERS)
    special_partners: list[SpecialPartnerBody] | None = Field(default=None, max_length=200)
    capital_yuan: Capital | None = None
    supervising_organ: OrganCode | None = None
    charter_on: date | None = None

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


class SplitPart(RequestModel):
    """One of the firms that come out of a division."""

    credit_code: FirmCreditCode
    name: FirmNameText
    kind: FirmKind
    lawyer_ids: list[UUID] = Field(min_length=1, max_length=MOST_MEMBERS)
    founder_ids: list[UUID] = Field(min_length=1, max_length=MOST_MEMBERS)
    capital_yuan: Capital | None = None
    county: CountyCode | None = None
    address: str | None = Field(default=None, max_length=300)


class SplitFirm(ChangeRequest):
    """continues: 存续分立; otherwise 解散分立, every lawyer goes to one of the parts and the firm ends."""

    effective_on: date
    continues: bool
    into: list[SplitPart] = Field(min_length=1, max_length=20)
    document_number: str = Field(min_length=1, max_length=100)


class CorrectFirm(ChangeRequest):
    """更正: what was recorded wrongly; the day is that from which the wrong value was recorded to hold."""

    effective_on: date
    reason: str = Field(min_length=1, max_length=1000)
    name: FirmNameText | None = None
    address: str | None = Field(default=None, max_length=300)
    kind: FirmKind | None = None
    parent_firm_id: UUID | None = None
    county: CountyCode | None = None
    in_legal_district: bool | None = None
    from_on: date | None = Field(default=None, description="现登记期间的起始日期 / first day of the current period.")
    capital_yuan: Capital | None = None
    supervising_organ: OrganCode | None = None
    charter_on: date | None = None
