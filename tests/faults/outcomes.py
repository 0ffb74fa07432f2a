"""What those outside were shown, pushed and answered, held against the databases: nothing lost, nothing twice."""

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import orjson
from common.auth import Principal
from common.kafka import Cluster
from common.kafka.administration import AdministrationFailed, topic_ids
from contracts.entitlements import TOPICS, may_read_event
from contracts.releases import EVERYBODY, Audience, released, releases
from yulu.client import Service
from yulu.exchange_log import check

from tests.faults.outsiders import COURT, PUBLIC, SHARED, Listener, Outsiders, Sending
from tests.support.system import System
from tests.support.topics import applied, ends_of, messages

AUDIENCES = {PUBLIC: EVERYBODY, SHARED: Audience(COURT["organisation_kind"], "410000")}
OFFICER = Principal.from_claims(
    {
        "sub": "test", "organisation": {"kind": "department", "id": "test"}, "region": "410000",
        "roles": ["registry-officer", "discipline-officer", "operator"],
    }
)  # fmt: skip
_LOG_PAGE = 200


@asynccontextmanager
async def connected(system: System, service: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(system.dsn(service))
    try:
        yield connection
    finally:
        await connection.close()


async def difference_outside(those: Outsiders) -> str:
    """What is not yet, or not, as it must be; empty where all of it is. Doubles fail at once: no waiting mends them."""
    expected = await _to_be_shown(those.system)
    for listener in those.listeners:
        for source, wanted in expected[listener.headers is those.court].items():
            if difference := _listed(source, listener, wanted):
                return difference
    if difference := await _pushed(those):
        return difference
    return await _released(those.system)


def _listed(source: str, listener: Listener, wanted: list[tuple[int, str]]) -> str:
    """Exactly once and in the order of the source, which is that of every key."""
    seen = listener.seen[source]
    assert seen == wanted[: len(seen)], f"{source}: {_first_difference(seen, wanted)}"
    return "" if len(seen) == len(wanted) else f"{source}: {len(seen)} of {len(wanted)} shown"


def _first_difference(seen: list[tuple[int, str]], wanted: list[tuple[int, str]]) -> str:
    pairs = zip(seen, [*wanted, *[(0, "nothing")] * len(seen)], strict=False)
    at, (was, should) = next((n, pair) for n, pair in enumerate(pairs) if pair[0] != pair[1])
    return f"as number {at} came {was}, not {should}"


async def _to_be_shown(system: System) -> dict[bool, dict[str, list[tuple[int, str]]]]:
    """For the court (True) its channels, for the officer (False) the feeds, as far as he may read them."""
    feeds: dict[str, list[tuple[int, str]]] = {}
    ids: dict[tuple[str, int, int], str] = {}
    for topic in TOPICS:
        async with connected(system, topic.partition(".")[0]) as connection:
            rows = await connection.fetch(
                "SELECT position, partition, partition_seq AS seq, event_id, event_type, region FROM feed ORDER BY 1"
            )
        ids |= {(topic, row["partition"], row["seq"]): str(row["event_id"]) for row in rows}
        feeds[topic] = [
            (row["position"], str(row["event_id"]))
            for row in rows
            if may_read_event(OFFICER, row["event_type"], row["region"])
        ]
    channels: dict[str, list[tuple[int, str]]] = {name: [] for name in AUDIENCES}
    async with connected(system, "exchange") as connection:
        for row in await connection.fetch(
            "SELECT channel, position, source_topic, source_partition, source_seq FROM channel_events ORDER BY 1, 2"
        ):
            if row["channel"] in channels:
                channels[row["channel"]].append((row["position"], ids[tuple(row)[2:]]))
    return {True: channels, False: feeds}


async def _pushed(those: Outsiders) -> str:
    """Each event that the court may read at least once, always under one webhook-id; of a key none late."""
    number_of: dict[str, str] = {}
    versions: defaultdict[str, list[int]] = defaultdict(list)
    for number, body in those.pushed:
        event = orjson.loads(body)
        assert number_of.setdefault(event["id"], number) == number, f"{event['id']} came under two ids"
        versions[event["subject"]].append(event["entityversion"])
    assert len(set(number_of.values())) == len(number_of), "two events came under one id"
    assert all(seen == sorted(seen) for seen in versions.values()), "out of the order of its key"
    shown = those.listeners[0].bodies
    assert number_of.keys() <= shown.keys()
    return "" if len(number_of) == len(shown) else f"{len(number_of)} of {len(shown)} pushed"


async def _released(system: System) -> str:
    """Each event in every channel that it reaches once, and the topic of that name holds the channel's chain."""
    due: dict[str, set[tuple[str, int, int]]] = {name: set() for name in AUDIENCES}
    for topic in releases().topics:
        async with connected(system, topic.partition(".")[0]) as connection:
            for row in await connection.fetch("SELECT partition, partition_seq, bytes FROM feed"):
                form = None if row["bytes"] is None else released(row["bytes"])
                for name, audience in AUDIENCES.items():
                    if form is not None and form.reaches(audience):
                        due[name].add((topic, row["partition"], row["partition_seq"]))
    async with connected(system, "exchange") as connection:
        for name in AUDIENCES:
            places = [
                tuple(row)
                for row in await connection.fetch(
                    "SELECT source_topic, source_partition, source_seq FROM channel_events WHERE channel = $1", name
                )
            ]
            assert max(Counter(places).values(), default=1) == 1, f"{name}: released twice"
            assert set(places) <= due[name], f"{name}: released though it must not be"
            if len(places) < len(due[name]):
                return f"{name}: {len(places)} of {len(due[name])} released"
            heads = {
                row["partition"]: (row["seq"], row["hash"])
                for row in await connection.fetch(
                    "SELECT partition, seq, hash FROM channel_partition_heads WHERE channel = $1 AND seq > 0", name
                )
            }
            cluster = Cluster(system.kafka)
            try:
                if name not in await topic_ids(cluster, [name]):
                    return f"{name}: no topic yet"
            except AdministrationFailed as error:
                return f"{name}: {error!r}"
            kept = applied(await messages(cluster, name))
            if ends_of(kept) != heads:
                return f"{name}: {len(kept)} of {len(places)} in Kafka"
            assert len(kept) == len(places)
    return ""


async def check_answers(those: Outsiders) -> None:
    """Each thing sent is there once whichever exchange-api took it in, and stands in the log with what was answered."""
    for sending in those.sent:
        told = [_identity(answer.json()) for answer in sending.acknowledged]
        assert len(told) == len(those.doors)
        assert len(set(told)) == 1, f"{sending.path}: one number, {len(set(told))} outcomes"
    documents = {_identity(each.acknowledged[0].json()) for each in those.sent if each.path.endswith("documents")}
    async with connected(those.system, "exchange") as connection:
        rows = await connection.fetch("SELECT item_id::text AS id FROM inbox")
        told = await connection.fetch("SELECT key FROM feed WHERE event_type = 'lawyers.exchange.inbox.received.v1'")
        wrong = await connection.fetchval(
            "SELECT count(*) FROM exchange_log_heads h LEFT JOIN exchange_log l USING (seq, hash) "
            "WHERE l.seq IS NULL AND h.seq > 0"
        )
        hours = await connection.fetchval("SELECT count(*) FROM exchange_log_heads")
    assert Counter(row["id"] for row in rows) == Counter(dict.fromkeys(documents, 1))
    assert Counter(row["key"] for row in told) == Counter(dict.fromkeys(documents, 1))
    assert (wrong, hours > 0) == (0, True), "hourly heads that are not on the chain"
    await _check_log(those)


def _identity(told: dict[str, Any]) -> str:
    """Of a document the item, of a complaint the receipt."""
    return str(told["receipt"] if "receipt" in told else told["line"]["item_id"])


async def _check_log(those: Outsiders) -> None:
    """From either door the whole chain, with an entry for every answer that came, and none for what was never sent."""
    auditor = {"Authorization": f"Bearer {those.system.token('auditor')}"}
    for door in those.doors:
        async with httpx.AsyncClient(base_url=door, headers=auditor, timeout=60, trust_env=False) as http:
            assert (await check(Service("exchange", http))).faults == []
    entries = []
    async with httpx.AsyncClient(base_url=those.doors[0], headers=auditor, timeout=60, trust_env=False) as http:
        cursor = None
        while True:
            asked = {"limit": _LOG_PAGE} if cursor is None else {"limit": _LOG_PAGE, "cursor": cursor}
            answer = await http.get("/v1/exchange-log", params=asked)
            page = answer.raise_for_status().json()
            entries += [orjson.loads(item["entry"]) for item in page["items"]]
            if (cursor := page.get("next_cursor")) is None:
                break
    posted = [entry for entry in entries if entry["operation"].startswith("POST /v1/inbound/")]
    tries = sum(sending.tries for sending in those.sent)
    assert len(posted) <= tries, f"{len(posted)} entries of {tries} calls"
    _check_entries(posted, those.sent)


def _check_entries(posted: Iterable[dict[str, Any]], sent: Iterable[Sending]) -> None:
    salted = [(entry, bytes.fromhex(entry["salt"])) for entry in posted]
    for sending in sent:
        head = f"POST\n{sending.path}\n".encode()
        mine = [e for e, salt in salted if e["request_digest"] == _sm3(salt + head + sending.body)]
        assert len(mine) <= sending.tries
        for content, times in Counter(answer.content for answer in sending.acknowledged).items():
            answered = [
                entry
                for entry in mine
                if entry["response_digest"] == _sm3(bytes.fromhex(entry["salt"]) + b"201\n" + content)
            ]
            assert len(answered) >= times, f"{sending.path}: answered {times} times, logged {len(answered)} times"


def _sm3(data: bytes) -> str:
    return hashlib.new("sm3", data).hexdigest()


async def lapse(system: System) -> None:
    """After a dispatcher's death: all that waits is due, as it is when leases of a minute and pauses are over."""
    async with asyncio.timeout(120), connected(system, "exchange") as connection:
        await connection.execute(
            "UPDATE webhook_deliveries SET leased_until = now(), next_at = now() WHERE state = 'waiting'"
        )
