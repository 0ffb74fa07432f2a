"""A broker with its outside door, and those who stand before it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from common.kafka import Cluster, ensure_topics
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from contracts.releases import OUTSIDE_KEPT
from exchange_api.kafka_access.grants import Grant, Grants
from pydantic import SecretStr
from yulu_local.engines import Kafka, running_kafka

COURT, PROCURATORATE = "zz-court", "zz-procuratorate"
INTERNAL = "rights.events"
CHANNELS = (PUBLIC_CHANNEL, shared_channel(COURT), shared_channel(PROCURATORATE))


@dataclass
class Door:
    """`node` may be killed and started again; what it holds is made once."""

    node: Kafka
    foreign_ca: Path
    """Of another system, which was started at the same moment."""
    passwords: dict[str, str]

    @property
    def inside(self) -> Cluster:
        return Cluster(self.node.bootstrap)

    def as_client(self, client: str, password: str | None = None) -> Cluster:
        return self.as_user(f"outside.{client}", password or self.passwords[client])

    def as_user(self, user: str, password: str, ca_file: Path | None = None) -> Cluster:
        ca_file = ca_file or self.node.ca_file
        return Cluster(self.node.external, user, SecretStr(password), str(ca_file))

    async def read(self, who: Cluster, topic: str, *, group: str | None = None) -> list[bytes]:
        """What the topic holds, as far as it comes within a moment; Kafka's refusal is raised."""
        consumer = AIOKafkaConsumer(
            topic, **who.options(), group_id=group, auto_offset_reset="earliest", enable_auto_commit=False
        )
        found: list[bytes] = []
        deadline = asyncio.get_running_loop().time() + 10
        try:
            await consumer.start()
            while not found and asyncio.get_running_loop().time() < deadline:
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    found += [record.value for record in records]
        finally:
            await consumer.stop()
        return found

    async def said(self, text: str) -> bool:
        """Whether the file of refusals has it, or gets it soon."""
        for _ in range(50):
            if text in self.node.refusals.read_text():
                return True
            await asyncio.sleep(0.1)
        return False


async def _furnish(door: Door) -> None:
    await ensure_topics(door.inside, [INTERNAL])
    await ensure_topics(door.inside, CHANNELS, kept=OUTSIDE_KEPT)
    async with AIOKafkaProducer(**door.inside.options()) as producer:
        for topic in (INTERNAL, *CHANNELS):
            await producer.send_and_wait(topic, f"of {topic}".encode(), partition=3)
    grants = Grants(door.inside)
    await grants.reconcile(wanted())
    for client in ("court", "procuratorate"):
        door.passwords[client] = await grants.issue_password(client)


def wanted() -> list[Grant]:
    return [
        Grant("court", COURT, frozenset({PUBLIC_CHANNEL, shared_channel(COURT)})),
        Grant("procuratorate", PROCURATORATE, frozenset({shared_channel(PROCURATORATE)})),
    ]


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    directory = tmp_path_factory.mktemp("door")
    with ExitStack() as stack:
        both = [running_kafka(directory / name / "kafka") for name in ("own", "other")]
        with ThreadPoolExecutor(2) as pool:
            own, other = pool.map(stack.enter_context, both)
        other.stop()
        door = Door(own, other.ca_file, {})
        with ThreadPoolExecutor(1) as thread:  # the session's event loop may be running in this one
            thread.submit(lambda: asyncio.run(_furnish(door))).result()
        yield door
