"""The registry's feed in tests: what was written stands in it, and a reader of `/v1/changes` who keeps up."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import orjson
from common.feed import sequence

from .conftest import Desk, good


async def sequenced(desk: Desk) -> str:
    """Everything written so far stands in the feed; the time at which its last event was recorded."""
    while await sequence(desk.connection):
        pass
    recorded = await desk.connection.fetchval("SELECT recorded_at FROM feed_head")
    await asyncio.sleep(0.001)  # the next event is recorded later
    return recorded.isoformat()


@dataclass
class Follower:
    """Applies changes as their description says: each record of a higher version replaces the one he holds."""

    desk: Desk
    headers: dict[str, str]
    cursor: str
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    async def starting_now(cls, desk: Desk, headers: dict[str, str] | None = None) -> "Follower":
        follower = cls(desk, headers or {"Accept": "*/*"}, "")
        await sequenced(desk)
        await follower.reads()
        follower.records.clear()
        return follower

    async def page(self, **more: Any) -> dict[str, Any]:
        asked = ({"after": self.cursor} if self.cursor else {}) | more
        return good(await self.desk.http.get("/v1/changes", params=asked, headers=self.headers))

    async def reads(self, limit: int = 1000) -> list[dict[str, Any]]:
        """Everything new."""
        found: list[dict[str, Any]] = []
        while True:
            page = await self.page(limit=limit)
            found += page["changes"]
            self.cursor = page["next"]
            if not page["more"]:
                break
        for change in found:
            record = change.get("record")
            if record is not None and self._version(record["id"]) < record["version"]:
                self.records[record["id"]] = record
        return found

    def _version(self, entity_id: str) -> int:
        return self.records.get(entity_id, {"version": 0})["version"]

    def file(self) -> list[bytes]:
        """What he would write out now: a line per record that is not gone."""
        return sorted(orjson.dumps(record) for record in self.records.values() if not record.get("gone"))
