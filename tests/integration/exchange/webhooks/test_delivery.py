"""What an endpoint receives: signed as Standard Webhooks has it, in order per key, and what is done where it fails."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from uuid import UUID

import httpx
import orjson
import pytest
from common.positions import FeedUnavailable
from contracts.webhooks import webhook_rules
from exchange_api.sources.cursor import decode
from exchange_api.webhooks.planning import plan_for_ever
from exchange_api.webhooks.terms import forget_what_is_over
from standardwebhooks import Webhook
from starlette.responses import Response

from tests.integration.exchange.conftest import AUDITOR, OPERATOR
from tests.integration.exchange.webhooks.conftest import KEYS, SOURCE

ROOT = Path(__file__).parents[4]
RULES = webhook_rules()
A, B, C = KEYS[:3]


def told(receiver):
    """Key and version of each event, as they came."""
    bodies = [orjson.loads(received.body) for received in receiver.received]
    return [(UUID(body["subject"]), body["entityversion"]) for body in bodies]


async def test_filters_let_through_what_was_asked_for(channel, hook, pump, receiver):
    await hook(keys=[str(B)], regions=["410200"], types=["lawyers.exchange.client.changed.v1"])
    await channel.tell(A, B)
    await channel.tell(A, B, region="410200")
    await pump()
    assert [key for key, _ in told(receiver)] == [B]
    await channel.tell(C, region="410200")
    assert await pump() == 0


async def test_a_failing_event_holds_its_key_and_no_other(channel, hook, pump, receiver, time, exchange_app):
    await hook()
    begin = (await channel.heads()).position
    refuse = {"on": True}
    receiver.answer = lambda r: Response(status_code=503 if refuse["on"] and str(A).encode() in r.body else 200)
    await channel.tell(A, B, A, C)
    await pump()
    assert sorted(key for key, _ in told(receiver)) == [A, B, C]
    # The cursor says up to where everything has come, if this is accepted: for others than A, to nowhere.
    for received, (key, _) in zip(receiver.received, told(receiver), strict=True):
        place = decode(received.headers["yulu-cursor"], exchange_app.state.deployment_id)
        assert place.after(SOURCE) == begin + (key == A)
    refuse["on"] = False
    assert await pump() == 0
    time.pass_(seconds=RULES.retries[0] * (1 + RULES.jitter))
    receiver.received.clear()
    await pump()
    [(first, one), (second, two)] = told(receiver)
    assert (first, second, two - one) == (A, A, 1)


@pytest.mark.parametrize("as_date", [False, True])
async def test_retry_after_is_obeyed(channel, hook, pump, receiver, time, log, as_date):
    made = await hook()
    wait = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True) if as_date else "3600"
    receiver.answer = lambda _: Response(status_code=429, headers={"Retry-After": wait})
    await channel.tell(A)
    await pump()
    [entry] = await log(made["webhook_id"])
    due = datetime.fromisoformat(entry["next_at"])
    assert abs((due - time.now).total_seconds() - 3600) < 60
    assert entry["attempts"][0]["status_class"] == 4


async def test_gone_disables_and_resuming_loses_nothing(call, channel, hook, pump, receiver, system, exchange_database):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    receiver.answer = lambda _: Response(status_code=410)
    await channel.tell(A, B)
    await pump()
    view = (await call("GET", path, system.rights)).json()
    assert (view["state"], view["cause"], view["version"]) == ("disabled", "gone", 2)
    await channel.tell(A)
    assert await pump() == 0
    receiver.answer, seen = lambda _: Response(status_code=200), len(receiver.received)
    assert (await call("POST", f"{path}/resume", system.rights, json={})).json()["state"] == "active"
    await pump()
    assert sorted(key for key, _ in told(receiver)[seen:]) == [A, A, B]
    pool = await exchange_database.pool()
    rows = await pool.fetch(
        "SELECT event_type, entity_version FROM outbox WHERE key = $1 ORDER BY id", made["webhook_id"]
    )
    assert [(row[0].split(".")[-2], row[1]) for row in rows] == [("registered", 1), ("changed", 2), ("changed", 3)]


async def test_after_the_last_attempt_it_is_disabled_and_the_receiver_catches_up_from_his_cursor(
    call, channel, hook, pump, receiver, system, time, log
):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    await channel.tell(A)
    await pump()
    known = receiver.received[0].headers["yulu-cursor"]
    receiver.answer = lambda _: Response(status_code=500)
    await channel.tell(A, A)
    for _ in range(len(RULES.retries) + 1):
        await pump()
        time.pass_(days=2)
    view = (await call("GET", path, system.rights)).json()
    assert (view["state"], view["cause"]) == ("disabled", "exhausted")
    assert len(receiver.received) == 1 + 1 + len(RULES.retries)
    receiver.answer, seen = lambda _: Response(status_code=200), len(receiver.received)
    answer = await call("POST", f"{path}/resume", system.rights, json={"after": known})
    assert answer.status_code == 200, answer.text
    await pump()
    assert [version for _, version in told(receiver)[seen:]] == [
        version + told(receiver)[0][1] for version in (1, 2)
    ]  # fmt: skip
    # He says he has read the rest by himself: what waited is passed over.
    receiver.answer = lambda _: Response(status_code=500)
    await channel.tell(B)
    await pump()
    await call("POST", f"{path}/resume", system.rights, json={"after": "now"})
    assert (await log(made["webhook_id"]))[-1]["state"] == "passed"
    time.pass_(days=1)
    assert await pump() == 0


async def test_going_back_sends_again_in_order_under_the_same_ids(call, channel, hook, pump, receiver, system):
    made = await hook()
    before = (await call("GET", f"/webhooks/{made['webhook_id']}/status", system.rights)).json()["after"]
    await channel.tell(A, B, A)
    await pump()
    ids, events = [r.id for r in receiver.received], told(receiver)
    await call("POST", f"/webhooks/{made['webhook_id']}/resume", system.rights, json={"after": before})
    await channel.tell(A)
    await pump()
    assert sorted(r.id for r in receiver.received[3:6]) == sorted(ids) or len(receiver.received) == 7
    of_a = [version for key, version in told(receiver)[3:] if key == A]
    assert of_a == sorted(of_a)
    assert len(of_a) == 3
    assert set(ids) < {r.id for r in receiver.received[3:]}
    assert set(events) < set(told(receiver)[3:])


async def test_the_circuit_opens_and_one_delivery_tries_for_all(call, channel, hook, pump, receiver, system, time):
    made = await hook()
    receiver.answer = lambda _: Response(status_code=500)
    await channel.tell(*KEYS)
    await pump()
    assert len(receiver.received) == RULES.circuit_failures == len(KEYS)
    path = f"/webhooks/{made['webhook_id']}/status"
    assert (await call("GET", path, system.rights)).json()["circuit"] == "open"
    time.pass_(seconds=RULES.circuit_pause - 1)
    assert await pump() == 0
    time.pass_(seconds=1)
    assert (await call("GET", path, system.rights)).json()["circuit"] == "half-open"
    assert await pump() == 1
    receiver.answer = lambda _: Response(status_code=200)
    time.pass_(seconds=RULES.circuit_pause)
    assert await pump() == 4
    status = (await call("GET", path, system.rights)).json()
    assert (status["circuit"], status["pending"], status["failures"]) == ("closed", 1, 0)
    state = (await pump.exchange.get("/v1/dispatcher/state")).json()
    assert (state["pending"], state["circuits_open"]) == (1, 0)


async def test_what_was_erased_while_it_waited_is_not_sent(channel, hook, pump, receiver, log, time):
    made = await hook()
    await channel.tell(A, A)
    await pump.plan()
    head = (await channel.heads()).position
    await channel.erase(head - 1)
    await pump.send()
    entries = await log(made["webhook_id"])
    assert [entry["state"] for entry in entries] == ["erased", "delivered"]
    assert len(receiver.received) == 1


async def test_what_is_told_in_that_form_no_more_is_not_sent_and_not_said_to_be_erased(
    channel, hook, pump, receiver, log
):
    made = await hook()
    await channel.tell(A, A)
    await pump.plan()
    channel.withheld = {(await channel.heads()).position - 1}
    await pump.send()
    assert [entry["state"] for entry in await log(made["webhook_id"])] == ["withheld", "delivered"]
    assert len(receiver.received) == 1


async def test_a_suspended_system_receives_nothing_until_it_is_reconnected(call, channel, hook, pump, receiver, system):
    await hook()
    path = f"/clients/{system.client_id}"
    await channel.tell(A)
    await pump.plan()
    for state, sent in (("suspended", 0), ("active", 2)):
        moved = await call("PATCH", path, OPERATOR, json={"state": state, "reason": "核查"}, headers={"If-Match": "*"})
        assert moved.status_code == 200
        if state == "suspended":
            await channel.tell(A)
            assert (await call("GET", "/webhooks", system.rights)).status_code == 403
        await pump()
        assert len(receiver.received) == sent


@pytest.mark.parametrize("what", ["system", "endpoint"])
async def test_what_was_leased_before_a_suspension_does_not_go_out_after_it(
    call, channel, hook, pump, receiver, system, time, log, exchange_app, what
):
    made = await hook()
    await channel.tell(A, B)
    await pump.plan()
    moves = {
        "system": (f"/clients/{system.client_id}", OPERATOR, {"reason": "核查"}, "suspended"),
        "endpoint": (f"/webhooks/{made['webhook_id']}", system.rights, {}, "disabled"),
    }

    async def move(state=None):
        path, who, body, stopped = moves[what]
        body |= {"state": state or stopped}
        answer = await call("PATCH", path, who, json=body, headers={"If-Match": "*"})
        assert answer.status_code == 200, answer.text

    leased = []

    async def and_then_it_is_stopped(answer):
        if answer.request.url.path == "/v1/dispatcher/leases" and not leased:
            leased.extend((await answer.aread()) and answer.json()["deliveries"])
            await move()

    pump.exchange.event_hooks = {"response": [and_then_it_is_stopped]}
    assert await pump.send() == len(leased) == 2
    assert receiver.received == []
    # Nothing is held against it, and nothing is lost.
    assert [(entry["state"], entry["attempts"]) for entry in await log(made["webhook_id"])] == [("waiting", [])] * 2
    time.pass_(seconds=61)
    assert await pump() == 0
    if what == "system":
        await move("active")
    else:
        await call("POST", f"/webhooks/{made['webhook_id']}/resume", system.rights, json={})
    assert await pump() == 2
    assert sorted(key for key, _ in told(receiver)) == [A, B]


async def test_what_cannot_be_confirmed_is_not_sent(channel, hook, pump, receiver, time):
    await hook()
    await channel.tell(A)
    away = {"on": True}

    async def fail(request):
        if away["on"] and request.url.path == "/v1/dispatcher/confirmations":
            raise httpx.ConnectError("away", request=request)

    pump.exchange.event_hooks = {"request": [fail]}
    assert await pump() == 1
    assert receiver.received == []
    away["on"] = False
    time.pass_(seconds=61)
    await pump()
    assert len(receiver.received) == 1


async def test_a_test_is_sent_once_also_to_a_disabled_address_and_disables_nothing(
    call, hook, pump, receiver, system, log
):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    stop = await call("PATCH", path, system.rights, json={"state": "disabled"}, headers={"If-Match": '"v1"'})
    assert (stop.json()["state"], stop.json()["cause"]) == ("disabled", "owner")
    answers = iter((500, 200))
    receiver.answer = lambda _: Response(status_code=next(answers))
    for _ in range(2):
        assert (await call("POST", f"{path}/test", system.rights)).status_code == 202
        await pump()
    assert [entry["state"] for entry in await log(made["webhook_id"])] == ["failed", "delivered"]
    Webhook(made["secret"]).verify(receiver.received[1].body, receiver.received[1].headers)
    assert orjson.loads(receiver.received[1].body)["type"] == "lawyers.exchange.webhook.test.v1"


async def test_one_or_a_range_is_sent_again(call, channel, hook, pump, receiver, system, time):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}/resend"
    await channel.tell(A, B)
    await pump()
    again = await call("POST", path, system.rights, json={"delivery_id": receiver.received[0].id})
    assert again.json() == {"deliveries": 1}
    await pump()
    assert receiver.received[2].id == receiver.received[0].id
    span = {"start": (time.now - timedelta(hours=1)).isoformat(), "end": (time.now + timedelta(hours=1)).isoformat()}
    assert (await call("POST", path, system.rights, json=span)).json() == {"deliveries": 2}
    await pump()
    assert {r.id for r in receiver.received[3:]} == {r.id for r in receiver.received[:2]}
    assert (await call("POST", path, system.rights, json={"delivery_id": made["webhook_id"]})).status_code == 404


async def test_an_operator_lets_one_go_and_its_key_goes_on(call, channel, hook, pump, receiver, system, log, time):
    made = await hook()
    receiver.answer = lambda _: Response(status_code=400)
    await channel.tell(A, A)
    await pump()
    stuck = (await log(made["webhook_id"]))[0]
    path = f"/webhooks/{made['webhook_id']}/deliveries/{stuck['delivery_id']}/give-up"
    assert (await call("POST", path, system.rights, json={"reason": "接收方无法处理"})).status_code == 403
    assert (await call("POST", path, OPERATOR, json={"reason": "接收方无法处理"})).status_code == 204
    assert (await call("POST", path, OPERATOR, json={"reason": "接收方无法处理"})).status_code == 409
    receiver.answer = lambda _: Response(status_code=200)
    await pump()
    assert [entry["state"] for entry in await log(made["webhook_id"])] == ["given-up", "delivered"]
    act = (await call("GET", "/operator-acts", AUDITOR)).json()["items"][0]
    assert (act["act"], act["object_id"], act["reason"]) == (
        "webhook-give-up", stuck["delivery_id"], "接收方无法处理",
    )  # fmt: skip


async def test_the_log_ends_with_its_term_and_what_waits_stays(
    channel, hook, pump, receiver, log, time, exchange_database
):
    made = await hook()
    await channel.tell(A)
    await pump()
    receiver.answer = lambda _: Response(status_code=500)
    await channel.tell(B)
    await pump()
    await forget_what_is_over(exchange_database, time.now + timedelta(days=180) - timedelta(seconds=1))
    assert len(await log(made["webhook_id"])) == 2
    await forget_what_is_over(exchange_database, time.now + timedelta(days=180, seconds=1))
    assert [entry["state"] for entry in await log(made["webhook_id"])] == ["waiting"]


async def test_a_slow_receiver_does_not_hold_up_another(call, channel, hook, listen, pump, receiver, system):
    slow = await listen()
    let_go = asyncio.Event()

    async def wait(_):
        await let_go.wait()
        return Response(status_code=200)

    slow.answer = wait
    await hook(url=slow.url)
    await hook()
    await channel.tell(*KEYS, *KEYS)
    await pump.plan()
    while len(receiver.received) < 10 or len(slow.received) < len(KEYS):
        await pump.dispatcher.step(0.01)
    assert len(slow.received) == len(KEYS) <= RULES.parallel
    let_go.set()
    await pump.dispatcher.finish()
    await pump.send()
    assert len(slow.received) == 10


@pytest.mark.parametrize("failure", [FeedUnavailable, TimeoutError])
async def test_a_source_that_is_away_counts_against_nobody(
    call, channel, hook, log, pump, receiver, system, time, failure
):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    planning = asyncio.create_task(plan_for_ever(pump.planner, lambda: time.now, 0.01))
    try:
        await channel.tell(A)
        while not await log(made["webhook_id"]):
            await asyncio.sleep(0.01)
        channel.away = failure
        assert await pump.send() == 0
        if failure is FeedUnavailable:
            away = await call("POST", f"{path}/resume", system.rights, json={"after": "now"})
            assert (away.status_code, away.json()["type"]) == (503, "urn:yulu:problem:source-unavailable")
        channel.away = None
        await channel.tell(B)
        while len(await log(made["webhook_id"])) < 2:
            await asyncio.sleep(0.01)
    finally:
        channel.away = None
        planning.cancel()
    time.pass_(seconds=5)
    assert await pump.send() == 2
    entries = await log(made["webhook_id"])
    assert [(entry["state"], entry["failures"]) for entry in entries] == [("delivered", 0), ("delivered", 0)]
    assert [len(entry["attempts"]) for entry in entries] == [1, 1]
