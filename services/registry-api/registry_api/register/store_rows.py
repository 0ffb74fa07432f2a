"""What the stores of lawyers and firms share: the connection, standing facts, and writing many rows at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Literal, TypeAlias
from uuid import UUID

import asyncpg
from contracts.registry_events import StandingKind

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.public import FirmName
from registry_api.register.standing import StandingFact
from registry_api.register.versions import facts_replaced, keep_superseded

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Change: TypeAlias = tuple[Lawyer | None, Lawyer]
"""What a lawyer was (None where new) and is now."""

FirmChange: TypeAlias = tuple[Firm | None, Firm]
Lock: TypeAlias = Literal["", "FOR SHARE", "FOR UPDATE"]

_FACTS = """
SELECT fact_id, lawyer_id, firm_id, kind, from_on, to_on, withdrawn, version
FROM standing_facts WHERE {} = ANY($1)"""
_UPSERT_FACTS = """
INSERT INTO standing_facts AS f (fact_id, lawyer_id, firm_id, kind, from_on, to_on, withdrawn, version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::bool[], $8::int[])
ON CONFLICT (fact_id) DO UPDATE SET kind = excluded.kind, from_on = excluded.from_on, to_on = excluded.to_on,
    withdrawn = excluded.withdrawn, version = excluded.version
WHERE f.version = excluded.version - 1
    AND coalesce(f.lawyer_id, f.firm_id) = coalesce(excluded.lawyer_id, excluded.firm_id)"""


class FactOfAnother(RuntimeError):
    """A fact is about one lawyer or firm for good: its versions are counted under that one's row lock."""


class Rows:
    """One transaction; `today` is the day of law on which public rows are rendered."""

    def __init__(self, connection: Connection, today: date) -> None:
        self._connection = connection
        self._today = today
        self._firm_names: dict[UUID, FirmName] = {}

    async def _facts(self, column: str, ids: Sequence[UUID]) -> dict[UUID, list[StandingFact]]:
        facts: dict[UUID, list[StandingFact]] = defaultdict(list)
        for row in await self._connection.fetch(_FACTS.format(column), ids):
            facts[row[column]].append(
                StandingFact(
                    row["fact_id"],
                    StandingKind(row["kind"]),
                    row["from_on"],
                    row["to_on"],
                    row["withdrawn"],
                    row["version"],
                )
            )
        return facts

    async def _save_facts(self, changes: Sequence[Change] | Sequence[FirmChange]) -> None:
        values: list[tuple[Any, ...]] = []
        for before, after in changes:
            known = set(before.facts) if before is not None else set()
            lawyer_id = after.lawyer_id if isinstance(after, Lawyer) else None
            firm_id = after.firm_id if isinstance(after, Firm) else None
            values.extend(
                (f.fact_id, lawyer_id, firm_id, f.kind.value, f.from_on, f.to_on, f.withdrawn, f.version)
                for f in after.facts
                if f not in known
            )
        if values:
            await keep_superseded(self._connection, "fact", facts_replaced(changes))
            written = await self._connection.execute(_UPSERT_FACTS, *map(list, zip(*values, strict=True)))
            if written != f"INSERT 0 {len(values)}":
                raise FactOfAnother(f"{written} for {len(values)} facts")

    async def _update(self, statement: str, records: Iterable[tuple[Any, ...]]) -> None:
        """`statement` takes one array per column."""
        if rows := list(records):
            await self._connection.execute(statement, *map(list, zip(*rows, strict=True)))

    async def _copy(self, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> None:
        if records:
            await self._connection.copy_records_to_table(table, columns=columns, records=records)
