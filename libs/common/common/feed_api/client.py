"""The pull path over HTTP: another service's feed, as a follower's source."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx
import orjson

from common.feed import FeedRecord, Heads, PartitionHead
from common.positions import FeedUnavailable


class HttpFeed:
    """Fulfils `FeedSource`. The client carries base URL and token; every failure to answer is FeedUnavailable."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def heads(self) -> Heads:
        body = orjson.loads(await self._get("/v1/feed/heads", {}))
        return Heads(
            epoch=body["epoch"],
            position=body["position"],
            hash=bytes.fromhex(body["hash"]),
            recorded_at=datetime.fromisoformat(body["recorded_at"]) if body["recorded_at"] else None,
            partitions={
                int(partition): PartitionHead(head["seq"], bytes.fromhex(head["hash"]))
                for partition, head in body["partitions"].items()
            },
        )

    async def read(self, partition: int, after_seq: int, limit: int) -> Sequence[FeedRecord]:
        lines = await self._get(
            "/v1/events", {"partition": partition, "after_seq": after_seq, "limit": limit, "raw": "true"}
        )
        items = [orjson.loads(line) for line in lines.splitlines()]
        for item in items:
            if "raw" not in item and not item.get("erased"):
                # Our token lacks a right, or an older server does not know the type: applying nothing would lose it.
                raise FeedUnavailable(f"partition {partition}, seq {item['partition_seq']}: the event is withheld")
        return [_record(item) for item in items]

    async def read_after(self, position: int, limit: int) -> Sequence[FeedRecord]:
        """By position over all partitions; for verification, not for consumers."""
        lines = await self._get("/v1/events", {"after": position, "limit": limit, "raw": "true"})
        return [_record(orjson.loads(line)) for line in lines.splitlines()]

    async def _get(self, path: str, params: dict[str, str | int]) -> bytes:
        try:
            response = await self._client.get(path, params=params, headers={"Accept": "application/x-ndjson"})
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{path}: {type(error).__name__}: {error}") from error
        return response.content


def _record(item: dict[str, Any]) -> FeedRecord:
    event = item.get("event", {})
    return FeedRecord(
        position=item["position"],
        partition=item["partition"],
        seq=item["partition_seq"],
        recorded_at=datetime.fromisoformat(item["recorded_at"]),
        digest=bytes.fromhex(item["digest"]),
        hash=bytes.fromhex(item["hash"]),
        partition_hash=bytes.fromhex(item["partition_hash"]),
        event_type=event.get("type", ""),
        key=event.get("subject", ""),
        region=event.get("region", ""),
        entity_version=event.get("entityversion", 0),
        raw=item["raw"].encode() if "raw" in item else None,
    )
