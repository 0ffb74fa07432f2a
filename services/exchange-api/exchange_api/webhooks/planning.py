"""What each endpoint is owed: positions move, and deliveries come into being, in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from common.cancellation import end_if_cancelled
from common.clock import Clock
from common.database import DATABASE_ERRORS, Database
from common.feed import FeedRecord
from common.positions import FeedUnavailable
from common.telemetry import get_logger
from contracts.webhooks import webhook_rules

from exchange_api.clients.domain import Client
from exchange_api.sources.feeds import Source
from exchange_api.sources.readable import readable_sources
from exchange_api.webhooks.domain import Webhook
from exchange_api.webhooks.store_deliveries import Follower, SqlDeliveries, followers, lock_version

_log = get_logger(__name__)
PAGE = 500
READ_SECONDS = 5.0
"""A source that has not answered by then is away: those of the others are not kept waiting."""
Sources = Callable[[str], Source | None]
"""By name; None where there is none of that name."""


class Planner:
    """One round over all endpoints; any number of processes may do it at once."""

    def __init__(self, database: Database, sources: Sources) -> None:
        self._database, self._sources = database, sources

    async def round(self, now: datetime) -> bool:
        """Whether there is more than was taken."""
        pages: dict[tuple[str, int], Sequence[FeedRecord]] = {}
        more = False
        for follower in await followers(await self._database.pool(), webhook_rules()):
            for source in readable_sources(follower.client.principal()):
                position = follower.positions.get(source, 0)
                # Endpoints that keep up stand at the same place: it is read once for all of them.
                if (source, position) not in pages:
                    pages[source, position] = await self._read(source, position)
                if page := pages[source, position]:
                    await self._plan(follower, source, position, page, now)
                    more |= len(page) == PAGE
        return more

    async def _read(self, name: str, position: int) -> Sequence[FeedRecord]:
        source = self._sources(name)
        if source is None:
            return ()
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await source.read_after(position, PAGE)
        except (FeedUnavailable, TimeoutError) as error:
            _log.warning("webhook_source_unavailable", source=name, error=type(error).__name__)
            return ()

    async def _plan(
        self, follower: Follower, source: str, position: int, page: Sequence[FeedRecord], now: datetime
    ) -> None:
        events = _owed(follower.webhook, follower.client, source, page)
        async with self._database.begin() as tx:
            connection = await tx.raw()
            # Changed or disabled meanwhile: the next round sees it as it is now.
            if not await lock_version(connection, follower.webhook):
                return
            deliveries = SqlDeliveries(connection)
            if await deliveries.move(follower.webhook.webhook_id, source, position, page[-1].position) and events:
                await deliveries.plan(follower.webhook.webhook_id, source, events, now)


def _owed(webhook: Webhook, client: Client, source: str, page: Sequence[FeedRecord]) -> list[tuple[int, str]]:
    principal = client.principal()
    return [
        (record.position, record.key)
        for record in page
        if record.raw is not None and webhook.wants(principal, source, record)
    ]


async def plan_for_ever(planner: Planner, clock: Clock, seconds: float) -> None:
    while True:
        try:
            more = await planner.round(clock())
        except DATABASE_ERRORS as error:
            end_if_cancelled(error)
            _log.warning("webhook_planning_postponed", error=type(error).__name__)
            more = False
        if not more:
            await asyncio.sleep(seconds)
