"""Which errors pass by themselves."""

import asyncio

import asyncpg
from sqlalchemy.exc import InterfaceError, OperationalError

from common.database import RETRYABLE_SQLSTATES, sqlstate, unaware
from common.positions.effects import FeedUnavailable
from common.positions.store import PositionMoved


def transient(error: BaseException) -> bool:
    """Database and network trouble is retried and never parks an event. Raises CancelledError in a cancelled task.

    A cancellation that meets a dead connection surfaces as that connection's error: retried, nothing could stop us.
    """
    if _cancelled():
        raise asyncio.CancelledError from error
    if isinstance(error, FeedUnavailable | ConnectionError | TimeoutError | OSError | PositionMoved):
        return True
    if isinstance(error, asyncpg.InterfaceError | InterfaceError) or unaware(error):
        return True
    state = sqlstate(error)
    if state is not None:
        # Class 08 connection, 53 resources, 57 operator intervention, 25 aborted or read-only (a demoted primary).
        return state in RETRYABLE_SQLSTATES or state[:2] in {"08", "53", "57", "25"} or state == "55P03"
    return isinstance(error, OperationalError)


def _cancelled() -> bool:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no loop is running
        return False
    return task is not None and task.cancelling() > 0
