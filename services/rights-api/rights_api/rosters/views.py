"""What officers are shown of rosters: persons by the ids of their tokens, to their own organ and the one above."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.working_days import Day, DayKind
from pydantic import BaseModel

from rights_api.duty.domain import Channel, DutyNumbers
from rights_api.organs import Organ
from rights_api.rosters.domain import HandOver, RosterDay
from rights_api.rosters.store import Contact


class OrganView(BaseModel):
    kind: OrganKind
    region: str
    name_zh: str

    @classmethod
    def of(cls, organ: Organ) -> Self:
        return cls(kind=organ.kind, region=organ.region, name_zh=organ.name_zh)


class DayView(BaseModel):
    """What kind of day it is; `official` is false where the list of holidays is not out."""

    on: date
    kind: DayKind
    official: bool
    holiday_zh: str | None
    holiday_en: str | None

    @classmethod
    def of(cls, day: Day) -> Self:
        return cls(
            on=day.on, kind=day.kind, official=day.official, holiday_zh=day.holiday_zh, holiday_en=day.holiday_en
        )


class RosterDayView(BaseModel):
    organ: OrganView
    day: DayView
    version: int
    staffed: bool
    on_duty: str | None
    substitute: str | None
    set_by: str | None
    set_at: datetime | None

    @classmethod
    def of(cls, roster: RosterDay, day: Day) -> Self:
        return cls(
            organ=OrganView.of(roster.organ),
            day=DayView.of(day),
            version=roster.version,
            staffed=roster.sitting.on_duty is not None,
            on_duty=roster.sitting.on_duty,
            substitute=roster.sitting.substitute,
            set_by=roster.set_by,
            set_at=roster.set_at,
        )


class RosterView(BaseModel):
    items: list[RosterDayView]
    gaps: list[date]
    """Days of these with nobody on duty."""


class OnDutyView(BaseModel):
    organ: OrganView
    on: date
    staffed: bool
    telephone: str | None
    """The office's; where there is none yet, whoever asks must be told another way."""

    @classmethod
    def of(cls, numbers: DutyNumbers) -> Self:
        return cls(
            organ=OrganView.of(numbers.organ), on=numbers.on, staffed=numbers.staffed, telephone=numbers.telephone
        )


class OnDutyList(BaseModel):
    day: DayView
    items: list[OnDutyView]


class TelephoneView(BaseModel):
    organ: OrganView
    version: int
    telephone: str | None


class ContactView(BaseModel):
    """By which channels somebody is reached, never where."""

    subject: str
    version: int
    channels: list[Channel]

    @classmethod
    def of(cls, contact: Contact) -> Self:
        return cls(subject=contact.subject, version=contact.version, channels=list(contact.channels))


class ContactList(BaseModel):
    items: list[ContactView]


class HandOverView(BaseModel):
    hand_over_id: UUID
    organ: OrganView
    on: date
    written_by: str
    written_at: datetime
    taken_by: str | None
    taken_at: datetime | None

    @classmethod
    def of(cls, hand_over: HandOver) -> Self:
        return cls(
            hand_over_id=hand_over.hand_over_id,
            organ=OrganView.of(hand_over.organ),
            on=hand_over.on,
            written_by=hand_over.written_by,
            written_at=hand_over.written_at,
            taken_by=hand_over.taken_by,
            taken_at=hand_over.taken_at,
        )


class OpenedHandOver(BaseModel):
    """With its note; each look is on record."""

    hand_over: HandOverView
    note: str
