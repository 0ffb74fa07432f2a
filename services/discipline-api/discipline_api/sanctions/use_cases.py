"""Commands in, events out; the sanction's row is locked before its event is built."""

from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox

from discipline_api.sanctions.domain import Decision, Sanction, Withdrawal, decide, publish, withdraw


class Sanctions(Protocol):
    async def add(self, sanction: Sanction, *, recorded_by: str) -> None:
        """Raises Refused where the organ has a decision of this number."""

    async def save(self, sanction: Sanction) -> None: ...

    async def show(self, sanction: Sanction) -> None:
        """Write the public row; of a withdrawn sanction only the tombstone stays."""


async def record_sanction(
    sanctions: Sanctions, outbox: Outbox, case_id: UUID, decision: Decision, *, recorded_by: str, today: date
) -> Sanction:
    sanction, event = decide(case_id, decision, today)
    await sanctions.add(sanction, recorded_by=recorded_by)
    outbox.add(event)
    return sanction


async def publish_sanction(
    sanctions: Sanctions, outbox: Outbox, locked: Sanction, *, facts: str | None, published_on: date, today: date
) -> Sanction:
    sanction, event = publish(locked, facts, published_on, today)
    await sanctions.save(sanction)
    await sanctions.show(sanction)
    outbox.add(event)
    return sanction


async def withdraw_sanction(
    sanctions: Sanctions, outbox: Outbox, locked: Sanction, withdrawal: Withdrawal, today: date
) -> Sanction:
    sanction, event = withdraw(locked, withdrawal, today)
    await sanctions.save(sanction)
    if sanction.published_on is not None:
        await sanctions.show(sanction)
    outbox.add(event)
    return sanction
