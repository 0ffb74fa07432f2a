"""Bodies of the commands on lawyers."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from common.http import Invalid
from contracts.identifiers import IdCard, LicenceNumber
from pydantic import AfterValidator, Field, model_validator

from registry_api.cases.change import ChangeRequest
from registry_api.register.fields import CountyCode, FirmNameText, IdNumber, LicenceNumberText, PersonName, RegionCode
from registry_api.register.lawyer import LicenceEndGround
from registry_api.register.specialities import Speciality

Specialities = Annotated[
    list[Speciality], Field(max_length=len(Speciality)), AfterValidator(lambda given: sorted(set(given)))
]
FormerNumber = Annotated[str, Field(pattern=r"^\d{12}$")]


class Somewhere(ChangeRequest):
    """A firm of the register, or (公职, 公司, 法律援助) an institution with its region."""

    firm_id: UUID | None = None
    institution: FirmNameText | None = None
    region: RegionCode | None = Field(default=None, description="与 institution 同时填写 / with institution.")
    county: CountyCode | None = Field(default=None, description="机构所在县区 / of the institution, with it.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.firm_id is None and (self.institution is None or self.region is None):
            raise Invalid(
                "请填写 firm_id，或同时填写 institution 和 region", "give firm_id, or institution with region"
            )
        if self.firm_id is not None and (self.institution or self.region or self.county):
            raise Invalid(
                "firm_id 与 institution、region 不能同时填写", "give firm_id or institution with region, not both"
            )
        return self


class RegisterLawyer(Somewhere):
    name: PersonName
    licence_number: LicenceNumberText
    first_licensed_on: date
    practising_from: date | None = Field(default=None, description="默认为首次执业日期 / default: first_licensed_on.")
    id_number: IdNumber | None = None
    specialities: Specialities | None = None
    former_numbers: list[FormerNumber] = Field(
        default=[], max_length=10, description="17位之前的旧证号（12位） / of 12 digits, before those of 17."
    )

    def number(self) -> LicenceNumber:
        return LicenceNumber.parse(self.licence_number)

    def id_card(self) -> IdCard | None:
        return None if self.id_number is None else IdCard.parse(self.id_number.get_secret_value())


class RelicenseLawyer(Somewhere):
    licence_number: LicenceNumberText
    licensed_on: date

    def number(self) -> LicenceNumber:
        return LicenceNumber.parse(self.licence_number)


class MoveLawyer(Somewhere):
    effective_on: date
    licence_number: LicenceNumberText | None = Field(
        default=None, description="新证号；不填则按新地区、类别改写 / by default rewritten for the new place."
    )
    category: int | None = None

    def number(self) -> LicenceNumber | None:
        return None if self.licence_number is None else LicenceNumber.parse(self.licence_number)


class ChangeCategory(ChangeRequest):
    category: int
    effective_on: date
    licence_number: LicenceNumberText | None = None

    def number(self) -> LicenceNumber | None:
        return None if self.licence_number is None else LicenceNumber.parse(self.licence_number)


class ChangeLawyer(ChangeRequest):
    effective_on: date
    name: PersonName | None = None
    first_licensed_on: date | None = None
    id_number: IdNumber | None = None
    specialities: Specialities | None = None

    def id_card(self) -> IdCard | None:
        return None if self.id_number is None else IdCard.parse(self.id_number.get_secret_value())


class EndLicence(ChangeRequest):
    ground: LicenceEndGround
    ended_on: date


class CorrectLawyer(ChangeRequest):
    """更正: what was recorded wrongly of the lawyer or of the current practice; no move, no change of category."""

    effective_on: date
    reason: str = Field(min_length=1, max_length=1000)
    name: PersonName | None = None
    first_licensed_on: date | None = None
    licence_number: LicenceNumberText | None = None
    specialities: Specialities | None = None
    firm_id: UUID | None = None
    category: int | None = None
    from_on: date | None = Field(default=None, description="现执业记录的起始日期 / first day of the current practice.")

    def number(self) -> LicenceNumber | None:
        return None if self.licence_number is None else LicenceNumber.parse(self.licence_number)
