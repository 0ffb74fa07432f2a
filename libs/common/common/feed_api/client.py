"""The pull path over HTTP: another service's feed, as a follower's source."""

from collections.abc import Container, Sequence
from datetime import datetime
from typing import Any

import httpx
import orjson

from common.feed import FeedRecord, Heads, Linked, PartitionHead
from common.feed_api import frames
from common.positions import FeedUnavailable

_NDJSON = "application/x-ndjson"
_Params = dict[str, str | int] | list[tuple[str, str | int | float | bool | None]]
_BYTES_ONLY = {"raw": "true", "event": "false"}


class HttpFeed:
    """Fulfils `FeedSource`. The client carries base URL and token; every failure to answer is FeedUnavailable.

    knows: of who may read every event and tells others of them, the types that his process knows. By position, too, he
    waits for one that is withheld or that he could tell nobody of.
    """

    def __init__(self, client: httpx.AsyncClient, *, prefix: str = "/v1", knows: Container[str] | None = None) -> None:
        self._client, self._prefix, self._knows = client, prefix, knows

    async def heads(self) -> Heads:
        body = orjson.loads((await self._get("/feed/heads", {})).content)
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

    async def read(self, partition: int, after_seq: int, limit: int) -> Sequence[Linked]:
        response = await self._get(
            "/events",
            {"partition": partition, "after_seq": after_seq, "limit": limit, **_BYTES_ONLY},
            accept=f"{frames.MEDIA_TYPE}, {_NDJSON}",
        )
        if response.headers.get("content-type") != frames.MEDIA_TYPE:
            return [_readable(orjson.loads(line)) for line in response.content.splitlines()]
        try:
            page = frames.unpack(response.content)
        except ValueError as error:
            raise FeedUnavailable(f"partition {partition}: {error}") from error
        for frame in page:
            if frame.withheld:
                raise _withheld()
        return page

    async def recorded_at(self, partition: int, seq: int) -> datetime | None:
        response = await self._get("/events", {"partition": partition, "after_seq": seq - 1, "limit": 1, **_BYTES_ONLY})
        for line in response.content.splitlines():
            item = orjson.loads(line)
            if item["partition_seq"] == seq:
                return datetime.fromisoformat(item["recorded_at"])
        return None

    async def read_after(self, position: int, limit: int, *, wait: float = 0.0) -> Sequence[FeedRecord]:
        """By position over all partitions. wait: seconds that an empty page may take, less than the client's timeout.

        Not for consumers that apply events: they follow partitions, whose links they can check. Raises EventHeldBack
        where the first event has to be waited for; the page ends before any other.
        """
        waiting: dict[str, str | int] = {"wait": f"{wait:g}"} if wait else {}
        response = await self._get("/events", {"after": position, "limit": limit, **waiting, **_BYTES_ONLY})
        page: list[FeedRecord] = []
        for line in response.content.splitlines():
            item = orjson.loads(line)
            record = _record(item)
            if self._knows is not None and _is_held_back(item, record, self._knows):
                if not page:
                    raise _withheld()
                break
            page.append(record)
        return page

    async def partition_hash(self, partition: int, seq: int) -> bytes | None:
        """Of one event, whatever else its reader may see of it; for verification from the middle of a feed. None: there
        is no such event.
        """
        params: dict[str, str | int] = {"partition": partition, "after_seq": seq - 1, "limit": 1, **_BYTES_ONLY}
        for line in (await self._get("/events", params)).content.splitlines():
            item = orjson.loads(line)
            if item["partition_seq"] == seq:
                return bytes.fromhex(item["partition_hash"])
        return None

    async def read_places(self, places: Sequence[tuple[int, int]]) -> Sequence[FeedRecord]:
        """Single events by partition and number there, at most `MAX_PLACES`; for who has kept where they stand.

        What the owner withholds is told as `withheld`: it is for who asks to wait for that one, and to tell the others.
        """
        asked = [("place", f"{partition}.{seq}") for partition, seq in places]
        response = await self._get("/events", [*asked, *_BYTES_ONLY.items()])
        items = [orjson.loads(line) for line in response.content.splitlines()]
        return [_record(item)._replace(withheld=_is_withheld(item)) for item in items]

    async def _get(self, path: str, params: _Params, *, accept: str = _NDJSON) -> httpx.Response:
        try:
            response = await self._client.get(self._prefix + path, params=params, headers={"Accept": accept})
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise FeedUnavailable(f"{path}: {type(error).__name__}: {error}") from error
        return response


class EventHeldBack(FeedUnavailable):
    """The next event cannot be told yet: it is withheld, or its reader is older than its type."""


def _withheld() -> FeedUnavailable:
    # Our token lacks a right, or an older server does not know the type: applying nothing would lose it. Which one it
    # is stays unsaid: errors end in logs, where its number would tell how many events a closed feed has.
    return EventHeldBack("the event is withheld, or of a type that is not known yet")


def _is_held_back(item: dict[str, Any], record: FeedRecord, known: Container[str]) -> bool:
    return not item.get("erased") and (record.raw is None or record.event_type not in known)


def _is_withheld(item: dict[str, Any]) -> bool:
    return "raw" not in item and not item.get("erased")


def _readable(item: dict[str, Any]) -> FeedRecord:
    """Of a line. Raises EventHeldBack where the event is withheld."""
    if _is_withheld(item):
        raise _withheld()
    return _record(item)


def _record(item: dict[str, Any]) -> FeedRecord:
    # A server of the version before tells the event whatever was asked.
    told = item.get("event", item)
    return FeedRecord(
        position=item["position"],
        partition=item["partition"],
        seq=item["partition_seq"],
        recorded_at=datetime.fromisoformat(item["recorded_at"]),
        digest=bytes.fromhex(item["digest"]),
        hash=bytes.fromhex(item["hash"]),
        partition_hash=bytes.fromhex(item["partition_hash"]),
        event_type=told.get("type", ""),
        key=told.get("subject", ""),
        region=told.get("region", ""),
        entity_version=told.get("entityversion", 0),
        raw=item["raw"].encode() if "raw" in item else None,
    )
