"""Which connected system a caller is."""

import asyncpg
from common.auth import Principal

from exchange_api.clients.domain import Client
from exchange_api.clients.store import of_subject
from exchange_api.organs import connected
from exchange_api.permissions import Action, demand


async def own_client(connection: asyncpg.Connection | asyncpg.Pool, principal: Principal) -> Client:
    """Raises the 403 problem where the caller is no connected system, or not let in."""
    demand(principal, Action.RECEIVE)
    return connected(principal, await of_subject(connection, principal.subject))
