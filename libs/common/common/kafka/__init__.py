"""Kafka, the fast path: sends feed rows as they are, and hands what arrives to a follower. Nothing is true here."""

from common.kafka.consumer import KafkaFollower
from common.kafka.producer import FeedPublisher, Fresh, ensure_topics

__all__ = ["FeedPublisher", "Fresh", "KafkaFollower", "ensure_topics"]
