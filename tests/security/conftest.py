"""All services at once, in this process: what every attack is tried on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.security.fuzz.run import Attention, attentive
from tests.security.fuzz.system import System, running_system


@pytest.fixture(scope="package")
async def system(postgres: Any, issuer: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """Started and stopped by one task: a fixture's two halves are run by two, which task groups do not survive.

    It ends with the last test of this folder: tests that are not asynchronous stop the loop, and connections that have
    stood still for a minute are not closed in good order.
    """
    started: asyncio.Future[System] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def keep() -> None:
        async with running_system(postgres, issuer, tmp_path_factory.mktemp("services")) as system:
            started.set_result(system)
            await over.wait()

    keeping = asyncio.create_task(keep())
    await asyncio.wait({keeping, started}, return_when=asyncio.FIRST_COMPLETED)
    if keeping.done():
        keeping.result()
    yield started.result()
    over.set()
    await keeping


@pytest.fixture
def listened_to() -> Iterator[Attention]:
    """Everything that any logger writes."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with attentive() as logs:
        yield logs
    root.handlers[:], level = before
    root.setLevel(level)
