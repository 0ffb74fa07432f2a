"""Commands in, events out; the sanction's row is locked before its event is built."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.organs import Organ
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Sanction, publish, withhold
from discipline_api.record.impact import ImpactAssessment, demand_covered
from discipline_api.record.reasons import PublishingReasons, Withholding
from discipline_api.record.use_cases import PUBLICATION, Clocks, Display, Sanctions


class ImpactAssessments(Protocol):
    async def of(self, organ: Organ) -> Sequence[ImpactAssessment]: ...


@dataclass(frozen=True, slots=True)
class Publication:
    """What an officer has decided: the facts he has checked, and his reasons where the class asks for them."""

    published_on: date
    facts: str | None = None
    facts_checked_by: str | None = None
    because: PublishingReasons | None = None


async def publish_sanction(
    sanctions: Sanctions,
    display: Display,
    outbox: Outbox,
    locked: Sanction,
    publication: Publication,
    *,
    clocks: Clocks,
    assessments: ImpactAssessments,
    now: datetime,
) -> Sanction:
    today, decision = local_date(now), locked.decision
    sanction, event = publish(
        locked,
        publication.facts,
        publication.published_on,
        today,
        facts_checked_by=publication.facts_checked_by,
        because=publication.because,
    )
    demand_covered(await assessments.of(decision.organ), decision.record_kind, today)
    sanction = replace(sanction, credit_shown=credit_of(sanction, today).dishonest)
    await sanctions.save(sanction)
    for name in PUBLICATION:
        await clocks.meet(sanction.case_id, name, publication.published_on)
    outbox.add(event)
    await display.show(sanction, now)
    return sanction


async def withhold_sanction(
    sanctions: Sanctions, clocks: Clocks, outbox: Outbox, locked: Sanction, withholding: Withholding
) -> Sanction:
    sanction, event = withhold(locked, withholding)
    await sanctions.save(sanction)
    for name in PUBLICATION:
        await clocks.lapse(sanction.case_id, withholding.withheld_on, name)
    outbox.add(event)
    return sanction
