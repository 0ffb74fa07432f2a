"""What is written, counted straight in the databases."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg

from tests.journeys.actors import eventually
from tests.support.system import System

SERVICES = ("registry", "discipline", "rights", "progress")
_T = TypeVar("_T")


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """For tests that are not coroutines themselves."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


async def tables(connection: asyncpg.Connection) -> list[str]:
    found = await connection.fetch(
        "SELECT quote_ident(schemaname) || '.' || quote_ident(tablename) AS name FROM pg_tables "
        "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    return [row["name"] for row in found]


# Who follows which feeds, in the schema that is in use (a comparison leaves another one behind).
_FOLLOWING = {
    "registry": ("public.positions", ("discipline",)),
    "discipline": ("public.positions", ("discipline",)),
    "progress": ("projected.positions", ("registry", "discipline", "rights")),
}

_LOOKS_AND_REFUSALS = frozenset({"public.audit_log", "public.audit_words", "public.audit_heads"})
"""Not counted: whoever looks, or is refused, changes nothing and has an entry all the same."""
_UNTIL_WORKERS_LOOK = 120
"""Seconds: a system is ready before its workers have looked for the first time."""


async def _counts(system: System) -> dict[str, int] | None:
    """None while something is on its way."""
    counts, followed = {}, []
    for service in SERVICES:
        connection = await asyncpg.connect(system.dsn(service))
        try:
            # One snapshot: an event sequenced between two counts would be in neither outbox nor feed.
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                for table in await tables(connection):
                    if table in _LOOKS_AND_REFUSALS:
                        continue
                    counts[f"{service}: {table}"] = await connection.fetchval(f"SELECT count(*) FROM {table}")
                positions, feeds = _FOLLOWING.get(service, ("", ()))
                for feed in feeds:
                    # -1 before the consumer has ever looked: then it is still on its way, too.
                    query = f"SELECT coalesce(sum(last_seq), -1) FROM {positions} WHERE topic = $1"
                    followed.append((feed, await connection.fetchval(query, f"{feed}.events")))
        finally:
            await connection.close()
    moving = any(number for table, number in counts.items() if table.endswith(".outbox"))
    behind = any(seq < counts[f"{feed}: public.feed"] for feed, seq in followed)
    return None if moving or behind else counts


def rows(system: System) -> dict[str, int]:
    """By table, once every event has been sequenced and every consumer has caught up."""
    counts: dict[str, int] = eventually(lambda: run(_counts(system)), seconds=_UNTIL_WORKERS_LOOK)
    return counts
