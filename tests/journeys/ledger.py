"""What is written, counted straight in the databases."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import asyncpg

from tests.journeys.actors import eventually
from tests.support.system import System

SERVICES = ("registry", "discipline", "rights", "progress", "exchange")
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
    "exchange": ("public.positions", ("registry", "progress")),
    "progress": ("projected.positions", ("registry", "discipline", "rights", "progress")),
}

_NOT_OF_REQUESTS = frozenset(
    f"public.{table}"
    for table in (
        "audit_log", "audit_words", "audit_heads", "exchange_log", "exchange_log_clients", "exchange_log_heads",
        "feed_signed_heads", "followings", "heard_until", "search_entries", "search_keys", "services_answered",
        "workers_seen",
    )
)  # fmt: skip
"""Not counted: whoever looks, or is refused, changes nothing and has an entry all the same; each hour has its own; and
operators are told who has been heard of, which in the first seconds is ever more; search follows a moment later."""


class Ledger:
    """Its connections stay: tests ask often. Its loop is its own: that of the tests may be running."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._thread = ThreadPoolExecutor(1)
        self._loop = asyncio.Runner()
        self._connections: dict[str, asyncpg.Connection] = {}

    def rows(self) -> dict[str, int]:
        """By table, once every event has been sequenced and every consumer has caught up."""
        counts: dict[str, int] = eventually(lambda: self._run(self._counts()))
        return counts

    def close(self) -> None:
        self._run(self._leave())
        self._thread.submit(self._loop.close).result()
        self._thread.shutdown()

    def _run(self, work: Coroutine[Any, Any, _T]) -> _T:
        return self._thread.submit(self._loop.run, work).result()

    async def _leave(self) -> None:
        for connection in self._connections.values():
            await connection.close()

    async def _counts(self) -> dict[str, int] | None:
        """None while something is on its way."""
        numbers = await asyncio.gather(*(self._numbers(service) for service in SERVICES))
        counts = {f"{service}: {name}": n for service, (found, _) in zip(SERVICES, numbers, strict=True)
                  for name, n in found.items()}  # fmt: skip
        followed = [place for _, places in numbers for place in places]
        moving = any(number for table, number in counts.items() if table.endswith(".outbox"))
        behind = any(seq < counts[f"{feed}: public.feed"] for feed, seq in followed)
        return None if moving or behind else counts

    async def _numbers(self, service: str) -> tuple[dict[str, int], list[tuple[str, int]]]:
        """Of rows by table, and how far the service has followed which feeds.

        In one snapshot: an event sequenced between two counts would be in neither outbox nor feed.
        """
        if service not in self._connections:
            self._connections[service] = await asyncpg.connect(self._system.dsn(service))
        connection = self._connections[service]
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            counted = [table for table in await tables(connection) if table not in _NOT_OF_REQUESTS]
            query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in counted)
            found = dict(map(tuple, await connection.fetch(query)))
            positions, feeds = _FOLLOWING.get(service, ("", ()))
            followed = []
            for feed in feeds:
                # -1 before the consumer has ever looked: then it is still on its way, too.
                query = f"SELECT coalesce(sum(last_seq), -1) FROM {positions} WHERE topic = $1"
                followed.append((feed, await connection.fetchval(query, f"{feed}.events")))
        return found, followed
