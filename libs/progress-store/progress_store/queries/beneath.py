"""What lies beneath a number: events that wait for an operator, partitions that have stopped, and how far we are."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg


@dataclass(frozen=True, slots=True)
class Beneath:
    """`position`: how many events of the feed have been applied."""

    topic: str
    parked: int
    stopped: tuple[int, ...]
    position: int = 0

    @property
    def complete(self) -> bool:
        return not self.parked and not self.stopped


@dataclass(frozen=True, slots=True)
class TopicPosition:
    """`position` is the sum over the partitions, which is how many events of the feed have been applied."""

    position: int
    newest_applied_at: datetime | None


async def beneath(connection: asyncpg.Connection) -> dict[str, Beneath]:
    rows = await connection.fetch(
        """
        SELECT topic, coalesce(parked, 0) AS parked, coalesce(stopped, '{}') AS stopped,
               coalesce(position, 0) AS position
        FROM (SELECT topic, array_agg(partition ORDER BY partition) FILTER (WHERE stopped IS NOT NULL) AS stopped,
                     sum(last_seq)::bigint AS position
              FROM positions GROUP BY topic) p
        FULL JOIN (SELECT topic, count(*) AS parked FROM parked WHERE state IN ('parked', 'redrive') GROUP BY topic) w
        USING (topic)
        """
    )
    return {row["topic"]: Beneath(row["topic"], row["parked"], tuple(row["stopped"]), row["position"]) for row in rows}


async def positions_by_topic(connection: asyncpg.Connection) -> dict[str, TopicPosition]:
    rows = await connection.fetch(
        "SELECT topic, sum(last_seq)::bigint AS position, max(updated_at) FILTER (WHERE last_seq > 0) AS newest "
        "FROM positions GROUP BY topic"
    )
    return {row["topic"]: TopicPosition(row["position"], row["newest"]) for row in rows}
