"""Our own feed in: of each sanction that has taken effect the registry is asked whether its subject held an honour."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import httpx
from common.database import Database, Tx
from common.events import Event
from common.positions import FeedUnavailable
from contracts.discipline_events import SanctionDecided, SanctionWithdrawn
from pydantic import BaseModel, ConfigDict

from discipline_api.honours.domain import Held
from discipline_api.honours.store import Question, SqlHonours, to_ask
from discipline_api.honours.use_cases import (
    when_sanction_is_decided_note_whether_its_subject_held_an_honour,
    when_the_sanction_that_counts_is_withdrawn_let_the_next_one_count,
)

HANDLES = frozenset({SanctionDecided.event_type, SanctionWithdrawn.event_type})
Answers = Mapping[UUID, Held]
"""By case; a case of which nothing is to be asked has none."""


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")

    held: bool
    numbers: tuple[str, ...]


async def ask_registry(database: Database, registry: httpx.AsyncClient, events: Sequence[Event]) -> Answers:
    """Outside the transaction. Raises FeedUnavailable where the registry does not answer."""
    cases = [event.case_id for event in events if isinstance(event, SanctionDecided | SanctionWithdrawn)]
    return {question.case_id: await _ask(registry, question) for question in await to_ask(database, cases)}


async def _ask(registry: httpx.AsyncClient, question: Question) -> Held:
    number = (
        {"licence_number": question.licence_number}
        if question.licence_number is not None
        else {"credit_code": question.credit_code}
    )
    try:
        response = await registry.post("/v1/recognitions/held", json=number | {"on": question.on.isoformat()})
    except httpx.HTTPError as error:
        raise FeedUnavailable(f"registry: {type(error).__name__}") from error
    if response.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
        return Held(held=False)  # no number of this province's register can be written like this
    if response.status_code != httpx.codes.OK:
        # A missing right is repaired by an operator; the event waits, it is not at fault.
        raise FeedUnavailable(f"the registry answered {response.status_code}")
    answer = _Answer.model_validate_json(response.content)
    return Held(answer.held, answer.numbers)


async def react(tx: Tx, event: Event, answers: Answers) -> None:
    if isinstance(event, SanctionDecided) and (held := answers.get(event.case_id)) is not None:
        await when_sanction_is_decided_note_whether_its_subject_held_an_honour(
            SqlHonours(tx), tx.outbox, case_id=event.case_id, held=held
        )
    elif isinstance(event, SanctionWithdrawn):
        known = answers.get(event.case_id)
        await when_the_sanction_that_counts_is_withdrawn_let_the_next_one_count(
            SqlHonours(tx),
            tx.outbox,
            case_id=event.case_id,
            withdrawn_on=event.withdrawn_on,
            numbers=() if known is None else known.numbers,
        )
