"""From the alarm to the sink: the notifier over HTTP, leases, failures, kills; and no word of the matter on the way."""

import asyncio
from email import message_from_bytes, policy
from uuid import uuid4

import httpx
import orjson
import pytest
from common.sightings import Sightings
from common.telemetry.metrics import exposition
from notifier.notifying import Notifier
from notifier.senders import Gateway, MailServer, Message, Nothing, NotSent, Sink, masked, senders
from notifier.settings import NotifierSettings

from tests.integration.rights.conftest import CONTACT, FACTS, LICENCE_NUMBER, NAME
from tests.integration.rights.duty.conftest import CITY, EMAIL, PROVINCE, TELEPHONE

MESSAGE = Message(uuid4(), "email", EMAIL, "duty-urgent", "123456789012", "豫律值班提醒", "Yulü duty")


class Broken:
    """A gateway that fails so often, then works."""

    def __init__(self, failures):
        self.failures, self.asked = failures, []

    async def send(self, message):
        self.asked.append(message.delivery_id)
        if len(self.asked) <= self.failures:
            raise NotSent("busy")
        return "ok"


def notifier_of(worker, sender):
    return Notifier(worker._rights, dict.fromkeys(("sms", "voice", "email"), sender), batch=20, send_seconds=30)


def test_a_first_failure_is_an_increase_of_what_was_counted_before():
    """An alert asks for the increase of a counter: one that appears with its first failure has none."""
    Notifier(httpx.AsyncClient(), {"trial-channel": Broken(0)}, batch=1, send_seconds=1)
    assert b'yulu_notifications_total{channel="trial-channel",outcome="failed"} 0.0' in exposition()


async def test_an_alarm_is_sent_by_every_channel_and_acknowledged_by_its_number(
    on_roster, raised, worker, sink, alarms, call
):
    await on_roster(CITY, "li")
    await raised()
    assert await worker.step() == 3
    assert await worker.step() == 0
    (alarm,) = await alarms()
    lines = [orjson.loads(line) for line in sink()]
    assert sorted((line["channel"], line["to"]) for line in lines) == [
        ("email", "******cn"),
        ("sms", "******22"),
        ("voice", "******22"),
    ]
    assert {line["number"] for line in lines} == {alarm["number"]}
    assert {line["template"] for line in lines} == {"duty-urgent"}
    sent = (await call("GET", f"/v1/alarms/{alarm['alarm_id']}")).json()["deliveries"]
    assert {(item["state"], item["provider_code"], item["attempts"]) for item in sent} == {("delivered", "sink", 1)}
    assert {item["delivery_id"] for item in sent} == {line["delivery_id"] for line in lines}
    done = await call("POST", f"/v1/alarms/{alarm['alarm_id']}/acknowledgement", subject="li")
    assert done.json()["steps"][-1]["step"] == "acknowledged"


async def test_what_is_not_acknowledged_is_sent_to_the_next(on_roster, raised, worker, sink, tick, time):
    await on_roster(CITY, "li")
    await on_roster(PROVINCE, "zhang")
    await raised()
    await worker.step()
    time.pass_(minutes=15)
    await tick()
    assert await worker.step() == 3
    assert len(sink()) == 6


async def test_two_notifiers_send_each_message_once(on_roster, raised, worker, sink):
    await on_roster(CITY, "li")
    for _ in range(6):
        await raised()
    assert sum(await asyncio.gather(*(worker.step() for _ in range(4)))) == 18
    assert len({orjson.loads(line)["delivery_id"] for line in sink()}) == len(sink()) == 18


async def test_a_notifier_killed_after_sending_sends_again_with_the_same_id(
    on_roster, raised, worker, sink, time, monkeypatch, sql
):
    """Between sending and reporting: twice, never lost."""
    await on_roster(CITY, "li")
    await raised()

    async def killed(*_):
        raise asyncio.CancelledError

    with monkeypatch.context() as patched:
        patched.setattr(Notifier, "_report", killed)
        await worker.step()
    assert len(sink()) == 3
    assert await worker.step() == 0
    time.pass_(seconds=61)
    assert await worker.step() == 3
    ids = [orjson.loads(line)["delivery_id"] for line in sink()]
    assert len(ids) == 6
    assert len(set(ids)) == 3
    rows = await sql.fetch("SELECT state, attempts FROM alarm_deliveries")
    assert {(row["state"], row["attempts"]) for row in rows} == {("delivered", 2)}


async def test_what_failed_is_tried_again_later_and_counted(on_roster, raised, worker, time, sql):
    await on_roster(CITY, "li")
    await raised()
    broken = Broken(3)
    notifier = notifier_of(worker, broken)
    assert await notifier.step() == 3
    assert await notifier.step() == 0
    time.pass_(seconds=30)
    assert await notifier.step() == 3
    assert len(broken.asked) == 6
    rows = await sql.fetch("SELECT outcome, provider_code, count(*) FROM delivery_outcomes GROUP BY 1, 2 ORDER BY 1")
    assert [tuple(row) for row in rows] == [("delivered", "ok", 3), ("failed", "busy", 3)]


async def test_when_no_way_to_a_person_is_left_the_alarm_climbs_at_once(call, raised, worker, alarms, tick, time):
    await call("PUT", "/v1/duty/rosters/2026-10-01", version=0, json={"on_duty": "li"})
    set_ = {"subject": "li", "addresses": {"sms": TELEPHONE}}
    await call("PUT", "/v1/duty/contacts", version=0, json=set_)
    await raised()
    await call("PUT", "/v1/duty/contacts", version=1, json={"subject": "li", "addresses": {"wecom": "li"}})
    assert await worker.step() == 0
    time.pass_(seconds=1)
    await tick()
    (alarm,) = await alarms()
    assert [step["step"] for step in alarm["steps"]][:2] == ["called", "nobody"]


async def test_a_gateway_that_hangs_or_breaks_stops_no_other(on_roster, raised, worker, sql):
    await on_roster(CITY, "li")
    await raised()

    class Hanging:
        async def send(self, message):
            await asyncio.sleep(60)
            return str(message)

    class Bug:
        async def send(self, message):
            raise KeyError(message.address)

    ways = {"sms": Hanging(), "voice": Bug(), "email": Broken(0)}
    assert await Notifier(worker._rights, ways, batch=20, send_seconds=1).step() == 3
    rows = await sql.fetch(
        "SELECT channel, provider_code FROM delivery_outcomes JOIN alarm_deliveries USING (delivery_id) ORDER BY 1"
    )
    assert [tuple(row) for row in rows] == [("email", "ok"), ("sms", "timeout"), ("voice", "error-KeyError")]


async def test_what_is_acknowledged_or_too_old_is_not_sent_any_more(
    on_roster, raised, worker, alarms, call, time, tick
):
    await on_roster(CITY, "li")
    await raised()
    (alarm,) = await alarms()
    await call("POST", f"/v1/alarms/{alarm['alarm_id']}/acknowledgement", subject="li")
    assert await worker.step() == 0
    await raised()
    time.pass_(hours=12)
    await tick()
    (old,) = [item for item in (await alarms()) if item["ended_at"] is None]
    sent = (await call("GET", f"/v1/alarms/{old['alarm_id']}")).json()["deliveries"]
    assert "expired" in {item["state"] for item in sent if item["step"] == 1}


async def test_no_marker_is_found_in_messages_sink_logs_or_plain_columns(
    *, file, on_roster, worker, sink, tick, time, sql, log
):
    await on_roster(CITY, "li", "wang")
    answer = await file(right="PERSON")
    receipt = answer.json()["receipt"]
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    assert await worker.step() == 3
    time.pass_(hours=3)
    await tick()
    await worker.step()
    rows = []
    for table in ("alarm_deliveries", "delivery_leases", "delivery_outcomes", "idempotency_keys"):
        rows += [str(row) for row in await sql.fetch(f"SELECT * FROM {table}")]
    stored = [value for row in await sql.fetch("SELECT body FROM idempotency_keys") for value in row if value]
    assert sink()
    assert rows
    everything = "\n".join([*rows, *sink(), log.getvalue(), *(value.decode() for value in stored)])
    for marker in (NAME, LICENCE_NUMBER, CONTACT, FACTS, receipt, TELEPHONE, EMAIL):
        assert marker not in everything
    assert str(case) not in "\n".join(sink())
    assert "410100" not in "\n".join(sink())


LEASES = "/v1/notifier/leases"


NOT_NOTIFIERS = [
    {},
    {"kind": "department", "region": "410000"},
    {"roles": ["operator"], "kind": "system", "region": "410000"},
    {"roles": ["notifier"], "kind": "department", "region": "410000"},
    {"roles": ["webhook-dispatcher"], "kind": "system", "region": "410000"},
    {"roles": ["notifier"], "kind": "association", "region": "410000"},
    {"roles": []},
]


async def test_nobody_but_the_notifier_is_handed_addresses(http, officer, on_roster, raised, sql):
    await on_roster(CITY, "li")
    await raised()
    delivery_id = await sql.fetchval("SELECT delivery_id FROM alarm_deliveries LIMIT 1")
    body = {"attempt": 1, "outcome": "delivered", "provider_code": "ok"}
    for path, sent in ((LEASES, {}), (f"/v1/notifier/deliveries/{delivery_id}/outcome", body)):
        for who in NOT_NOTIFIERS:
            answer = await http.post(path, json=sent, headers=officer(**who) | {"Idempotency-Key": uuid4().hex})
            assert answer.status_code == 403, who
            assert TELEPHONE not in answer.text
        assert (await http.post(path, json=sent, headers={"Idempotency-Key": uuid4().hex})).status_code == 401
    assert await sql.fetchval("SELECT sum(attempts) FROM alarm_deliveries") == 0


async def test_a_lost_answer_is_not_repeated_with_its_addresses(on_roster, raised, worker, time):
    await on_roster(CITY, "li")
    await raised()
    headers = {"Idempotency-Key": uuid4().hex}
    first = await worker._rights.post(LEASES, json={}, headers=headers)
    assert (len(first.json()["deliveries"]), first.headers["cache-control"]) == (3, "no-store")
    again = await worker._rights.post(LEASES, json={}, headers=headers)
    assert (again.status_code, again.json()["deliveries"]) == (200, [])
    time.pass_(seconds=61)
    assert await worker.step() == 3


RUBBISH = [
    ({"attempt": 2}, 409, "attempt"),
    ({"attempt": 0}, 422, "attempt"),
    ({"outcome": "lost"}, 422, "outcome"),
    ({"provider_code": f"sent to {NAME}"}, 422, "provider_code"),
    ({"provider_code": "x" * 41}, 422, "provider_code"),
    ({"address": TELEPHONE}, 422, "address"),
]


async def test_a_report_of_rubbish_is_refused(on_roster, raised, worker, sql):
    await on_roster(CITY, "li")
    await raised()
    leased = (await worker._rights.post(LEASES, json={"limit": 1}, headers={"Idempotency-Key": uuid4().hex})).json()
    path = f"/v1/notifier/deliveries/{leased['deliveries'][0]['delivery_id']}/outcome"
    for body, status, field in RUBBISH:
        sent = {"attempt": 1, "outcome": "delivered", "provider_code": "ok"} | body
        answer = await worker._rights.post(path, json=sent, headers={"Idempotency-Key": uuid4().hex})
        assert (answer.status_code, answer.json()["field"]) == (status, field)
        assert TELEPHONE not in answer.text
    unknown = await worker._rights.post(
        f"/v1/notifier/deliveries/{uuid4()}/outcome",
        json={"attempt": 1, "outcome": "failed", "provider_code": "x"},
        headers={"Idempotency-Key": uuid4().hex},
    )
    assert unknown.status_code == 404
    assert await sql.fetchval("SELECT count(*) FROM delivery_outcomes") == 0


class TestSenders:
    async def test_a_gateway_is_told_the_stable_id_and_its_refusal_becomes_a_code(self):
        asked = []

        def answer(request):
            asked.append(request)
            return httpx.Response((len(asked) == 1 and 202) or 429)

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            gateway = Gateway(client, "https://sms.example/send", "geheim")
            assert await gateway.send(MESSAGE) == "http-202"
            with pytest.raises(NotSent, match="http-429"):
                await gateway.send(MESSAGE)
        assert asked[0].headers["authorization"] == "Bearer geheim"
        assert asked[0].headers["idempotency-key"] == str(MESSAGE.delivery_id)
        assert orjson.loads(asked[0].content)["template"] == "duty-urgent"

    async def test_an_absent_gateway_fails_without_a_word_of_the_address(self, free_port):
        async with httpx.AsyncClient() as client:
            with pytest.raises(NotSent) as error:
                await Gateway(client, f"http://127.0.0.1:{free_port()}", None).send(MESSAGE)
        assert error.value.code == "unreachable-ConnectError"
        mail = MailServer("127.0.0.1", free_port(), "duty@example.cn", False, None, None, 2)
        with pytest.raises(NotSent) as error:
            await mail.send(MESSAGE)
        assert error.value.code == "unreachable-ConnectionRefusedError"

    async def test_e_mail_goes_out_by_smtp(self, free_port):
        port, got = free_port(), []

        async def serve(reader, writer):
            writer.write(b"220 test\r\n")
            while line := await reader.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    writer.write(b"354 go on\r\n")
                    got.append((await reader.readuntil(b"\r\n.\r\n"))[:-5])
                writer.write(b"550 no such box\r\n" if b"nobody" in line else b"250 ok\r\n")
                if word == b"QUIT":
                    break
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(serve, "127.0.0.1", port):
            server = MailServer("127.0.0.1", port, "duty@example.cn", False, None, None, 5)
            assert await server.send(MESSAGE) == "smtp-250"
            other = Message(uuid4(), "email", "nobody@example.cn", "duty-urgent", "1", "", "")
            with pytest.raises(NotSent, match="smtp-550"):
                await server.send(other)
        mail = message_from_bytes(got[0], policy=policy.default)
        assert mail["To"] == EMAIL
        assert mail["Message-ID"] == f"<{MESSAGE.delivery_id}@yulu.invalid>"
        assert "豫律值班提醒" in mail.get_content()

    async def test_in_production_a_channel_without_gateway_sends_nothing_and_says_so(self, tmp_path):
        settings = {"data_dir": str(tmp_path), "notifier_sms_url": "https://sms.example"}
        async with httpx.AsyncClient() as client:
            found = senders(
                NotifierSettings(environment="production", oidc_issuer="https://id.example", **settings), client
            )
            assert isinstance(found["sms"], Gateway)
            assert isinstance(found["voice"], Nothing)
            with pytest.raises(NotSent, match="no-gateway-email"):
                await found["email"].send(MESSAGE)
            assert isinstance(senders(NotifierSettings(**settings), client)["voice"], Sink)

    def test_an_address_is_masked(self):
        assert [masked(text) for text in (TELEPHONE, "li", "1234", "12345")] == [
            "******22",
            "******",
            "******",
            "******45",
        ]
        assert EMAIL not in repr(MESSAGE)

    def test_a_mail_server_needs_a_sender(self):
        with pytest.raises(ValueError, match="NOTIFIER_SMTP_FROM"):
            NotifierSettings(notifier_smtp_host="mail.example")


async def test_that_the_notifier_asks_is_told_to_our_workers_and_not_how_much_waits(
    app, on_roster, raised, worker, http, issuer
):
    app.state.sightings = Sightings()  # the table was emptied under the other one
    assert (await worker._rights.get("/v1/notifier/state")).json() == {"asked_at": None}
    await on_roster(CITY, "li")
    await raised()
    await worker.step()
    told = (await worker._rights.get("/v1/notifier/state")).json()
    assert (set(told), told["asked_at"] is not None) == ({"asked_at"}, True)
    refused = await http.get("/v1/notifier/state", headers=issuer.headers(roles=["operator"], region="410000"))
    assert refused.status_code == 403, refused.text
