"""Lights that officers give, in PostgreSQL: declarations only grow, an override is approved and ended once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from contracts.lights import Colour, LightOf

from progress_api.lights.by_hand import Act, ByHand, Declaration, Override
from progress_api.lights.domain import Scope
from progress_api.refusals import NotFound, Refused


@dataclass(frozen=True, slots=True)
class Page:
    """before: instant and id of the last one shown, both None for the first page."""

    limit: int
    before: tuple[datetime | None, UUID | None] = (None, None)


_END_OF_TIME = datetime.max.replace(tzinfo=UTC)

_DECLARED_ON = """
SELECT DISTINCT ON (light_of, item_id, region) * FROM light_declarations
WHERE from_on <= $1 AND declared_at < $2
ORDER BY light_of, item_id, region, from_on DESC, declared_at DESC, declaration_id
"""
# Of two that would be in force on a day, the one approved last.
_IN_FORCE = """
SELECT DISTINCT ON (light_of, item_id, region) * FROM light_overrides
WHERE approved_on <= $1 AND $1 <= expires_on AND approved_at < $2
    AND (ended_on IS NULL OR $1 < ended_on OR ended_at >= $2)
ORDER BY light_of, item_id, region, approved_at DESC
"""
_DECLARATIONS = """
SELECT * FROM light_declarations
WHERE ($1::text IS NULL OR light_of = $1) AND ($2::text IS NULL OR item_id = $2)
    AND ($3::boolean OR region IS NULL OR region = $4)
    AND ($5::timestamptz IS NULL OR (declared_at, declaration_id) < ($5, $6))
ORDER BY declared_at DESC, declaration_id DESC LIMIT $7
"""
_ADD_DECLARATION = "INSERT INTO light_declarations VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
_OVERRIDES = """
SELECT * FROM light_overrides
WHERE ($1::text IS NULL OR light_of = $1) AND ($2::text IS NULL OR item_id = $2)
    AND ($3::timestamptz IS NULL OR (requested_at, override_id) < ($3, $4))
ORDER BY requested_at DESC, override_id DESC LIMIT $5
"""
_ADD_OVERRIDE = """
INSERT INTO light_overrides (override_id, version, light_of, item_id, region, colour, reason, document_number,
    expires_on, requested_on, requested_by, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
"""
_SAVE_OVERRIDE = """
UPDATE light_overrides SET version = $2, approved_on = $3, approved_by = $4, approved_at = $5, ended_on = $6,
    ended_by = $7, ended_at = $8, ended_reason = $9
WHERE override_id = $1
"""
_LOCK_LIGHT = "SELECT pg_advisory_xact_lock(hashtextextended('light:' || $1, 0))"
_OTHER = """
SELECT EXISTS (SELECT FROM light_overrides
WHERE light_of = $1 AND item_id = $2 AND region IS NOT DISTINCT FROM $3 AND override_id <> $4
    AND approved_on IS NOT NULL AND expires_on >= $5 AND (ended_on IS NULL OR ended_on > $5))
"""


async def by_hand_on(connection: asyncpg.Connection, as_of: date, known_at: datetime | None = None) -> ByHand:
    """What officers' lights are in force on the day; known_at: as far as it had been entered before that instant."""
    until = known_at or _END_OF_TIME
    declared = [_declaration(row) for row in await connection.fetch(_DECLARED_ON, as_of, until)]
    overridden = [_override(row) for row in await connection.fetch(_IN_FORCE, as_of, until)]
    return ByHand({each.scope: each for each in declared}, {each.scope: each for each in overridden})


class SqlByHand:
    """Inside one transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def declarations(
        self, scope: tuple[LightOf | None, str | None], *, everywhere: bool, region: str | None, page: Page
    ) -> list[Declaration]:
        """The newest first; unless `everywhere`, those of the province as a whole and of one region."""
        before, before_id = page.before
        rows = await self._connection.fetch(
            _DECLARATIONS, scope[0], scope[1], everywhere, region, before, before_id, page.limit
        )
        return [_declaration(row) for row in rows]

    async def declare(self, declaration: Declaration) -> None:
        scope, act = declaration.scope, declaration.act
        await self._connection.execute(
            _ADD_DECLARATION, declaration.declaration_id, scope.of.value, scope.id, scope.region,
            declaration.colour.value, declaration.reason, declaration.from_on, declaration.organisation_kind, act.by,
            act.at,
        )  # fmt: skip

    async def overrides(self, scope: tuple[LightOf | None, str | None], *, page: Page) -> list[Override]:
        """The newest first."""
        before, before_id = page.before
        rows = await self._connection.fetch(_OVERRIDES, scope[0], scope[1], before, before_id, page.limit)
        return [_override(row) for row in rows]

    async def get(self, override_id: UUID, *, lock: bool = False) -> Override:
        suffix = " FOR UPDATE" if lock else ""
        row = await self._connection.fetchrow(
            f"SELECT * FROM light_overrides WHERE override_id = $1{suffix}", override_id
        )
        if row is None:
            raise NotFound("没有这一人工调整。", "There is no such override.")
        return _override(row)

    async def request(self, override: Override) -> None:
        scope, act = override.scope, override.request
        await self._connection.execute(
            _ADD_OVERRIDE, override.override_id, override.version, scope.of.value, scope.id, scope.region,
            override.colour.value, override.reason, override.document_number, override.expires_on, act.today, act.by,
            act.at,
        )  # fmt: skip

    async def approve(self, override: Override, act: Act) -> None:
        """Raises Refused where another is in force: whoever approves two at once waits for the first."""
        scope = override.scope
        await self._connection.execute(_LOCK_LIGHT, "/".join((scope.of, scope.id, scope.region or "")))
        if await self._connection.fetchval(
            _OTHER, scope.of.value, scope.id, scope.region, override.override_id, act.today
        ):
            raise Refused(
                "another-in-force",
                "该灯已有生效中的人工调整，请先结束",
                "Another override of this light is in force; end it first",
                conflict=True,
            )
        await self.save(override)

    async def save(self, override: Override) -> None:
        approval, ending = override.approval, override.ending
        await self._connection.execute(
            _SAVE_OVERRIDE, override.override_id, override.version, approval and approval.today,
            approval and approval.by, approval and approval.at, ending and ending.today, ending and ending.by,
            ending and ending.at, override.ended_reason,
        )  # fmt: skip


def _scope(row: Mapping[str, Any]) -> Scope:
    return Scope(LightOf(row["light_of"]), row["item_id"], row["region"])


def _declaration(row: Mapping[str, Any]) -> Declaration:
    return Declaration(
        row["declaration_id"],
        _scope(row),
        Colour(row["colour"]),
        row["reason"],
        row["from_on"],
        row["organisation_kind"],
        Act(row["declared_by"], row["declared_at"], row["from_on"]),
    )


def _override(row: Mapping[str, Any]) -> Override:
    def act(name: str) -> Act | None:
        return None if row[f"{name}_at"] is None else Act(row[f"{name}_by"], row[f"{name}_at"], row[f"{name}_on"])

    return Override(
        row["override_id"],
        row["version"],
        _scope(row),
        Colour(row["colour"]),
        row["reason"],
        row["document_number"],
        row["expires_on"],
        Act(row["requested_by"], row["requested_at"], row["requested_on"]),
        act("approved"),
        act("ended"),
        row["ended_reason"],
    )
