"""Signed as Standard Webhooks has it: the official verifier accepts it, the guide's own, and a plain ed25519 one."""

import base64
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.webhooks import webhook_rules
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from exchange_api.sources.cursor import decode
from exchange_api.webhooks.terms import forget_what_is_over
from standardwebhooks import Webhook
from starlette.responses import Response

from tests.integration.exchange.webhooks.conftest import KEYS, SOURCE

ROOT = Path(__file__).parents[4]
RULES = webhook_rules()
A, B, C = KEYS[:3]


async def test_the_official_verifier_accepts_and_rotation_leaves_both_secrets_good(
    call, channel, hook, log, pump, receiver, system, exchange_app
):
    made = await hook()
    assert made["secret"].startswith("whsec_")
    await channel.tell(A)
    assert await pump() == 1
    [first] = receiver.received
    assert Webhook(made["secret"]).verify(first.body, first.headers)["type"] == "lawyers.exchange.client.changed.v1"
    turned = await call("POST", f"/webhooks/{made['webhook_id']}/rotate", system.rights)
    assert turned.status_code == 200
    assert turned.json()["secret"] != made["secret"]
    assert datetime.fromisoformat(turned.json()["former_until"]) > datetime.now(UTC) + timedelta(days=6)
    await channel.tell(A)
    await pump()
    second = receiver.received[1]
    for secret in (made["secret"], turned.json()["secret"]):
        Webhook(secret).verify(second.body, second.headers)
    assert len(second.headers["webhook-signature"].split()) == 2
    head = (await channel.heads()).position
    place = decode(second.headers["yulu-cursor"], exchange_app.state.deployment_id)
    assert place.positions == {SOURCE: head}
    entry = (await log(made["webhook_id"]))[-1]
    assert (entry["state"], entry["position"], entry["delivery_id"]) == ("delivered", head, second.id)
    [attempt] = entry["attempts"]
    assert (attempt["reason"], attempt["status_class"]) == ("delivered", 2)


async def test_the_guide_s_own_verifier_accepts_what_is_sent_and_nothing_else(channel, hook, pump, receiver):
    [code] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "webhooks.md").read_text("utf-8"), re.DOTALL)
    told_by_guide: dict[str, Any] = {}
    exec(code, told_by_guide)  # noqa: S102 -- our own page
    made = await hook()
    await channel.tell(A)
    await pump()
    [received] = receiver.received
    told_by_guide["verify"](made["secret"], received.headers, received.body)
    for headers, body in (
        (received.headers, received.body + b" "),
        (received.headers | {"webhook-id": "x"}, received.body),
        (received.headers | {"webhook-timestamp": "1000000000"}, received.body),
    ):
        with pytest.raises(ValueError, match=r"signature|old"):
            told_by_guide["verify"](made["secret"], headers, body)


async def test_former_secrets_end_and_are_forgotten(
    call, channel, hook, pump, receiver, system, exchange_database, time
):
    made = await hook()
    await call("POST", f"/webhooks/{made['webhook_id']}/rotate", system.rights)
    time.pass_(days=7, seconds=1)
    await channel.tell(A)
    await pump()
    assert len(receiver.received[0].headers["webhook-signature"].split()) == 1
    assert await forget_what_is_over(exchange_database, time.now) >= 1
    pool = await exchange_database.pool()
    left = await pool.fetch("SELECT ordinal FROM webhook_secrets WHERE webhook_id = $1", UUID(made["webhook_id"]))
    assert [row["ordinal"] for row in left] == [2]


async def test_ed25519_is_verified_with_the_public_half_alone(channel, hook, pump, receiver):
    made = await hook(signature="ed25519")
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(made["secret"].removeprefix("whpk_")))
    await channel.tell(A)
    await pump()
    [received] = receiver.received
    version, signature = received.headers["webhook-signature"].split(",")
    signed = f"{received.id}.{received.headers['webhook-timestamp']}.".encode() + received.body
    assert version == "v1a"
    public.verify(base64.b64decode(signature), signed)
    with pytest.raises(InvalidSignature):
        public.verify(base64.b64decode(signature), signed + b" ")


async def test_the_same_event_keeps_its_id_and_its_attempts_are_signed_anew(channel, hook, pump, receiver, time):
    made = await hook()
    statuses = iter((500, 200))
    receiver.answer = lambda _: Response(status_code=next(statuses))
    await channel.tell(A)
    await pump()
    time.pass_(seconds=10)
    await pump()
    first, second = receiver.received
    assert first.id == second.id
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 10
    Webhook(made["secret"]).verify(second.body, second.headers)
