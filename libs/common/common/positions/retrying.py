"""Which errors pass by themselves."""

import asyncpg
from sqlalchemy.exc import InterfaceError, OperationalError

from common.cancellation import end_if_cancelled
from common.database import RETRYABLE_SQLSTATES, sqlstate, unaware
from common.positions.effects import FeedUnavailable
from common.positions.store import PositionMoved


def transient(error: BaseException) -> bool:
    """Database and network trouble is retried and never parks an event. Raises CancelledError in a cancelled task."""
    end_if_cancelled(error)
    if isinstance(error, FeedUnavailable | ConnectionError | TimeoutError | OSError | PositionMoved):
        return True
    if isinstance(error, asyncpg.InterfaceError | InterfaceError) or unaware(error):
        return True
    state = sqlstate(error)
    if state is not None:
        # Class 08 connection, 53 resources, 57 operator intervention, 25 aborted or read-only (a demoted primary).
        return state in RETRYABLE_SQLSTATES or state[:2] in {"08", "53", "57", "25"} or state == "55P03"
    return isinstance(error, OperationalError)


def worth_retrying(error: Exception) -> bool:
    # A moved position must be read again first; trying the same move twice cannot succeed.
    return transient(error) and not isinstance(error, PositionMoved)
