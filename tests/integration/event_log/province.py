"""Four producers, the progress store that follows them, and a rebuild of it at any time."""

import random
from uuid import uuid4

from common.database import Database
from common.positions import Follower
from progress_projector.rebuild import Rebuilder
from progress_store.projection import Projection

from tests.faults.counts import difference, expected, projected
from tests.faults.sources import DatabaseFeed, sequence_all, write
from tests.faults.world import World


class Province:
    """A random world writes into three of the feeds; into that of progress.events the tests do."""

    def __init__(self, store: Database, feeds: dict[str, DatabaseFeed]) -> None:
        self.store = store
        self.feeds = feeds
        self.follower = Follower(store, Projection(), feeds)
        self.rebuilder = Rebuilder(store, feeds)
        self.world = World(random.Random(20240101))

    async def change(self, times: int) -> None:
        for _ in range(times):
            change = self.world.next()
            await write(self.feeds[change.topic].database, *change.events)
            self.world.settle(change, accepted=True)
        for feed in self.feeds.values():
            await sequence_all(feed.database)

    async def request(self, *, switch: bool = False) -> dict[str, object]:
        """Ask for a rebuild as progress-api does, and let the projector do it."""
        pool, rebuild_id = await self.store.pool(), uuid4()
        await pool.execute(
            "INSERT INTO rebuilds (rebuild_id, requested_by, switch) VALUES ($1, 'test', $2)", rebuild_id, switch
        )
        await self.rebuilder._next()
        row = await pool.fetchrow("SELECT * FROM rebuilds WHERE rebuild_id = $1", rebuild_id)
        assert row is not None
        return dict(row)

    async def disagreement(self) -> object:
        return difference(expected(self.world), await projected(await self.store.pool()))
