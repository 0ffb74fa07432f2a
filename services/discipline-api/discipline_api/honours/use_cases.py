"""Reactions to a sanction and to its withdrawal; all sanctions of the subject are locked first."""

from collections.abc import Collection
from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox

from discipline_api.honours.domain import Held, Noted, answered, next_to_count


class Honours(Protocol):
    async def of_subject_for_update(self, case_id: UUID, numbers: Collection[str]) -> dict[UUID, Noted]:
        """The sanctions of whom this one is about, itself among them; none where its subject has been erased."""

    async def save(self, noted: Noted) -> None: ...


async def when_sanction_is_decided_note_whether_its_subject_held_an_honour(
    honours: Honours, outbox: Outbox, *, case_id: UUID, held: Held
) -> None:
    cases = await honours.of_subject_for_update(case_id, held.numbers)
    if (before := cases.pop(case_id, None)) is None:
        return
    noted, event = answered(before, cases.values(), held)
    if noted != before:
        await honours.save(noted)
    if event is not None:
        outbox.add(event)


async def when_the_sanction_that_counts_is_withdrawn_let_the_next_one_count(
    honours: Honours, outbox: Outbox, *, case_id: UUID, withdrawn_on: date, numbers: Collection[str]
) -> None:
    cases = await honours.of_subject_for_update(case_id, numbers)
    if (fallen := cases.pop(case_id, None)) is None:
        return
    if (found := next_to_count(fallen, cases.values(), withdrawn_on)) is not None:
        noted, event = found
        await honours.save(noted)
        outbox.add(event)
