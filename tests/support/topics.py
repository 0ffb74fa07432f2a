"""What a topic holds, as whoever follows its chain applies it."""

from collections.abc import Iterable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from common.events import PARTITIONS
from common.feed import GENESIS, next_partition_hash, sm3
from common.kafka import Cluster

_AT_ONCE_MS = 1_000

Ends = dict[int, tuple[int, bytes]]
"""Partition → number and hash of its last event."""


async def messages(who: Cluster, topic: str) -> list[Any]:
    """All that the topic holds, partition by partition."""
    consumer = AIOKafkaConsumer(**who.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    found: dict[int, list[Any]] = {number: [] for number in range(PARTITIONS)}
    try:
        await consumer.start()
        partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                for came in (await consumer.getmany(timeout_ms=_AT_ONCE_MS)).values():
                    for message in came:
                        found[message.partition].append(message)
    finally:
        await consumer.stop()
    return [message for number in range(PARTITIONS) for message in found[number]]


def applied(found: Sequence[Any]) -> list[Any]:
    """What a consumer that follows the chain applies: each event once, in order, nothing left out, every hash right."""
    ends: Ends = {}
    kept = []
    for message in found:
        headers = dict(message.headers)
        seq, (last, link) = int(headers["seq"]), ends.get(message.partition, (0, GENESIS))
        if seq <= last:
            continue  # sent twice: whoever knows the number drops it
        assert seq == last + 1, f"a gap in partition {message.partition}: {seq} after {last}"
        link = next_partition_hash(link, seq, sm3(message.value))
        assert headers["partition_hash"] == link
        ends[message.partition] = seq, link
        kept.append(message)
    return kept


def ends_of(kept: Iterable[Any]) -> Ends:
    return {m.partition: (int(dict(m.headers)["seq"]), dict(m.headers)["partition_hash"]) for m in kept}


def follow(found: Sequence[Any]) -> Ends:
    """Where each partition ends for whoever applies it."""
    return ends_of(applied(found))
