"""Deliveries in PostgreSQL: handed out under a lease, so that a worker that dies loses none."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from common.secrecy.sealing import KeyVault
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.alarms.domain import LEASE, Delivery, Outcome
from rights_api.duty.domain import Channel
from rights_api.duty.messages import Template

_DUE = text("""
SELECT d.*, a.number, a.urgent, c.contact_id, c.wrapped_key, c.addresses_sealed
FROM alarm_deliveries d
JOIN alarms a ON a.alarm_id = d.alarm_id
JOIN alarm_steps s ON s.alarm_id = d.alarm_id AND s.ordinal = d.ordinal
LEFT JOIN duty_contacts c
    ON c.organ_kind = s.organ_kind AND c.organ_region = s.organ_region AND c.subject = s.subject
WHERE d.state = 'waiting' AND d.next_at <= :now AND d.expires_at > :now AND a.ended_at IS NULL
ORDER BY a.urgent DESC, d.next_at LIMIT :limit FOR UPDATE OF d SKIP LOCKED""")
_LEASE = text("""
INSERT INTO delivery_leases (delivery_id, attempt, leased_by, at, until)
VALUES (:delivery_id, :attempt, :leased_by, :at, :until)""")
_LEASED = text("UPDATE alarm_deliveries SET attempts = :attempt, next_at = :until WHERE delivery_id = :delivery_id")
_ONE = text("SELECT * FROM alarm_deliveries WHERE delivery_id = :delivery_id FOR UPDATE")
_OUTCOME = text("""
INSERT INTO delivery_outcomes (delivery_id, attempt, outcome, provider_code, at)
VALUES (:delivery_id, :attempt, :outcome, :code, :at) ON CONFLICT DO NOTHING RETURNING true""")
_STATE = text("UPDATE alarm_deliveries SET state = :state WHERE delivery_id = :delivery_id")
_WAIT = text("UPDATE alarm_deliveries SET next_at = :until WHERE delivery_id = :delivery_id")
_CLIMB_NOW = text("""
UPDATE alarms a SET next_at = least(a.next_at, :at)
WHERE a.alarm_id = :alarm_id AND a.next_at IS NOT NULL
  AND :ordinal = (SELECT max(s.ordinal) FROM alarm_steps s WHERE s.alarm_id = a.alarm_id)
  AND NOT EXISTS (SELECT FROM alarm_deliveries d WHERE d.alarm_id = a.alarm_id AND d.ordinal = :ordinal
      AND d.state IN ('waiting', 'delivered'))""")
_OF_ALARM = text("""
SELECT d.delivery_id, d.ordinal, d.channel, d.state, d.attempts, d.created_at, o.at, o.provider_code
FROM alarm_deliveries d
LEFT JOIN LATERAL (SELECT o.at, o.provider_code FROM delivery_outcomes o WHERE o.delivery_id = d.delivery_id
    ORDER BY o.attempt DESC LIMIT 1) o ON true
WHERE d.alarm_id = :alarm_id ORDER BY d.ordinal, d.channel""")


@dataclass(frozen=True, slots=True)
class Leased:
    """For the worker that holds the lease, and for nobody's log."""

    delivery_id: UUID
    attempt: int
    channel: Channel
    address: str = field(repr=False)
    template: Template
    number: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """How it stands with one delivery; never where it went."""

    delivery_id: UUID
    ordinal: int
    channel: Channel
    state: str
    attempts: int
    created_at: datetime
    reported_at: datetime | None
    provider_code: str | None


class SqlDeliveries:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, vault

    async def lease(self, limit: int, by: str, now: datetime) -> list[Leased]:
        """Urgent ones first. Where the person has no such address any more, it has failed."""
        rows = (await self._session.execute(_DUE, {"now": now, "limit": limit})).mappings().all()
        leased = []
        for row in rows:
            addresses: dict[str, str] = {}
            if row["contact_id"] is not None:
                sealer = self._vault.case(UUID(int=row["contact_id"].int), row["wrapped_key"])
                addresses = orjson.loads(sealer.open("addresses", row["addresses_sealed"]))
            if (address := addresses.get(row["channel"])) is None:
                await self.failed(_delivery(row), now)
                continue
            attempt, until = row["attempts"] + 1, now + LEASE
            values = {"delivery_id": row["delivery_id"], "attempt": attempt, "until": until}
            await self._session.execute(_LEASE, values | {"leased_by": by, "at": now})
            await self._session.execute(_LEASED, values)
            leased.append(
                Leased(
                    delivery_id=UUID(int=row["delivery_id"].int),
                    attempt=attempt,
                    channel=Channel(row["channel"]),
                    address=address,
                    template=Template(row["template"]),
                    number=row["number"],
                    urgent=row["urgent"],
                )
            )
        return leased

    async def get(self, delivery_id: UUID) -> Delivery | None:
        """Locked."""
        row = (await self._session.execute(_ONE, {"delivery_id": delivery_id})).mappings().first()
        return None if row is None else _delivery(row)

    async def record(self, delivery: Delivery, attempt: int, outcome: Outcome, code: str, at: datetime) -> bool:
        values = {"delivery_id": delivery.delivery_id, "attempt": attempt, "outcome": outcome.value}
        return (await self._session.execute(_OUTCOME, values | {"code": code, "at": at})).first() is not None

    async def delivered(self, delivery: Delivery) -> None:
        await self._session.execute(_STATE, {"delivery_id": delivery.delivery_id, "state": "delivered"})

    async def wait(self, delivery: Delivery, until: datetime) -> None:
        await self._session.execute(_WAIT, {"delivery_id": delivery.delivery_id, "until": until})

    async def failed(self, delivery: Delivery, at: datetime) -> None:
        await self._session.execute(_STATE, {"delivery_id": delivery.delivery_id, "state": "failed"})
        values = {"alarm_id": delivery.alarm_id, "ordinal": delivery.ordinal, "at": at}
        await self._session.execute(_CLIMB_NOW, values)

    async def of(self, alarm_id: UUID) -> list[Sent]:
        rows = await self._session.execute(_OF_ALARM, {"alarm_id": alarm_id})
        return [
            Sent(
                UUID(int=row.delivery_id.int),
                row.ordinal,
                Channel(row.channel),
                row.state,
                row.attempts,
                row.created_at,
                row.at,
                row.provider_code,
            )
            for row in rows
        ]


def _delivery(row: Any) -> Delivery:
    return Delivery(
        UUID(int=row["delivery_id"].int),
        row["alarm_id"],
        row["ordinal"],
        Channel(row["channel"]),
        row["state"],
        row["attempts"],
        row["expires_at"],
    )
