"""Loads tables; reads decided cases without their subjects."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Tx
from contracts.conduct import OrganKind, PenaltyKind, penalties
from contracts.discipline_events import Penalty, SubjectKind
from sqlalchemy import text

from discipline_api.benchmarks.domain import Decided
from discipline_api.benchmarks.use_cases import LoadedTable

_ADD = text("""
INSERT INTO benchmark_tables
    (table_id, kind, title, issuer, document_number, effective_on, loaded_by, loaded_at)
VALUES (:table_id, :kind, :title, :issuer, :document_number, :effective_on, :loaded_by, :loaded_at)
ON CONFLICT ON CONSTRAINT benchmark_tables_one_a_day DO NOTHING RETURNING true""")
_ADD_ITEM = text("""
INSERT INTO benchmark_items
    (table_id, conduct_code, tier, position, conditions, penalties, fine_least, fine_most, months_least, months_most)
VALUES (:table_id, :conduct_code, :tier, :position, :conditions, :penalties, :fine_least, :fine_most, :months_least,
    :months_most)""")
# A decision that has fallen is no example of anything; an erased one still is: it names nobody.
_DECIDED = text("""
SELECT s.case_id, s.organ_kind, s.organ_region, s.decided_on, s.conduct_code, s.subject_kind, s.penalties, s.fine_yuan,
    s.suspension_months, s.tier, s.mitigation IS NOT NULL AS mitigated, s.escalation IS NOT NULL AS escalated,
    EXISTS (SELECT FROM public_disclosures p
            WHERE p.case_id = s.case_id AND p.body IS NOT NULL AND p.gone_at > :now) AS public
FROM sanctions s
WHERE s.withdrawn_on IS NULL AND s.penalties && CAST(:of_kind AS text[])
    AND s.decided_on BETWEEN :first AND :last
ORDER BY s.decided_on DESC, s.case_id LIMIT :most""")
_MOST = 20_000


class SqlTables:
    """Fulfils `Tables`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def add(self, table: LoadedTable, *, loaded_by: str, loaded_at: datetime) -> bool:
        added = await self._session.scalar(
            _ADD,
            {
                "table_id": table.table_id,
                "kind": table.kind.value,
                "title": table.title,
                "issuer": table.issuer,
                "document_number": table.document_number,
                "effective_on": table.effective_on,
                "loaded_by": loaded_by,
                "loaded_at": loaded_at,
            },
        )
        if not added:
            return False
        await self._session.execute(
            _ADD_ITEM,
            [
                {
                    "table_id": table.table_id,
                    "conduct_code": code,
                    "tier": item.tier,
                    "position": position,
                    "conditions": item.conditions_zh,
                    "penalties": [kind.value for kind in item.penalties],
                    "fine_least": item.fine_yuan and item.fine_yuan[0],
                    "fine_most": item.fine_yuan and item.fine_yuan[1],
                    "months_least": item.months and item.months[0],
                    "months_most": item.months and item.months[1],
                }
                for position, (code, item) in enumerate(table.items)
            ],
        )
        return True


async def decided_cases(tx: Tx, kind: PenaltyKind, first: date, last: date, now: datetime) -> list[Decided]:
    of_kind = [code.value for code, info in penalties().items() if info.kind is kind]
    parameters = {"of_kind": of_kind, "first": first, "last": last, "now": now, "most": _MOST}
    rows = (await tx.session.execute(_DECIDED, parameters)).mappings()
    return [_decided(row) for row in rows]


def _decided(row: Any) -> Decided:
    return Decided(
        case_id=UUID(int=row["case_id"].int),
        organ_kind=next(kind for kind in OrganKind if kind.value == row["organ_kind"]),
        region=row["organ_region"],
        decided_on=row["decided_on"],
        conduct_code=row["conduct_code"],
        subject_kind=SubjectKind(row["subject_kind"]),
        kinds=tuple(Penalty(code) for code in row["penalties"]),
        fine_yuan=row["fine_yuan"],
        months=row["suspension_months"],
        tier=row["tier"],
        mitigated=row["mitigated"],
        escalated=row["escalated"],
        public=row["public"],
    )
