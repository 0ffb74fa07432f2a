"""Editions, their frozen content and signed papers in PostgreSQL."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from common.feed import sm3

from progress_api.bulletins.use_cases import PaperKind
from progress_api.editions.domain import Edition, EditionState, Signature, Step, Successor, Withdrawal
from progress_api.editions.use_cases import Printed
from progress_api.papers.domain import Form
from progress_api.refusals import NotFound

_EDITIONS = "SELECT e.*, c.digest FROM editions e JOIN edition_contents c USING (edition_id)"
_LOCK = "SELECT edition_id FROM editions WHERE edition_id = $1 FOR UPDATE"
_LOCK_IN_FORCE = "SELECT edition_id FROM editions WHERE plan_id = $1 AND period = $2 AND state = 'issued' FOR UPDATE"
# Two officers who draft, or sign, for the same period at once would not see each other's.
_LOCK_PERIOD = "SELECT pg_advisory_xact_lock(730, hashtext($1))"
_NEXT = "SELECT coalesce(max(number), 0) + 1 FROM editions WHERE plan_id = $1 AND period = $2"
_ADD = """
INSERT INTO editions (edition_id, plan_id, period, number, as_of, regional, state, version, events, drafted_by,
    drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"""
_SAVE = """
UPDATE editions SET state = $2, version = $3, events = $4, reviewed_by = $5, reviewed_at = $6, returned_by = $7,
    returned_at = $8, return_reason = $9, issued_by = $10, issued_at = $11, issued_on = $12, document_number = $13,
    superseded_by = $14, superseded_on = $15, withdrawn_by = $16, withdrawn_at = $17, withdrawn_on = $18,
    withdrawal_reason = $19
WHERE edition_id = $1"""
_PUBLIC = ("issued", "superseded", "withdrawn")


class SqlEditions:
    """Fulfils `Editions`. The connection stands in the request's transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def get(self, edition_id: UUID, *, lock: bool = False) -> Edition:
        # Locked first: of rows joined to one that was waited for, the statement would still see the old.
        if lock:
            await self._connection.execute(_LOCK, edition_id)
        row = await self._connection.fetchrow(f"{_EDITIONS} WHERE e.edition_id = $1", edition_id)
        if row is None:
            raise NotFound("没有这一期。", "There is no such edition.")
        return _edition(row)

    async def in_force(self, plan_id: str, period: str) -> Edition | None:
        await self._connection.execute(_LOCK_PERIOD, period)
        found = await self._connection.fetchval(_LOCK_IN_FORCE, plan_id, period)
        return None if found is None else await self.get(found)

    async def newest_public(self, plan_id: str) -> Edition | None:
        """What the public is shown: of the newest period that has an edition in force."""
        row = await self._connection.fetchrow(
            f"{_EDITIONS} WHERE e.plan_id = $1 AND e.state = 'issued' ORDER BY e.period DESC LIMIT 1", plan_id
        )
        return None if row is None else _edition(row)

    async def listed(
        self, *, public: bool, before: tuple[date, UUID] | None, limit: int, state: EditionState | None = None
    ) -> list[Edition]:
        """The newest day first; public: those that have been signed, withdrawn ones too."""
        states = list(_PUBLIC) if public else [each.value for each in EditionState]
        rows = await self._connection.fetch(
            f"{_EDITIONS} WHERE e.state = ANY($1) AND ($2::text IS NULL OR e.state = $2) "
            "AND ($3::date IS NULL OR (e.as_of, e.edition_id) < ($3, $4::uuid)) "
            "ORDER BY e.as_of DESC, e.edition_id DESC LIMIT $5",
            states,
            state and state.value,
            *(before or (None, None)),
            limit,
        )
        return [_edition(row) for row in rows]

    async def next_number(self, plan_id: str, period: str) -> int:
        await self._connection.execute(_LOCK_PERIOD, period)
        number: int = await self._connection.fetchval(_NEXT, plan_id, period)
        return number

    async def add(self, edition: Edition, content: bytes, positions: dict[str, int]) -> None:
        await self._connection.execute(
            _ADD,
            edition.edition_id,
            edition.plan_id,
            edition.period,
            edition.number,
            edition.as_of,
            list(edition.regional),
            edition.state.value,
            edition.version,
            edition.events,
            edition.drafted.by,
            edition.drafted.at,
        )
        await self._connection.execute(
            "INSERT INTO edition_contents (edition_id, content, digest, positions) "
            "VALUES ($1, $2, $3, $4::text::jsonb)",
            edition.edition_id,
            content,
            bytes.fromhex(edition.digest),
            orjson.dumps(positions).decode(),
        )

    async def save(self, edition: Edition) -> None:
        await self._connection.execute(_SAVE, edition.edition_id, *_moved(edition))

    async def document_number_taken(self, document_number: str) -> bool:
        taken: bool = await self._connection.fetchval(
            "SELECT EXISTS (SELECT 1 FROM editions WHERE document_number = $1)", document_number
        )
        return taken

    async def content(self, edition_id: UUID) -> bytes:
        content: bytes = await self._connection.fetchval(
            "SELECT content FROM edition_contents WHERE edition_id = $1", edition_id
        )
        return content

    async def positions(self, edition_id: UUID) -> dict[str, int]:
        """How far each feed had been applied, those included whose length the content does not tell."""
        stored = await self._connection.fetchval(
            "SELECT positions::text FROM edition_contents WHERE edition_id = $1", edition_id
        )
        positions: dict[str, int] = orjson.loads(stored)
        return positions

    async def keep_papers(self, edition_id: UUID, papers: Sequence[Printed]) -> None:
        await self._connection.executemany(
            "INSERT INTO edition_papers (edition_id, kind, form, body, digest) VALUES ($1, $2, $3, $4, $5)",
            [(edition_id, each.kind.value, each.form.value, each.body, sm3(each.body)) for each in papers],
        )

    async def paper(self, edition_id: UUID, kind: PaperKind, form: Form) -> tuple[bytes, str] | None:
        """As signed, with its SM3 digest in hex; None before that."""
        row = await self._connection.fetchrow(
            "SELECT body, digest FROM edition_papers WHERE edition_id = $1 AND kind = $2 AND form = $3",
            edition_id,
            kind.value,
            form.value,
        )
        return None if row is None else (row["body"], row["digest"].hex())


def _edition(row: asyncpg.Record) -> Edition:
    reviewed, returned = row["reviewed_at"] is not None, row["returned_at"] is not None
    return Edition(
        edition_id=row["edition_id"],
        plan_id=row["plan_id"],
        period=row["period"],
        number=row["number"],
        as_of=row["as_of"],
        regional=tuple(row["regional"]),
        digest=row["digest"].hex(),
        drafted=Step(row["drafted_by"], row["drafted_at"]),
        state=EditionState(row["state"]),
        reviewed=Step(row["reviewed_by"], row["reviewed_at"]) if reviewed else None,
        returned=Step(row["returned_by"], row["returned_at"], row["return_reason"]) if returned else None,
        signature=None
        if row["issued_at"] is None
        else Signature(row["issued_by"], row["issued_at"], row["issued_on"], row["document_number"]),
        successor=None if row["superseded_by"] is None else Successor(row["superseded_by"], row["superseded_on"]),
        withdrawal=None
        if row["withdrawn_at"] is None
        else Withdrawal(row["withdrawn_by"], row["withdrawn_at"], row["withdrawn_on"], row["withdrawal_reason"]),
        version=row["version"],
        events=row["events"],
    )


def _moved(edition: Edition) -> tuple[Any, ...]:
    reviewed, returned, signed = edition.reviewed, edition.returned, edition.signature
    successor, withdrawal = edition.successor, edition.withdrawal
    return (
        edition.state.value,
        edition.version,
        edition.events,
        *((reviewed.by, reviewed.at) if reviewed else (None, None)),
        *((returned.by, returned.at, returned.reason) if returned else (None, None, None)),
        *((signed.by, signed.at, signed.on, signed.document_number) if signed else (None, None, None, None)),
        *((successor.edition_id, successor.on) if successor else (None, None)),
        *((withdrawal.by, withdrawal.at, withdrawal.on, withdrawal.reason) if withdrawal else (None,) * 4),
    )
