"""Import of 45,000 lawyers through the API, against COPY of the rows it ends up writing."""

import asyncio
import time
from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
from yulu.demo.province import LAWYERS, firms_csv, lawyers_csv, make

from tests.bench.plant import Plant
from tests.bench.report import Comparison, Pair, Report

TEMPLATE = "registry_template"
_FIRMS = ("firms", "firm_periods")
_LAWYERS = ("lawyers", "practices", "licence_numbers", "public_lawyers", "import_findings", "outbox")
"""What the import leaves, in the order of the foreign keys."""
_BOOKKEEPING = frozenset(
    {"imports", "idempotency_keys", "exchange_log", "exchange_log_clients", "exchange_log_heads", "feed_signed_heads"}
)
"""One row each, or one for each question how far it is."""


async def _import(http: httpx.AsyncClient, content: bytes, kind: str) -> tuple[float, dict[str, Any]]:
    """Seconds from the first byte sent until it reads `done`."""
    began = time.perf_counter()
    accepted = await http.post(
        "/v1/imports",
        files={"file": (f"{kind}.csv", content)},
        data={"kind": kind},
        headers={"Idempotency-Key": uuid4().hex},
    )
    path = f"/v1/imports/{accepted.raise_for_status().json()['import_id']}"
    while True:
        state = (await http.get(path)).raise_for_status().json()
        if state["state"] == "done":
            return time.perf_counter() - began, state
        if state["state"] == "failed":
            raise RuntimeError(f"the import failed: {state}")
        await asyncio.sleep(0.05)


async def _counts(connection: asyncpg.Connection) -> dict[str, int]:
    tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row[0]: await connection.fetchval(f'SELECT count(*) FROM "{row[0]}"') for row in tables}


async def _columns(connection: asyncpg.Connection, table: str) -> list[str]:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1"
        " AND is_identity = 'NO' ORDER BY ordinal_position",
        table,
    )
    return [row[0] for row in rows]


async def _out(connection: asyncpg.Connection, table: str, *, after: int = 0) -> tuple[str, list[str], BytesIO]:
    columns = await _columns(connection, table)
    where = f" WHERE id > {after} ORDER BY id" if table == "outbox" else ""
    buffer = BytesIO()
    query = f"SELECT {', '.join(columns)} FROM {table}{where}"
    await connection.copy_from_query(query, output=buffer, format="binary")
    buffer.seek(0)
    return table, columns, buffer


async def _in(connection: asyncpg.Connection, rows: tuple[str, list[str], BytesIO]) -> float:
    table, columns, buffer = rows
    began = time.perf_counter()
    await connection.copy_to_table(table, source=buffer, columns=columns, format="binary")
    return time.perf_counter() - began


async def _round(plant: Plant, database: str, firms: bytes, lawyers: bytes) -> tuple[Pair, int]:
    dsn = await plant.create(database, template=TEMPLATE)
    token = plant.token("licensing-system", organisation_kind="system")
    async with plant.service("registry", REGISTRY_DATABASE_URL=dsn) as url:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=120) as http:
            await _import(http, firms, "firms")
            source = await asyncpg.connect(dsn)
            before = await _counts(source)
            last_event = await source.fetchval("SELECT max(id) FROM outbox")
            await plant.settle()
            ours, state = await _import(http, lawyers, "lawyers")
    if (state["created"], state["errors"]) != (LAWYERS, 0):
        raise RuntimeError(f"not all were imported: {state}")
    after = await _counts(source)
    grown = {table for table in after if after[table] != before[table]} - _BOOKKEEPING
    if not grown <= set(_LAWYERS):
        raise RuntimeError(f"the import also wrote {grown - set(_LAWYERS)}: COPY must too")
    copy = await plant.create("copied", template=TEMPLATE)
    target = await asyncpg.connect(copy)
    for table in (*_FIRMS, "imports"):
        await _in(target, await _out(source, table))
    rows = [await _out(source, table, after=last_event) for table in _LAWYERS if table in grown]
    await plant.settle()
    bare = sum([await _in(target, table) for table in rows])
    copied = await _counts(target)
    wrong = {table for table in grown if copied[table] != after[table] - (before[table] if table == "outbox" else 0)}
    if wrong:
        raise RuntimeError(f"COPY did not write the same rows: {wrong}")
    await source.close()
    await target.close()
    await plant.drop("copied")
    return Pair(ours, bare), sum(copied[table] for table in grown)


async def measure(plant: Plant, report: Report, *, rounds: int) -> str:
    """Returns the database of the last round, for the look-ups."""
    province = make()
    firms, lawyers = firms_csv(province), lawyers_csv(province)
    await plant.migrate("registry", TEMPLATE)
    pairs, rows = [], 0
    for number in range(rounds):
        if number:
            await plant.drop(f"import_{number - 1}")
        pair, rows = await _round(plant, f"import_{number}", firms, lawyers)
        pairs.append(pair)
    report.add(Comparison(f"import of {LAWYERS:,} lawyers", f"COPY of the same {rows:,} rows", "s", pairs, 6, "lower"))
    return f"import_{rounds - 1}"
