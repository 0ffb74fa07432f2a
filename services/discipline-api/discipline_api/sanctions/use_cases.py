"""Commands in, events out; the sanction's row is locked before its event is built."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.record.domain import Decision, Sanction, Withdrawal, decide, publish, withdraw


class Sanctions(Protocol):
    async def add(self, sanction: Sanction, *, recorded_by: str) -> None:
        """Raises Refused where the organ has a decision of this number."""

    async def save(self, sanction: Sanction) -> None: ...


class Display(Protocol):
    async def show(self, sanction: Sanction, at: datetime) -> None: ...

    async def take_down(self, sanction: Sanction, at: datetime) -> None:
        """At once; only the tombstone stays."""


async def record_sanction(
    sanctions: Sanctions, outbox: Outbox, case_id: UUID, decision: Decision, *, recorded_by: str, today: date
) -> Sanction:
    sanction, event = decide(case_id, decision, today)
    await sanctions.add(sanction, recorded_by=recorded_by)
    outbox.add(event)
    return sanction


async def publish_sanction(
    sanctions: Sanctions,
    display: Display,
    outbox: Outbox,
    locked: Sanction,
    *,
    facts: str | None,
    published_on: date,
    now: datetime,
) -> Sanction:
    sanction, event = publish(locked, facts, published_on, local_date(now))
    await sanctions.save(sanction)
    await display.show(sanction, now)
    outbox.add(event)
    return sanction


async def withdraw_sanction(
    sanctions: Sanctions, display: Display, outbox: Outbox, locked: Sanction, withdrawal: Withdrawal, *, now: datetime
) -> Sanction:
    sanction, event = withdraw(locked, withdrawal, local_date(now))
    await sanctions.save(sanction)
    if sanction.published_on is not None:
        await display.take_down(sanction, now)
    outbox.add(event)
    return sanction
