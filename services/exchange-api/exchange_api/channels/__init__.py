"""Channels: what was released to everybody, and to one organ, each a contiguous, hash-chained sequence of its own.

`releasing` fills them from the feeds, `source` gives them to readers under the rights of the day, `publishing` sends
them to Kafka. A channel holds no bytes: what was erased at its source is gone here.
"""
