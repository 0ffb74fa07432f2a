"""All services at once, in this process: what every attack is tried on."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.security.fuzz.run import Attention, attentive
from tests.security.fuzz.system import System, running_system


@asynccontextmanager
async def _kept_running(*given: Any, **named: Any) -> AsyncIterator[System]:
    """Started and stopped by one task: a fixture's two halves are run by two, which task groups do not survive."""
    started: asyncio.Future[System] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def keep() -> None:
        async with running_system(*given, **named) as system:
            started.set_result(system)
            await over.wait()

    keeping = asyncio.create_task(keep())
    await asyncio.wait({keeping, started}, return_when=asyncio.FIRST_COMPLETED)
    if keeping.done():
        keeping.result()
    yield started.result()
    over.set()
    await keeping


@pytest.fixture(scope="package")
async def system(postgres: Any, issuer: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """It ends with the last test of this folder: tests that are not asynchronous stop the loop, and connections that
    have stood still for a minute are not closed in good order."""
    async with _kept_running(postgres, issuer, tmp_path_factory.mktemp("services")) as system:
        yield system


@pytest.fixture(scope="module")
async def limited(postgres: Any, issuer: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The same services, of which each address may ask anything once an hour."""
    directory = tmp_path_factory.mktemp("limited")
    async with _kept_running(postgres, issuer, directory, limit="1/hour", databases="limited") as system:
        yield system


@pytest.fixture
def listened_to() -> Iterator[Attention]:
    """Everything that any logger writes."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    with attentive() as logs:
        yield logs
    root.handlers[:], level = before
    root.setLevel(level)
