"""Heads of feeds as the progress store knows them: the owners of the feeds are not asked."""

from dataclasses import dataclass
from datetime import UTC, datetime

from common.auth import Principal
from common.database import Database
from contracts.entitlements import PROGRESS, may_read_feed
from progress_store.queries import positions_by_topic


@dataclass(frozen=True, slots=True)
class Head:
    position: int
    age_seconds: float | None


async def readable_heads(database: Database, principal: Principal) -> dict[str, Head]:
    """Only of feeds that this reader may read: to others even the age of the newest event tells something."""
    pool = await database.pool()
    now = datetime.now(UTC)
    async with pool.acquire() as connection:
        found = {
            topic: (position.position, position.newest_applied_at)
            for topic, position in (await positions_by_topic(connection)).items()
        }
        own = await connection.fetchrow("SELECT position, nullif(recorded_at, '-infinity') AS at FROM feed_head")
    if own is not None:
        found[PROGRESS] = (own["position"], own["at"])
    return {
        topic: Head(position, None if at is None else round(max(0.0, (now - at).total_seconds()), 3))
        for topic, (position, at) in found.items()
        if may_read_feed(principal, topic)
    }
