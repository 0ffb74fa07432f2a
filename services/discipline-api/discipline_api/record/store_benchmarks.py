"""Which benchmark applies to a conduct and tier on a day: the official table in force, else the default."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.benchmarks import BenchmarkItem, default_items, default_source
from contracts.conduct import PenaltyKind
from contracts.discipline_events import Penalty
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TABLE = text("""
SELECT table_id, title, issuer, document_number, effective_on FROM benchmark_tables
WHERE kind = :kind AND effective_on <= :on ORDER BY effective_on DESC LIMIT 1""")
_ITEMS = text("""
SELECT conduct_code, tier, conditions, penalties, fine_least, fine_most, months_least, months_most FROM benchmark_items
WHERE table_id = :table_id ORDER BY conduct_code, position""")


@dataclass(frozen=True, slots=True)
class BenchmarkTable:
    """Items by conduct code. `document_number` is None for the default, which binds nobody."""

    kind: PenaltyKind
    source_zh: str
    source_en: str
    document_number: str | None
    effective_on: date | None
    items: dict[str, tuple[BenchmarkItem, ...]]

    @property
    def official(self) -> bool:
        return self.document_number is not None

    def item(self, conduct_code: str, tier: str) -> BenchmarkItem | None:
        return next((item for item in self.items.get(conduct_code, ()) if item.tier == tier), None)


async def benchmark_table(session: AsyncSession, kind: PenaltyKind, on: date) -> BenchmarkTable:
    found = (await session.execute(_TABLE, {"kind": kind.value, "on": on})).mappings().one_or_none()
    if found is None:
        zh, en = default_source()
        # No default for industry sanctions: nothing was found that could stand in.
        items = default_items() if kind is PenaltyKind.ADMINISTRATIVE else {}
        return BenchmarkTable(kind, zh, en, None, None, dict(items))
    rows = (await session.execute(_ITEMS, {"table_id": found["table_id"]})).mappings()
    items_of: dict[str, tuple[BenchmarkItem, ...]] = {}
    for row in rows:
        items_of[row["conduct_code"]] = (*items_of.get(row["conduct_code"], ()), _item(row))
    source = f"{found['issuer']}《{found['title']}》（{found['document_number']}）"
    return BenchmarkTable(kind, source, source, found["document_number"], found["effective_on"], items_of)


def _item(row: Any) -> BenchmarkItem:
    return BenchmarkItem(
        tier=row["tier"],
        conditions_zh=row["conditions"],
        penalties=tuple(Penalty(code) for code in row["penalties"]),
        fine_yuan=None if row["fine_most"] is None else (row["fine_least"], row["fine_most"]),
        months=None if row["months_most"] is None else (row["months_least"], row["months_most"]),
    )
