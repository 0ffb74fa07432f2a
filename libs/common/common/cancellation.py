"""Cancellation that reaches its task, also where a dead connection stands in between."""

import asyncio
import os
import sys
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
    """Until one of them fails, all have returned or we are cancelled; then all have ended (`end`). Raises as that does.

    What a TaskGroup does, but for two things that kept processes alive for ever: it cancels each work once, and up to
    Python 3.11 `asyncio.wait_for`, which aiokafka uses, loses a cancellation that comes with its answer; and where a
    work fails as the group is cancelled, the failure is raised and the cancellation is lost. A loop that goes on after
    an error calls `end_if_cancelled` after this.
    """
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        await end(tasks)


@asynccontextmanager
async def at_work(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Each in a task of its own as long as the body runs. Raises what one of them ended with, once all have ended.

    The body goes on without a work that fails, perhaps for months: that one is told of at once.
    """
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        task.add_done_callback(_tell_failed)
    try:
        yield
    finally:
        for task in tasks:
            task.remove_done_callback(_tell_failed)
        await end(tasks)


def _tell_failed(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("work-ended", work=repr(task.get_coro()), exc_info=error, alarm=True)


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """A task that has swallowed its cancellation is cancelled again; one that hangs is left behind.

    So are those inside it: whoever is cancelled again while he ends his own, cancels these again. Raises what they
    ended with: the error, or of several an ExceptionGroup; else the cancellation that came meanwhile.
    """
    waiting = {task for task in tasks if not task.done()}
    interrupted: asyncio.CancelledError | None = None
    for _ in range(_ATTEMPTS):
        for task in waiting:
            task.cancel()
        if waiting:
            try:
                _, waiting = await asyncio.wait(waiting, timeout=PATIENCE_SECONDS)
            except asyncio.CancelledError as again:
                interrupted = again
                waiting = {task for task in waiting if not task.done()}
    for task in waiting:
        _log.error("work-does-not-end", work=repr(task.get_coro()))
    errors = [
        error for task in set(tasks) - waiting if not task.cancelled() and (error := task.exception()) is not None
    ]
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise BaseExceptionGroup("several works failed", errors)
    if interrupted is not None:
        raise interrupted


async def end_all_others() -> None:
    """The last act of a process: what hangs even now is cut off with it, status 1.

    asyncio's own end of a loop waits without limit for tasks that do not end.
    """
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    left = (await asyncio.wait(others, timeout=PATIENCE_SECONDS))[1] if others else set()
    if left:
        _log.error(
            "process-cut-off", works=[repr(task.get_coro()) for task in left], exc_info=sys.exc_info()[0] is not None
        )
        sys.stdout.flush()
        os._exit(1)
