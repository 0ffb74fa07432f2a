"""Who may register what: a system for itself, operators for it, and no address inside our own networks."""

from uuid import uuid4

import asyncpg
import httpx
import orjson
import pytest
from common.outbound import Outbound
from exchange_api.sources.cursor import Cursor

from tests.integration.exchange.conftest import AUDITOR, OPERATOR
from tests.integration.exchange.webhooks.conftest import KEYS, SOURCE, WORKER

CITY = OPERATOR | {"region": "410100", "organisation_kind": "bureau"}
READER = {"roles": ["plan-reader"]}


def other_of(system):
    return system.rights | {"subject": f"{system.rights['subject']}-2"}


def outsider(system):
    """The same subject, but a token of another organ."""
    return system.rights | {"organisation_id": "somebody-else"}


async def test_matrix_of_rights(call, hook, system, receiver):
    made = await hook()
    one = f"/webhooks/{made['webhook_id']}"
    match = {"If-Match": "*"}
    reads = [("GET", one, {}), ("GET", f"{one}/status", {}), ("GET", f"{one}/deliveries", {})]
    changes = [
        ("PATCH", one, {"json": {"keys": [str(KEYS[0])]}, "headers": match}),
        ("POST", f"{one}/rotate", {}),
        ("POST", f"{one}/test", {}),
        ("POST", f"{one}/resume", {"json": {}}),
        ("POST", f"{one}/resend", {"json": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}}),
    ]
    inner = [
        ("POST", "/dispatcher/leases", {"json": {"limit": 1}}),
        ("POST", "/dispatcher/confirmations", {"json": {"deliveries": [{"delivery_id": str(uuid4()), "attempt": 1}]}}),
        ("GET", "/dispatcher/state", {}),
    ]
    strangers = (other_of(system), outsider(system), CITY, READER)
    for calls, may, may_not in (
        (reads, (system.rights, OPERATOR, AUDITOR), (*strangers, WORKER)),
        (changes, (system.rights, OPERATOR), (*strangers, WORKER, AUDITOR)),
        (inner, (WORKER,), (*strangers, system.rights, OPERATOR, AUDITOR)),
    ):
        for method, path, sent in calls:
            for who in may:
                assert (await call(method, path, who, **sent)).is_success, (method, path, who)
            for who in may_not:
                assert (await call(method, path, who, **sent)).status_code == 403, (method, path, who)
            assert (await call(method, path, None, **sent)).status_code == 401
    for who in strangers:
        answer = await call("DELETE", one, who, headers=match)
        assert answer.status_code == 403
        assert (await call("POST", "/webhooks", who, json={"url": receiver.url})).status_code == 403
    assert (await call("GET", "/webhooks", other_of(system))).status_code == 403
    assert [item["webhook_id"] for item in (await call("GET", "/webhooks", system.rights)).json()["items"]] == [
        made["webhook_id"]
    ]


async def test_an_operator_registers_for_a_system_he_names(call, system, receiver):
    unnamed = await call("POST", "/webhooks", OPERATOR, json={"url": receiver.url})
    assert (unnamed.status_code, unnamed.json()["errors"][0]["field"]) == (422, "client_id")
    body = {"url": receiver.url, "client_id": system.client_id}
    made = await call("POST", "/webhooks", OPERATOR, json=body)
    assert (made.status_code, made.json()["client_id"]) == (201, system.client_id)
    # Nor does a system register for another.
    assert (await call("POST", "/webhooks", system.rights, json=body | {"client_id": str(uuid4())})).status_code == 403
    path = f"/webhooks/{made.json()['webhook_id']}"
    assert (await call("DELETE", path, system.rights)).status_code == 428
    assert (await call("DELETE", path, system.rights, headers={"If-Match": '"v1"'})).status_code == 204
    assert (await call("GET", path, system.rights)).status_code == 404


async def test_a_secret_is_shown_once_and_kept_nowhere_in_the_clear(
    call, system, receiver, exchange_database, caplog, capsys
):
    key = {"Idempotency-Key": str(uuid4())}
    made = await call("POST", "/webhooks", system.rights, json={"url": receiver.url}, headers=key)
    secret = made.json()["secret"]
    again = await call("POST", "/webhooks", system.rights, json={"url": receiver.url}, headers=key)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:answer-shown-once")
    path = f"/webhooks/{made.json()['webhook_id']}"
    assert "secret" not in (await call("GET", path, system.rights)).json()
    pool = await exchange_database.pool()
    tables = await pool.fetch("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
    for (table,) in tables:
        stored = await pool.fetchval(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
        assert secret not in stored, table
        assert secret.removeprefix("whsec_") not in stored, table
    said = capsys.readouterr()
    assert secret not in said.out + said.err + caplog.text
    assert receiver.url not in said.out + said.err + caplog.text
    assert (await call("DELETE", path, system.rights, headers={"If-Match": "*"})).status_code == 204
    left = await pool.fetchval("SELECT count(*) FROM webhook_secrets WHERE webhook_id = $1", made.json()["webhook_id"])
    assert left == 0


async def test_changes_need_the_version_that_was_read(call, hook, system):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    read = await call("GET", path, system.rights)
    change = {"regions": ["410100"]}
    assert (await call("PATCH", path, system.rights, json=change)).status_code == 428
    changed = await call("PATCH", path, system.rights, json=change, headers={"If-Match": read.headers["etag"]})
    assert (changed.json()["regions"], changed.headers["etag"]) == (["410100"], '"v2"')
    stale = await call("PATCH", path, system.rights, json=change, headers={"If-Match": read.headers["etag"]})
    assert stale.status_code == 412
    unchanged = await call("GET", path, system.rights, headers={"If-None-Match": '"v2"'})
    assert unchanged.status_code == 304


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://10.1.2.3/hook", "address-inner"),
        ("https://192.168.0.1/hook", "address-inner"),
        ("https://169.254.169.254/latest/meta-data", "address-inner"),
        ("https://100.100.100.200/hook", "address-inner"),
        ("https://168.63.129.16/hook", "address-inner"),
        ("https://0.0.0.0/hook", "address-inner"),
        ("https://224.0.0.1/hook", "address-inner"),
        ("https://[::1]/hook", "address-inner"),
        ("https://[::ffff:127.0.0.1]/hook", "address-inner"),
        ("https://[::ffff:8.8.8.8]/hook", "address-inner"),
        ("https://[64:ff9b::a00:1]/hook", "address-inner"),
        ("https://[fd00::1]/hook", "address-inner"),
        ("https://[fe80::1]/hook", "address-inner"),
        ("https://167772161/hook", "address-inner"),
        ("https://0x0a000001/hook", "address-inner"),
        ("https://8.8.8.8:22/hook", "address-port"),
        ("http://8.8.8.8/hook", "address-not-https"),
        ("https://user:pass@8.8.8.8/hook", "address-userinfo"),
        ("https://8.8.8.8/hook#x", "address-userinfo"),
        ("ftp://8.8.8.8/hook", "address-malformed"),
        ("https:///hook", "address-malformed"),
        ("nonsense", "address-malformed"),
        ("https://receiver.invalid/hook", "address-unresolved"),
    ],
)
async def test_an_address_that_must_not_be_called_is_refused_by_name(call, system, url, code):
    answer = await call("POST", "/webhooks", system.rights, json={"url": url})
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:yulu:problem:{code}")
    assert [error["field"] for error in answer.json()["errors"]] == ["url"]


async def test_what_was_tried_is_on_record_and_what_operators_did(call, system, receiver, hook):
    inner = {"url": "https://10.1.2.3/hook"}
    assert (await call("POST", "/webhooks", system.rights, json=inner)).status_code == 422
    log = (await call("GET", "/exchange-log", system.rights)).json()["items"]
    entries = [orjson.loads(item["entry"]) for item in log]
    assert ("POST /v1/webhooks", 422) in [(entry["operation"], entry["status"]) for entry in entries]
    assert all("10.1.2.3" not in item["entry"] for item in log)
    refused = await call("POST", "/webhooks", OPERATOR, json=inner | {"client_id": system.client_id})
    assert refused.status_code == 422
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    await call("POST", f"{path}/rotate", OPERATOR)
    await call("POST", f"{path}/rotate", system.rights)
    await call("DELETE", path, OPERATOR, headers={"If-Match": "*"})
    acts = (await call("GET", "/operator-acts", AUDITOR)).json()["items"]
    found = [(act["act"], act["object_id"], act["reason"]) for act in acts[:3]]
    assert found == [
        ("webhook-remove", made["webhook_id"], None),
        ("webhook-rotate", made["webhook_id"], None),
        ("webhook-address-refused", system.client_id, "address-inner"),
    ]


async def test_an_address_is_checked_again_where_it_is_changed_or_resumed(
    call, hook, system, exchange_app, monkeypatch
):
    made = await hook()
    path = f"/webhooks/{made['webhook_id']}"
    inner = await call("PATCH", path, system.rights, json={"url": "https://10.0.0.1/"}, headers={"If-Match": "*"})
    assert (inner.status_code, inner.json()["errors"][0]["field"]) == (422, "url")
    before, exchange_app.state.outbound = exchange_app.state.outbound, Outbound()
    resumed = await call("POST", f"{path}/resume", system.rights, json={})
    exchange_app.state.outbound = before
    assert (resumed.status_code, resumed.json()["type"]) == (422, "urn:yulu:problem:address-not-https")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"types": ["lawyers.nothing.happened.v1"]}, "types.0"),
        ({"regions": ["130100"]}, "regions.0"),
        ({"keys": [""]}, "keys.0"),
        ({"signature": "md5"}, "signature"),
        ({"after": "rubbish"}, "after"),
        ({"after": Cursor(uuid4()).encode()}, "after"),
        ({"secret": "whsec_x"}, "secret"),
        ({"url": f"https://8.8.8.8/{'x' * 490}"}, "url"),
    ],
)
async def test_bad_input_names_its_field(call, system, receiver, changes, field):
    answer = await call("POST", "/webhooks", system.rights, json={"url": receiver.url} | changes)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field), answer.text


async def test_a_cursor_must_be_a_place_that_was_reached_in_what_the_system_reads(
    call, system, receiver, hook, channel, exchange_app
):
    made = await hook()
    here = Cursor(exchange_app.state.deployment_id)
    head = (await channel.heads()).position
    for cursor in (here.moved(SOURCE, head + 1), here.moved("rights.events", 0), here.moved("discipline.events", 3)):
        body = {"after": cursor.encode()}
        answer = await call("POST", f"/webhooks/{made['webhook_id']}/resume", system.rights, json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:cursor-not-reached")
    other = await call(
        "POST", f"/webhooks/{made['webhook_id']}/resume", system.rights, json={"after": Cursor(uuid4()).encode()}
    )
    assert other.json()["type"] == "urn:yulu:problem:cursor-of-another-deployment"


async def test_one_begins_now_at_the_first_event_or_at_a_cursor(call, hook, channel, pump, receiver, system):
    await channel.tell(*KEYS)
    now, first = await hook(), await hook(after="first")
    await pump()
    total = (await channel.heads()).position
    assert len(receiver.received) == total
    place = (await call("GET", f"/webhooks/{now['webhook_id']}/status", system.rights)).json()["after"]
    assert place == (await call("GET", f"/webhooks/{first['webhook_id']}/status", system.rights)).json()["after"]
    await channel.tell(KEYS[0])
    await hook(after=place)
    receiver.received.clear()
    await pump()
    assert len(receiver.received) == 3
    assert len({received.id for received in receiver.received}) == 3


@pytest.mark.parametrize("body", [{}, {"delivery_id": str(uuid4()), "start": "2026-01-01T00:00:00Z"},
                                  {"start": "2026-01-02T00:00:00Z", "end": "2026-01-01T00:00:00Z"}])  # fmt: skip
async def test_what_is_to_be_sent_again_must_be_said(call, hook, system, body):
    made = await hook()
    answer = await call("POST", f"/webhooks/{made['webhook_id']}/resend", system.rights, json=body)
    assert answer.status_code == 422


async def test_a_system_has_ten_at_most(call, hook, system, receiver):
    for _ in range(10):
        await hook()
    answer = await call("POST", "/webhooks", system.rights, json={"url": receiver.url})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yulu:problem:webhooks-too-many")


async def test_the_database_holds_one_current_secret_and_one_delivery_per_event(hook, exchange_database):
    made = await hook()
    pool = await exchange_database.pool()
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(
            "INSERT INTO webhook_secrets (webhook_id, ordinal, sealed, made_at) VALUES ($1, 2, '', now())",
            made["webhook_id"],
        )


async def test_outcomes_that_make_no_sense_are_refused(pump: object, exchange_app, issuer):
    transport = httpx.ASGITransport(exchange_app)
    async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=issuer.headers(**WORKER)) as client:
        outcome = {
            "delivery_id": str(uuid4()),
            "attempt": 1,
            "delivered": True,
            "reason": "delivered",
            "duration_ms": 1,
        }
        for bad in ({"attempt": 0}, {"reason": "Seen by 张三"}, {"status_class": 9}, {"duration_ms": -1}):
            answer = await client.post("/v1/dispatcher/outcomes", json={"outcomes": [outcome | bad]})
            assert answer.status_code == 422
        # Of what is not there, or was removed meanwhile, nothing is counted.
        answer = await client.post("/v1/dispatcher/outcomes", json={"outcomes": [outcome]})
        assert answer.json() == {"counted": 0}
