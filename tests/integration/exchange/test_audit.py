"""Whatever an operator changes through exchange-api stands in the chain of operators' acts, route by route."""

from uuid import uuid4

import pytest
from common.events import EVENTS

from tests.integration.exchange.conftest import OPERATOR
from tests.integration.exchange.test_clients import COURT_SYSTEM

WHY = {"reason": "核对后处理"}
OF_SYSTEMS = "a connected system's own call, which operators may not make: the exchange log has it before its answer"
OF_OFFICERS = "an officer answers in his own name, which is kept with the item and told by an event"
OF_WORKERS = "our own worker reports what it did; no person decides anything"
EXEMPT = {
    "POST /v1/corrections": OF_SYSTEMS,
    "POST /v1/inbound/documents": OF_SYSTEMS,
    "POST /v1/inbound/transfers": OF_SYSTEMS,
    "POST /v1/inbox/{item_id}/withdrawal": OF_SYSTEMS,
    "POST /v1/file-subscriptions": OF_SYSTEMS,
    "POST /v1/file-subscriptions/{subscription_id}/end": OF_SYSTEMS,
    "POST /v1/file-deliveries/{delivery_id}/acknowledgement": OF_SYSTEMS,
    "POST /v1/inbox/{item_id}/answer": OF_OFFICERS,
    "POST /v1/dispatcher/confirmations": OF_WORKERS,
    "POST /v1/dispatcher/leases": OF_WORKERS,
    "POST /v1/dispatcher/outcomes": OF_WORKERS,
}
ACTS = {
    "POST /v1/clients": "client-register",
    "PATCH /v1/clients/{client_id}": "client-suspend",
    "POST /v1/clients/{client_id}/kafka-credentials": "kafka-credentials",
    "POST /v1/webhooks": "webhook-register",
    "PATCH /v1/webhooks/{webhook_id}": "webhook-change",
    "DELETE /v1/webhooks/{webhook_id}": "webhook-remove",
    "POST /v1/webhooks/{webhook_id}/rotate": "webhook-rotate",
    "POST /v1/webhooks/{webhook_id}/test": "webhook-test",
    "POST /v1/webhooks/{webhook_id}/resume": "webhook-resume",
    "POST /v1/webhooks/{webhook_id}/resend": "webhook-resend",
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/give-up": "webhook-give-up",
    "POST /v1/operations/alarms/{alarm_id}/acknowledge": "acknowledge",
    "POST /v1/operations/redrives": "redrive",
    "POST /v1/positions/{topic}/{partition}/adoption": "adopt",
    "POST /v1/positions/{topic}/{partition}/resume": "resume",
    "POST /v1/parked/orders": "redrive",
    "POST /v1/parked/{parked_id}/redrive": "redrive",
    "POST /v1/parked/{parked_id}/discard": "discard",
}
"""What each route, called by an operator, is called in the chain."""


@pytest.fixture(scope="module")
def exchange_settings(exchange_settings, kafka):
    return exchange_settings | {
        "kafka_bootstrap_servers": kafka.bootstrap, "webhook_allowed_networks": "127.0.0.0/8",
    }  # fmt: skip


class Operator:
    """Calls as one; every call must leave exactly its act behind, with his reason where he gave one."""

    def __init__(self, call, pool):
        self._call, self._pool, self.done = call, pool, set()

    async def __call__(self, route, *, to="", version=None, **ids):
        method, _, template = route.partition(" ")
        path = template.removeprefix("/v1").format(**ids)
        headers = {} if version is None else {"If-Match": f'"v{version}"'}
        body = to or None
        before = await self._pool.fetchval("SELECT seq FROM operator_acts_head")
        answer = await self._call(method, path, OPERATOR, headers=headers, **({} if body is None else {"json": body}))
        assert answer.is_success, (route, answer.text)
        acts = await self._pool.fetch("SELECT * FROM operator_acts WHERE seq > $1", before)
        assert [(act["act"], act["actor"]) for act in acts] == [(ACTS[route], "op-1")], route
        assert acts[0]["reason"] == (body or {}).get("reason"), route
        told = answer.json() if answer.content else {}
        named = {str(value) for value in (*ids.values(), *(v for k, v in told.items() if k.endswith("_id")))}
        assert acts[0]["object_id"] in named | {f"{ids.get('topic')}/{ids.get('partition')}"}, route
        self.done.add(route)
        return told


def _routes(app):
    writing = {"post", "put", "patch", "delete"}
    return {
        f"{method.upper()} {path}"
        for path, methods in app.openapi()["paths"].items()
        for method in writing & set(methods)
    }


def test_every_writing_route_is_audited_or_says_why_not(exchange_app):
    assert not set(ACTS) & set(EXEMPT)
    assert _routes(exchange_app) == set(ACTS) | set(EXEMPT)


async def test_every_act_of_an_operator_is_in_the_chain(call, exchange_app, exchange_database):
    pool = await exchange_database.pool()
    do = Operator(call, pool)

    client_id = (await do("POST /v1/clients", to=COURT_SYSTEM))["client_id"]
    await do("POST /v1/clients/{client_id}/kafka-credentials", client_id=client_id)

    address = {"client_id": client_id, "url": "http://127.0.0.1:9/hook"}
    webhook_id = (await do("POST /v1/webhooks", to=address))["webhook_id"]
    which = {"webhook_id": webhook_id}
    await do("PATCH /v1/webhooks/{webhook_id}", **which, version=1, to={"state": "disabled"})
    await do("POST /v1/webhooks/{webhook_id}/resume", **which, to={"after": None})
    await do("POST /v1/webhooks/{webhook_id}/rotate", **which)
    test = await do("POST /v1/webhooks/{webhook_id}/test", **which)
    await do("POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/give-up", **which, **test, to=WHY)
    span = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    await do("POST /v1/webhooks/{webhook_id}/resend", **which, to=span)
    await do("DELETE /v1/webhooks/{webhook_id}", **which, version=4)

    alarm_id, (first, second, third) = uuid4(), (uuid4(), uuid4(), uuid4())
    await pool.execute(
        "INSERT INTO alarms (alarm_id, version, rhythm, topic, region, due_at, opened_at) "
        "VALUES ($1, 1, 'relay', 'registry.events', '410000', now(), now())", alarm_id,
    )  # fmt: skip
    await pool.execute(
        "INSERT INTO positions (topic, partition, epoch, last_seq, last_partition_hash, stopped) "
        "VALUES ('registry.events', 2, 'e', 0, $1, 'fork: seq 1')", bytes(32),
    )  # fmt: skip
    await pool.executemany(
        "INSERT INTO parked (parked_id, topic, partition, seq, key, event_type, region, bytes, error) "
        "VALUES ($1, 'registry.events', 2, $2, $3, $4, '410000', '', 'Mended: x')",
        [(each, seq, f"k{seq}", min(EVENTS)) for seq, each in enumerate((first, second, third), start=1)],
    )
    await do("POST /v1/operations/alarms/{alarm_id}/acknowledge", alarm_id=alarm_id, version=1, to=WHY)
    await do("POST /v1/operations/redrives", to=WHY | {"dry_run": False})
    place = WHY | {"seq": 0, "partition_hash": "00" * 32}
    await do("POST /v1/positions/{topic}/{partition}/adoption", topic="registry.events", partition=2, to=place)
    await pool.execute("UPDATE positions SET stopped = 'fork: seq 1' WHERE partition = 2")
    await do("POST /v1/positions/{topic}/{partition}/resume", topic="registry.events", partition=2, to=WHY)
    await do("POST /v1/parked/{parked_id}/redrive", parked_id=first, to=WHY)
    await do("POST /v1/parked/{parked_id}/discard", parked_id=second, to=WHY)
    await do("POST /v1/parked/orders", to=WHY | {"dry_run": False})

    await do("PATCH /v1/clients/{client_id}", client_id=client_id, version=1, to=WHY | {"state": "suspended"})
    await call("PATCH", f"/clients/{client_id}", OPERATOR, json=WHY | {"state": "active"}, headers={"If-Match": '"v2"'})
    assert await pool.fetchval("SELECT act FROM operator_acts ORDER BY seq DESC LIMIT 1") == "client-reconnect"
    assert do.done == set(ACTS)


async def test_what_is_refused_is_no_act(call, exchange_database):
    pool = await exchange_database.pool()
    before = await pool.fetchval("SELECT seq FROM operator_acts_head")
    for system in (COURT_SYSTEM | {"organ_code": "HN"}, COURT_SYSTEM | {"subject": ""}):
        assert (await call("POST", "/clients", OPERATOR, json=system)).status_code == 422
    assert (await call("POST", f"/clients/{uuid4()}/kafka-credentials", OPERATOR)).status_code == 404
    assert await pool.fetchval("SELECT seq FROM operator_acts_head") == before
