"""Documents with targets of regions, in PostgreSQL."""

from collections import defaultdict
from datetime import date
from uuid import UUID

import asyncpg
from contracts.plan import Operator, plan

from progress_api.decompositions.domain import Head, Line, RegionTarget, TargetDocument, held_on
from progress_api.refusals import NotFound, Refused

_DOCUMENTS = """
SELECT * FROM region_target_documents WHERE plan_id = $2 AND ($1::uuid IS NULL OR document_id = $1)"""
_LINES = "SELECT * FROM region_targets WHERE $1::uuid IS NULL OR document_id = $1 ORDER BY indicator_id, region"
_ADD = """
INSERT INTO region_target_documents
    (document_id, version, events, number, issuer, issued_on, from_on, entered_by, entered_at, plan_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING RETURNING true
"""
_SAVE = """
UPDATE region_target_documents SET version = $2, events = $3, confirmed_by = $4, confirmed_at = $5, withdrawn_on = $6,
    withdrawn_by = $7, withdrawn_at = $8, withdrawn_reason = $9
WHERE document_id = $1
"""


async def region_targets_on(connection: asyncpg.Connection, as_of: date) -> list[RegionTarget]:
    """Targets of regions in force on the day, in the order of the plan's indicators and of regions."""
    return held_on(await _load(connection, None), as_of)


class SqlDocuments:
    """Fulfils `Documents`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def all(self) -> list[TargetDocument]:
        """The newest entry first. There are few: one for a year, and its corrections."""
        return sorted(await _load(self._connection, None), key=lambda item: item.entered_at, reverse=True)

    async def lock(self, document_id: UUID) -> TargetDocument:
        await self._connection.execute(
            "SELECT 1 FROM region_target_documents WHERE document_id = $1 FOR UPDATE", document_id
        )
        return await self.get(document_id)

    async def get(self, document_id: UUID) -> TargetDocument:
        found = await _load(self._connection, document_id)
        if not found:
            raise NotFound("没有这份目标分解文件。", "There is no such document.")
        return found[0]

    async def add(self, document: TargetDocument) -> None:
        head = document.head
        added = await self._connection.fetchval(
            _ADD, document.document_id, document.version, document.events, head.number, head.issuer, head.issued_on,
            head.from_on, document.entered_by, document.entered_at, plan().meta.id,
        )  # fmt: skip
        if added is None:
            raise Refused(
                "document-known",
                "该文号的目标分解已经录入",
                "A document of this number and issuer has been entered already",
                field="number",
                conflict=True,
            )
        await self._connection.copy_records_to_table(
            "region_targets",
            columns=("document_id", "indicator_id", "region", "op", "value"),
            records=[
                (document.document_id, line.indicator_id, line.region, line.op.value, line.value)
                for line in document.lines
            ],
        )

    async def save(self, document: TargetDocument) -> None:
        await self._connection.execute(
            _SAVE, document.document_id, document.version, document.events, document.confirmed_by,
            document.confirmed_at, document.withdrawn_on, document.withdrawn_by, document.withdrawn_at,
            document.withdrawn_reason,
        )  # fmt: skip


async def _load(connection: asyncpg.Connection, document_id: UUID | None) -> list[TargetDocument]:
    lines: dict[UUID, list[Line]] = defaultdict(list)
    for row in await connection.fetch(_LINES, document_id):
        lines[row["document_id"]].append(Line(row["indicator_id"], row["region"], Operator(row["op"]), row["value"]))
    return [
        TargetDocument(
            document_id=row["document_id"],
            version=row["version"],
            events=row["events"],
            head=Head(row["number"], row["issuer"], row["issued_on"], row["from_on"]),
            lines=tuple(lines[row["document_id"]]),
            entered_by=row["entered_by"],
            entered_at=row["entered_at"],
            confirmed_by=row["confirmed_by"],
            confirmed_at=row["confirmed_at"],
            withdrawn_on=row["withdrawn_on"],
            withdrawn_by=row["withdrawn_by"],
            withdrawn_at=row["withdrawn_at"],
            withdrawn_reason=row["withdrawn_reason"],
        )
        for row in await connection.fetch(_DOCUMENTS, document_id, plan().meta.id)
    ]
