"""A search among parked events that tells no more about any of them than reading it would."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import asyncpg
from fastapi import Query

from common.auth import PROVINCE, Principal
from common.feed_api.rights import FeedRights
from common.http.instants import Instant

EventType = Annotated[str | None, Query(max_length=200, description="事件类型 / event type")]
Region = Annotated[str | None, Query(pattern=r"^\d{6}$", description="地区代码 / code of the region")]
ErrorKind = Annotated[str | None, Query(pattern=r"^\w{1,80}$", description="错误种类 / kind of error, as shown")]
Since = Annotated[Instant | None, Query(description="此时刻及以后搁置的 / parked at this instant or later")]

# A parameter that is NULL asks for nothing; the pairs are those whose events the reader may read.
CONDITION = """
($1::text IS NULL OR topic = $1) AND ($2::text IS NULL OR key = $2) AND ($3::text IS NULL OR event_type = $3)
AND ($4::text IS NULL OR region = $4) AND ($5::text IS NULL OR split_part(error, ':', 1) = $5)
AND ($6::timestamptz IS NULL OR parked_at >= $6)
AND ($7::text[] IS NULL OR (event_type, coalesce(region, '')) IN (SELECT * FROM unnest($7::text[], $8::text[])))
"""


@dataclass(frozen=True, slots=True)
class Search:
    """All of it None: every parked event of the consumer."""

    topic: str | None = None
    key: str | None = None
    event_type: str | None = None
    region: str | None = None
    error: str | None = None
    since: datetime | None = None

    @property
    def asks_of_events(self) -> bool:
        """Beyond the topic, which everybody is told."""
        return any((self.key, self.event_type, self.region, self.error, self.since))

    async def arguments(
        self, connection: asyncpg.Pool | asyncpg.Connection, rights: FeedRights, principal: Principal
    ) -> Sequence[Any]:
        """For CONDITION."""
        types: list[str] | None = None
        regions: list[str] | None = None
        if self.asks_of_events:
            pairs = await connection.fetch("SELECT DISTINCT event_type, coalesce(region, '') AS region FROM parked")
            readable = [
                (pair["event_type"], pair["region"])
                for pair in pairs
                if rights.may_read_event(principal, pair["event_type"], pair["region"] or PROVINCE)
            ]
            types, regions = [event_type for event_type, _ in readable], [region for _, region in readable]
        return (self.topic, self.key, self.event_type, self.region, self.error, self.since, types, regions)
