"""Kafka, the fast path: sends feed rows as they are, and hands what arrives to a follower. Nothing is true here."""

from common.kafka.cluster import Cluster
from common.kafka.consumer import KafkaFollower
from common.kafka.producer import FeedLog, Fresh, Log, Publisher, ensure_topics

__all__ = ["Cluster", "FeedLog", "Fresh", "KafkaFollower", "Log", "Publisher", "ensure_topics"]
