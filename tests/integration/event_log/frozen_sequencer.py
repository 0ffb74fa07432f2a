"""`python -m …frozen_sequencer DSN STATEMENT`: sequences, and stops itself (SIGSTOP) before or inside that statement.

Prints how many rows it moved, or the error that ended it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
from common import feed


class Freezing:
    """An asyncpg connection whose process freezes at one statement; "copy" freezes with half of the rows sent."""

    def __init__(self, connection: asyncpg.Connection, statement: str) -> None:
        self._connection = connection
        self._statement = statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def execute(self, query: str, *arguments: Any) -> Any:
        if self._statement in query:
            os.kill(os.getpid(), signal.SIGSTOP)
        return await self._connection.execute(query, *arguments)

    async def copy_records_to_table(self, table: str, *, records: Sequence[Any], columns: Sequence[str]) -> Any:
        async def slowly() -> AsyncIterator[Any]:
            for number, record in enumerate(records):
                if self._statement == "copy" and number == len(records) // 2:
                    os.kill(os.getpid(), signal.SIGSTOP)
                yield record

        return await self._connection.copy_records_to_table(table, records=slowly(), columns=columns)


async def main(dsn: str, statement: str) -> None:
    limit = {"idle_in_transaction_session_timeout": str(feed.IDLE_LIMIT_MS)}
    connection = await asyncpg.connect(dsn, server_settings=limit)
    try:
        moved = await feed.sequence(Freezing(connection, statement))
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        print(f"failed {type(error).__name__}")
    else:
        print(f"moved {len(moved)}")
    finally:
        connection.terminate()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
