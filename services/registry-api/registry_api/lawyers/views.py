"""What officers see of a lawyer: never the ID number."""

from datetime import date
from typing import Self
from uuid import UUID

from contracts.identifiers import LicenceCategory
from contracts.registry_events import StandingKind
from pydantic import BaseModel

from registry_api.lawyers.store import LawyerLine
from registry_api.register.lawyer import Lawyer
from registry_api.register.standing import Standing


class LawyerView(BaseModel):
    lawyer_id: UUID
    name: str
    licence_number: str
    category: int
    category_zh: str
    firm_id: UUID | None
    institution: str | None
    region: str
    first_licensed_on: date
    practising_from: date
    ended_on: date | None
    end_ground: str | None
    standing: Standing
    id_number_on_file: bool
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
            first_licensed_on=lawyer.first_licensed_on,
            practising_from=practice.from_on,
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


class PracticeView(BaseModel):
    practice_id: UUID
    firm_id: UUID | None
    institution: str | None
    region: str
    category: int
    from_on: date
    to_on: date | None
    end_ground: str | None


class FactView(BaseModel):
    """What discipline told; the cause stays there."""

    fact_id: UUID
    kind: StandingKind
    from_on: date
    to_on: date | None
    withdrawn: bool


class LawyerHistory(BaseModel):
    """First interval first; `to_on` is the first day on which it no longer held.

    standing_facts: none at all for readers without the right to them, for a withdrawn sanction never took effect.
    """

    lawyer_id: UUID
    licence_numbers: list[str]
    practices: list[PracticeView]
    standing_facts: list[FactView] | None
    version: int

    @classmethod
    def of(cls, lawyer: Lawyer, numbers: list[str], *, facts: bool) -> Self:
        return cls(
            lawyer_id=lawyer.lawyer_id,
            licence_numbers=numbers,
            practices=[
                PracticeView(
                    practice_id=p.practice_id,
                    firm_id=p.place.firm_id,
                    institution=p.place.institution,
                    region=p.place.region,
                    category=p.category,
                    from_on=p.from_on,
                    to_on=p.to_on,
                    end_ground=p.end_ground,
                )
                for p in lawyer.practices
            ],
            standing_facts=[FactView.model_validate(fact, from_attributes=True) for fact in lawyer.facts]
            if facts
            else None,
            version=lawyer.version,
        )
