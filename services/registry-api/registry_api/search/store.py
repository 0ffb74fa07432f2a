"""The index of names: ranges of keys for questions, and filled from the rows that have changed."""

from collections.abc import Collection, Sequence
from typing import Any, Final, TypeAlias
from uuid import UUID

import asyncpg
from contracts.registry_events import FirmKind

from registry_api.search.domain import AT_THE_START, INSIDE, Key, Sought, firm_keys, person_keys, sort_key
from registry_api.search.use_cases import FIRMS, LAWYERS, Candidate, Filters

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

FIRM_KINDS: Final = {kind: ordinal for ordinal, kind in enumerate(FirmKind, 1)}

_NARROWED = """
    AND ($4::int IS NULL OR {0}.region = $4) AND ($5::int IS NULL OR {0}.county = $5)
    AND ($6::smallint IS NULL OR {0}.category = $6) AND ($7::boolean IS NULL OR {0}.active = $7)
    AND ({0}.shown OR NOT $8::boolean)"""
_RANGE = """(
    SELECT k.place, k.key, k.entity_id FROM search_keys k
    WHERE k.kind = $1 AND k.place = {place} AND k.key >= $2 AND k.key < $3 AND (k.key, k.entity_id) > (${key}, ${id})
    {narrowed} AND ($9::text IS NULL OR EXISTS (
        SELECT 1 FROM search_entries s WHERE s.entity_id = k.entity_id AND $9 = ANY (s.specialities)))
    ORDER BY k.key, k.entity_id LIMIT $10
)"""
_BY_KEY = f"""
SELECT place, key, entity_id FROM (
    {_RANGE.format(place=AT_THE_START, key=11, id=12, narrowed=_NARROWED.format("k"))}
    UNION ALL
    {_RANGE.format(place=INSIDE, key=13, id=14, narrowed=_NARROWED.format("k"))}
) both_places ORDER BY place, key, entity_id LIMIT $10"""
_BROWSE = f"""
SELECT 0::smallint AS place, b.sort AS key, b.entity_id FROM search_entries b
WHERE b.kind = $1 {_NARROWED.format("b")}
    AND ($2::text IS NULL OR EXISTS (SELECT 1 FROM unnest(b.keys) AS held (key) WHERE held.key >= $2 AND held.key < $3))
    AND ($9::text IS NULL OR $9 = ANY (b.specialities))
    AND ($11::uuid[] IS NULL OR b.firm_id = ANY ($11))
    AND ($12::uuid IS NULL
         OR (b.sort, b.entity_id) > (SELECT a.sort, a.entity_id FROM search_entries a WHERE a.entity_id = $12))
ORDER BY b.sort, b.entity_id LIMIT $10"""

# The index may lag behind; whoever is not public any more has no body, and is not shown.
_PUBLIC_LAWYERS = """
SELECT c.*, {1} AS best, p.body, p.valid_until FROM ({0}) c
JOIN search_entries e USING (entity_id) LEFT JOIN public_lawyers p ON p.lawyer_id = c.entity_id
ORDER BY c.place, c.key, c.entity_id"""
_LAWYERS = """
SELECT c.*, {1} AS best, e.county, l.name, l.licence_number, l.licensed, l.specialities, l.merged_into,
    p.category, p.region, p.firm_id, p.institution, f.name AS firm_name
FROM ({0}) c JOIN search_entries e USING (entity_id) JOIN lawyers l ON l.lawyer_id = c.entity_id
JOIN practices p ON p.practice_id = l.current_practice_id LEFT JOIN firms f ON f.firm_id = p.firm_id
ORDER BY c.place, c.key, c.entity_id"""
_FIRMS = """
SELECT c.*, {1} AS best, f.name, f.credit_code, p.kind, p.region, p.county, p.to_on IS NULL AS active
FROM ({0}) c JOIN search_entries e USING (entity_id) JOIN firms f ON f.firm_id = c.entity_id
JOIN firm_periods p ON p.period_id = f.current_period_id
ORDER BY c.place, c.key, c.entity_id"""

# Told by the server: sending all keys of all candidates would take longer than finding them.
_BEST = """NOT EXISTS (
    SELECT 1 FROM unnest(e.places, e.keys) AS held (place, key)
    WHERE held.key >= $2 AND held.key < $3 AND (held.place, held.key) < (c.place, c.key))"""

_NOBODY = UUID(int=0)
_BEYOND_ALL = chr(0x10FFFF)


class SearchIndex:
    """Fulfils `Index`, over a connection or a pool."""

    def __init__(self, connection: "Connection | asyncpg.Pool[asyncpg.Record]") -> None:
        self._connection = connection

    async def by_key(
        self, kind: int, wanted: Sought, filters: Filters, after: tuple[Key, UUID] | None, limit: int
    ) -> list[Candidate]:
        # Never before `low`: the server begins its walk of the index at these, not at the better of two bounds.
        starts = inside = (wanted.low, _NOBODY)
        if after is not None and after[0].place == AT_THE_START:
            starts = (after[0].text, after[1])
        elif after is not None:
            starts, inside = (_BEYOND_ALL, _NOBODY), (after[0].text, after[1])
        rows = await self._connection.fetch(
            _statement(kind, filters, _BY_KEY),
            kind,
            wanted.low,
            wanted.high,
            *_narrowing(filters),
            limit,
            *starts,
            *inside,
        )
        return [_candidate(row) for row in rows]

    async def browse(
        self,
        kind: int,
        filters: Filters,
        after: UUID | None,
        limit: int,
        *,
        firms: Sequence[UUID] | None = None,
        name: Sought | None = None,
    ) -> list[Candidate]:
        low, high = (None, None) if name is None else name
        rows = await self._connection.fetch(
            _statement(kind, filters, _BROWSE), kind, low, high, *_narrowing(filters), limit, firms, after
        )
        return [_candidate(row) for row in rows]

    async def keys_of(self, entity_id: UUID) -> list[Key]:
        row = await self._connection.fetchrow("SELECT places, keys FROM search_entries WHERE entity_id = $1", entity_id)
        return [] if row is None else _keys(row)


def _statement(kind: int, filters: Filters, candidates: str) -> str:
    best = _BEST if candidates is _BY_KEY else "true"
    if kind == FIRMS:
        return _FIRMS.format(candidates, best)
    return (_PUBLIC_LAWYERS if filters.public else _LAWYERS).format(candidates, best)


def _narrowing(filters: Filters) -> tuple[Any, ...]:
    return (
        None if filters.region is None else int(filters.region),
        None if filters.county is None else int(filters.county),
        filters.category,
        filters.active,
        filters.public,
        filters.speciality,
    )


def _candidate(row: asyncpg.Record) -> Candidate:
    return Candidate(Key(row["place"], row["key"]), row["entity_id"], row["best"], row)


def _keys(row: asyncpg.Record) -> list[Key]:
    return [Key(place, text) for place, text in zip(row["places"], row["keys"], strict=True)]


_CHUNK = 2_000
# Of one snapshot, like its own name: what is committed later is newer than it, and told next time.
_CHANGED = """
SELECT 0 AS kind, NULL::uuid AS entity_id, pg_current_snapshot()::text AS snapshot
UNION ALL
SELECT 1, lawyer_id, NULL FROM public_lawyers
WHERE changed_in >= pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(changed_in::text::xid8, $1::text::pg_snapshot)
UNION ALL
SELECT 2, firm_id, NULL FROM firms
WHERE changed_in >= pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint
    AND NOT pg_visible_in_snapshot(changed_in::text::xid8, $1::text::pg_snapshot)"""
_EVERYTHING = """
SELECT 0 AS kind, NULL::uuid AS entity_id, pg_current_snapshot()::text AS snapshot
UNION ALL SELECT 1, lawyer_id, NULL FROM public_lawyers
UNION ALL SELECT 2, firm_id, NULL FROM firms"""
_LOCK = 0x53454B59  # "SEKY"; locks are per database
# Transactions are numbered by a server: restored into another one, the numbers may lie ahead of it.
_AHEAD = "SELECT pg_snapshot_xmax($1::text::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot())"
_LAWYER_ROWS = """
SELECT l.lawyer_id AS entity_id, l.name, l.licensed AS active, l.specialities, l.merged_into IS NOT NULL AS gone,
    p.region, p.category, p.firm_id, coalesce(p.county, fp.county) AS county,
    r.body IS NOT NULL AS shown
FROM lawyers l JOIN practices p ON p.practice_id = l.current_practice_id
LEFT JOIN firms f ON f.firm_id = p.firm_id LEFT JOIN firm_periods fp ON fp.period_id = f.current_period_id
LEFT JOIN public_lawyers r ON r.lawyer_id = l.lawyer_id
WHERE l.lawyer_id = ANY ($1)"""
_FIRM_ROWS = """
SELECT f.firm_id AS entity_id, f.name, p.to_on IS NULL AS active, '{}'::text[] AS specialities, false AS gone,
    p.region, p.kind AS category, NULL::uuid AS firm_id, p.county, true AS shown
FROM firms f JOIN firm_periods p ON p.period_id = f.current_period_id
WHERE f.firm_id = ANY ($1)"""
_ENTRY_COLUMNS = (
    "entity_id", "kind", "region", "county", "category", "active", "shown", "firm_id", "specialities", "sort",
    "places", "keys",
)  # fmt: skip
_KEY_COLUMNS = ("kind", "place", "key", "entity_id", "region", "county", "category", "active", "shown")
_TAKE_OUT = """
DELETE FROM search_keys k USING (
    SELECT e.entity_id, e.kind, held.place, held.key
    FROM search_entries e CROSS JOIN LATERAL unnest(e.places, e.keys) AS held (place, key)
    WHERE e.entity_id = ANY ($1)
) old WHERE k.kind = old.kind AND k.place = old.place AND k.key = old.key AND k.entity_id = old.entity_id"""


class IndexFilling:
    """Inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def claim(self) -> tuple[bool, str | None]:
        """Whether it is ours to fill now, and the snapshot up to which it has been filled; None for from nothing."""
        # An advisory lock: locking the row would take a transaction number at each look.
        if not await self._connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _LOCK):
            return False, None
        snapshot = await self._connection.fetchval("SELECT snapshot FROM search_progress")
        if snapshot is not None and await self._connection.fetchval(_AHEAD, snapshot):
            return True, None
        return True, snapshot

    async def changed(self, since: str | None) -> tuple[str, list[UUID], list[UUID]]:
        """Snapshot, lawyers, firms."""
        if since is None:
            first, *rows = await self._connection.fetch(_EVERYTHING)
        else:
            first, *rows = await self._connection.fetch(_CHANGED, since)
        ids: dict[int, list[UUID]] = {LAWYERS: [], FIRMS: []}
        for row in rows:
            ids[row["kind"]].append(row["entity_id"])
        return first["snapshot"], ids[LAWYERS], ids[FIRMS]

    async def empty(self) -> None:
        await self._connection.execute("DELETE FROM search_keys")
        await self._connection.execute("DELETE FROM search_entries")
        for table in ("public_lawyers", "firms"):
            await self._connection.execute(
                f"UPDATE {table} SET changed_in = pg_current_xact_id()::text::bigint"
                " WHERE changed_in > pg_current_xact_id()::text::bigint"
            )

    async def lawyers_at(self, firms: Collection[UUID]) -> list[UUID]:
        """Their county is the firm's."""
        rows = await self._connection.fetch(
            "SELECT lawyer_id FROM practices WHERE firm_id = ANY ($1) AND to_on IS NULL", list(firms)
        )
        return [row["lawyer_id"] for row in rows]

    async def index(self, kind: int, ids: Collection[UUID]) -> None:
        wanted = list(dict.fromkeys(ids))
        statement = _LAWYER_ROWS if kind == LAWYERS else _FIRM_ROWS
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = await self._connection.fetch(statement, chunk)
            await self._replace(chunk, [_entry(kind, row) for row in rows if not row["gone"]])

    async def _replace(self, ids: Sequence[UUID], entries: list[tuple[Any, ...]]) -> None:
        held = await self._connection.fetch(
            f"SELECT {', '.join(_ENTRY_COLUMNS)} FROM search_entries WHERE entity_id = ANY ($1)", ids
        )
        same = {row["entity_id"]: tuple(row) for row in held}
        new = {entry[0]: entry for entry in entries if same.get(entry[0]) != entry}
        kept = {entry[0] for entry in entries} - new.keys()
        if outdated := [entity_id for entity_id in same if entity_id not in kept]:
            await self._connection.execute(_TAKE_OUT, outdated)
            await self._connection.execute("DELETE FROM search_entries WHERE entity_id = ANY ($1)", outdated)
        await self._connection.copy_records_to_table("search_entries", columns=_ENTRY_COLUMNS, records=new.values())
        await self._connection.copy_records_to_table(
            "search_keys",
            columns=_KEY_COLUMNS,
            records=[
                (entry[1], place, key, entry[0], *entry[2:7])
                for entry in new.values()
                for place, key in zip(entry[10], entry[11], strict=True)
            ],
        )

    async def done(self, snapshot: str) -> None:
        await self._connection.execute("UPDATE search_progress SET snapshot = $1", snapshot)


def _entry(kind: int, row: asyncpg.Record) -> tuple[Any, ...]:
    keys = person_keys(row["name"]) if kind == LAWYERS else firm_keys(row["name"])
    return (
        row["entity_id"],
        kind,
        int(row["region"]),
        None if row["county"] is None else int(row["county"]),
        row["category"] if kind == LAWYERS else FIRM_KINDS[FirmKind(row["category"])],
        row["active"],
        row["shown"],
        row["firm_id"],
        list(row["specialities"]),
        sort_key(row["name"]),
        [key.place for key in keys],
        [key.text for key in keys],
    )
