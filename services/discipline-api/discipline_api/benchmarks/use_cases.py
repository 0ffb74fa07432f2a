"""An official table is loaded whole, within the law, and stands; the next one replaces it from its day on."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from contracts.benchmarks import BenchmarkItem, beyond_the_law, tiers
from contracts.conduct import PenaltyKind, UnknownConductCode, conduct, penalties

from discipline_api.refusals import Refused


@dataclass(frozen=True, slots=True)
class LoadedTable:
    table_id: UUID
    kind: PenaltyKind
    title: str
    issuer: str
    document_number: str
    effective_on: date
    items: tuple[tuple[str, BenchmarkItem], ...]
    """With their conduct codes, in the table's own order."""


class Tables(Protocol):
    async def add(self, table: LoadedTable, *, loaded_by: str, loaded_at: datetime) -> bool:
        """False where one takes effect on that day already."""


async def load_table(tables: Tables, table: LoadedTable, *, loaded_by: str, at: datetime) -> LoadedTable:
    seen: set[tuple[str, str]] = set()
    for index, (code, item) in enumerate(table.items):
        _check(index, table.kind, code, item)
        if (code, item.tier) in seen:
            raise Refused("tier-twice", "同一档次只能列一次", "lists a tier twice", field=f"items.{index}.tier")
        seen.add((code, item.tier))
    if not await tables.add(table, loaded_by=loaded_by, loaded_at=at):
        raise Refused(
            "benchmark-of-that-day",
            "该日已有生效的裁量基准",
            "a table takes effect on that day already",
            field="effective_on",
            conflict=True,
        )
    return table


def _check(index: int, kind: PenaltyKind, code: str, item: BenchmarkItem) -> None:
    try:
        act = conduct(code)
    except UnknownConductCode:
        raise Refused(
            "conduct-code-unknown",
            "违法行为代码不在清单内",
            "the closed list has no such code",
            field=f"items.{index}.conduct_code",
        ) from None
    if item.tier not in tiers():
        raise Refused("tier-unknown", "没有这一档次", "there is no such tier", field=f"items.{index}.tier")
    for each in item.penalties:
        if penalties()[each].kind is not kind:
            raise Refused(
                "penalty-of-another-kind",
                f"“{penalties()[each].zh}”不属于该类基准",
                f"{each.value} is not of this kind",
                field=f"items.{index}.penalties",
            )
    found = beyond_the_law(act, item) if kind is PenaltyKind.ADMINISTRATIVE else []
    if found:
        raise Refused("benchmark-beyond-the-law", found[0].zh, found[0].en, field=f"items.{index}.{found[0].field}")
