"""Freezes and addenda, what they hold and their papers in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from common.feed import sm3

from progress_api.closing.domain import Closing, ClosingKind, ClosingState
from progress_api.closing.use_cases import Printed, Written
from progress_api.editions.domain import Signature, Step
from progress_api.papers.domain import Form
from progress_api.refusals import NotFound

_CLOSINGS = "SELECT c.*, w.record_digest, w.report_digest FROM closings c JOIN closing_contents w USING (closing_id)"
_LOCK = "SELECT closing_id FROM closings WHERE closing_id = $1 FOR UPDATE"
_ADD = """
INSERT INTO closings (closing_id, plan_id, kind, as_of, state, version, drafted_by, drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"""
_WRITE = """
INSERT INTO closing_contents (closing_id, record, record_digest, report, report_digest) VALUES ($1, $2, $3, $4, $5)"""
_SAVE = """
UPDATE closings SET state = $2, version = $3, number = $4, reviewed_by = $5, reviewed_at = $6, returned_by = $7,
    returned_at = $8, return_reason = $9, signed_by = $10, signed_at = $11, signed_on = $12, document_number = $13
WHERE closing_id = $1"""
_TAKEN = """
SELECT EXISTS (SELECT FROM closings WHERE document_number = $1) OR EXISTS (
    SELECT FROM editions WHERE document_number = $1)"""


class SqlClosings:
    """Fulfils `Closings`. The connection stands in the request's transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def get(self, closing_id: UUID, *, lock: bool = False) -> Closing:
        if lock:
            await self._connection.execute(_LOCK, closing_id)
        row = await self._connection.fetchrow(f"{_CLOSINGS} WHERE c.closing_id = $1", closing_id)
        if row is None:
            raise NotFound("没有这份收官文件。", "There is no such freeze or addendum.")
        return _closing(row)

    async def freeze_of(self, plan_id: str) -> Closing | None:
        row = await self._connection.fetchrow(
            f"{_CLOSINGS} WHERE c.plan_id = $1 AND c.kind = 'freeze' AND c.state = 'signed'", plan_id
        )
        return None if row is None else _closing(row)

    async def addenda_of(self, plan_id: str) -> Sequence[Closing]:
        rows = await self._connection.fetch(
            f"{_CLOSINGS} WHERE c.plan_id = $1 AND c.kind = 'addendum' AND c.state = 'signed' ORDER BY c.number",
            plan_id,
        )
        return [_closing(row) for row in rows]

    async def listed(self, *, before: tuple[datetime, UUID] | None, limit: int) -> list[Closing]:
        """The newest draft first, in every state."""
        rows = await self._connection.fetch(
            f"{_CLOSINGS} WHERE ($1::timestamptz IS NULL OR (c.drafted_at, c.closing_id) < ($1, $2::uuid)) "
            "ORDER BY c.drafted_at DESC, c.closing_id DESC LIMIT $3",
            *(before or (None, None)),
            limit,
        )
        return [_closing(row) for row in rows]

    async def written(self, closing_id: UUID) -> Written:
        row = await self._connection.fetchrow(
            "SELECT record, report FROM closing_contents WHERE closing_id = $1", closing_id
        )
        return Written(row["record"], row["report"])

    async def add(self, closing: Closing, written: Written) -> None:
        drafted = closing.drafted
        await self._connection.execute(
            _ADD, closing.closing_id, closing.plan_id, closing.kind.value, closing.as_of, closing.state.value,
            closing.version, drafted.by, drafted.at,
        )  # fmt: skip
        await self._connection.execute(
            _WRITE, closing.closing_id, written.record, bytes.fromhex(closing.digest), written.report,
            bytes.fromhex(closing.report_digest),
        )  # fmt: skip

    async def save(self, closing: Closing) -> None:
        reviewed, returned, signed = closing.reviewed, closing.returned, closing.signature
        await self._connection.execute(
            _SAVE,
            closing.closing_id,
            closing.state.value,
            closing.version,
            closing.number,
            *((reviewed.by, reviewed.at) if reviewed else (None, None)),
            *((returned.by, returned.at, returned.reason) if returned else (None, None, None)),
            *((signed.by, signed.at, signed.on, signed.document_number) if signed else (None, None, None, None)),
        )

    async def document_number_taken(self, document_number: str) -> bool:
        """By another of these, or by an edition."""
        return bool(await self._connection.fetchval(_TAKEN, document_number))

    async def keep_papers(self, closing_id: UUID, papers: Sequence[Printed]) -> None:
        await self._connection.executemany(
            "INSERT INTO closing_papers (closing_id, form, body, digest) VALUES ($1, $2, $3, $4)",
            [(closing_id, each.form.value, each.body, sm3(each.body)) for each in papers],
        )

    async def paper(self, closing_id: UUID, form: Form) -> tuple[bytes, str] | None:
        """As signed, with its SM3 digest in hex; None before that."""
        row = await self._connection.fetchrow(
            "SELECT body, digest FROM closing_papers WHERE closing_id = $1 AND form = $2", closing_id, form.value
        )
        return None if row is None else (row["body"], row["digest"].hex())


def _closing(row: asyncpg.Record) -> Closing:
    reviewed, returned = row["reviewed_at"] is not None, row["returned_at"] is not None
    return Closing(
        closing_id=row["closing_id"],
        plan_id=row["plan_id"],
        kind=ClosingKind(row["kind"]),
        as_of=row["as_of"],
        digest=row["record_digest"].hex(),
        report_digest=row["report_digest"].hex(),
        drafted=Step(row["drafted_by"], row["drafted_at"]),
        state=ClosingState(row["state"]),
        reviewed=Step(row["reviewed_by"], row["reviewed_at"]) if reviewed else None,
        returned=Step(row["returned_by"], row["returned_at"], row["return_reason"]) if returned else None,
        signature=None
        if row["signed_at"] is None
        else Signature(row["signed_by"], row["signed_at"], row["signed_on"], row["document_number"]),
        number=row["number"],
        version=row["version"],
    )
