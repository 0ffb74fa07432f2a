"""Reads entities for a change, under a row lock, and writes what a change made of them.

One entity or two thousand take the same statements: arrays in, COPY for new rows. So a merger or a chunk of an import
costs a fixed number of round trips, and there is one way only in which these tables are written.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any, Literal, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
from common.database import Tx
from contracts.registry_events import StandingKind

from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer, Practice, SealedIdCard
from registry_api.register.public import FirmName, PublicRow, in_public_register, render
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.rows import (
    FIRM_COLUMNS,
    LAWYER_COLUMNS,
    PERIOD_COLUMNS,
    PRACTICE_COLUMNS,
    firm_values,
    lawyer_values,
    period_of,
    period_values,
    practice_of,
    practice_values,
)
from registry_api.register.standing import StandingFact
from registry_api.register.versions import facts_replaced, keep_superseded, states_replaced

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Change: TypeAlias = tuple[Lawyer | None, Lawyer]
"""What a lawyer was (None where new) and is now."""

FirmChange: TypeAlias = tuple[Firm | None, Firm]
Lock: TypeAlias = Literal["", "FOR SHARE", "FOR UPDATE"]
_Interval = TypeVar("_Interval", Practice, FirmPeriod)

_LAWYERS = """
SELECT lawyer_id, name, licence_number, first_licensed_on, id_sealed, id_digest, version
FROM lawyers WHERE lawyer_id = ANY($1) ORDER BY lawyer_id"""
_PRACTICES = """
SELECT practice_id, lawyer_id, firm_id, institution, region, category, from_on, to_on, end_ground
FROM practices WHERE lawyer_id = ANY($1) ORDER BY lawyer_id, ordinal"""
_FIRMS = """
SELECT firm_id, credit_code, name, parent_credit_code, address, merged_into, version
FROM firms WHERE firm_id = ANY($1) ORDER BY firm_id"""
_PERIODS = """
SELECT period_id, firm_id, kind, region, parent_firm_id, from_on, to_on, end_ground
FROM firm_periods WHERE firm_id = ANY($1) ORDER BY firm_id, ordinal"""
_FACTS = """
SELECT fact_id, lawyer_id, firm_id, kind, from_on, to_on, withdrawn, version
FROM standing_facts WHERE {} = ANY($1)"""

_CLOSE = """
UPDATE {table} t SET to_on = u.to_on, end_ground = u.ground
FROM unnest($1::uuid[], $2::date[], $3::text[]) AS u(id, to_on, ground) WHERE t.{key} = u.id"""
_UPDATE_LAWYERS = """
UPDATE lawyers l SET name = u.name, licence_number = u.licence_number, serial = u.serial,
    first_licensed_on = u.first_licensed_on, licensed = u.licensed, current_practice_id = u.current_practice_id,
    id_sealed = u.id_sealed, id_digest = u.id_digest, version = u.version
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bool[], $7::uuid[], $8::bytea[],
            $9::bytea[], $10::int[])
    AS u(lawyer_id, name, licence_number, serial, first_licensed_on, licensed, current_practice_id, id_sealed,
         id_digest, version)
WHERE l.lawyer_id = u.lawyer_id"""
_UPDATE_FIRMS = """
UPDATE firms f SET credit_code = u.credit_code, name = u.name, parent_credit_code = u.parent_credit_code,
    address = u.address, merged_into = u.merged_into, version = u.version, current_period_id = u.current_period_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::int[], $8::uuid[])
    AS u(firm_id, credit_code, name, parent_credit_code, address, merged_into, version, current_period_id)
WHERE f.firm_id = u.firm_id"""
_UPSERT_FACTS = """
INSERT INTO standing_facts AS f (fact_id, lawyer_id, firm_id, kind, from_on, to_on, withdrawn, version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::bool[], $8::int[])
ON CONFLICT (fact_id) DO UPDATE SET kind = excluded.kind, from_on = excluded.from_on, to_on = excluded.to_on,
    withdrawn = excluded.withdrawn, version = excluded.version
WHERE f.version = excluded.version - 1
    AND coalesce(f.lawyer_id, f.firm_id) = coalesce(excluded.lawyer_id, excluded.firm_id)"""


class FactOfAnother(RuntimeError):
    """A fact is about one lawyer or firm for good: its versions are counted under that one's row lock."""


class Register:
    """The register inside one transaction; `today` is the day of law on which public rows are rendered."""

    def __init__(self, connection: Connection, today: date) -> None:
        self._connection = connection
        self._today = today
        self._firm_names: dict[UUID, FirmName] = {}

    @classmethod
    async def within(cls, tx: Tx, today: date) -> "Register":
        return cls(await tx.raw(), today)

    # -- lawyers

    async def lawyer(self, lawyer_id: UUID) -> Lawyer:
        return (await self.lawyers([lawyer_id], lock=False)).get(lawyer_id) or _no_lawyer()

    async def lawyer_for_update(self, lawyer_id: UUID) -> Lawyer:
        return (await self.lawyers([lawyer_id])).get(lawyer_id) or _no_lawyer()

    async def lawyers(self, ids: Collection[UUID], *, lock: bool = True) -> dict[UUID, Lawyer]:
        """In the order of their ids, so that two transactions cannot lock each other out."""
        if not ids:
            return {}
        wanted = list(ids)
        rows = await self._connection.fetch(_LAWYERS + (" FOR UPDATE" if lock else ""), wanted)
        practices = defaultdict(list)
        for row in await self._connection.fetch(_PRACTICES, wanted):
            practices[row["lawyer_id"]].append(practice_of(row))
        facts = await self._facts("lawyer_id", wanted)
        return {
            row["lawyer_id"]: Lawyer(
                lawyer_id=row["lawyer_id"],
                name=row["name"],
                licence_number=row["licence_number"],
                first_licensed_on=row["first_licensed_on"],
                practices=tuple(practices[row["lawyer_id"]]),
                facts=tuple(facts[row["lawyer_id"]]),
                id_card=None if row["id_sealed"] is None else SealedIdCard(row["id_sealed"], row["id_digest"]),
                version=row["version"],
            )
            for row in rows
        }

    async def lawyer_ids_by_number(self, numbers: Collection[str]) -> dict[str, UUID]:
        """Current and former numbers alike."""
        rows = await self._connection.fetch(
            "SELECT licence_number, lawyer_id FROM licence_numbers WHERE licence_number = ANY($1)", list(numbers)
        )
        return {row["licence_number"]: row["lawyer_id"] for row in rows}

    async def lawyer_ids_by_serial(self, serials: Collection[str]) -> dict[str, list[UUID]]:
        """Those holding a licence before those who no longer do."""
        rows = await self._connection.fetch(
            "SELECT serial, lawyer_id FROM lawyers WHERE serial = ANY($1) ORDER BY licensed DESC", list(serials)
        )
        found: dict[str, list[UUID]] = defaultdict(list)
        for row in rows:
            found[row["serial"]].append(row["lawyer_id"])
        return found

    async def numbers_of(self, lawyer_id: UUID) -> list[str]:
        rows = await self._connection.fetch(
            "SELECT licence_number FROM licence_numbers WHERE lawyer_id = $1 ORDER BY licence_number", lawyer_id
        )
        return [row["licence_number"] for row in rows]

    async def id_digests_in_use(self, digests: Collection[bytes]) -> dict[bytes, UUID]:
        rows = await self._connection.fetch(
            "SELECT id_digest, lawyer_id FROM lawyers WHERE id_digest = ANY($1)", list(digests)
        )
        return {row["id_digest"]: row["lawyer_id"] for row in rows}

    async def lawyer_ids_at(self, firm_id: UUID) -> list[UUID]:
        rows = await self._connection.fetch(
            "SELECT lawyer_id FROM practices WHERE firm_id = $1 AND to_on IS NULL ORDER BY lawyer_id", firm_id
        )
        return [row["lawyer_id"] for row in rows]

    async def save_lawyers(self, changes: Sequence[Change]) -> None:
        """Closes before it opens: the database allows one open practice per person at any moment."""
        await keep_superseded(self._connection, "lawyer", states_replaced(changes))
        await self._close("practices", "practice_id", ((b.practices, a.practices) for b, a in changes if b is not None))
        if old := [lawyer_values(after) for before, after in changes if before is not None]:
            await self._connection.execute(_UPDATE_LAWYERS, *map(list, zip(*old, strict=True)))
        await self._copy("lawyers", LAWYER_COLUMNS, [lawyer_values(a) for b, a in changes if b is None])
        await self._copy(
            "practices",
            PRACTICE_COLUMNS,
            [
                practice_values(after.lawyer_id, ordinal, practice)
                for before, after in changes
                for ordinal, practice in enumerate(after.practices)
                if ordinal >= (0 if before is None else len(before.practices))
            ],
        )
        await self._save_numbers(changes)
        await self._save_facts(changes)
        await self.render([after for _, after in changes], replacing=any(before is not None for before, _ in changes))

    async def _save_numbers(self, changes: Sequence[Change]) -> None:
        new = [
            (after.licence_number, after.lawyer_id)
            for before, after in changes
            if before is None or before.licence_number != after.licence_number
        ]
        # A person who moves back gets his former number again: only then may it exist already.
        if any(before is not None for before, _ in changes) and new:
            held = await self.lawyer_ids_by_number([number for number, _ in new])
            new = [pair for pair in new if held.get(pair[0]) != pair[1]]
        await self._copy("licence_numbers", ("licence_number", "lawyer_id"), new)

    async def render(self, lawyers: Sequence[Lawyer], *, replacing: bool = True) -> list[PublicRow]:
        """Write the public rows anew; none for categories that the public does not see."""
        await self._load_firm_names({p.firm_id for lw in lawyers if (p := lw.practice.place).firm_id is not None})
        rows = [
            render(lawyer, self._firm_names.get(lawyer.practice.place.firm_id or _NOBODY), self._today)
            for lawyer in lawyers
            if in_public_register(lawyer)
        ]
        if replacing:
            await self._connection.execute(
                "DELETE FROM public_lawyers WHERE lawyer_id = ANY($1)", [lawyer.lawyer_id for lawyer in lawyers]
            )
        await self._copy(
            "public_lawyers",
            ("lawyer_id", "body", "etag", "valid_until"),
            [(row.lawyer_id, row.body, row.etag, row.valid_until) for row in rows],
        )
        return rows

    async def render_firms(self, firm_ids: Collection[UUID]) -> None:
        """The public rows of everybody at these firms, whose names have changed."""
        for firm_id in firm_ids:
            lawyers = await self.lawyers(await self.lawyer_ids_at(firm_id))
            await self.render(list(lawyers.values()))

    # -- firms

    async def firm(self, firm_id: UUID) -> Firm:
        return (await self.firms([firm_id], lock="")).get(firm_id) or _no_firm()

    async def firm_for_update(self, firm_id: UUID) -> Firm:
        return (await self.firms([firm_id])).get(firm_id) or _no_firm()

    async def firm_for_share(self, firm_id: UUID) -> Firm:
        firm = (await self.firms([firm_id], lock="FOR SHARE")).get(firm_id)
        if firm is None:
            raise Refused("firm-unknown", "没有这家律师事务所", "there is no such firm", field="firm_id")
        return firm

    async def firms(self, ids: Collection[UUID], *, lock: Lock = "FOR UPDATE") -> dict[UUID, Firm]:
        """`FOR SHARE`: they must not end before this transaction has; others may take lawyers in meanwhile."""
        if not ids:
            return {}
        wanted = list(ids)
        rows = await self._connection.fetch(f"{_FIRMS} {lock}", wanted)
        periods = defaultdict(list)
        for row in await self._connection.fetch(_PERIODS, wanted):
            periods[row["firm_id"]].append(period_of(row))
        facts = await self._facts("firm_id", wanted)
        return {
            row["firm_id"]: Firm(
                firm_id=row["firm_id"],
                credit_code=row["credit_code"],
                name=row["name"],
                periods=tuple(periods[row["firm_id"]]),
                parent_credit_code=row["parent_credit_code"],
                address=row["address"],
                merged_into=row["merged_into"],
                facts=tuple(facts[row["firm_id"]]),
                version=row["version"],
            )
            for row in rows
        }

    async def firm_ids_by_code(self, codes: Collection[str]) -> dict[str, UUID]:
        rows = await self._connection.fetch(
            "SELECT credit_code, firm_id FROM firms WHERE credit_code = ANY($1)", list(codes)
        )
        return {row["credit_code"]: row["firm_id"] for row in rows}

    async def firm_ids_by_name(self, names: Collection[str]) -> dict[str, list[UUID]]:
        rows = await self._connection.fetch("SELECT name, firm_id FROM firms WHERE name = ANY($1)", list(names))
        found: dict[str, list[UUID]] = defaultdict(list)
        for row in rows:
            found[row["name"]].append(row["firm_id"])
        return found

    async def practising_at(self, firm_ids: Collection[UUID]) -> dict[UUID, int]:
        rows = await self._connection.fetch(
            "SELECT firm_id, count(*) AS n FROM practices WHERE firm_id = ANY($1) AND to_on IS NULL GROUP BY 1",
            list(firm_ids),
        )
        return {row["firm_id"]: row["n"] for row in rows}

    async def open_branches_of(self, firm_ids: Collection[UUID]) -> dict[UUID, int]:
        rows = await self._connection.fetch(
            "SELECT parent_firm_id, count(*) AS n FROM firm_periods WHERE parent_firm_id = ANY($1) AND to_on IS NULL"
            " GROUP BY 1",
            list(firm_ids),
        )
        return {row["parent_firm_id"]: row["n"] for row in rows}

    async def save_firms(self, changes: Sequence[FirmChange]) -> None:
        await keep_superseded(self._connection, "firm", states_replaced(changes))
        await self._close("firm_periods", "period_id", ((b.periods, a.periods) for b, a in changes if b is not None))
        if old := [firm_values(after) for before, after in changes if before is not None]:
            await self._connection.execute(_UPDATE_FIRMS, *map(list, zip(*old, strict=True)))
        await self._copy("firms", FIRM_COLUMNS, [firm_values(after) for before, after in changes if before is None])
        await self._copy(
            "firm_periods",
            PERIOD_COLUMNS,
            [
                period_values(after.firm_id, ordinal, period)
                for before, after in changes
                for ordinal, period in enumerate(after.periods)
                if ordinal >= (0 if before is None else len(before.periods))
            ],
        )
        await self._save_facts(changes)
        for _, after in changes:
            self._firm_names[after.firm_id] = FirmName(after.firm_id, after.name, after.credit_code)

    # -- both

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

    async def _close(
        self, table: str, key: str, changes: Iterable[tuple[tuple[_Interval, ...], tuple[_Interval, ...]]]
    ) -> None:
        closed = []
        for before, after in changes:
            # Only the interval that was current can have been closed.
            if (was := before[-1]) != (now := after[len(before) - 1]):
                identity = was.practice_id if isinstance(was, Practice) else was.period_id
                closed.append((identity, now.to_on, now.end_ground))
        if closed:
            statement = _CLOSE.format(table=table, key=key)
            await self._connection.execute(statement, *map(list, zip(*closed, strict=True)))

    async def _load_firm_names(self, ids: Collection[UUID]) -> None:
        missing = [firm_id for firm_id in ids if firm_id not in self._firm_names]
        if missing:
            rows = await self._connection.fetch(
                "SELECT firm_id, name, credit_code FROM firms WHERE firm_id = ANY($1)", missing
            )
            for row in rows:
                self._firm_names[row["firm_id"]] = FirmName(row["firm_id"], row["name"], row["credit_code"])

    async def _copy(self, table: str, columns: Sequence[str], records: Sequence[tuple[Any, ...]]) -> None:
        if records:
            await self._connection.copy_records_to_table(table, columns=columns, records=records)


_NOBODY = UUID(int=0)


def _no_lawyer() -> Lawyer:
    raise NotFound("律师", "lawyer")


def _no_firm() -> Firm:
    raise NotFound("律师事务所", "firm")
