"""What officers see of a firm."""

from datetime import date
from typing import Self
from uuid import UUID

from contracts.regions import REGIONS
from contracts.registry_events import FirmKind
from pydantic import BaseModel

from registry_api.firms.store import FirmLine
from registry_api.register.firm import KIND_ZH, Firm
from registry_api.register.partners import SpecialPartner
from registry_api.register.past import Then
from registry_api.register.reading import Seen
from registry_api.register.standing import Standing
from registry_api.register.times import Times


class FirmView(BaseModel):
    firm_id: UUID
    credit_code: str
    name: str
    kind: FirmKind
    kind_zh: str
    region: str
    region_zh: str
    parent_firm_id: UUID | None
    parent_credit_code: str | None
    address: str | None
    established_on: date
    ended_on: date | None
    end_ground: str | None
    merged_into: UUID | None
    county: str | None
    in_legal_district: bool
    capital_yuan: int | None
    head_id: UUID | None
    partner_ids: list[UUID]
    special_partners: list[SpecialPartner]
    supervising_organ: str | None
    charter_on: date | None
    standing: Standing | None
    practising_lawyers: int
    version: int

    @classmethod
    def of(cls, firm: Firm, today: date, *, practising: int) -> Self:
        return cls(
            firm_id=firm.firm_id,
            credit_code=firm.credit_code,
            name=firm.name,
            kind=firm.kind,
            kind_zh=KIND_ZH[firm.kind],
            region=firm.region,
            region_zh=REGIONS[firm.region].name_zh,
            parent_firm_id=firm.period.parent_firm_id,
            parent_credit_code=firm.parent_credit_code,
            address=firm.address,
            established_on=firm.established_on,
            ended_on=firm.period.to_on,
            end_ground=firm.period.end_ground,
            merged_into=firm.merged_into,
            county=firm.period.county,
            in_legal_district=firm.period.in_legal_district,
            capital_yuan=firm.capital_yuan,
            head_id=firm.head_id,
            partner_ids=list(firm.partner_ids),
            special_partners=list(firm.special_partners),
            supervising_organ=firm.supervising_organ,
            charter_on=firm.charter_on,
            standing=firm.standing_on(today),
            practising_lawyers=practising,
            version=firm.version,
        )


class FirmLineView(BaseModel):
    firm_id: UUID
    credit_code: str
    name: str
    kind: FirmKind
    region: str
    parent_firm_id: UUID | None
    active: bool
    practising_lawyers: int
    version: int

    @classmethod
    def of(cls, line: FirmLine) -> Self:
        return cls(
            firm_id=line.firm.firm_id,
            credit_code=line.firm.credit_code,
            name=line.firm.name,
            kind=FirmKind(line.period.kind),
            region=line.period.region,
            parent_firm_id=line.period.parent_firm_id,
            active=line.period.to_on is None,
            practising_lawyers=line.practising,
            version=line.firm.version,
        )

    @classmethod
    def then(cls, then: Then[Firm], *, practising: int) -> Self:
        firm = then.state
        return cls(
            firm_id=firm.firm_id,
            credit_code=firm.credit_code,
            name=firm.name,
            kind=firm.kind,
            region=firm.region,
            parent_firm_id=firm.period.parent_firm_id,
            active=not firm.ended,
            practising_lawyers=practising,
            version=firm.version,
        )


class FirmOnDay(FirmView):
    """standing: none where this reader may be told of that day only whether the licence held (`licensed`).

    practising_lawyers: of that day, as known then.
    """

    licensed: bool
    times: Times

    @classmethod
    def seen(cls, seen: Seen[Firm], *, practising: int) -> Self:
        view = FirmView.of(seen.state, seen.asked.as_of, practising=practising).model_dump()
        told = {"standing": seen.shown.standing, "licensed": seen.shown.licensed, "end_ground": seen.end_ground}
        return cls(**view | told, times=seen.times)


class MergerView(BaseModel):
    merger_id: UUID
    absorbed_firm_id: UUID
    absorbing_firm_id: UUID
    effective_on: date
    document_number: str
    lawyers_moved: int


class SplitView(BaseModel):
    split_id: UUID
    firm_id: UUID
    continues: bool
    into: list[UUID]
    lawyers_moved: int
    effective_on: date
    document_number: str
