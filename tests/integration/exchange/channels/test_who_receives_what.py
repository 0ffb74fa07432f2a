"""Each kind of client connects by each way and receives what the table says, no less and no more."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from common.auth import Principal
from common.cancellation import at_work
from common.events import EVENTS, PARTITIONS
from common.kafka import Cluster
from contracts.entitlements import PUBLIC_CHANNEL, TOPICS, may_read_event, may_read_feed, shared_channel
from contracts.releases import Audience, released, released_types, releases
from exchange_api.channels.publishing import ChannelPublishing
from exchange_api.kafka_access.grants import Grants, user_of
from exchange_api.kafka_access.store import reconcile
from exchange_api.sources.cursor import decode
from exchange_api.stream.hub import Hub
from exchange_api.webhooks.domain import message_id
from exchange_api.webhooks.planning import Planner
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from webhook_dispatcher.dispatching import Dispatcher
from webhook_dispatcher.sending import Sender

from tests.integration.exchange.channels.conftest import GOLDEN, golden, sent, system
from tests.integration.exchange.conftest import NOW, OPERATOR
from tests.integration.exchange.webhooks.conftest import serving

REGIONS = ("410100", "411700")
NOT_LET_IN = {
    "a court that nobody connected": system("nobody", "court"),
    "a firm": system("a-firm", "firm") | {"organisation_kind": "firm"},
}
INSIDE = {
    "operator": OPERATOR,
    "worker": {
        "roles": ["exchange-api", "webhook-dispatcher"], "organisation_kind": "system", "subject": "exchange-api",
    },
    "discipline officer": {
        "roles": ["discipline-officer"], "organisation_kind": "department", "subject": "discipline-1",
    },
    "officer of a city": {
        "roles": ["registry-officer"], "organisation_kind": "bureau", "region": "410100", "subject": "city-1",
    },
    "plan reader": {"roles": ["plan-reader"], "organisation_kind": "bureau", "region": "410100", "subject": "plan-1"},
}  # fmt: skip
NO_READER = {"roles": ["rights-officer"], "organisation_kind": "city-association", "region": "410100", "subject": "r-1"}
TYPES = sorted(path.name.removesuffix(".json") for path in GOLDEN.glob("*.json"))


@pytest.fixture(scope="module")
async def told(province, organs):
    """One event of every type, of two regions, in feeds and channels: key → event."""
    events = [golden(event_type, region=region) for event_type in TYPES for region in REGIONS]
    await province.tell(*events)
    await province.release()
    return {event.key(): event for event in events}


def expected_outside(told, channels: dict[str, Audience]) -> set[tuple[str, str]]:
    found = set()
    for key, event in told.items():
        raw = orjson.dumps(
            orjson.loads((GOLDEN / f"{event.event_type}.json").read_bytes())
            | {"region": event.region, "subject": key, "data": event.model_dump(mode="json")}
        )
        form = released(raw)
        found |= {(name, key) for name, audience in channels.items() if form is not None and form.reaches(audience)}
    return found


async def by_pages(call, who: dict[str, Any] | None) -> list[dict[str, Any]]:
    events, after = [], None
    while True:
        answer = await call("GET", "/events", who, params={"limit": 200} | ({} if after is None else {"after": after}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["unavailable"] == []
        events += page["events"]
        if not page["more"] and not page["events"]:
            return events
        after = page["next"]


async def by_lines(call, who: dict[str, Any] | None) -> list[dict[str, Any]]:
    answer = await call("GET", "/events", who, params={"limit": 5_000}, headers={"Accept": "application/x-ndjson"})
    assert answer.status_code == 200, answer.text
    return [orjson.loads(line) for line in answer.content.splitlines()]


EVERYBODYS = {PUBLIC_CHANNEL: Audience(None, "410000")}


def channels_of(organ: str, rights: dict[str, Any]) -> dict[str, Audience]:
    return EVERYBODYS | {shared_channel(organ): Audience(rights["organisation_kind"], rights["region"])}


WAYS = {"pages": by_pages, "lines": by_lines}


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings, kafka):
    return exchange_settings | {
        "heartbeat_seconds": 0.2, "webhook_allowed_networks": "127.0.0.0/8", "webhook_plan_seconds": 3600,
        "kafka_bootstrap_servers": kafka.bootstrap,
    }  # fmt: skip


@pytest.fixture(scope="module")
async def address(exchange_app, free_port) -> AsyncIterator[str]:
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(exchange_app, port=port, log_config=None, lifespan="off", ws="none"))
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def by_stream(address, headers, until: str) -> tuple[list[dict[str, Any]], set[str]]:
    """Events up to this cursor, and the sources that heartbeats tell of."""
    events, sources, name, place = [], set(), "", ""
    async with httpx.AsyncClient(base_url=address) as client, asyncio.timeout(120):
        stream = {"Accept": "text/event-stream"} | headers
        async with client.stream("GET", "/v1/events", headers=stream) as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                field, _, value = line.partition(": ")
                if field == "id":
                    place = value
                elif field == "event":
                    name = value
                elif field == "data" and name == "event":
                    events.append(orjson.loads(value))
                elif field == "data":
                    sources |= set(orjson.loads(value)["sources"])
                    if place == until:
                        break
    return events, sources


def places(events, told) -> set[tuple[str, str]]:
    return {(item["source"], item["event"]["subject"]) for item in events if item["event"]["subject"] in told}


@pytest.mark.parametrize("way", WAYS)
async def test_outside_systems_and_the_public_receive_what_is_released_to_them(call, organs, told, way):
    readers = {None: EVERYBODYS} | {organ: channels_of(organ, rights) for organ, rights in organs.items()}
    for organ, channels in readers.items():
        events = await WAYS[way](call, None if organ is None else organs[organ])
        assert places(events, told) == expected_outside(told, channels), organ
        for item in events:
            fields = released_types()[item["event"]["type"]].fields
            assert set(item["event"]["data"]) <= {"version", "region", *fields}
        assert {item["source"] for item in events} <= set(channels)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("who", INSIDE)
async def test_inside_readers_receive_feeds_as_the_table_says(call, issuer, told, way, who):
    verified = principal(INSIDE[who])
    events = await WAYS[way](call, INSIDE[who])
    assert places(events, told) == {
        (event.topic, key)
        for key, event in told.items()
        if may_read_feed(verified, event.topic) and may_read_event(verified, event.event_type, event.region)
    }
    assert {item["source"] for item in events} <= set(TOPICS)


@pytest.fixture
async def pump(exchange_app, issuer) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Plans and sends what endpoints are owed, until nothing is due."""
    state = exchange_app.state
    planner = Planner(state.database, state.sources)
    sender = Sender(state.outbound, seconds=30, trust=ssl.create_default_context())
    transport = httpx.ASGITransport(exchange_app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://exchange", headers=issuer.headers(**INSIDE["worker"])
    ) as exchange:
        dispatcher = Dispatcher(exchange, sender, parallel=64)

        async def run() -> None:
            while await planner.round(NOW):
                pass
            while await dispatcher._take(64):
                await dispatcher.finish()

        yield run
    await sender.close()


async def test_webhooks_of_outside_systems_receive_what_is_released_to_them(call, organs, told, pump, free_port):
    received: dict[str, dict[str, Any]] = {organ: {} for organ in organs}

    async def take(request: Request) -> Response:
        received[request.path_params["organ"]][request.headers["webhook-id"]] = orjson.loads(await request.body())
        return Response(status_code=204)

    made = {}
    async with serving(Starlette(routes=[Route("/{organ}", take, methods=["POST"])]), free_port()) as receiver:
        for organ, rights in organs.items():
            answer = await call("POST", "/webhooks", rights, json={"url": f"{receiver}/{organ}", "after": "first"})
            assert answer.status_code == 201, answer.text
            made[organ] = UUID(answer.json()["webhook_id"])
        await pump()
    for organ, rights in organs.items():
        # What pages tell is what is pushed, each under the id that follows from its place.
        pages = {
            str(message_id(made[organ], item["source"], item["position"])): item
            for item in await by_pages(call, rights)
        }
        assert received[organ] == {id_: item["event"] for id_, item in pages.items()}, organ
        assert places(pages.values(), told) == expected_outside(told, channels_of(organ, rights))
        await call("DELETE", f"/webhooks/{made[organ]}", OPERATOR, headers={"If-Match": "*"})


@pytest.mark.parametrize("who", [None, *NOT_LET_IN.values(), *INSIDE.values(), NO_READER])
async def test_who_is_no_connected_system_has_no_webhook_of_his_own_and_no_password_for_kafka(call, organs, told, who):
    hook = {"url": "http://127.0.0.1:9/hook"}
    expected = 401 if who is None else 403
    if who is not OPERATOR:
        assert (await call("POST", "/webhooks", who, json=hook)).status_code == expected
        path = f"/clients/{uuid4()}/kafka-credentials"
        assert (await call("POST", path, who)).status_code == expected
    else:  # who registers for a system, and has to say for which
        answer = await call("POST", "/webhooks", who, json=hook)
        assert (answer.status_code, answer.json()["field"]) == (422, "client_id")


@pytest.fixture(scope="module")
async def users(call, organs, told, province, kafka, exchange_database) -> AsyncIterator[dict[str, Cluster]]:
    """Organ → its system on Kafka, which has been sent all that was released."""
    cluster, grants = Cluster(kafka.bootstrap), Grants(Cluster(kafka.bootstrap))
    publishing = ChannelPublishing(province.exchange, province.feeds, cluster, lambda: NOW)
    names = [PUBLIC_CHANNEL, *map(shared_channel, organs)]
    try:
        async with at_work(publishing.run()):
            for name in names:
                await sent(province, cluster, name)
            await reconcile(exchange_database, grants)
            clients = {
                item["organ_code"]: item["client_id"]
                for item in (await call("GET", "/clients", OPERATOR)).json()["items"]
            }
            passwords = await asyncio.gather(*(grants.issue_password(clients[organ]) for organ in organs))
            yield {
                organ: Cluster(kafka.external, user_of(clients[organ]), SecretStr(password), str(kafka.ca_file))
                for organ, password in zip(organs, passwords, strict=True)
            }
    finally:
        # Other tests fill topics of these names from other databases.
        admin = AIOKafkaAdminClient(**cluster.options())
        await admin.start()
        await admin.delete_topics(names)
        await admin.close()


async def by_kafka(user: Cluster, channels: Iterable[str]) -> tuple[set[str], list[dict[str, Any]]]:
    """Topics that the user sees, and all events of these."""
    consumer = AIOKafkaConsumer(**user.options(), enable_auto_commit=False, auto_offset_reset="earliest")
    events = []
    try:
        await consumer.start()
        seen = await consumer.topics()
        partitions = [TopicPartition(name, number) for name in channels for number in range(PARTITIONS)]
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            while await consumer.position(partition) < ends[partition]:
                message = await consumer.getone(partition)
                events.append({"source": partition.topic, "event": orjson.loads(message.value)})
    finally:
        await consumer.stop()
    return seen, events


async def test_on_kafka_outside_systems_read_what_is_released_to_them(organs, told, users):
    async with asyncio.timeout(120):
        read = await asyncio.gather(*(by_kafka(user, channels_of(o, organs[o])) for o, user in users.items()))
    for organ, (seen, events) in zip(users, read, strict=True):
        channels = channels_of(organ, organs[organ])
        assert seen == set(channels), organ
        assert places(events, told) == expected_outside(told, channels), organ


def principal(rights: dict[str, Any]):
    return Principal(
        subject=rights["subject"], organisation_kind=rights["organisation_kind"], organisation_id="yulu",
        region=rights.get("region", "410000"), roles=frozenset(rights["roles"]),
    )  # fmt: skip


async def test_event_streams_tell_the_same_and_nothing_else(exchange_app, address, call, issuer, organs, told):
    for who in (None, *organs.values(), *INSIDE.values()):
        last = (await call("GET", "/events", who, params={"limit": 5_000})).json()
        assert not last["more"]
        events, sources = await by_stream(address, {} if who is None else issuer.headers(**who), last["next"])
        assert {(e["source"], e["position"]) for e in events} == {(e["source"], e["position"]) for e in last["events"]}
        assert sources == set(decode(last["next"], exchange_app.state.deployment_id).positions)


@pytest.mark.parametrize("who", NOT_LET_IN)
async def test_who_is_not_connected_receives_nothing(call, told, who):
    for accept in ("application/json", "text/event-stream"):
        answer = await call("GET", "/events", NOT_LET_IN[who], headers={"Accept": accept})
        assert answer.status_code == 403, answer.text


async def test_without_a_right_to_any_feed_there_is_what_is_everybodys(call, told):
    public = await by_pages(call, None)
    assert await by_pages(call, NO_READER) == public
    assert {item["source"] for item in public} == {PUBLIC_CHANNEL}


async def test_heartbeats_tell_of_a_readers_own_sources_alone(exchange_app, call, organs, told):
    hub: Hub = exchange_app.state.hub
    for organ, rights in ((None, None), *organs.items()):
        answer = await call("GET", "/events", rights, params={"limit": 1})
        cursor = answer.json()["next"]
        names = {PUBLIC_CHANNEL} | (set() if organ is None else {shared_channel(organ)})
        assert set(decode(cursor, exchange_app.state.deployment_id).positions) == names
    assert hub.known(["rights.events"]) == ("rights.events",), "known, and readable by workers alone"


async def test_a_source_that_is_not_ones_own_cannot_be_chosen(call, organs, told):
    for source in (*TOPICS, shared_channel("p-procuratorate")):
        answer = await call("GET", "/events", organs["p-court"], params={"source": source})
        assert answer.status_code in {403, 422}, source
        assert source == PUBLIC_CHANNEL or "position" not in answer.text


async def test_of_every_feed_the_owner_itself_refuses_outside_systems(services, issuer, organs, told):
    for topic in TOPICS:
        prefix = "/v1/exchange" if topic == "exchange.events" else "/v1"
        async with httpx.AsyncClient(transport=services[topic.partition(".")[0]], base_url="http://x") as client:
            for rights in (organs["p-court"], organs["p-bureau"], organs["p-association"]):
                for path in ("/events", "/feed/heads", "/events?place=1.1"):
                    answer = await client.get(prefix + path, headers=issuer.headers(**rights))
                    assert answer.status_code == 403


def test_the_matrix_walks_every_type() -> None:
    assert set(TYPES) == {t for t, cls in EVENTS.items() if cls.__module__.startswith("contracts.")}
    assert set(releases().topics) < set(TOPICS)
