"""What the register does when it learns of a sanction, of its publication, its withdrawal or its shorter display."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid5

from common.outbox import Outbox
from contracts.registry_events import ConflictOutcome, StandingConflictClosed, StandingConflictOpened, StandingKind

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing, StandingFact
from registry_api.register.store import Register

_CONFLICTS = UUID("7a3f1f0e-6a52-4a0c-9f51-2f0c6a6f8d11")


@dataclass(frozen=True, slots=True)
class SanctionSubject:
    """What discipline answered: whom the fact is about, and its interval; no kind where standing is untouched."""

    licence_number: str | None
    credit_code: str | None
    standing_kind: StandingKind | None
    from_on: date
    to_on: date | None
    withdrawn: bool = False
    published_on: date | None = None
    display_to_on: date | None = None

    @property
    def displayed(self) -> tuple[date, date] | None:
        """The interval of public display, where there is one."""
        if self.withdrawn or self.published_on is None or self.display_to_on is None:
            return None
        return None if self.display_to_on <= self.published_on else (self.published_on, self.display_to_on)


class Standings(Protocol):
    async def is_withdrawn(self, fact_id: UUID) -> bool: ...
    async def keep_withdrawal(self, fact_id: UUID, withdrawn_on: date) -> None: ...
    async def subject_of(self, fact_id: UUID) -> tuple[UUID | None, UUID | None]: ...
    async def open_conflict(self, conflict_id: UUID, fact_id: UUID, ground: str, region: str) -> bool: ...
    async def keep_disclosure(
        self, disclosure_id: UUID, lawyer_id: UUID | None, firm_id: UUID | None, interval: tuple[date, date]
    ) -> None: ...
    async def remove_disclosure(self, disclosure_id: UUID) -> tuple[UUID | None, UUID | None] | None: ...


async def when_sanction_is_decided_record_it(
    register: Register, standings: Standings, outbox: Outbox, *, fact_id: UUID, region: str, subject: SanctionSubject
) -> None:
    """`region` is the sanction's own; it names the conflict where the register knows no subject."""
    if subject.standing_kind is None:
        return
    fact = StandingFact(
        fact_id,
        subject.standing_kind,
        subject.from_on,
        subject.to_on,
        # A withdrawal may have been heard first, where the decision was parked and redriven.
        withdrawn=await standings.is_withdrawn(fact_id),
    )
    found = await _find(register, subject)
    if found is None:
        ground = "unknown-lawyer" if subject.licence_number is not None else "unknown-firm"
        await open_conflict(standings, outbox, fact_id=fact_id, region=region, ground=ground)
        return
    if found.standing_on(fact.from_on) in {Standing.NOT_YET, Standing.ENDED}:
        await open_conflict(standings, outbox, fact_id=fact_id, region=region, ground="not-licensed-on-that-day")
    await _record(register, outbox, found, fact)


async def when_sanction_is_withdrawn_withdraw_it(
    register: Register, standings: Standings, outbox: Outbox, *, fact_id: UUID, withdrawn_on: date
) -> None:
    await standings.keep_withdrawal(fact_id, withdrawn_on)
    await _count_no_more(register, standings, fact_id)
    lawyer_id, firm_id = await standings.subject_of(fact_id)
    found: Lawyer | Firm
    if lawyer_id is not None:
        found = await register.lawyer_for_update(lawyer_id)
    elif firm_id is not None:
        found = await register.firm_for_update(firm_id)
    else:
        return  # nothing to undo; should the decision still come, it comes withdrawn
    fact = next(fact for fact in found.facts if fact.fact_id == fact_id)
    await _record(register, outbox, found, replace(fact, withdrawn=True))


async def when_sanction_is_published_count_it(
    register: Register, standings: Standings, outbox: Outbox, *, fact_id: UUID, region: str, subject: SanctionSubject
) -> None:
    """The public record says how many are on display; for how long, discipline has said."""
    if subject.displayed is None or await standings.is_withdrawn(fact_id):
        return
    found = await _find(register, subject)
    if found is None:
        ground = "unknown-lawyer" if subject.licence_number is not None else "unknown-firm"
        await open_conflict(standings, outbox, fact_id=fact_id, region=region, ground=ground)
    elif isinstance(found, Lawyer):
        await standings.keep_disclosure(fact_id, found.lawyer_id, None, subject.displayed)
        await register.render([found])
    else:
        await standings.keep_disclosure(fact_id, None, found.firm_id, subject.displayed)


async def when_display_is_shortened_count_it_no_longer(
    register: Register,
    standings: Standings,
    outbox: Outbox,
    *,
    fact_id: UUID,
    region: str,
    subject: SanctionSubject | None,
) -> None:
    """`subject` as discipline answers now; none where it is off display already and no name is told any more."""
    if subject is None or subject.displayed is None:
        await _count_no_more(register, standings, fact_id)
    else:
        await when_sanction_is_published_count_it(
            register, standings, outbox, fact_id=fact_id, region=region, subject=subject
        )


async def open_conflict(standings: Standings, outbox: Outbox, *, fact_id: UUID, region: str, ground: str) -> None:
    """Once per fact and ground, however often it is met."""
    conflict_id = uuid5(_CONFLICTS, f"{fact_id} {ground}")
    if await standings.open_conflict(conflict_id, fact_id, ground, region):
        outbox.add(
            StandingConflictOpened(version=1, region=region, conflict_id=conflict_id, fact_id=fact_id, ground=ground)
        )


class Conflict(Protocol):
    """A contradiction on record, its row locked."""

    conflict_id: UUID
    fact_id: UUID
    region: str
    outcome: str | None
    reason: str | None
    closed_by: str | None
    closed_at: datetime | None


def close_conflict(
    outbox: Outbox, conflict: Conflict, outcome: ConflictOutcome, *, reason: str, by: str, at: datetime
) -> None:
    """Met again it stays closed: the officer knew of the fact and of the ground."""
    if conflict.outcome is not None:
        raise Refused("conflict-closed", "该矛盾已办结", "this contradiction has been closed", conflict=True)
    conflict.outcome, conflict.reason, conflict.closed_by, conflict.closed_at = outcome.value, reason, by, at
    outbox.add(
        StandingConflictClosed(
            version=2,
            region=conflict.region,
            conflict_id=conflict.conflict_id,
            fact_id=conflict.fact_id,
            outcome=outcome,
        )
    )


async def _count_no_more(register: Register, standings: Standings, fact_id: UUID) -> None:
    displayed = await standings.remove_disclosure(fact_id)
    if displayed is not None and displayed[0] is not None:
        await register.render([await register.lawyer_for_update(displayed[0])])


async def _find(register: Register, subject: SanctionSubject) -> Lawyer | Firm | None:
    if subject.licence_number is not None:
        lawyer_ids = await register.lawyer_ids_by_number([subject.licence_number])
        lawyer_id = lawyer_ids.get(subject.licence_number)
        return None if lawyer_id is None else await register.lawyer_for_update(lawyer_id)
    if subject.credit_code is not None:
        firm_id = (await register.firm_ids_by_code([subject.credit_code])).get(subject.credit_code)
        return None if firm_id is None else await register.firm_for_update(firm_id)
    return None


async def _record(register: Register, outbox: Outbox, found: Lawyer | Firm, fact: StandingFact) -> None:
    if isinstance(found, Lawyer):
        lawyer, lawyer_event = found.record(fact)
        if lawyer_event is not None:
            await register.save_lawyers([(found, lawyer)])
            outbox.add(lawyer_event)
    else:
        firm, firm_event = found.record(fact)
        if firm_event is not None:
            await register.save_firms([(found, firm)])
            outbox.add(firm_event)
