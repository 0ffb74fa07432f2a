"""Whoever was away for long catches up by itself: nothing lost, nothing twice, live = rebuilt (`Laboratory.check`)."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import OffsetAndMetadata
from common.events import PARTITIONS
from yulu_local.engines import Kafka, Postgres, running_kafka

from tests.faults.absences import (
    all_sent,
    behind,
    in_kafka,
    kafka_away,
    projector_away,
    relay_frozen,
    topic_gone,
    write_for,
)
from tests.faults.laboratory import Laboratory
from tests.faults.sources import Server

KAFKA_AWAY_SECONDS, KAFKA_AWAY_PER_SECOND = 10, 200
AN_HOUR = 3_000
"""Changes. A province of 45,000 lawyers and 2,500 firms in which each lawyer, firm, case and complaint together makes
60 events per lawyer and year, all of them in the 2,000 working hours, makes 1,350 an hour: this is more than twice."""

pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """A Kafka that these tests may stop."""
    with running_kafka(tmp_path_factory.mktemp("absent-kafka") / "data") as node:
        yield node


@pytest.fixture
async def laboratory(postgres: Postgres, engine: Kafka, request: pytest.FixtureRequest) -> AsyncIterator[Laboratory]:
    server = Server(postgres.url)
    await server.prepare()
    seed = sum(request.node.name.encode())
    async with Laboratory(server, engine.bootstrap, seed, engine=engine) as laboratory:
        await laboratory.write(60)
        yield laboratory


async def everything(laboratory: Laboratory) -> dict[str, set[tuple[int, int]]]:
    found = {}
    for topic, database in laboratory.sources.items():
        rows = await (await database.pool()).fetch("SELECT partition, partition_seq AS seq FROM feed")
        found[topic] = {(row["partition"], row["seq"]) for row in rows}
    return found


async def test_kafka_away_while_thousands_are_written(laboratory: Laboratory) -> None:
    async with kafka_away(laboratory):
        await write_for(laboratory, KAFKA_AWAY_SECONDS, KAFKA_AWAY_PER_SECOND)
        # The pull path alone brings the store to the heads: nobody need wait for Kafka to come back.
        await laboratory.settle()
    await all_sent(laboratory)
    for topic, events in (await everything(laboratory)).items():
        assert set(await in_kafka(laboratory, topic)) == events
    await laboratory.write(60)
    await laboratory.check()


async def test_a_projector_away_for_an_hours_events(laboratory: Laboratory) -> None:
    await laboratory.settle()
    async with projector_away(laboratory):
        await laboratory.write(AN_HOUR)
        await all_sent(laboratory)
        assert await behind(laboratory) >= AN_HOUR * 0.9
    await laboratory.check()


async def test_a_topic_deleted_and_made_anew(laboratory: Laboratory) -> None:
    await laboratory.settle()
    await all_sent(laboratory)
    async with topic_gone(laboratory):
        await laboratory.write(60)
        # A topic that nobody makes anew holds up nobody either.
        await laboratory.settle()
    await laboratory.write(300)
    await laboratory.check()
    await all_sent(laboratory)


async def test_offsets_of_a_topic_that_is_no_more_hide_nothing(laboratory: Laboratory) -> None:
    """In the new topic some point behind its end, where reading never begins, and some behind what was never read."""
    await laboratory.settle()
    await laboratory.projector.kill()
    async with topic_gone(laboratory):
        pass
    await laboratory.write(300)
    await all_sent(laboratory)
    offsets = {
        TopicPartition(name, partition): OffsetAndMetadata(1_000_000 if partition % 2 else 2, "")
        for name in laboratory.topics.values()
        for partition in range(PARTITIONS)
    }
    consumer = AIOKafkaConsumer(bootstrap_servers=laboratory.bootstrap, group_id="stale", enable_auto_commit=False)
    await consumer.start()
    consumer.assign(list(offsets))
    await consumer.commit(offsets)
    await consumer.stop()
    laboratory.projector = await laboratory.new_projector("stale", group="stale")
    await laboratory.write(60)
    await laboratory.check()


async def test_a_relay_frozen_midway_wakes_beside_its_successor(laboratory: Laboratory) -> None:
    await laboratory.settle()
    await all_sent(laboratory)
    await laboratory.relay.kill()
    await laboratory.write(120)
    async with relay_frozen(laboratory):
        await laboratory.write(120)
    await laboratory.write(120)
    await laboratory.check()
    await all_sent(laboratory)
    sent: Counter[int] = Counter()
    for topic, events in (await everything(laboratory)).items():
        found = await in_kafka(laboratory, topic)
        assert set(found) == events
        sent.update(found.values())
    # The successor had sent it, and the woken one sent it again: dropped, as `check` has seen.
    assert sent[2] > 0
