"""Works of deliverables in PostgreSQL; everything but a work's version only grows."""

from collections import defaultdict
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from common.database import Database
from contracts.deliverables import DeliverableScope, DeliverableState, EvidenceKind, scopes
from contracts.entitlements import is_closed_indicator
from contracts.plan import plan
from progress_store.queries import COMPUTATIONS

from progress_api.deliverables.domain import (
    DeliverableOn,
    Document,
    Entry,
    Evidence,
    MilestoneVersion,
    Owner,
    StateEntry,
    Withdrawal,
    Work,
)
from progress_api.deliverables.numbers import TargetFigures, target_figures
from progress_api.figures import figures_on
from progress_api.refusals import Refused

_WORKS = """
SELECT * FROM deliverable_works
WHERE plan_id = $3 AND ($1::text IS NULL OR (deliverable_id = $1 AND region IS NOT DISTINCT FROM $2))"""
_MAKE = """
INSERT INTO deliverable_works (work_id, deliverable_id, region, version, plan_id) VALUES ($1, $2, $3, 0, $4)
ON CONFLICT DO NOTHING"""
_LOCK = """
SELECT 1 FROM deliverable_works WHERE deliverable_id = $1 AND region IS NOT DISTINCT FROM $2 AND plan_id = $3
FOR UPDATE"""
_OF_WORKS = "WHERE work_id = ANY($1::uuid[]) ORDER BY work_id, version"
_EVIDENCE = """
SELECT e.*, w.version AS w_version, w.reason AS w_reason, w.withdrawn_on AS w_on, w.entered_by AS w_by,
    w.entered_at AS w_at
FROM deliverable_evidence e LEFT JOIN deliverable_evidence_withdrawals w USING (evidence_id)
WHERE e.work_id = ANY($1::uuid[]) ORDER BY e.work_id, e.version
"""
_FIELDS = (
    "document_number", "document_issuer", "url", "event_id", "event_type", "indicator_id", "indicator_value",
    "file_kind", "file_digest",
)  # fmt: skip


async def deliverables_on(connection: asyncpg.Connection, as_of: date) -> list[DeliverableOn]:
    """Every deliverable in every scope as it stands on the day, touched or not; in the order of the plan and of scopes.

    The connection stands in a transaction that sees one snapshot (repeatable read).
    """
    works = {(work.deliverable_id, work.scope): work for work in await _load(connection, None, None)}
    return [
        works.get((item.id, scope), Work(UUID(int=0), item.id, scope, 0)).on(as_of)
        for item in plan().deliverables()
        for scope in scopes(item.id)
    ]


class StoredDeliverables:
    """Reads, each from one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def on(self, as_of: date) -> tuple[list[DeliverableOn], TargetFigures]:
        async with self._database.snapshot() as connection:
            return await deliverables_on(connection, as_of), await target_figures(connection, as_of)


async def indicator_value(
    connection: asyncpg.Connection, indicator_id: str, scope: DeliverableScope, day: date
) -> int | float:
    """To be kept as evidence; raises Refused where there is none, or where not every reader of the work may see it."""
    found = (await figures_on(connection, day, [indicator_id]))[indicator_id]
    if is_closed_indicator(indicator_id) or (scope is not None and COMPUTATIONS[indicator_id].names_lawyers):
        raise Refused(
            "indicator-not-for-all",
            "该指标的数值并非所有读者可见，不能作为佐证",
            "Not every reader may see its number, so it cannot be kept as evidence",
            field="indicator_id",
        )
    value = found.value if scope is None else found.regions[scope].value
    if value is None:
        raise Refused("no-value", "该日该指标没有数值", "The indicator has no value on that day", field="indicator_id")
    return value


class SqlWorks:
    """Fulfils `Works`."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def get(self, deliverable_id: str, scope: DeliverableScope) -> Work:
        """Also one that nobody has touched yet, at version 0."""
        found = await _load(self._connection, deliverable_id, scope)
        return found[0] if found else Work(UUID(int=0), deliverable_id, scope, 0)

    async def lock(self, deliverable_id: str, scope: DeliverableScope) -> Work:
        """For a change: the row is there afterwards, and nobody else's change comes between."""
        await self._connection.execute(_MAKE, uuid4(), deliverable_id, scope, plan().meta.id)
        await self._connection.execute(_LOCK, deliverable_id, scope, plan().meta.id)
        return await self.get(deliverable_id, scope)

    async def raise_version(self, work: Work) -> None:
        await self._connection.execute(
            "UPDATE deliverable_works SET version = $2 WHERE work_id = $1", work.work_id, work.version + 1
        )

    async def add_owner(self, work: Work, owner: Owner) -> None:
        await self._insert(
            "deliverable_owners", work_id=work.work_id, version=owner.version, organ_kind=owner.organ_kind,
            organ_name=owner.organ_name, from_on=owner.from_on, **_entry(owner.entry),
        )  # fmt: skip

    async def add_state(self, work: Work, state: StateEntry, *, delivered_by: str | None) -> None:
        """delivered_by: of a verification, who had said that it was delivered."""
        await self._insert(
            "deliverable_states", work_id=work.work_id, version=state.version, state=state.state.value,
            on_day=state.on, reason=state.reason, delivered_by=delivered_by, **_entry(state.entry),
        )  # fmt: skip

    async def add_milestone(self, work: Work, milestone_id: UUID) -> None:
        await self._insert("deliverable_milestones", milestone_id=milestone_id, work_id=work.work_id)

    async def add_milestone_version(self, work: Work, item: MilestoneVersion) -> None:
        await self._insert(
            "deliverable_milestone_versions", milestone_id=item.milestone_id, work_id=work.work_id,
            version=item.version, title=item.title, due_on=item.due_on, document_number=item.document.number,
            document_issuer=item.document.issuer, document_date=item.document.dated_on, from_on=item.from_on,
            cancelled=item.cancelled, reason=item.reason, **_entry(item.entry),
        )  # fmt: skip

    async def add_evidence(self, work: Work, piece: Evidence, content: bytes | None) -> None:
        await self._insert(
            "deliverable_evidence", evidence_id=piece.evidence_id, work_id=work.work_id, version=piece.version,
            kind=piece.kind.value, dated_on=piece.dated_on, completes=piece.completes,
            **{name: getattr(piece, name) for name in _FIELDS}, **_entry(piece.entry),
        )  # fmt: skip
        if content is not None:
            await self._insert("deliverable_files", evidence_id=piece.evidence_id, content=content)

    async def add_withdrawal(self, piece: Evidence, withdrawal: Withdrawal) -> None:
        await self._insert(
            "deliverable_evidence_withdrawals", evidence_id=piece.evidence_id, version=withdrawal.version,
            reason=withdrawal.reason, withdrawn_on=withdrawal.on, **_entry(withdrawal.entry),
        )  # fmt: skip

    async def content(self, evidence_id: UUID) -> bytes | None:
        found: bytes | None = await self._connection.fetchval(
            "SELECT content FROM deliverable_files WHERE evidence_id = $1", evidence_id
        )
        return found

    async def _insert(self, table: str, **values: Any) -> None:
        names, places = ", ".join(values), ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())


async def _load(connection: asyncpg.Connection, deliverable_id: str | None, scope: DeliverableScope) -> list[Work]:
    """One work, or (None) all of them."""
    rows = await connection.fetch(_WORKS, deliverable_id, scope, plan().meta.id)
    ids = [row["work_id"] for row in rows]
    owners = _by_work(await connection.fetch(f"SELECT * FROM deliverable_owners {_OF_WORKS}", ids))
    states = _by_work(await connection.fetch(f"SELECT * FROM deliverable_states {_OF_WORKS}", ids))
    milestones = _by_work(await connection.fetch(f"SELECT * FROM deliverable_milestone_versions {_OF_WORKS}", ids))
    evidence = _by_work(await connection.fetch(_EVIDENCE, ids))
    return [
        Work(
            work_id=row["work_id"],
            deliverable_id=row["deliverable_id"],
            scope=row["region"],
            version=row["version"],
            owners=tuple(map(_owner, owners[row["work_id"]])),
            states=tuple(map(_state, states[row["work_id"]])),
            milestones=tuple(map(_milestone, milestones[row["work_id"]])),
            evidence=tuple(map(_evidence, evidence[row["work_id"]])),
        )
        for row in rows
    ]


def _by_work(rows: list[asyncpg.Record]) -> dict[UUID, list[asyncpg.Record]]:
    found: dict[UUID, list[asyncpg.Record]] = defaultdict(list)
    for row in rows:
        found[row["work_id"]].append(row)
    return found


def _entry(entry: Entry) -> dict[str, Any]:
    return {"entered_by": entry.by, "entered_at": entry.at}


def _owner(row: asyncpg.Record) -> Owner:
    entry = Entry(row["entered_by"], row["entered_at"])
    return Owner(row["version"], row["organ_kind"], row["organ_name"], row["from_on"], entry)


def _state(row: asyncpg.Record) -> StateEntry:
    entry = Entry(row["entered_by"], row["entered_at"])
    return StateEntry(row["version"], DeliverableState(row["state"]), row["on_day"], row["reason"], entry)


def _milestone(row: asyncpg.Record) -> MilestoneVersion:
    return MilestoneVersion(
        milestone_id=row["milestone_id"],
        version=row["version"],
        title=row["title"],
        due_on=row["due_on"],
        document=Document(row["document_number"], row["document_issuer"], row["document_date"]),
        from_on=row["from_on"],
        cancelled=row["cancelled"],
        reason=row["reason"],
        entry=Entry(row["entered_by"], row["entered_at"]),
    )


def _evidence(row: asyncpg.Record) -> Evidence:
    withdrawal = None
    if row["w_version"] is not None:
        withdrawal = Withdrawal(row["w_version"], row["w_reason"], row["w_on"], Entry(row["w_by"], row["w_at"]))
    return Evidence(
        evidence_id=row["evidence_id"],
        version=row["version"],
        kind=EvidenceKind(row["kind"]),
        dated_on=row["dated_on"],
        completes=row["completes"],
        entry=Entry(row["entered_by"], row["entered_at"]),
        **{name: row[name] for name in _FIELDS},
        withdrawal=withdrawal,
    )
