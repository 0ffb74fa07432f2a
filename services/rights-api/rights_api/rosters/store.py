"""Rosters, telephones, addresses and hand-overs in PostgreSQL. Addresses and notes are sealed here first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from common.secrecy.sealing import KeyVault
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.duty.domain import Channel
from rights_api.duty.store_staffing import holders, of_organ, organ_of
from rights_api.organs import Organ
from rights_api.rosters.domain import HandOver, RosterDay, Sitting

_OF_ORGAN = "organ_kind = :organ_kind AND organ_region = :organ_region"
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_DAYS = text(f"""
SELECT DISTINCT ON (on_day) * FROM duty_rosters WHERE {_OF_ORGAN} AND on_day = ANY(:days)
ORDER BY on_day, version DESC""")
_VERSIONS = text(f"SELECT * FROM duty_rosters WHERE {_OF_ORGAN} AND on_day = :on_day ORDER BY version")
_ADD = text("""
INSERT INTO duty_rosters (organ_kind, organ_region, on_day, version, on_duty, substitute, set_by, set_at)
VALUES (:organ_kind, :organ_region, :on_day, :version, :on_duty, :substitute, :set_by, :set_at)""")
_NEXT_DAY = text(f"""
SELECT on_day FROM (
    SELECT DISTINCT ON (on_day) on_day, on_duty FROM duty_rosters WHERE {_OF_ORGAN} AND on_day > :after
    ORDER BY on_day, version DESC) newest
WHERE on_duty IS NOT NULL ORDER BY on_day LIMIT 1""")
_TELEPHONE = text(f"SELECT version, telephone FROM duty_telephones WHERE {_OF_ORGAN} ORDER BY version DESC LIMIT 1")
_ADD_TELEPHONE = text("""
INSERT INTO duty_telephones (organ_kind, organ_region, version, telephone, set_by, set_at)
VALUES (:organ_kind, :organ_region, :version, :telephone, :set_by, :set_at)""")
_CONTACTS = text(f"SELECT subject, version, channels FROM duty_contacts WHERE {_OF_ORGAN} ORDER BY subject")
_CONTACT = text(f"SELECT subject, version, channels FROM duty_contacts WHERE {_OF_ORGAN} AND subject = :subject")
# Former addresses are not kept: nobody is called there any more.
_SET_CONTACT = text("""
INSERT INTO duty_contacts (contact_id, organ_kind, organ_region, subject, version, channels, kek_id, wrapped_key,
    addresses_sealed, set_by, set_at)
VALUES (:contact_id, :organ_kind, :organ_region, :subject, 1, :channels, :kek_id, :wrapped_key, :sealed, :set_by,
    :set_at)
ON CONFLICT ON CONSTRAINT duty_contacts_once DO UPDATE SET contact_id = excluded.contact_id,
    version = duty_contacts.version + 1, channels = excluded.channels, kek_id = excluded.kek_id,
    wrapped_key = excluded.wrapped_key, addresses_sealed = excluded.addresses_sealed, set_by = excluded.set_by,
    set_at = excluded.set_at
RETURNING version""")
_HAND_OVERS = """
SELECT h.*, t.subject AS taken_by, t.at AS taken_at
FROM hand_overs h LEFT JOIN hand_over_takings t ON t.hand_over_id = h.hand_over_id"""
_HAND_OVER = text(f"{_HAND_OVERS} WHERE h.hand_over_id = :hand_over_id FOR UPDATE OF h")
_ADD_HAND_OVER = text("""
INSERT INTO hand_overs (hand_over_id, organ_kind, organ_region, on_day, written_by, written_at, kek_id, wrapped_key,
    note_sealed)
VALUES (:hand_over_id, :organ_kind, :organ_region, :on_day, :written_by, :written_at, :kek_id, :wrapped_key,
    :note_sealed)""")
_LOOK = text("""
INSERT INTO hand_over_looks (hand_over_id, ordinal, subject, at)
SELECT :hand_over_id, count(*) + 1, :subject, :at FROM hand_over_looks WHERE hand_over_id = :hand_over_id""")
_TAKE = text("INSERT INTO hand_over_takings (hand_over_id, subject, at) VALUES (:hand_over_id, :subject, :at)")
_NOTE = "note"
_ADDRESSES = "addresses"


@dataclass(frozen=True, slots=True)
class Contact:
    """Version 0: none registered. Where the person is reached stays sealed; which ways there are does not."""

    subject: str
    version: int
    channels: tuple[Channel, ...]


class SqlRosters:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, vault

    async def lock(self, organ: Organ) -> None:
        """Two officers of one organ write one after the other; rows not there yet cannot be locked."""
        await self._session.execute(_LOCK, {"name": f"duty/{organ.kind.value}/{organ.region}"})

    async def days(self, organ: Organ, on: Sequence[date], *, lock: bool = False) -> list[RosterDay]:
        if lock:
            await self.lock(organ)
        rows = (await self._session.execute(_DAYS, of_organ(organ) | {"days": list(on)})).mappings()
        found = {row["on_day"]: _day(row) for row in rows}
        return [found.get(day) or RosterDay(organ, day, 0, Sitting(None)) for day in on]

    async def versions(self, organ: Organ, on: date) -> list[RosterDay]:
        rows = (await self._session.execute(_VERSIONS, of_organ(organ) | {"on_day": on})).mappings()
        return [_day(row) for row in rows]

    async def add(self, days: Sequence[RosterDay]) -> None:
        await self._session.execute(
            _ADD,
            [
                of_organ(day.organ)
                | {
                    "on_day": day.on,
                    "version": day.version,
                    "on_duty": day.sitting.on_duty,
                    "substitute": day.sitting.substitute,
                    "set_by": day.set_by,
                    "set_at": day.set_at,
                }
                for day in days
            ],
        )

    async def sat(self, organ: Organ, on: date) -> Collection[str]:
        return set((await holders(self._session, organ, on)).values())

    async def next_on_duty(self, organ: Organ, after: date, today: date) -> Collection[str]:
        following = await self._session.scalar(_NEXT_DAY, of_organ(organ) | {"after": after})
        days = {day for day in (following, today) if day is not None and day > after}
        return {subject for day in days for subject in await self.sat(organ, day)}

    async def telephone(self, organ: Organ) -> tuple[int, str | None]:
        """With its version, 0 where none is known."""
        row = (await self._session.execute(_TELEPHONE, of_organ(organ))).first()
        return (0, None) if row is None else (row.version, row.telephone)

    async def set_telephone(self, organ: Organ, version: int, telephone: str, by: str, at: datetime) -> None:
        values = {"version": version, "telephone": telephone, "set_by": by, "set_at": at}
        await self._session.execute(_ADD_TELEPHONE, of_organ(organ) | values)

    async def contacts(self, organ: Organ) -> list[Contact]:
        return [_contact(row) for row in await self._session.execute(_CONTACTS, of_organ(organ))]

    async def contact(self, organ: Organ, subject: str) -> Contact:
        row = (await self._session.execute(_CONTACT, of_organ(organ) | {"subject": subject})).first()
        return Contact(subject, 0, ()) if row is None else _contact(row)

    async def set_contact(
        self, organ: Organ, subject: str, addresses: Mapping[Channel, str], by: str, at: datetime
    ) -> Contact:
        contact_id = uuid4()
        sealer, wrapped_key = self._vault.new_case(contact_id)
        channels = tuple(channel for channel in Channel if channel in addresses)
        plain = orjson.dumps({channel.value: address for channel, address in addresses.items()}).decode()
        version = await self._session.scalar(
            _SET_CONTACT,
            of_organ(organ)
            | {
                "contact_id": contact_id,
                "subject": subject,
                "channels": [channel.value for channel in channels],
                "kek_id": self._vault.kek_id,
                "wrapped_key": wrapped_key,
                "sealed": sealer.seal(_ADDRESSES, plain),
                "set_by": by,
                "set_at": at,
            },
        )
        return Contact(subject, version or 0, channels)

    async def add_hand_over(self, hand_over: HandOver, note: str) -> None:
        sealer, wrapped_key = self._vault.new_case(hand_over.hand_over_id)
        await self._session.execute(
            _ADD_HAND_OVER,
            of_organ(hand_over.organ)
            | {
                "hand_over_id": hand_over.hand_over_id,
                "on_day": hand_over.on,
                "written_by": hand_over.written_by,
                "written_at": hand_over.written_at,
                "kek_id": self._vault.kek_id,
                "wrapped_key": wrapped_key,
                "note_sealed": sealer.seal(_NOTE, note),
            },
        )

    async def hand_overs(
        self, organ: Organ, *, limit: int, open_only: bool, after: tuple[datetime, UUID] | None
    ) -> list[HandOver]:
        query, parameters = f"{_HAND_OVERS} WHERE {_OF_ORGAN}", of_organ(organ) | {"limit": limit}
        if open_only:
            query += " AND t.hand_over_id IS NULL"
        if after is not None:
            query += " AND (h.written_at, h.hand_over_id) > (:written_at, :after_id)"
            parameters |= {"written_at": after[0], "after_id": after[1]}
        ordered = text(f"{query} ORDER BY h.written_at, h.hand_over_id LIMIT :limit")
        return [_hand_over(row) for row in (await self._session.execute(ordered, parameters)).mappings()]

    async def hand_over(self, hand_over_id: UUID) -> HandOver | None:
        """Locked: looks and the taking over are written one after another."""
        row = (await self._session.execute(_HAND_OVER, {"hand_over_id": hand_over_id})).mappings().first()
        return None if row is None else _hand_over(row)

    async def open_note(self, hand_over_id: UUID, subject: str, at: datetime) -> str:
        """The look goes on record."""
        row = (await self._session.execute(_HAND_OVER, {"hand_over_id": hand_over_id})).mappings().one()
        await self._session.execute(_LOOK, {"hand_over_id": hand_over_id, "subject": subject, "at": at})
        return self._vault.case(hand_over_id, row["wrapped_key"]).open(_NOTE, row["note_sealed"])

    async def take_over(self, hand_over_id: UUID, subject: str, at: datetime) -> None:
        await self._session.execute(_TAKE, {"hand_over_id": hand_over_id, "subject": subject, "at": at})


def _contact(row: Any) -> Contact:
    return Contact(row.subject, row.version, tuple(Channel(channel) for channel in row.channels))


def _day(row: Any) -> RosterDay:
    return RosterDay(
        organ_of(row["organ_kind"], row["organ_region"]),
        row["on_day"],
        row["version"],
        Sitting(row["on_duty"], row["substitute"]),
        row["set_by"],
        row["set_at"],
    )


def _hand_over(row: Any) -> HandOver:
    return HandOver(
        UUID(int=row["hand_over_id"].int),
        organ_of(row["organ_kind"], row["organ_region"]),
        row["on_day"],
        row["written_by"],
        row["written_at"],
        row["taken_by"],
        row["taken_at"],
    )
