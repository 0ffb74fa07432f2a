"""The runner goes on whatever fails, but not when it is told to stop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from common.database import Database
from registry_api.imports.runner import ImportRunner


class DeadConnection:
    """A cancellation that meets it surfaces as its own error."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Any]:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise ConnectionError("the connection is gone") from None
        yield


async def test_a_cancelled_runner_ends_although_its_connection_is_dead():
    running = asyncio.create_task(ImportRunner(cast("Database", DeadConnection())).run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running], timeout=60)
    assert running.cancelled()
