"""How a feed row travels: key and value are the event's own, everything about its place is a header."""

from typing import NamedTuple

from aiokafka import ConsumerRecord

from common.feed import FeedRecord

Headers = list[tuple[str, bytes]]


def headers_of(record: FeedRecord, epoch: bytes) -> Headers:
    return [
        ("epoch", epoch),
        ("position", b"%d" % record.position),
        ("seq", b"%d" % record.seq),
        ("hash", record.hash),
        ("partition_hash", record.partition_hash),
    ]


class Delivered(NamedTuple):
    """A message as a follower takes it. What its headers claim is proven by the chain, never believed."""

    partition: int
    seq: int
    key: str
    partition_hash: bytes
    raw: bytes
    digest: None = None


class NotOurs(ValueError):
    """A message without our headers: somebody else wrote to the topic."""


def delivered(message: "ConsumerRecord[bytes, bytes]") -> Delivered:
    """Raises NotOurs."""
    headers = dict(message.headers)
    try:
        if message.value is None or message.key is None:
            raise NotOurs("a message without key or value")
        return Delivered(
            message.partition, int(headers["seq"]), message.key.decode(), headers["partition_hash"], message.value
        )
    except (KeyError, TypeError, ValueError) as error:  # TypeError: Kafka headers may be null
        raise NotOurs(f"{message.topic}/{message.partition}@{message.offset}: {type(error).__name__}") from error
