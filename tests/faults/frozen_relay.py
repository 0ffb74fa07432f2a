"""`python -m …frozen_relay BOOTSTRAP DATABASES TOPICS`: the production relay, which stops itself (SIGSTOP) once.

It does so when of some topic's batch one partition has been acknowledged by Kafka and another has not been sent.
Woken, it prints `sent` when that other one has been acknowledged, and goes on as a relay does.
"""

import asyncio
import json
import logging
import os
import signal
import sys
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from aiokafka import AIOKafkaProducer
from common.database import Database
from common.kafka import Cluster
from outbox_relay.relay import Relay


class Freezing(AIOKafkaProducer):  # aiokafka is untyped
    """One batch at a time until it has frozen."""

    _turn = asyncio.Lock()
    _last: tuple[str, int] | None = None
    _frozen = False

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        cls = type(self)
        async with cls._turn:
            freezes = not cls._frozen and cls._last is not None and cls._last[0] == topic and cls._last[1] != partition
            if freezes:
                cls._frozen = True
                os.kill(os.getpid(), signal.SIGSTOP)
            sending = await super().send_batch(batch, topic, partition=partition)
            if freezes or not cls._frozen:
                await sending
                cls._last = (topic, partition)
            if freezes:
                print("sent", flush=True)
            return sending


async def main(bootstrap: str, urls: Mapping[str, str], topics: Mapping[str, str]) -> None:
    databases = {topic: Database(url, source="/relay", pool_size=3) for topic, url in urls.items()}
    with patch("outbox_relay.relay.AIOKafkaProducer", Freezing):
        await Relay(databases, topics, cluster=Cluster(bootstrap), poll_seconds=0.01).run()


if __name__ == "__main__":
    logging.disable(logging.ERROR)  # what it says of its connections that died while it was frozen
    asyncio.run(main(sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])))
