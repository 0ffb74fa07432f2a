"""Lists of another day or another knowledge than today's: histories are read and asked one after another.

A list of today is one query over indexed rows; of the past nothing is indexed but who may have been meant: whoever
matches now or ever had another state. A page therefore looks at so many records and may hold fewer than asked for.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Generic, TypeAlias
from uuid import UUID

import asyncpg
from common.auth import Principal

from registry_api.permissions import Action, allowed
from registry_api.register.disclosure import Disclosed, disclose
from registry_api.register.firm import Firm
from registry_api.register.history import Entity, History
from registry_api.register.reading import identity
from registry_api.register.store import Register
from registry_api.register.store_history import FactVersion, fact_versions, facts_known_at, histories
from registry_api.register.times import Asked

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

CHUNK: Final = 500
MOST_READ: Final = 5_000


@dataclass(frozen=True, slots=True)
class Then(Generic[Entity]):
    """`state` is what was true on the day, as known; `shown` what this reader may be told of standing."""

    state: Entity
    shown: Disclosed


@dataclass(frozen=True, slots=True)
class PastList(Generic[Entity]):
    """`next_after`: the id to go on from; None where everybody has been asked."""

    items: list[Then[Entity]]
    next_after: UUID | None


async def search_past(
    connection: Connection,
    principal: Principal,
    question: Asked,
    *,
    candidates: Callable[[UUID | None, int], Awaitable[Sequence[UUID]]],
    load: Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, Entity]]],
    wanted: Callable[[Then[Entity]], bool],
    limit: int,
    after: UUID | None,
) -> PastList[Entity]:
    """In the order of ids. `candidates` may name too many, never too few."""
    items: list[Then[Entity]] = []
    read = 0
    while read < MOST_READ:
        ids = await candidates(after, CHUNK)
        current = await load(ids)
        for then in await _then(connection, principal, question, [current[i] for i in ids if i in current]):
            if len(items) == limit:
                return PastList(items, after)
            if wanted(then):
                items.append(then)
            after = identity(then.state)
        if len(ids) < CHUNK:
            return PastList(items, None)
        after, read = ids[-1], read + len(ids)
    return PastList(items, after)


async def _then(
    connection: Connection, principal: Principal, question: Asked, current: Sequence[Entity]
) -> list[Then[Entity]]:
    known = await histories(connection, current)
    versions: Mapping[UUID, list[FactVersion]] = {}
    if question.position is not None:
        versions = _by_fact(await fact_versions(connection, [fact for entity in current for fact in entity.facts]))
    found: list[Then[Entity]] = []
    for entity in current:
        state = _state(known[identity(entity)], question)
        if state is None:
            continue
        entitled = allowed(principal, Action.READ_STANDING, entity.region)
        facts = entity.facts
        if entitled and question.position is not None:
            told = [version for fact in facts for version in versions[fact.fact_id]]
            facts = facts_known_at(told, question.position)
        shown = disclose(
            replace(state, facts=facts),
            question.as_of,
            today=question.today,
            entitled=entitled,
            as_recorded_now=question.of_now,
        )
        found.append(Then(replace(state, facts=()), shown))
    return found


def _state(history: History[Entity], question: Asked) -> Entity | None:
    known = history.known_at(question.position)
    return None if known is None else known.on(question.as_of)


def _by_fact(versions: Iterable[FactVersion]) -> dict[UUID, list[FactVersion]]:
    found: dict[UUID, list[FactVersion]] = {}
    for version in versions:
        found.setdefault(version.fact.fact_id, []).append(version)
    return found


async def firm_names(
    connection: Connection, register: Register, ids: Iterable[UUID], day: date, position: int | None
) -> dict[UUID, str]:
    """The names of these firms on the day, as known."""
    firms: Sequence[Firm] = list((await register.firms(set(ids), lock="")).values())
    names = {}
    for firm_id, history in (await histories(connection, firms)).items():
        known = history.known_at(position)
        state = None if known is None else known.on(day)
        if state is not None:
            names[firm_id] = state.name
    return names
