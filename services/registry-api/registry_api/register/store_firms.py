"""Firms and their periods: read under a lock, written as changed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from registry_api.register.firm import Firm
from registry_api.register.public import FirmName
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.rows import (
    FIRM_COLUMNS,
    PERIOD_COLUMNS,
    changed_last,
    firm_of,
    firm_values,
    period_of,
    period_values,
)
from registry_api.register.store_rows import FirmChange, Lock, Rows
from registry_api.register.versions import keep_superseded, states_replaced

_FIRMS = f"SELECT {', '.join(FIRM_COLUMNS)} FROM firms WHERE firm_id = ANY($1) ORDER BY firm_id"
_PERIODS = f"SELECT {', '.join(PERIOD_COLUMNS)} FROM firm_periods WHERE firm_id = ANY($1) ORDER BY firm_id, ordinal"
_UPDATE_FIRMS = """
UPDATE firms f SET credit_code = u.credit_code, name = u.name, parent_credit_code = u.parent_credit_code,
    address = u.address, merged_into = u.merged_into, version = u.version, current_period_id = u.current_period_id,
    capital_yuan = u.capital_yuan, head_id = u.head_id,
    supervising_organ = u.supervising_organ, charter_on = u.charter_on,
    partner_ids = string_to_array(u.partner_ids, ',')::uuid[], special_partners = u.special_partners,
    changed_in = pg_current_xact_id()::text::bigint
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::int[], $8::uuid[],
            $9::bigint[], $10::uuid[], $11::text[], $12::date[], $13::text[], $14::text[])
    AS u(firm_id, credit_code, name, parent_credit_code, address, merged_into, version, current_period_id,
         capital_yuan, head_id, supervising_organ, charter_on, special_partners, partner_ids)
WHERE f.firm_id = u.firm_id"""
_UPDATE_PERIODS = """
UPDATE firm_periods p SET kind = u.kind, region = u.region, parent_firm_id = u.parent_firm_id, from_on = u.from_on,
    to_on = u.to_on, end_ground = u.end_ground, county = u.county, in_legal_district = u.in_legal_district
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::uuid[], $7::date[], $8::date[], $9::text[],
            $10::text[], $11::bool[])
    AS u(period_id, firm_id, ordinal, kind, region, parent_firm_id, from_on, to_on, end_ground, county,
         in_legal_district)
WHERE p.period_id = u.period_id"""


class FirmRows(Rows):
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
        return {row["firm_id"]: firm_of(row, periods[row["firm_id"]], facts[row["firm_id"]]) for row in rows}

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

    async def firm_ids_led_by(self, lawyer_ids: Collection[UUID]) -> list[UUID]:
        rows = await self._connection.fetch(
            "SELECT firm_id FROM firms WHERE head_id = ANY($1) OR partner_ids && $1 ORDER BY firm_id",
            list(lawyer_ids),
        )
        return [row["firm_id"] for row in rows]

    async def last_day_at(self, firm_id: UUID) -> date | None:
        """Until when anybody practised there who no longer does, or a branch stood."""
        last: date | None = await self._connection.fetchval(
            "SELECT max(to_on) FROM (SELECT to_on FROM practices WHERE firm_id = $1"
            " UNION ALL SELECT to_on FROM firm_periods WHERE parent_firm_id = $1) AS held",
            firm_id,
        )
        return last

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
        await self._update(
            _UPDATE_PERIODS,
            (
                period_values(after.firm_id, ordinal, period)
                for before, after in changes
                if before is not None
                for ordinal, period in changed_last(before.periods, after.periods)
            ),
        )
        await self._update(
            _UPDATE_FIRMS,
            # Of an array of arrays unnest makes single values: the partners go as one text.
            (
                (*firm_values(after)[:-1], ",".join(map(str, after.partner_ids)))
                for before, after in changes
                if before is not None
            ),
        )
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

    async def _load_firm_names(self, ids: Collection[UUID]) -> None:
        missing = [firm_id for firm_id in ids if firm_id not in self._firm_names]
        if missing:
            rows = await self._connection.fetch(
                "SELECT firm_id, name, credit_code FROM firms WHERE firm_id = ANY($1)", missing
            )
            for row in rows:
                self._firm_names[row["firm_id"]] = FirmName(row["firm_id"], row["name"], row["credit_code"])


def _no_firm() -> Firm:
    raise NotFound("律师事务所", "firm")
