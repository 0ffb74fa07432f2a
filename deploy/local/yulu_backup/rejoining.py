"""A restored server meets a Kafka that remembers more: what was published beyond the restore is kept and told.

It stands in no database any more, so nobody may apply it as news. Our own topics are emptied, after they were read: the
feed is the truth and the relay goes on from it. Channels' topics go whole, and are filled anew with what still stands;
whoever outside has read beyond it sees from the chain that it was taken back.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from common.events import PARTITIONS, MalformedEnvelope, decode
from common.kafka import Cluster
from common.kafka.administration import AdministrationFailed, administered
from contracts.entitlements import TOPICS
from kafka.admin import KafkaAdminClient
from kafka.structs import TopicPartition as AdminPartition

from yulu_backup.databases import Databases
from yulu_backup.problems import Trouble
from yulu_backup.server import unwritable

_CHANNEL_HEADS = "SELECT channel, partition, seq FROM channel_partition_heads"
_SINCE = "SELECT partition_seq, partition_hash FROM feed WHERE partition = $1 AND partition_seq > $2"
_RESTORED = "SELECT seqs FROM restorations ORDER BY restored_at DESC LIMIT 1"
Place = tuple[str, int]
"""Topic and partition."""
_POLL_MS = 1_000
_SILENT_POLLS = 30


@dataclass(frozen=True, slots=True)
class Beyond:
    """What a topic holds and the database does not."""

    topic: str
    records: Sequence[Mapping[str, Any]]
    ends: Mapping[int, int]
    """Partition → the offset after its last record."""

    def types(self) -> Counter[str]:
        return Counter(str(record["type"]) for record in self.records)


async def rejoin(server: Databases, cluster: Cluster, to: Path) -> list[Beyond]:
    """Reads all that is beyond, writes it to the file `to`, and only then takes it out of Kafka. Raises Trouble.

    Before any worker runs. Done again, it finds nothing.
    """
    heads, rows = await _standing(server)
    try:
        found = await _beyond(cluster, heads, rows)
        if not found:
            return []
        _keep(found, to)
        await administered(cluster, lambda admin: _take_out(admin, found))
    except (KafkaError, AdministrationFailed) as error:
        raise Trouble(
            f"Kafka 未完成：{error}。请重新运行 rejoin。", "Kafka did not do it: run rejoin again."
        ) from error
    return found


async def _standing(
    server: Databases,
) -> tuple[dict[str, dict[int, int]], dict[Place, dict[int, bytes]]]:
    """Where each topic's truth stood when it came back, and what was written to it since."""
    heads: dict[str, dict[int, int]] = {}
    rows: dict[Place, dict[int, bytes]] = {}
    there = await server.databases()
    for topic in TOPICS:
        if (name := topic.removesuffix(".events")) not in there:
            continue
        connection = await server.connect(name)
        try:
            restored = await connection.fetchrow(_RESTORED)
            if restored is None:
                raise Trouble(
                    f"数据库 {name} 未经恢复：rejoin 只在恢复之后使用。",
                    f"The database {name} was not restored: rejoin is for after a restore.",
                )
            heads[topic] = dict(enumerate(restored["seqs"]))
            await _since(connection, topic, heads[topic], rows)
            if name == "exchange":
                for row in await connection.fetch(_CHANNEL_HEADS):
                    heads.setdefault(row["channel"], {})[row["partition"]] = row["seq"]
        except asyncpg.UndefinedTableError as error:
            raise Trouble(f"数据库 {name} 尚未迁移：请先迁移。", f"Migrate the database {name} first.") from error
        finally:
            await connection.close()
    return heads, rows


async def _since(
    connection: asyncpg.Connection, topic: str, heads: Mapping[int, int], rows: dict[Place, dict[int, bytes]]
) -> None:
    """What the restored feed itself has written since: that is news."""
    for partition, seq in heads.items():
        found = await connection.fetch(_SINCE, partition, seq)
        rows[topic, partition] = {row["partition_seq"]: row["partition_hash"] for row in found}


async def _beyond(
    cluster: Cluster, heads: Mapping[str, Mapping[int, int]], rows: Mapping[Place, Mapping[int, bytes]]
) -> list[Beyond]:
    consumer = AIOKafkaConsumer(**cluster.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    await consumer.start()
    try:
        there = await consumer.topics()
        # Channels are exchange's: one that was opened after the restore point is in no database any more.
        channels = "exchange.events" in heads
        outside = {name for name in there if channels and (name == "public.events" or name.startswith("shared."))}
        found = []
        for topic in sorted((heads.keys() | outside) & there):
            beyond, ends = await _of_topic(consumer, topic, heads.get(topic, {}), rows)
            if beyond:
                found.append(Beyond(topic, beyond, ends))
        return found
    finally:
        await consumer.stop()


async def _of_topic(
    consumer: AIOKafkaConsumer,
    topic: str,
    heads: Mapping[int, int],
    rows: Mapping[Place, Mapping[int, bytes]],
) -> tuple[list[dict[str, Any]], dict[int, int]]:
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    ends = await consumer.end_offsets(partitions)
    begins = await consumer.beginning_offsets(partitions)
    waiting = {each for each in partitions if begins[each] < ends[each]}
    if not waiting:
        return [], {}
    consumer.assign(sorted(waiting))
    await consumer.seek_to_beginning(*waiting)
    beyond: list[dict[str, Any]] = []
    silent = 0
    while waiting:
        batches = await consumer.getmany(timeout_ms=_POLL_MS)
        silent = 0 if batches else silent + 1
        if silent > _SILENT_POLLS:
            raise Trouble(f"Kafka 主题 {topic} 读不完：请检查集群。", f"The topic {topic} cannot be read to its end.")
        for records in batches.values():
            beyond += [told for record in records if (told := _told(record, heads, rows)) is not None]
        waiting = {each for each in waiting if await consumer.position(each) < ends[each]}
    return beyond, {each.partition: ends[each] for each in partitions}


def _told(
    record: "ConsumerRecord[bytes, bytes]",
    heads: Mapping[int, int],
    rows: Mapping[Place, Mapping[int, bytes]],
) -> dict[str, Any] | None:
    headers = dict(record.headers)
    try:
        seq = int(headers["seq"])
    except (KeyError, ValueError):
        return None  # not one of ours
    if seq <= heads.get(record.partition, 0):
        return None
    if rows.get((record.topic, record.partition), {}).get(seq) == headers.get("partition_hash"):
        return None
    raw = record.value or b""
    told: dict[str, str | None]
    try:
        envelope = decode(raw)
        told = {"type": envelope.type, "id": str(envelope.id), "key": envelope.subject, "time": str(envelope.time)}
    except MalformedEnvelope:
        told = {"type": "undecodable", "id": None, "key": None, "time": None}
    place = {"topic": record.topic, "partition": record.partition, "seq": seq}
    return place | told | {"event": raw.decode(errors="replace")}


def _keep(found: Sequence[Beyond], to: Path) -> None:
    """Durable before anything goes; readable by nobody else, as events are."""
    try:
        with to.open("xb") as file:
            to.chmod(0o600)
            for beyond in found:
                file.writelines(orjson.dumps(record) + b"\n" for record in beyond.records)
            file.flush()
    except OSError as error:
        raise unwritable(to, error) from error


def _take_out(admin: KafkaAdminClient, found: Sequence[Beyond]) -> None:
    ours = [each for each in found if each.topic in TOPICS]
    admin.delete_records(
        {AdminPartition(each.topic, partition): end for each in ours for partition, end in each.ends.items()}
    )
    if outside := [each.topic for each in found if each.topic not in TOPICS]:
        admin.delete_topics(outside)
