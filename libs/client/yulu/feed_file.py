"""A range of a feed as a file that proves itself: bytes, links, and the signed head of the hour that covers it.

The first line names the range and carries the signed head. Each other line is an event of the range or, behind it, up
to that head, a link alone. Before the first event of a partition stands where that partition was. Every hash on the way
to the head is computed anew: what the signature covers at its end it covers from the beginning. No network is needed,
only the id of the key; docs/exchange-log.md tells how.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from common.feed import FeedRecord
from common.feed_api import HttpFeed
from common.feed_api.signed_heads import HEAD_TYPE
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from yulu.client import Service
from yulu.signatures import NotGenuine, signed_payload
from yulu.verification import Verification, Verifier

KIND: Final = "yulu-feed-range"
_PAGE: Final = 2_000


class NoRange(RuntimeError):
    """There is no such range, or no file of one."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """`content`: topic, hour, position, hash and the heads of the partitions."""

    jws: str
    content: Mapping[str, Any]

    @property
    def position(self) -> int:
        return int(self.content["position"])


def opened(jws: str, keys: Mapping[str, Any]) -> SignedHead:
    """Raises NotGenuine."""
    return SignedHead(jws, signed_payload(jws, keys, typ=HEAD_TYPE, zh="事件流末端", en="head of a feed"))


async def kept_heads(service: Service, prefix: str, keys: Mapping[str, Any]) -> list[SignedHead]:
    """Each hour's, oldest first."""
    return [opened(item["jws"], keys) async for item in service.pages(f"{prefix}/feed/signed-heads", limit=200)]


async def export(
    service: Service, topic: str, *, prefix: str, after: int, to: int | None, keys: Mapping[str, Any]
) -> AsyncIterator[bytes]:
    """Lines of the file. `to`: by default the position of the newest signed head."""
    if to is None:
        heads = await kept_heads(service, prefix, keys)
        to = heads[-1].position if heads else 0
    found = (await service.get(f"{prefix}/feed/signed-heads", covering=to))["items"]
    if not found:
        raise NoRange(
            f"签名的末端尚未到位置 {to}：每小时整点签一次，请稍后再导出。\n"
            f"No signed head has reached position {to} so far; one is signed each hour, export later."
        )
    covering = opened(found[0]["jws"], keys)
    if not 0 <= after < to:
        raise NoRange("起点应小于终点。 / The range is empty: after must be less than to.")
    feed = HttpFeed(service.http, prefix=prefix)
    begin = None if after == 0 else (await feed.read_after(after - 1, 1))[0]
    verifier = Verifier(topic, after) if begin is None else Verifier(topic, after, begin.hash)
    yield _line(
        {
            "kind": KIND,
            "version": 1,
            "topic": topic,
            "after": after,
            "to": to,
            "hash_after": verifier.hash.hex(),
            "signed_head": covering.jws,
            "keys": dict(keys),
        }
    )
    position = after
    while position < covering.position:
        for record in await feed.read_after(position, min(_PAGE, covering.position - position)):
            if verifier.needs(record):
                before = await feed.partition_hash(record.partition, record.seq - 1)
                if before is None:
                    raise NoRange(
                        f"分区 {record.partition} 缺少第 {record.seq - 1} 个事件。\n"
                        f"Partition {record.partition} lacks its event {record.seq - 1}."
                    )
                verifier.begin_partition(record.partition, record.seq - 1, before)
                yield _line({"partition": record.partition, "seq": record.seq - 1, "partition_hash": before.hex()})
            verifier.partitions[record.partition] = record.seq, record.partition_hash
            yield _line(_item(record, with_bytes=record.position <= to))
            position = record.position


def verify_file(path: Path, key_id: str) -> tuple[Verification, SignedHead, Mapping[str, Any]]:
    """What was found, the head that covers the range, and the first line. Raises NotGenuine or NoRange."""
    with path.open("rb") as file:
        lines = _items(file)
        first = next(lines, {})
        if first.get("kind") != KIND or first.get("version") != 1:
            raise NoRange("这不是导出的事件流区间。 / This is no exported range of a feed.")
        head = opened(first["signed_head"], {"keys": [_pinned(first["keys"], key_id)]})
        verifier = Verifier(first["topic"], first["after"], bytes.fromhex(first["hash_after"]))
        result = verifier.result
        for item in lines:
            if "position" not in item:
                if item["partition"] in verifier.partitions:
                    result.faults.append(f"partition {item['partition']} begins twice")
                verifier.begin_partition(item["partition"], item["seq"], bytes.fromhex(item["partition_hash"]))
                continue
            record = _record(item)
            verifier.add(record)
            if record.position > first["to"]:
                result.events -= 1
                result.digests_only -= record.raw is None
    _covered(verifier, head, first)
    return result, head, first


def _covered(verifier: Verifier, head: SignedHead, first: Mapping[str, Any]) -> None:
    result, content = verifier.result, head.content
    if content["topic"] != first["topic"]:
        result.faults.append(f"the signed head is one of {content['topic']}")
    if not first["after"] < first["to"] <= head.position:
        result.faults.append(f"the range is not one that the signed head at {head.position} covers")
    if (result.head, verifier.hash.hex()) != (head.position, content["hash"]):
        result.faults.append(f"the file ends at {result.head}, not where the signed head does, at {head.position}")
    for partition, (seq, digest) in verifier.partitions.items():
        stated = content["partitions"].get(str(partition))
        if stated != {"seq": seq, "hash": digest.hex()}:
            result.faults.append(f"partition {partition}: the signed head has another end")


def _pinned(keys: Mapping[str, Any], key_id: str) -> dict[str, Any]:
    """The key with this thumbprint (RFC 7638): whoever knows the id needs to trust nothing else about the file."""
    for key in keys.get("keys", ()):
        try:
            if OKPKey.import_key(key).thumbprint() == key_id:
                return {**key, "kid": key_id}
        except (JoseError, ValueError, KeyError, TypeError):
            continue
    raise NotGenuine(f"文件中没有密钥 {key_id}。 / The file holds no key {key_id}.")


def _item(record: FeedRecord, *, with_bytes: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "position": record.position,
        "partition": record.partition,
        "partition_seq": record.seq,
        "recorded_at": record.recorded_at.isoformat(),
        "digest": record.digest.hex(),
        "hash": record.hash.hex(),
        "partition_hash": record.partition_hash.hex(),
    }
    if with_bytes and record.raw is not None:
        item["raw"] = record.raw.decode()
    return item


def _record(item: Mapping[str, Any]) -> FeedRecord:
    return FeedRecord(
        position=item["position"],
        partition=item["partition"],
        seq=item["partition_seq"],
        event_type="",
        key="",
        region="",
        entity_version=0,
        recorded_at=datetime.fromisoformat(item["recorded_at"]),
        digest=bytes.fromhex(item["digest"]),
        hash=bytes.fromhex(item["hash"]),
        partition_hash=bytes.fromhex(item["partition_hash"]),
        raw=item["raw"].encode() if "raw" in item else None,
    )


def _items(file: Any) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(file, start=1):
        try:
            yield orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise NoRange(f"第 {number} 行不是 JSON。 / Line {number} is no JSON.") from error


def _line(item: Mapping[str, Any]) -> bytes:
    return orjson.dumps(item) + b"\n"
