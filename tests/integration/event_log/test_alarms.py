"""Alerts become true when what they are for happens; and no operator's scrape moves with a closed feed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import pytest
from common.database import Database
from common.feed_api import HttpFeed
from common.positions import FeedUnavailable
from common.telemetry.metrics import exposition
from contracts.regions import PROVINCE
from outbox_relay.settings import FEEDS

from tests.faults.sources import SOURCE, Server, with_database, write
from tests.integration.event_log.ledger import TOPIC, EntryMade, Pair, key_in
from tests.support.alarms import firing

OPERATORS, CLOSED = "operators-token", "closed-token"
IMPATIENT = """
import runpy
from outbox_relay import watching

watching.WATCH_SECONDS = 0.5
runpy.run_module("outbox_relay", run_name="__main__")
"""


@dataclass(frozen=True)
class RelayProcess:
    """A relay over five empty databases, whose Kafka is away."""

    url: str
    databases: dict[str, Database]
    process: Process

    async def scrape(self, token: str = OPERATORS) -> str:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(self.url, headers={"Authorization": f"Bearer {token}"})
        return answer.raise_for_status().text


@pytest.fixture
async def relay(server: Server, free_port: Callable[[], int], tmp_path: Path) -> AsyncIterator[RelayProcess]:
    port = free_port()
    environment = os.environ | {
        "METRICS_PORT": str(port), "METRICS_TOKEN": OPERATORS, "METRICS_CLOSED_TOKEN": CLOSED,
        "KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{free_port()}", "DATA_DIR": str(tmp_path),
    }  # fmt: skip
    async with AsyncExitStack() as stack:
        databases = {}
        for service in FEEDS:
            name = await server.clone(SOURCE)
            stack.push_async_callback(server.drop, name)
            databases[service] = server.database(name)
            stack.push_async_callback(databases[service].close)
            environment[f"{service.upper()}_DATABASE_URL"] = with_database(server.url, name)
        with (tmp_path / "relay.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", IMPATIENT, env=environment, stdout=log, stderr=log
            )
        relay = RelayProcess(f"http://127.0.0.1:{port}/metrics", databases, process)
        try:
            await until(lambda text: 'yulu_outbox_rows{service="exchange"}' in text, relay.scrape)
            yield relay
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()


async def until(right: Callable[[str], bool], scrape: Callable[[], object]) -> str:
    async with asyncio.timeout(120):
        while True:
            try:
                text = await scrape()  # a coroutine function, or a partial of one
            except httpx.TransportError:
                text = ""
            if right(text):
                return str(text)
            await asyncio.sleep(0.1)


def entry() -> EntryMade:
    return EntryMade(version=1, region=PROVINCE, entry_id=uuid4())


async def test_the_relays_alerts_and_what_they_keep_silent_about(relay: RelayProcess) -> None:
    before = await until(lambda text: bool(firing("YuluKafkaAway", text)), relay.scrape)
    assert firing("YuluOutboxStuck", before) == firing("YuluPublishBehind", before) == []

    # A complaint: the whole view counts it, of the operators' not one byte is another one.
    for service in ("rights", "discipline"):
        await write(relay.databases[service], entry())
    whole = await until(
        lambda text: (
            'yulu_publish_lag_events{service="rights"} 1.0' in text
            and 'yulu_publish_lag_events{service="discipline"} 1.0' in text
        ),
        lambda: relay.scrape(CLOSED),
    )
    assert 'yulu_events_sequenced_total{service="rights"} 1.0' in whole
    assert await relay.scrape() == before
    assert 'service="registry"' in before

    # A row that is held fast, and one that Kafka has long not got.
    registry, progress = await relay.databases["registry"].pool(), relay.databases["progress"]
    await write(relay.databases["registry"], entry())
    await until(lambda text: 'yulu_publish_lag_events{service="registry"} 1.0' in text, relay.scrape)
    await registry.execute("UPDATE feed SET recorded_at = recorded_at - interval '1 hour'")
    async with progress.begin() as tx:
        tx.outbox.add(entry())
        [row] = tx.outbox._rows
        written = orjson.dumps(orjson.loads(row[-1]) | {"time": datetime.now(UTC) - timedelta(hours=1)})
        tx.outbox._rows[0] = (*row[:-1], written)
        # The sequencer waits for the head's row.
        holder = await progress.connect_raw()
        holding = holder.transaction()
        await holding.start()
        await holder.execute("SELECT 1 FROM feed_head FOR UPDATE")
    stuck = await until(
        lambda text: bool(firing("YuluOutboxStuck", text) and firing("YuluPublishBehind", text)), relay.scrape
    )
    assert firing("YuluOutboxStuck", stuck) == [{"service": "progress"}]
    assert firing("YuluPublishBehind", stuck) == [{"service": "registry"}]
    await holding.rollback()
    await holder.close()
    await until(lambda text: not firing("YuluOutboxStuck", text), relay.scrape)


async def test_a_followers_alerts(pair: Pair) -> None:
    follower = await pair.follower()

    def of_ours(alert: str) -> list[dict[str, str]]:
        return [labels for labels in firing(alert, exposition().decode()) if labels["topic"] == TOPIC]

    bad, good = key_in(3), key_in(4)
    pair.effects.refuses.add(str(bad))
    await pair.make(bad, good)
    await follower.catch_up()
    assert of_ours("YuluEventsParked") == [{"topic": TOPIC}]
    assert of_ours("YuluFollowerBehind") == of_ours("YuluPartitionStopped") == of_ours("YuluFeedUnseen") == []

    # More failures than a batch may have stop the partition; what it has not applied grows old.
    many = [key_in(5) for _ in range(60)]
    pair.effects.refuses.update(map(str, many))
    await pair.make(*many)
    await (await pair.source.pool()).execute("UPDATE feed SET recorded_at = recorded_at - interval '1 hour'")
    await follower.catch_up()
    await follower.catch_up()
    assert of_ours("YuluPartitionStopped") == [{"topic": TOPIC, "partition": "5"}]
    assert [labels["partition"] for labels in of_ours("YuluFollowerBehind")] == ["5"]

    # A feed that does not answer.
    pair.feed.available = False
    age = follower._telling._unseen[TOPIC]
    assert age.since is not None
    age.since -= 130
    with pytest.raises(FeedUnavailable):
        await follower.catch_up()
    assert of_ours("YuluFeedUnseen") == [{"topic": TOPIC}]


async def test_a_feed_tells_over_http_since_when_an_event_is_there() -> None:
    item = {"partition_seq": 7, "recorded_at": "2026-03-02T01:30:00+00:00"}

    def answer(request: httpx.Request) -> httpx.Response:
        assert dict(request.url.params)["after_seq"] == "6"
        return httpx.Response(200, content=orjson.dumps(item))

    async with httpx.AsyncClient(base_url="http://feed", transport=httpx.MockTransport(answer)) as client:
        assert await HttpFeed(client).recorded_at(3, 7) == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
