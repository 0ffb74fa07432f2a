"""What officers see of a lawyer: never the ID number."""

from collections.abc import Mapping
from datetime import date
from typing import Self
from uuid import UUID

from contracts.identifiers import LicenceCategory
from pydantic import BaseModel

from registry_api.lawyers.store import LawyerLine
from registry_api.register.lawyer import Lawyer
from registry_api.register.past import Then
from registry_api.register.reading import Seen
from registry_api.register.standing import Standing
from registry_api.register.times import Times


class LawyerView(BaseModel):
    lawyer_id: UUID
    name: str
    licence_number: str
    category: int
    category_zh: str
    firm_id: UUID | None
    institution: str | None
    region: str
    county: str | None
    first_licensed_on: date
    practising_from: date
    years_of_practice: int
    specialities: list[str]
    ended_on: date | None
    end_ground: str | None
    standing: Standing | None
    id_number_on_file: bool | None
    version: int

    @classmethod
    def of(cls, lawyer: Lawyer, today: date) -> Self:
        practice = lawyer.practice
        return cls(
            lawyer_id=lawyer.lawyer_id,
            name=lawyer.name,
            licence_number=lawyer.licence_number,
            category=practice.category,
            category_zh=LicenceCategory(practice.category).zh,
            firm_id=practice.place.firm_id,
            institution=practice.place.institution,
            region=lawyer.region,
            county=practice.place.county,
            first_licensed_on=lawyer.first_licensed_on,
            practising_from=practice.from_on,
            years_of_practice=lawyer.years_of_practice(today),
            specialities=list(lawyer.specialities),
            ended_on=practice.to_on,
            end_ground=practice.end_ground,
            standing=lawyer.standing_on(today),
            id_number_on_file=lawyer.id_card is not None,
            version=lawyer.version,
        )


class LawyerLineView(BaseModel):
    lawyer_id: UUID
    name: str
    licence_number: str
    category: int
    firm_id: UUID | None
    firm_name: str | None
    institution: str | None
    region: str
    licensed: bool
    version: int

    @classmethod
    def of(cls, line: LawyerLine) -> Self:
        return cls(
            lawyer_id=line.lawyer.lawyer_id,
            name=line.lawyer.name,
            licence_number=line.lawyer.licence_number,
            category=line.practice.category,
            firm_id=line.practice.firm_id,
            firm_name=line.firm_name,
            institution=line.practice.institution,
            region=line.practice.region,
            licensed=line.practice.to_on is None,
            version=line.lawyer.version,
        )

    @classmethod
    def then(cls, then: Then[Lawyer], firm_names: Mapping[UUID, str]) -> Self:
        lawyer, practice = then.state, then.state.practice
        firm_id = practice.place.firm_id
        return cls(
            lawyer_id=lawyer.lawyer_id,
            name=lawyer.name,
            licence_number=lawyer.licence_number,
            category=practice.category,
            firm_id=firm_id,
            firm_name=None if firm_id is None else firm_names.get(firm_id),
            institution=practice.place.institution,
            region=lawyer.region,
            licensed=lawyer.licensed,
            version=lawyer.version,
        )


class LawyerOnDay(LawyerView):
    """standing: none where this reader may be told of that day only whether the licence held (`licensed`).

    id_number_on_file: of now; none where an earlier state of knowledge was asked for.
    """

    licensed: bool
    times: Times

    @classmethod
    def seen(cls, seen: Seen[Lawyer]) -> Self:
        view = LawyerView.of(seen.state, seen.asked.as_of).model_dump()
        told = {"standing": seen.shown.standing, "licensed": seen.shown.licensed, "end_ground": seen.end_ground}
        if not seen.asked.of_now:
            told["id_number_on_file"] = None
        return cls(**view | told, times=seen.times)
