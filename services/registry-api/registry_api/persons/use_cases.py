"""Merging two records of one person, and undoing it; both are locked in the order of their ids."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.registry_events import LawyerDetailsChanged, LawyerStandingRecorded

from registry_api.persons.domain import Moved, absorb, check_one_person, restore
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Practice
from registry_api.register.refusals import check_day
from registry_api.register.roles import release
from registry_api.register.standing import StandingFact
from registry_api.register.store import Register


class Persons(Protocol):
    """What hangs on a record besides its own row."""

    async def set_ends(self, practices: Sequence[Practice]) -> None: ...
    async def move_facts(self, facts: Sequence[StandingFact], to: UUID, *, became: Sequence[StandingFact]) -> None: ...
    async def move_numbers(self, absorbed: UUID, kept: UUID) -> tuple[str, ...]: ...
    async def return_numbers(self, numbers: Sequence[str], to: UUID) -> None: ...
    async def move_disclosures(self, absorbed: UUID, kept: UUID) -> tuple[UUID, ...]: ...
    async def return_disclosures(self, disclosures: Sequence[UUID], to: UUID) -> None: ...
    async def move_assessments(self, absorbed: UUID, kept: UUID) -> tuple[UUID, ...]: ...
    async def return_assessments(self, assessments: Sequence[UUID], to: UUID) -> None: ...


async def merge_records(
    register: Register, persons: Persons, outbox: Outbox, absorbed: Lawyer, kept: Lawyer, *, on: date, today: date
) -> tuple[Lawyer, Moved]:
    check_day(on, today)
    check_one_person(absorbed, kept)
    merged, event = absorb(absorbed, kept, on=on)
    await persons.set_ends(merged.practices)
    await register.save_lawyers([(absorbed, merged)])
    outbox.add(event)
    outbox.add_all(await release(register, [(absorbed, merged)], on=on, kept=kept))
    gives_card = absorbed.id_card is not None and kept.id_card is None
    facts = tuple(_next(fact) for fact in absorbed.facts)
    moved = Moved(
        practices=absorbed.practices,
        numbers=await persons.move_numbers(absorbed.lawyer_id, kept.lawyer_id),
        facts=tuple(fact.fact_id for fact in facts),
        disclosures=await persons.move_disclosures(absorbed.lawyer_id, kept.lawyer_id),
        assessments=await persons.move_assessments(absorbed.lawyer_id, kept.lawyer_id),
        id_card=gives_card,
    )
    if facts:
        await persons.move_facts(absorbed.facts, kept.lawyer_id, became=facts)
        outbox.add_all(_told(fact, kept) for fact in facts)
    before = replace(kept, facts=(*kept.facts, *facts))
    after = before
    if gives_card:
        after = replace(before, id_card=absorbed.id_card, version=kept.version + 1)
        outbox.add(_card_changed(after, on))
    await _save(register, before, after)
    return after, moved


async def undo_merger(
    register: Register,
    persons: Persons,
    outbox: Outbox,
    *,
    absorbed: Lawyer,
    kept: Lawyer,
    moved: Moved,
    on: date,
    today: date,
) -> Lawyer:
    """Facts that were learnt since stay with the kept record: under which number they were meant, nobody knows here."""
    check_day(on, today)
    returned = [fact for fact in kept.facts if fact.fact_id in moved.facts]
    # A fact holds for a person only while it is not withdrawn: first it is taken from the one, then told of the other.
    taken = [_next(fact, withdrawn=True) for fact in returned]
    given = tuple(_next(was, withdrawn=fact.withdrawn) for was, fact in zip(taken, returned, strict=True))
    if returned:
        await persons.move_facts(returned, kept.lawyer_id, became=taken)
        outbox.add_all(_told(fact, kept) for fact in taken)
        await persons.move_facts(taken, absorbed.lawyer_id, became=given)
    card = kept.id_card if moved.id_card else absorbed.id_card
    before = replace(kept, facts=tuple(fact for fact in kept.facts if fact.fact_id not in moved.facts))
    after = before
    if moved.id_card:
        after = replace(before, id_card=None, version=kept.version + 1)
        outbox.add(_card_changed(after, on))
    await persons.return_numbers(moved.numbers, absorbed.lawyer_id)
    await persons.return_disclosures(moved.disclosures, absorbed.lawyer_id)
    await persons.return_assessments(moved.assessments, absorbed.lawyer_id)
    await _save(register, before, after)
    restored, event = restore(replace(absorbed, facts=given), after, moved.practices, on=on)
    await persons.set_ends(restored.practices)
    await register.save_lawyers([(replace(absorbed, facts=given), replace(restored, id_card=card))])
    outbox.add(event)
    outbox.add_all(_told(fact, restored) for fact in given)
    return restored


async def _save(register: Register, before: Lawyer, after: Lawyer) -> None:
    """The kept record; where only what hangs on it has changed, what the public sees of it is written anew."""
    if after is before:
        await register.render([after])
    else:
        await register.save_lawyers([(before, after)])


def _next(fact: StandingFact, *, withdrawn: bool | None = None) -> StandingFact:
    return replace(fact, version=fact.version + 1, withdrawn=fact.withdrawn if withdrawn is None else withdrawn)


def _told(fact: StandingFact, lawyer: Lawyer) -> LawyerStandingRecorded:
    return LawyerStandingRecorded(
        version=fact.version,
        region=lawyer.region,
        lawyer_id=lawyer.lawyer_id,
        fact_id=fact.fact_id,
        kind=fact.kind,
        from_on=fact.from_on,
        to_on=fact.to_on,
        withdrawn=fact.withdrawn,
    )


def _card_changed(lawyer: Lawyer, on: date) -> LawyerDetailsChanged:
    return LawyerDetailsChanged(
        version=lawyer.version,
        region=lawyer.region,
        lawyer_id=lawyer.lawyer_id,
        changed_fields=["id_number"],
        effective_on=on,
    )
