"""Commands in, events out; the sanction's row is locked before its event is built."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol

from common.outbox import Outbox
from contracts.working_days import local_date

from discipline_api.organs import Organ
from discipline_api.record.credit import credit_of
from discipline_api.record.domain import Decision, Sanction, publish, withhold
from discipline_api.record.impact import ImpactAssessment, demand_covered
from discipline_api.record.reasons import PublishingReasons, Withholding
from discipline_api.record.use_cases import PUBLICATION, Clocks, Display, Sanctions
from discipline_api.refusals import Refused


def check_by_hand(decision: Decision, cases_from: date | None) -> None:
    """A decision is recorded by hand where its case was handled elsewhere; where cases are handled here it is not."""
    if cases_from is not None and decision.filed_on >= cases_from:
        raise Refused(
            "case-needed",
            f"{cases_from.isoformat()}起立案的案件应在本系统办理，决定随送达自动登记",
            f"cases filed from {cases_from.isoformat()} on are handled here; their decisions are recorded with service",
            field="filed_on",
            conflict=True,
        )


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
