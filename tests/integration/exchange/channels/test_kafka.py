"""Channels on Kafka: sent in order, caught up after absences, filled anew, and nobody reads what is not his."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from common.cancellation import at_work
from common.kafka import Cluster, producer
from common.kafka.administration import topic_ids
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from contracts.releases import released_types, releases
from exchange_api.channels import publishing, store
from exchange_api.channels.publishing import ChannelPublishing
from exchange_api.kafka_access.grants import Grants
from exchange_api.kafka_access.keeping import keep_access
from pydantic import SecretStr
from structlog.testing import capture_logs

from tests.integration.exchange.channels.conftest import connect, golden, sent, system
from tests.integration.exchange.conftest import NOW, OPERATOR
from tests.support.topics import follow, messages

FIRM, LAWYER = "lawyers.registry.firm.established.v1", "lawyers.registry.lawyer.licensed.v1"
SHARED = shared_channel("kafka-court")


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings, kafka):
    return exchange_settings | {"kafka_bootstrap_servers": kafka.bootstrap}


@pytest.fixture(scope="module")
def cluster(kafka) -> Cluster:
    return Cluster(kafka.bootstrap)


@pytest.fixture(autouse=True)
def _hurries(monkeypatch):
    monkeypatch.setattr(publishing, "TOPICS_SECONDS", 0.2)
    for module in (store, producer):
        monkeypatch.setattr(module, "LEASE_SECONDS", 2)


@pytest.fixture(scope="module")
async def court(call, province):
    return await connect(call, "kafka-court", "court")


@pytest.fixture
def publishing_now(province, cluster) -> Callable[..., object]:
    @asynccontextmanager
    async def run(now=NOW) -> AsyncIterator[None]:
        async with at_work(ChannelPublishing(province.exchange, province.feeds, cluster, lambda: now).run()):
            yield

    return run


async def forget_topic(province, name: str) -> None:
    """As if another had been filled before."""
    pool = await province.exchange.pool()
    await pool.execute("UPDATE channel_publications SET topic_id = 'another' WHERE channel = $1", name)


async def first_of(who: Cluster, topic: str) -> object:
    consumer = AIOKafkaConsumer(topic, **who.options(), enable_auto_commit=False)
    try:
        async with asyncio.timeout(120):
            await consumer.start()
            return await consumer.getone()
    finally:
        await consumer.stop()


async def refused(who: Cluster, topic: str) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        await first_of(who, topic)


async def heads(exchange_app, name: str) -> dict[int, tuple[int, bytes]]:
    found = await exchange_app.state.sources(name).heads()
    return {p: (head.seq, head.hash) for p, head in found.partitions.items() if head.seq}


async def test_topics_are_made_and_hold_the_chain(province, court, cluster, publishing_now, exchange_app):
    await province.tell(*(golden(kind) for kind in (FIRM, LAWYER) for _ in range(20)))
    await province.release()
    async with publishing_now():
        await sent(province, cluster, PUBLIC_CHANNEL)
        await sent(province, cluster, SHARED)
    for name in (PUBLIC_CHANNEL, SHARED):
        found = await messages(cluster, name)
        assert follow(found) == await heads(exchange_app, name)
        assert {message.timestamp for message in found} == {int(NOW.timestamp() * 1000)}
        assert not any(b"case_id" in message.value for message in found)


async def test_after_an_absence_it_catches_up_and_nothing_counts_twice(
    province, court, cluster, publishing_now, exchange_app
):
    """Two at once, one of them killed in the middle, and one that comes later."""
    await province.tell(*(golden(FIRM) for _ in range(300)))
    await province.release()
    async with publishing_now():
        async with publishing_now():
            await asyncio.sleep(0.3)
        await province.tell(*(golden(FIRM) for _ in range(50)))
        await province.release()
        await sent(province, cluster, PUBLIC_CHANNEL)
    assert follow(await messages(cluster, PUBLIC_CHANNEL)) == await heads(exchange_app, PUBLIC_CHANNEL)


async def test_a_topic_that_was_deleted_is_made_and_filled_anew(province, court, cluster, publishing_now, exchange_app):
    before = (await topic_ids(cluster, [PUBLIC_CHANNEL]))[PUBLIC_CHANNEL]
    async with publishing_now():
        admin = AIOKafkaAdminClient(**cluster.options())
        await admin.start()
        await admin.delete_topics([PUBLIC_CHANNEL])
        await admin.close()
        async with asyncio.timeout(120):
            while (await topic_ids(cluster, [PUBLIC_CHANNEL])).get(PUBLIC_CHANNEL, before) == before:
                await asyncio.sleep(0.1)
        firm = golden(FIRM)
        await province.tell(firm)
        await province.release()
        async with asyncio.timeout(120):
            while firm.key().encode() not in {m.key for m in await messages(cluster, PUBLIC_CHANNEL)}:
                await asyncio.sleep(0.2)
    assert follow(await messages(cluster, PUBLIC_CHANNEL)) == await heads(exchange_app, PUBLIC_CHANNEL)


async def test_a_channel_that_waits_for_a_newer_process_holds_up_no_other(
    province, court, cluster, publishing_now, monkeypatch
):
    pool, table = await province.exchange.pool(), releases().model_copy(update={"edition": releases().edition + 1})
    sent_to = "SELECT position FROM channel_publications WHERE channel = $1"
    before = await pool.fetchval(sent_to, PUBLIC_CHANNEL)
    with monkeypatch.context() as newer:
        newer.setattr("exchange_api.channels.releasing.releases", lambda: table)
        await province.tell(golden(FIRM), golden(LAWYER))
        await province.release()
    with monkeypatch.context() as older:
        rows = {kind: row for kind, row in released_types().items() if kind != FIRM}
        older.setattr("exchange_api.channels.source.released_types", lambda: rows)
        older.setattr(publishing, "_log", structlog.get_logger())  # one that was used before is not captured
        with capture_logs() as logs:
            async with publishing_now():
                await sent(province, cluster, SHARED)
                async with asyncio.timeout(120):  # whoever sent it before may still hold its lease
                    while not any(entry["event"] == "channel-held-back" for entry in logs):
                        await asyncio.sleep(0.1)
                await asyncio.sleep(1)  # many rounds
        told = [entry for entry in logs if entry["event"] == "channel-held-back"]
        assert told == [{"event": "channel-held-back", "channel": PUBLIC_CHANNEL, "log_level": "warning"}], "once"
        assert await pool.fetchval(sent_to, PUBLIC_CHANNEL) == before
    async with publishing_now():
        await sent(province, cluster, PUBLIC_CHANNEL)


async def test_what_was_released_before_the_last_thirty_days_is_not_sent_anew(province, court, cluster, publishing_now):
    await forget_topic(province, SHARED)
    count = len(await messages(cluster, SHARED))
    async with publishing_now(NOW + timedelta(days=31)):
        await sent(province, cluster, SHARED)
    assert len(await messages(cluster, SHARED)) == count
    await forget_topic(province, SHARED)
    async with publishing_now(NOW + timedelta(days=29)):
        await sent(province, cluster, SHARED)
    assert len(await messages(cluster, SHARED)) == 2 * count


async def test_a_system_reads_its_channels_until_it_is_suspended(call, province, court, cluster, kafka, exchange_app):
    other = await connect(call, "kafka-procuratorate", "procuratorate")
    async with at_work(keep_access(province.exchange, cluster)):
        given = await call("POST", f"/clients/{court['client_id']}/kafka-credentials", OPERATOR)
        assert given.status_code == 201, given.text
        court_user = Cluster(
            kafka.external, given.json()["user"], SecretStr(given.json()["password"]), str(kafka.ca_file)
        )
        assert follow(await messages(court_user, SHARED)) == await heads(exchange_app, SHARED)
        assert await messages(court_user, PUBLIC_CHANNEL)
        for topic in (shared_channel("kafka-procuratorate"), "registry.events", "rights.events"):
            await refused(court_user, topic)
        async with asyncio.timeout(120):
            while (
                other["client_id"] not in (standing := await Grants(cluster).clients())
                or not standing[other["client_id"]].topics
            ):
                await asyncio.sleep(0.2)
        moved = await call(
            "PATCH", f"/clients/{court['client_id']}", OPERATOR, json={"state": "suspended", "reason": "密钥泄露"},
            headers={"If-Match": '"v1"'},
        )  # fmt: skip
        assert moved.status_code == 200
        async with asyncio.timeout(120):
            while court["client_id"] in await Grants(cluster).clients():
                await asyncio.sleep(0.2)
        with pytest.raises((AuthenticationFailedError, KafkaConnectionError)):
            await first_of(court_user, SHARED)
        answer = await call("GET", "/events", system("kafka-court", "court"))
        assert answer.status_code == 403
