"""Nothing lost, nothing out of order, nothing sent again that was reported, whatever fails and whoever is killed."""

import asyncio
import random
import ssl
from collections import Counter, defaultdict

import orjson
import pytest
from exchange_api.webhooks.planning import Planner
from starlette.responses import Response
from webhook_dispatcher.dispatching import Dispatcher
from webhook_dispatcher.sending import Sender

from tests.integration.exchange.webhooks.conftest import KEYS


class Fleet:
    """Two dispatchers; one that is killed forgets what it has sent, and another takes its place."""

    def __init__(self, pump, chance):
        self._exchange, self._outbound, self._chance = pump.exchange, pump.sender._outbound, chance
        self.unreported = Counter()
        self._senders = []
        self._dispatchers = [self._new(), self._new()]

    def _new(self):
        self._senders.append(Sender(self._outbound, seconds=5, trust=ssl.create_default_context()))
        return Dispatcher(self._exchange, self._senders[-1], parallel=8)

    async def work(self):
        """Both at once; time stands still while they send, as a lease is much longer than any attempt."""
        for _ in range(2):
            await asyncio.gather(*(dispatcher.step(0.005) for dispatcher in self._dispatchers))
        await asyncio.gather(*(dispatcher.finish() for dispatcher in self._dispatchers))

    async def kill(self):
        number = self._chance.randrange(2)
        dispatcher = self._dispatchers[number]
        leased = []
        real, dispatcher._deliver = dispatcher._deliver, None

        async def noting(delivery, begin_by):
            leased.append(str(delivery.delivery_id))
            await real(delivery, begin_by)

        dispatcher._deliver = noting
        await dispatcher._take(8)
        if dispatcher._under_way and self._chance.random() < 0.7:
            await asyncio.wait(dispatcher._under_way, timeout=self._chance.random() * 0.02)
        self.unreported.update({*leased, *(outcome["delivery_id"] for outcome in dispatcher._outcomes)})
        for task in list(dispatcher._under_way):
            task.cancel()
        await asyncio.gather(*dispatcher._under_way, return_exceptions=True)
        await asyncio.sleep(0.02)  # what it had said has arrived
        self._dispatchers[number] = self._new()

    async def close(self):
        for dispatcher in self._dispatchers:
            await dispatcher.finish()
        for sender in self._senders:
            await sender.close()


@pytest.mark.parametrize("seed", range(4))
async def test_random_failures_and_kills(call, channel, hook, pump, receiver, system, time, exchange_app, seed, log):
    chance = random.Random(seed)
    made = await hook()
    begin = (await channel.heads()).position
    failing = {"share": 0.3}
    accepted = Counter()

    def answer(received):
        if chance.random() < failing["share"]:
            return Response(status_code=chance.choice((500, 429, 404)), headers={"Retry-After": "2"})
        accepted[received.id] += 1
        return Response(status_code=204)

    receiver.answer = answer
    fleet = Fleet(pump, chance)
    planners = [Planner(exchange_app.state.database, exchange_app.state.sources) for _ in range(2)]
    for _ in range(25):
        await channel.tell(*chance.choices(KEYS, k=chance.randrange(1, 6)))
        await asyncio.gather(*(planner.round(time.now) for planner in planners))
        await fleet.work()
        if chance.random() < 0.2:
            await fleet.kill()
        time.pass_(seconds=chance.choice((1, 5, 30, 70)))
    failing["share"] = 0.0
    for _ in range(40):
        time.pass_(hours=25)
        if (await call("GET", f"/webhooks/{made['webhook_id']}", system.rights)).json()["state"] == "disabled":
            await call("POST", f"/webhooks/{made['webhook_id']}/resume", system.rights, json={})
        for planner in planners:
            await planner.round(time.now)
        await fleet.work()
        if (await call("GET", f"/webhooks/{made['webhook_id']}/status", system.rights)).json()["pending"] == 0:
            break
    await fleet.close()

    head = (await channel.heads()).position
    entries = await log(made["webhook_id"])
    assert [entry["position"] for entry in entries] == list(range(begin + 1, head + 1))
    assert {entry["state"] for entry in entries} == {"delivered"}
    assert set(accepted) == {entry["delivery_id"] for entry in entries}
    assert not {id_ for id_, times in accepted.items() if times > 1 + fleet.unreported[id_]}
    versions = versions_by_key(receiver)
    assert len(versions) == len(KEYS)
    assert [key for key, seen in versions.items() if seen != sorted(seen)] == []
    for entry in entries:
        assert [attempt["outcome"] for attempt in entry["attempts"]].count("delivered") == 1


def versions_by_key(receiver):
    """As they came, failed attempts and repetitions included."""
    versions = defaultdict(list)
    for received in receiver.received:
        body = orjson.loads(received.body)
        versions[body["subject"]].append(body["entityversion"])
    return versions


async def test_an_older_attempt_that_reports_late_does_not_let_the_key_go_on(channel, hook, pump, time, log, receiver):
    made = await hook()
    await channel.tell(KEYS[0], KEYS[0])
    await pump.plan()
    lease = {"limit": 10}
    [first] = (await pump.exchange.post("/v1/dispatcher/leases", json=lease)).json()["deliveries"]
    assert (await pump.exchange.post("/v1/dispatcher/leases", json=lease)).json()["deliveries"] == []
    time.pass_(seconds=61)
    [second] = (await pump.exchange.post("/v1/dispatcher/leases", json=lease)).json()["deliveries"]
    assert (second["delivery_id"], second["attempt"]) == (first["delivery_id"], first["attempt"] + 1)

    async def report(leased):
        outcome = {"delivery_id": leased["delivery_id"], "attempt": leased["attempt"], "delivered": True,
                   "reason": "delivered", "duration_ms": 1}  # fmt: skip
        return (await pump.exchange.post("/v1/dispatcher/outcomes", json={"outcomes": [outcome]})).json()["counted"]

    assert await report(first) == 1
    assert (await pump.exchange.post("/v1/dispatcher/leases", json=lease)).json()["deliveries"] == []
    assert (await report(second), await report(second)) == (1, 0)
    [third] = (await pump.exchange.post("/v1/dispatcher/leases", json=lease)).json()["deliveries"]
    assert third["delivery_id"] != first["delivery_id"]
    assert [entry["state"] for entry in await log(made["webhook_id"])] == ["delivered", "waiting"]
    assert receiver.received == []


async def test_two_leases_at_once_hand_nothing_out_twice(channel, hook, pump):
    for _ in range(3):
        await hook()
    await channel.tell(*KEYS, *KEYS)
    await pump.plan()
    ids = []
    for _ in range(5):
        leases = (pump.exchange.post("/v1/dispatcher/leases", json={"limit": 5}) for _ in range(8))
        answers = [answer.json()["deliveries"] for answer in await asyncio.gather(*leases)]
        ids += [each["delivery_id"] for deliveries in answers for each in deliveries]
    assert len(ids) == len(set(ids)) == 3 * len(KEYS)


async def test_an_endpoint_cut_off_by_the_limit_comes_first_the_next_time(channel, hook, pump, time, exchange_app):
    urls = {f"http://127.0.0.1:9/{name}" for name in ("a", "b")}
    for url in urls:
        await hook(url=url)
    await channel.tell(*KEYS[:3])
    await pump.plan()
    taken = [[each.url for each in await exchange_app.state.leasing.lease(2, time.now)] for _ in range(2)]
    assert [len(set(each)) for each in taken] == [1, 1], "each time one endpoint has filled the limit"
    assert {each[0] for each in taken} == urls
