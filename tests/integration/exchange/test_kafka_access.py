"""Rights on Kafka follow the register; a password is given out once, by operators, and opens what was granted."""

import asyncio
import time
from contextlib import asynccontextmanager

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import AuthenticationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from common.cancellation import at_work
from common.kafka import Cluster, ensure_topics
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from contracts.releases import OUTSIDE_KEPT
from exchange_api.kafka_access.grants import Grants
from exchange_api.kafka_access.keeping import keep_access
from exchange_api.kafka_access.store import reconcile
from pydantic import SecretStr

from tests.integration.exchange.conftest import AUDITOR, COURT, OPERATOR, PROCURATORATE
from tests.integration.exchange.test_clients import COURT_SYSTEM

NOT_LET_IN = (AuthenticationFailedError, KafkaConnectionError)
WITHDRAWN_WITHIN = 30.0
"""Seconds; docs/kafka.md says 5, on a machine that does nothing else."""
SHARED = shared_channel(COURT_SYSTEM["organ_code"])
MAY_NOT = {
    "the court itself": COURT,
    "another's system": PROCURATORATE,
    "an auditor": AUDITOR,
    "an operator of a city": OPERATOR | {"region": "410100", "organisation_kind": "bureau"},
}


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings, kafka):
    return exchange_settings | {"kafka_bootstrap_servers": kafka.bootstrap}


@pytest.fixture(scope="module")
def grants(kafka):
    return Grants(Cluster(kafka.bootstrap))


@pytest.fixture(scope="module")
async def court(call, kafka):
    await ensure_topics(Cluster(kafka.bootstrap), [PUBLIC_CHANNEL, SHARED], kept=OUTSIDE_KEPT)
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(SHARED, b"released")
    answer = await call("POST", "/clients", OPERATOR, json=COURT_SYSTEM)
    assert answer.status_code == 201, answer.text
    return answer.json()["client_id"]


@asynccontextmanager
async def open_consumer(kafka, given):
    who = Cluster(kafka.external, given["user"], SecretStr(given["password"]), str(kafka.ca_file))
    consumer = AIOKafkaConsumer(
        SHARED,
        **who.options(),
        group_id=given["group_prefix"] + "1",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def read(kafka, given) -> bytes:
    async with asyncio.timeout(120), open_consumer(kafka, given) as consumer:
        return (await consumer.getone()).value


async def listed(call, client_id):
    answer = await call("GET", "/kafka/clients", AUDITOR)
    assert answer.status_code == 200, answer.text
    (found,) = [item for item in answer.json()["items"] if item["client_id"] == client_id]
    return found


async def move(call, client_id, state):
    path = f"/clients/{client_id}"
    version = (await call("GET", path, OPERATOR)).headers["etag"]
    moved = {"state": state, "reason": "test"}
    answer = await call("PATCH", path, OPERATOR, json=moved, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text


async def test_rights_follow_the_register_and_a_password_opens_what_was_granted(
    call, court, grants, exchange_database, kafka
):
    assert not (await listed(call, court))["as_wanted"]
    await reconcile(exchange_database, grants)
    found = await listed(call, court)
    assert (found["topics"], found["as_wanted"], found["has_password"]) == ([PUBLIC_CHANNEL, SHARED], True, False)
    path = f"/clients/{court}/kafka-credentials"
    answer = await call("POST", path, OPERATOR, json={}, headers={"Idempotency-Key": "password-1"})
    assert answer.status_code == 201, answer.text
    given = answer.json()
    assert await read(kafka, given) == b"released"
    assert (await listed(call, court))["has_password"]
    again = await call("POST", path, OPERATOR, json={}, headers={"Idempotency-Key": "password-1"})
    assert again.status_code == 409
    assert given["password"] not in again.text

    await move(call, court, "suspended")
    refused = await call("POST", path, OPERATOR, json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:client-suspended")
    done = await reconcile(exchange_database, grants)
    assert (len(done.removed), done.locked) == (3, (court,))
    with pytest.raises(NOT_LET_IN):
        await read(kafka, given)

    # Reconnected, it has its rights again; what it was suspended with opens nothing any more.
    await move(call, court, "active")
    await reconcile(exchange_database, grants)
    with pytest.raises(NOT_LET_IN):
        await read(kafka, given)
    anew = await call("POST", path, OPERATOR, json={})
    assert await read(kafka, anew.json()) == b"released"
    assert not (await reconcile(exchange_database, grants)).added


async def test_an_open_session_reads_nothing_more_once_its_system_is_suspended(
    call, court, grants, exchange_database, kafka
):
    await reconcile(exchange_database, grants)
    answer = await call("POST", f"/clients/{court}/kafka-credentials", OPERATOR, json={})
    try:
        async with at_work(keep_access(exchange_database, Cluster(kafka.bootstrap))):
            async with open_consumer(kafka, answer.json()) as consumer, asyncio.timeout(120):
                assert (await consumer.getone()).value == b"released"
                await move(call, court, "suspended")
                began = time.monotonic()
                await locked(grants, court)
                assert time.monotonic() - began < WITHDRAWN_WITHIN
                # The fetch that waits at the broker already may be answered, and no other.
                for number in range(2):
                    try:
                        await released_and_read(kafka, consumer, number)
                    except TopicAuthorizationFailedError:
                        break
                else:
                    pytest.fail("what was released after the suspension was read")
            with pytest.raises(NOT_LET_IN):
                await read(kafka, answer.json())
    finally:
        await move(call, court, "active")


async def released_and_read(kafka, consumer, partition):
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        await producer.send_and_wait(SHARED, b"released afterwards", partition=partition)
    await consumer.getone()


async def locked(grants, client_id):
    """No rule and no password is left."""
    while client_id in await grants.clients():
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("who", MAY_NOT.values(), ids=MAY_NOT)
async def test_only_the_provinces_operators_give_out_passwords(call, court, who):
    assert (await call("POST", f"/clients/{court}/kafka-credentials", who, json={})).status_code == 403


async def test_who_may_not_see_the_register_does_not_see_rights_on_kafka(call, court):
    assert (await call("GET", "/kafka/clients", COURT)).status_code == 403
    assert (await call("GET", "/kafka/clients")).status_code == 401


async def test_a_kafka_that_is_away_is_said_to_be_so(call, court, exchange_app, monkeypatch):
    monkeypatch.setattr(exchange_app.state, "grants", Grants(Cluster("127.0.0.1:9", ca_file="/nowhere", username="x")))
    for method, path in (("GET", "/kafka/clients"), ("POST", f"/clients/{court}/kafka-credentials")):
        answer = await call(method, path, OPERATOR)
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:yulu:problem:kafka-unavailable")
        assert answer.headers["retry-after"] == "10"
