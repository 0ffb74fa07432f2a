"""The sandbox's receiver believes what the official library signs, and its ports are those of the processes."""

import base64
import time
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook
from starlette.applications import Starlette
from starlette.routing import Route
from yulu.sandbox import deployment
from yulu.sandbox.receiver import Receiver, genuine
from yulu_local.processes import PROCESSES

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BODY = '{"type":"lawyers.registry.firm.changed.v1","subject":"x"}'


def signed(body=BODY, *, at=None, identity="msg-1", secret=SECRET):
    stamp = int(time.time() if at is None else at)
    signature = Webhook(secret).sign(identity, datetime.fromtimestamp(stamp, UTC), body)
    return {"webhook-id": identity, "webhook-timestamp": str(stamp), "webhook-signature": signature}


def test_what_the_official_library_signs_is_genuine_and_nothing_else():
    now = time.time()
    assert genuine(SECRET, signed(), BODY.encode(), now)
    two = signed() | {"webhook-signature": f"v1,AAAA v1a,BBBB {signed()['webhook-signature']}"}
    assert genuine(SECRET, two, BODY.encode(), now)
    other = "whsec_" + base64.b64encode(bytes(32)).decode()
    for headers, body in (
        (signed(secret=other), BODY),
        (signed(), BODY.replace("changed", "ended")),
        (signed(at=now - 301), BODY),
        (signed(at=now + 302), BODY),
        (signed() | {"webhook-id": "msg-2"}, BODY),
        (signed() | {"webhook-timestamp": "²"}, BODY),
        ({}, BODY),
    ):
        assert not genuine(SECRET, headers, body.encode(), now), headers


@pytest.fixture
async def receiver(tmp_path):
    receiver = Receiver(tmp_path / "received.ndjson")
    app = Starlette(routes=[Route("/webhooks", receiver.receive, methods=["POST"])])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
        yield receiver, http, tmp_path / "received.ndjson"


async def test_each_delivery_is_kept_once_and_what_is_not_genuine_never(receiver):
    receiver, http, kept = receiver
    assert (await http.post("/webhooks", content=BODY, headers=signed())).status_code == 401, "before it has a secret"
    receiver.secret = SECRET
    for _ in range(2):
        assert (await http.post("/webhooks", content=BODY, headers=signed())).status_code == 204
    assert (await http.post("/webhooks", content=BODY, headers=signed(identity="msg-2"))).status_code == 204
    forged = signed(identity="msg-3") | {"webhook-signature": "v1,AAAA"}
    assert (await http.post("/webhooks", content=BODY, headers=forged)).status_code == 401
    assert len(kept.read_text().splitlines()) == 2


@pytest.mark.parametrize(("identity", "path"), [("keycloak", "/realms/yulu"), ("development", "")])
def test_the_sandbox_looks_where_the_processes_listen(monkeypatch, identity, path):
    monkeypatch.setenv("IDENTITY", identity)
    defaults = {
        f"http://127.0.0.1:{process.port[1]}" + path * bool(process.identity)
        for process in PROCESSES
        if process.answers_http and process.identity in ("", identity) and process.name != "portal"
    }
    assert set(deployment.urls(0).values()) == defaults
    outside = [process.outside_port[1] for process in PROCESSES if process.outside_port]
    assert [deployment.kafka_outside(0)] == [f"127.0.0.1:{port}" for port in outside]
    taken = {port for process in PROCESSES for _, port in process.ports}
    assert deployment.receiver_port(0) not in taken
