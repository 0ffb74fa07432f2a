"""The table of deadlines. `overdue_at` is written once, as the legal instant, whenever the timer comes to it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from common.database import Database, Tx
from contracts.conduct import OrganKind
from contracts.discipline_events import DeadlineMissed
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from discipline_api.clocks.domain import Bearer, Owner, Running

_BATCH = 500
_COLUMNS = """deadline_id, owner_kind, owner_id, organ_kind, organ_region, organ_code, name, rule_id, started_on,
    due_on, due_at, warn_at, explained, met_on, lapsed_on, overdue_at, bearer"""
_BEGIN = text("""
INSERT INTO deadlines (deadline_id, owner_kind, owner_id, organ_kind, organ_region, organ_code, name, rule_id,
    started_on, due_on, due_at, warn_at, explained, bearer)
VALUES (:deadline_id, :owner_kind, :owner_id, :organ_kind, :organ_region, :organ_code, :name, :rule_id,
    :started_on, :due_on, :due_at, :warn_at, CAST(:explained AS jsonb), :bearer)""")
_END = """
UPDATE deadlines SET {} = :on WHERE owner_id = :owner_id AND (CAST(:name AS text) IS NULL OR name = :name)
    AND met_on IS NULL AND lapsed_on IS NULL"""
_MEET, _LAPSE = text(_END.format("met_on")), text(_END.format("lapsed_on"))
_OF = text(f"SELECT {_COLUMNS} FROM deadlines WHERE owner_id = ANY(:owners) ORDER BY started_on, due_at, name")
# Also what was met late, or has lapsed, after its instant and before the timer came.
_MISSED = text("""
WITH due AS (
    SELECT deadline_id FROM deadlines WHERE overdue_at IS NULL AND due_at <= :now AND bearer = 'organ'
        AND coalesce(met_on, lapsed_on, 'infinity') > due_on
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE deadlines d SET overdue_at = d.due_at FROM due WHERE d.deadline_id = due.deadline_id
RETURNING d.deadline_id, d.organ_kind, d.organ_region, d.name, d.due_on""")
_WARN = text("""
WITH due AS (
    SELECT deadline_id FROM deadlines WHERE warned_at IS NULL AND warn_at <= :now AND met_on IS NULL
        AND lapsed_on IS NULL
    ORDER BY warn_at LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE deadlines d SET warned_at = d.warn_at FROM due WHERE d.deadline_id = due.deadline_id RETURNING d.deadline_id""")


class SqlClocks:
    def __init__(self, tx: Tx | AsyncSession) -> None:
        self._session = tx if isinstance(tx, AsyncSession) else tx.session

    async def begin(self, running: Running) -> None:
        await self._session.execute(
            _BEGIN,
            {
                "deadline_id": running.deadline_id,
                "owner_kind": running.owner.kind,
                "owner_id": running.owner.id,
                "organ_kind": running.owner.organ_kind.value,
                "organ_region": running.owner.organ_region,
                "organ_code": running.owner.organ_code,
                "name": running.name,
                "rule_id": running.rule_id,
                "started_on": running.started_on,
                "due_on": running.due_on,
                "due_at": running.due_at,
                "warn_at": running.warn_at,
                "explained": orjson.dumps(running.explained).decode(),
                "bearer": running.bearer.value,
            },
        )

    async def meet(self, owner_id: UUID, name: str, on: date) -> None:
        """What was due has been done; nothing where no such deadline runs."""
        await self._session.execute(_MEET, {"owner_id": owner_id, "name": name, "on": on})

    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None:
        """What was due need not be done any more: one deadline of its owner, or all that still run."""
        await self._session.execute(_LAPSE, {"owner_id": owner_id, "name": name, "on": on})

    async def of(self, *owners: UUID) -> list[Running]:
        rows = (await self._session.execute(_OF, {"owners": list(owners)})).mappings()
        return [_running(row) for row in rows]

    async def running(
        self,
        *,
        region: str | None = None,
        organ_kinds: Sequence[OrganKind] = (),
        due_before: datetime | None = None,
        limit: int = 200,
    ) -> list[Running]:
        """Unmet ones of organs, those due first at the head; for a desk's list of what is at risk."""
        rows = await self._session.execute(
            text(
                f"SELECT {_COLUMNS} FROM deadlines WHERE met_on IS NULL AND lapsed_on IS NULL AND bearer = 'organ'"
                " AND (CAST(:region AS text) IS NULL OR organ_region = :region)"
                " AND (cardinality(CAST(:kinds AS text[])) = 0 OR organ_kind = ANY(CAST(:kinds AS text[])))"
                " AND (CAST(:before AS timestamptz) IS NULL OR due_at <= :before)"
                " ORDER BY due_at, deadline_id LIMIT :limit"
            ),
            {"region": region, "kinds": [k.value for k in organ_kinds], "before": due_before, "limit": limit},
        )
        return [_running(row) for row in rows.mappings()]


async def announce(database: Database, now: datetime) -> int:
    """A timer's task: what has become overdue is written, at its legal instant, and told; what is at 75 % is marked."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters = {"now": now, "limit": _BATCH}
            warned = (await tx.session.execute(_WARN, parameters)).all()
            missed = (await tx.session.execute(_MISSED, parameters)).all()
            for row in missed:
                tx.outbox.add(
                    DeadlineMissed(
                        version=1,
                        region=row.organ_region,
                        deadline_id=UUID(int=row.deadline_id.int),
                        organ_kind=row.organ_kind,
                        deadline=row.name,
                        due_on=row.due_on,
                    )
                )
        total += len(warned) + len(missed)
        if not warned and not missed:
            return total


def _running(row: Any) -> Running:
    return Running(
        deadline_id=UUID(int=row["deadline_id"].int),
        owner=Owner(
            kind=row["owner_kind"],
            id=UUID(int=row["owner_id"].int),
            organ_kind=next(kind for kind in OrganKind if kind.value == row["organ_kind"]),
            organ_region=row["organ_region"],
            organ_code=row["organ_code"],
        ),
        name=row["name"],
        rule_id=row["rule_id"],
        started_on=row["started_on"],
        due_on=row["due_on"],
        due_at=row["due_at"],
        warn_at=row["warn_at"],
        explained=row["explained"],
        met_on=row["met_on"],
        lapsed_on=row["lapsed_on"],
        overdue_at=row["overdue_at"],
        bearer=Bearer(row["bearer"]),
    )
