"""Positions: how a consumer applies every event exactly once, whatever Kafka or its own crashes do.

`Follower` takes records from Kafka or pulls them from the feed, proves that they link to what it has already applied,
and commits position and effects in one transaction. `Effects` is what a consumer writes.
"""

from common.positions.effects import Effects, FeedSource, FeedUnavailable, Received
from common.positions.follower import Follower
from common.positions.store import forget_parked_words

__all__ = ["Effects", "FeedSource", "FeedUnavailable", "Follower", "Received", "forget_parked_words"]
