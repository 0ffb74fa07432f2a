"""What the register knew before: the superseded states of lawyers, firms and standing facts, by version.

The current state stands in its own tables; a change writes the state it replaces here, in the same transaction. When
a version was recorded is the feed's to say: its event has the entity's id as key and the version as entity_version.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any, Final, Literal, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import orjson
from pydantic import TypeAdapter
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.standing import StandingFact
from registry_api.register.tables import Base

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Kind: TypeAlias = Literal["lawyer", "firm", "fact"]
State = TypeVar("State", Lawyer, Firm, StandingFact)
Superseded: TypeAlias = Lawyer | Firm | StandingFact


class VersionRow(Base):
    """A state that a later version has replaced; never one that holds an ID number."""

    __tablename__ = "versions"

    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[dict[str, object]] = mapped_column(JSONB)


_ADAPTERS: Final[dict[type[Any], TypeAdapter[Any]]] = {cls: TypeAdapter(cls) for cls in (Lawyer, Firm, StandingFact)}


async def keep_superseded(connection: Connection, kind: Kind, states: Collection[Superseded]) -> None:
    """`states` are those that held before the change, one per version step, whoever saves them holds the row's lock."""
    if states:
        identify = _IDENTITY[kind]
        records = [(getattr(state, identify), state.version, packed(state)) for state in states]
        await connection.copy_records_to_table("versions", columns=("entity_id", "version", "state"), records=records)


Changes: TypeAlias = Sequence[tuple[Lawyer | None, Lawyer]] | Sequence[tuple[Firm | None, Firm]]


def states_replaced(changes: Changes) -> list[Superseded]:
    """What these changes replace, one state per version step; none of what is new or has changed in standing only."""
    return [
        state
        for before, after in changes
        if before is not None
        for state in {state.version: state for state in (before, *after.earlier)}.values()
        if state.version < after.version
    ]


def facts_replaced(changes: Changes) -> list[Superseded]:
    return [
        fact
        for before, after in changes
        if before is not None and before.facts != after.facts
        for fact in before.facts
        if fact not in after.facts
    ]


async def superseded(
    connection: Connection, cls: type[State], wanted: Iterable[tuple[UUID, int]]
) -> dict[tuple[UUID, int], State]:
    """The states of these versions as far as they have been replaced; the current ones are not among them."""
    pairs = list(dict.fromkeys(wanted))
    if not pairs:
        return {}
    rows = await connection.fetch(_STATES_AT, [entity_id for entity_id, _ in pairs], [version for _, version in pairs])
    return {(row["entity_id"], row["version"]): unpacked(cls, row["state"]) for row in rows}


async def all_superseded(
    connection: Connection, cls: type[State], entity_ids: Collection[UUID]
) -> dict[UUID, list[State]]:
    """Every replaced state of these entities, first version first."""
    found: dict[UUID, list[State]] = {entity_id: [] for entity_id in entity_ids}
    for row in await connection.fetch(_ALL_STATES, list(entity_ids)):
        found[row["entity_id"]].append(unpacked(cls, row["state"]))
    return found


def packed(state: Superseded) -> str:
    """Facts have versions of their own; an ID number is kept once, sealed, beside the person."""
    left_out = {field.name: _LEFT_OUT[field.name] for field in fields(state) if field.name in _LEFT_OUT}
    return orjson.dumps(replace(state, **left_out), default=str).decode()


def unpacked(cls: type[State], text: str) -> State:
    """Keys that the class no longer has are ignored, those that it gained take their default."""
    state: State = _ADAPTERS[cls].validate_json(text)
    return state


_LEFT_OUT: Final[dict[str, Any]] = {"facts": (), "id_card": None, "earlier": ()}
_IDENTITY: Final[dict[Kind, str]] = {"lawyer": "lawyer_id", "firm": "firm_id", "fact": "fact_id"}
_STATES_AT = """
SELECT entity_id, version, state::text FROM versions
JOIN unnest($1::uuid[], $2::int[]) AS wanted(entity_id, version) USING (entity_id, version)"""
_ALL_STATES = "SELECT entity_id, state::text FROM versions WHERE entity_id = ANY($1) ORDER BY entity_id, version"
