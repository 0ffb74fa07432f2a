"""What becomes of a sanction, whoever says so: an officer of its organ, or the case it came from."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.clocks.domain import Owner, Running, begin
from discipline_api.record.credit import note_outcome
from discipline_api.record.domain import Decision, Sanction, Withdrawal, decide, withdraw
from discipline_api.record.reasons import Finality

CREDIT_NODE_UPDATE = "credit-node-update"
PUBLICATION = ("publication", "publication-outer")


class Sanctions(Protocol):
    async def add(self, sanction: Sanction, *, recorded_by: str) -> None:
        """Raises Refused where the organ has a decision of this number. Begins the clocks of its publication."""

    async def save(self, sanction: Sanction) -> None: ...

    async def add_remedy(self, sanction: Sanction, finality: Finality, *, by: str, at: datetime) -> None: ...


class Display(Protocol):
    async def show(self, sanction: Sanction, at: datetime) -> None: ...

    async def say_again(self, sanction: Sanction, at: datetime) -> None:
        """What it now means for credit; nothing where it is not on display."""

    async def take_down(self, sanction: Sanction, at: datetime) -> None:
        """At once; only the tombstone stays."""


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...

    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...

    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


async def record_sanction(
    sanctions: Sanctions, outbox: Outbox, case_id: UUID, decision: Decision, *, recorded_by: str, today: date
) -> Sanction:
    sanction, event = decide(case_id, decision, today)
    await sanctions.add(sanction, recorded_by=recorded_by)
    outbox.add(event)
    return sanction


async def withdraw_sanction(
    sanctions: Sanctions,
    display: Display,
    outbox: Outbox,
    locked: Sanction,
    withdrawal: Withdrawal,
    *,
    clocks: Clocks,
    owner: Owner,
    now: datetime,
) -> Sanction:
    today = local_date(now)
    sanction, event = withdraw(locked, withdrawal, today)
    await sanctions.save(sanction)
    for name in PUBLICATION:
        await clocks.lapse(sanction.case_id, today, name)
    outbox.add(event)
    if sanction.published_on is None:
        return sanction
    await clocks.begin(begin(owner, "withdrawal", "discipline.withdrawal", withdrawal.withdrawn_on))
    await clocks.meet(sanction.case_id, "withdrawal", today)
    if not sanction.decision.stays_off_credit_platform:
        await clocks.begin(begin(owner, CREDIT_NODE_UPDATE, "discipline.credit-node-update", today))
    await display.take_down(sanction, now)
    return sanction


async def note_remedy(
    sanctions: Sanctions, display: Display, locked: Sanction, finality: Finality, *, by: str, now: datetime
) -> Sanction:
    sanction = note_outcome(locked, finality, local_date(now))
    await sanctions.add_remedy(sanction, finality, by=by, at=now)
    await sanctions.save(sanction)
    await display.say_again(sanction, now)
    return sanction
