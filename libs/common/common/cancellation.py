"""Cancellation that reaches its task, also where a dead connection stands in between."""

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

PATIENCE_SECONDS = 5.0
"""Between two cancellations: what rolls back has time for it."""
_ATTEMPTS = 3

_log = structlog.get_logger()


def is_cancelled() -> bool:
    """Whether somebody has cancelled the running task."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop is running
        return False
    return task is not None and task.cancelling() > 0


def end_if_cancelled(error: BaseException | None = None) -> None:
    """Raises CancelledError in a cancelled task; for loops that go on after an error.

    A cancellation that meets a dead connection surfaces as that connection's error: retried, nothing could stop us.
    """
    if is_cancelled():
        raise asyncio.CancelledError from error


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """All at once, until one fails (raises ExceptionGroup) or we are cancelled; for loops that go on after an error.

    In a task of its own: a TaskGroup whose work fails while its task is cancelled raises the failure, and before Python
    3.13 it also leaves `cancelling()` one too high after every failure. So the looping task's own count stays true, and
    `end_if_cancelled` can tell.
    """

    async def group() -> None:
        async with asyncio.TaskGroup() as tasks:
            for work in works:
                tasks.create_task(work)

    await asyncio.create_task(group())


@asynccontextmanager
async def at_work(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Each in a task of its own as long as the body runs. Raises what one of them ended with, once all have ended."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        await end(tasks)


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """A task that has swallowed its cancellation is cancelled again; one that hangs does not keep the process."""
    waiting = set(tasks)
    for _ in range(_ATTEMPTS):
        for task in waiting:
            task.cancel()
        if waiting:
            _, waiting = await asyncio.wait(waiting, timeout=PATIENCE_SECONDS)
    for task in waiting:
        _log.error("work-does-not-end", work=repr(task.get_coro()))
    for task in set(tasks) - waiting:
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error
