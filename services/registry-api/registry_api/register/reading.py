"""One lawyer or firm as a reader asked for it: on a day, with the knowledge of an instant, within his rights."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Generic, TypeAlias
from uuid import UUID

import asyncpg
from common.auth import Principal
from common.http import Problem
from common.http.translations import status_titles

from registry_api.permissions import Action, allowed, demand
from registry_api.register.disclosure import Disclosed, disclose, ground_shown
from registry_api.register.firm import Firm
from registry_api.register.history import Entity, History
from registry_api.register.lawyer import Lawyer
from registry_api.register.store_history import FactVersion, fact_versions, facts_known_at, histories
from registry_api.register.times import Asked, Times, asked

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True)
class Seen(Generic[Entity]):
    """`state` carries no facts: what may be shown of standing is `shown`."""

    state: Entity
    shown: Disclosed
    end_ground: str | None
    asked: Asked

    @property
    def times(self) -> Times:
        return self.asked.times


async def see(
    connection: Connection,
    principal: Principal,
    current: Entity,
    as_of: date | None,
    recorded_as_of: datetime | None,
) -> Seen[Entity]:
    """Problems: 403 without the right to read, 404 where there was nothing to see then, 410 of a duplicate record."""
    demand(principal, Action.READ, current.region)
    _refuse_duplicate(current, recorded_as_of)
    question = await asked(connection, principal, as_of, recorded_as_of)
    state = current
    if as_of is not None or recorded_as_of is not None:
        state = question.state((await histories(connection, [current]))[identity(current)])
    entitled = allowed(principal, Action.READ_STANDING, current.region)
    facts = current.facts
    if entitled and question.position is not None:
        facts = facts_known_at(await fact_versions(connection, facts), question.position)
    shown = disclose(
        replace(state, facts=facts),
        question.as_of,
        today=question.today,
        entitled=entitled,
        as_recorded_now=question.position is None,
    )
    last = state.practices[-1] if isinstance(state, Lawyer) else state.periods[-1]
    return Seen(replace(state, facts=()), shown, ground_shown(last.end_ground, shown), question)


@dataclass(frozen=True, slots=True)
class SeenHistory(Generic[Entity]):
    """`facts`: every version of every fact, for those who may read standing; None for everybody else."""

    history: History[Entity]
    facts: Sequence[FactVersion] | None
    asked: Asked


async def see_history(
    connection: Connection,
    principal: Principal,
    current: Entity,
    as_of: date | None,
    recorded_as_of: datetime | None,
) -> SeenHistory[Entity]:
    demand(principal, Action.READ, current.region)
    _refuse_duplicate(current, recorded_as_of)
    question = await asked(connection, principal, as_of, recorded_as_of)
    history = question.known((await histories(connection, [current]))[identity(current)])
    facts = None
    if allowed(principal, Action.READ_STANDING, current.region):
        facts = [v for v in await fact_versions(connection, current.facts) if v.known_at(question.position)]
    return SeenHistory(history, facts, question)


def identity(entity: Entity) -> UUID:
    return entity.lawyer_id if isinstance(entity, Lawyer) else entity.firm_id


def _refuse_duplicate(entity: Lawyer | Firm, recorded_as_of: datetime | None) -> None:
    """What was known before the merger may still be asked for, by its instant."""
    if isinstance(entity, Lawyer) and entity.merged_into is not None and recorded_as_of is None:
        raise _tombstone(entity)


def _tombstone(lawyer: Lawyer) -> Problem:
    """The tombstone of a duplicate record: nameless, and where to read on."""
    title_zh, title_en = status_titles(410)
    return Problem(
        type="record-merged",
        status=410,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh="该记录已并入同一人的另一记录。",
        detail_en="This record was merged into another of the same person.",
        extra={"merged_into": str(lawyer.merged_into), "version": lawyer.version},
    )
