"""Told to end while its database dies, the relay ends: nobody has to kill it."""

import asyncio

import pytest
from common.kafka import Cluster, Publisher, ensure_topics
from outbox_relay.relay import Relay
from yulu_local.engines import Kafka

from tests.integration.event_log.ledger import TOPIC, Pair

PATIENCE_SECONDS = 60
"""Only ends a test that would wait for ever."""


async def test_told_to_end_as_its_database_dies_it_ends(
    pair: Pair, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = Cluster(kafka.bootstrap)
    await ensure_topics(cluster, [TOPIC])
    at_work = asyncio.Event()

    async def dies(*_: object) -> None:
        """The connection's death meets the cancellation: of a driver either may surface."""
        at_work.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionResetError from None

    monkeypatch.setattr(Publisher, "step", dies)
    relaying = asyncio.create_task(
        Relay({"ledger": pair.source}, {"ledger": TOPIC}, cluster=cluster, poll_seconds=0.01).run()
    )
    async with asyncio.timeout(120):
        await at_work.wait()
    relaying.cancel()
    _, still = await asyncio.wait([relaying], timeout=PATIENCE_SECONDS)
    monkeypatch.undo()
    for task in still:  # not left to the tests after this one
        task.cancel()
        await asyncio.wait([task], timeout=PATIENCE_SECONDS)
    assert not still
