"""Registering places and facilities, verifying, outages, figures: each change checked, stored and told."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.database import Tx
from common.events import Event
from contracts.facilities import FacilityKind
from contracts.rights_events import FacilityChanged, FacilityOutageBegan, FacilityOutageEnded, FacilityRegistered

from rights_api.facilities.domain import (
    Content,
    Entry,
    Facility,
    Outage,
    Place,
    Verification,
    begin_outage,
    change,
    check,
    check_end,
    end_outage,
    verify,
)
from rights_api.facilities.figures import Figures
from rights_api.facilities.figures import check as check_counts
from rights_api.refusals import Refused


class Register(Protocol):
    """Places and facilities, as they are stored."""

    async def namesake(self, place: Place) -> bool: ...

    async def add_place(self, place: Place, entry: Entry) -> None: ...

    async def save_place(self, place: Place, entry: Entry) -> None: ...

    async def in_place(self, organ_code: UUID) -> list[Facility]: ...

    async def add(self, facility: Facility) -> bool: ...

    async def save_version(self, facility: Facility) -> None: ...

    async def save_verification(self, facility: Facility, verification: Verification, *, at: datetime) -> None: ...

    async def save_outage(self, facility: Facility, outage: Outage, *, by: str, at: datetime) -> None: ...

    async def save_outage_end(
        self, facility: Facility, outage_id: UUID, ended_at: datetime, *, by: str, at: datetime
    ) -> None: ...


class Months(Protocol):
    async def add(self, figures: Figures, entry: Entry) -> bool: ...


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date

    @property
    def entry(self) -> Entry:
        return Entry(self.by, self.at)


async def register_place(store: Register, place: Place, act: Act) -> Place:
    await _demand_single(store, place)
    await store.add_place(place, act.entry)
    return place


async def change_place(store: Register, before: Place, after: Place, act: Act) -> Place:
    after = replace(after, version=before.version + 1)
    await _demand_single(store, after)
    check_end(after, await store.in_place(after.organ_code), today=act.today)
    await store.save_place(after, act.entry)
    return after


async def _demand_single(store: Register, place: Place) -> None:
    if await store.namesake(place):
        raise Refused(
            "place-registered",
            "该地区已登记同名同址的机关场所。",
            "A place of that name and address is registered in the region.",
            field="name",
            conflict=True,
        )


async def register(
    store: Register, tx: Tx, place: Place, kind: FacilityKind, content: Content, *, act: Act
) -> Facility:
    check(place, kind, content, today=act.today)
    facility = Facility(uuid4(), place, kind, 1, 1, 1, content, act.entry)
    if not await store.add(facility):
        raise Refused(
            "facility-registered",
            "该机关场所已登记此类设施，请修改原登记。",
            "The place has one of this kind; change that one.",
            field="kind",
            conflict=True,
        )
    tx.outbox.add(_told(FacilityRegistered, facility))
    return facility


async def change_facility(store: Register, tx: Tx, before: Facility, content: Content, act: Act) -> Facility:
    after = change(before, content, act.entry, today=act.today)
    await store.save_version(after)
    tx.outbox.add(_told(FacilityChanged, after))
    return after


async def verify_facility(store: Register, before: Facility, on: date, act: Act) -> Facility:
    after = verify(before, by=act.by, on=on, today=act.today)
    if after.verification is None:
        raise ValueError("verified without a verification")
    await store.save_verification(after, after.verification, at=act.at)
    return after


async def report_outage(store: Register, tx: Tx, before: Facility, outage: Outage, act: Act) -> Facility:
    after = begin_outage(before, outage, now=act.at)
    await store.save_outage(after, outage, by=act.by, at=act.at)
    tx.outbox.add(
        FacilityOutageBegan(
            version=after.events,
            region=after.place.region,
            facility_id=after.facility_id,
            outage_id=outage.outage_id,
            organ_code=after.place.organ_code,
            reason_kind=outage.reason,
            began_at=outage.began_at,
        )
    )
    return after


async def report_outage_end(
    store: Register, tx: Tx, before: Facility, outage_id: UUID, *, ended_at: datetime, act: Act
) -> Facility:
    after = end_outage(before, outage_id, ended_at, now=act.at)
    await store.save_outage_end(after, outage_id, ended_at, by=act.by, at=act.at)
    tx.outbox.add(
        FacilityOutageEnded(
            version=after.events,
            region=after.place.region,
            facility_id=after.facility_id,
            outage_id=outage_id,
            organ_code=after.place.organ_code,
            ended_at=ended_at,
        )
    )
    return after


async def enter_figures(store: Months, figures: Figures, act: Act) -> Figures:
    """A first version, or the next one of a month that was read."""
    check_counts(figures.counts)
    if figures.month >= act.today.replace(day=1):
        raise Refused("month-not-over", "该月尚未结束。", "That month is not over.", field="month")
    if not await store.add(figures, act.entry):
        raise Refused(
            "month-entered",
            "该月数据已登记，请修改原登记。",
            "The figures of that month are entered; correct those.",
            field="month",
            conflict=True,
        )
    return figures


def _told(cls: type[FacilityRegistered | FacilityChanged], facility: Facility) -> Event:
    return cls(
        version=facility.events,
        region=facility.place.region,
        facility_id=facility.facility_id,
        organ_code=facility.place.organ_code,
        organ_kind=facility.place.organ_kind,
        kind=facility.kind,
        status=facility.content.status,
        opened_on=facility.content.opened_on,
        from_on=facility.content.from_on,
    )
