"""Commands in, events out; the record's row is locked before its event is built."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.clocks.domain import Running, begin
from discipline_api.conduct_records.domain import (
    LIMITS,
    ConductRecord,
    Recorded,
    publish,
    record,
    withdraw,
    withhold,
)
from discipline_api.organs import Organ
from discipline_api.record.domain import Withdrawal
from discipline_api.record.impact import ImpactAssessment, demand_covered
from discipline_api.record.publicity import Choices
from discipline_api.record.reasons import PublishingReasons, Withholding


class Records(Protocol):
    async def add(self, record: ConductRecord, *, by: str, at: datetime) -> None:
        """Raises Refused where the document is on record already."""

    async def save(self, record: ConductRecord) -> None: ...


class Display(Protocol):
    async def show(self, record: ConductRecord, at: datetime) -> None: ...

    async def take_down(self, record: ConductRecord, at: datetime) -> None: ...


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...

    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...

    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


class ImpactAssessments(Protocol):
    async def of(self, organ: Organ) -> Sequence[ImpactAssessment]: ...


async def record_conduct(
    records: Records, clocks: Clocks, record_id: UUID, recorded: Recorded, choices: Choices, *, by: str, now: datetime
) -> ConductRecord:
    today = local_date(now)
    made = record(record_id, recorded, today, choices)
    await records.add(made, by=by, at=now)
    if made.option.may_be_public:
        for name in LIMITS:
            await clocks.begin(begin(made.owner, name, f"discipline.{name}", today, by_analogy=True))
    return made


async def publish_record(
    records: Records,
    display: Display,
    outbox: Outbox,
    locked: ConductRecord,
    *,
    clocks: Clocks,
    assessments: ImpactAssessments,
    published_on: date,
    because: PublishingReasons | None,
    now: datetime,
) -> ConductRecord:
    today, recorded = local_date(now), locked.recorded
    published, event = publish(locked, published_on, today, because)
    demand_covered(await assessments.of(recorded.organ), recorded.kind, today)
    await records.save(published)
    for name in LIMITS:
        await clocks.meet(published.record_id, name, published_on)
    outbox.add(event)
    await display.show(published, now)
    return published


async def withhold_record(
    records: Records, clocks: Clocks, locked: ConductRecord, withholding: Withholding
) -> ConductRecord:
    withheld = withhold(locked, withholding)
    await records.save(withheld)
    for name in LIMITS:
        await clocks.lapse(withheld.record_id, withholding.withheld_on, name)
    return withheld


async def withdraw_record(
    records: Records,
    display: Display,
    outbox: Outbox,
    locked: ConductRecord,
    withdrawal: Withdrawal,
    *,
    clocks: Clocks,
    now: datetime,
) -> ConductRecord:
    today = local_date(now)
    withdrawn, event = withdraw(locked, withdrawal, today)
    await records.save(withdrawn)
    for name in LIMITS:
        await clocks.lapse(withdrawn.record_id, today, name)
    if event is None:
        return withdrawn
    await clocks.begin(begin(withdrawn.owner, "withdrawal", "discipline.withdrawal", withdrawal.withdrawn_on))
    await clocks.meet(withdrawn.record_id, "withdrawal", today)
    outbox.add(event)
    await display.take_down(withdrawn, now)
    return withdrawn
