"""Two connected systems and one that was suspended, and of the court one of each thing; and how somebody knocks."""

import asyncio
import base64
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import orjson
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.exchange.conftest import NOW

from . import CORRECTION, JUDGMENT, WEBHOOK
from .callers import CALLERS, Caller, Row

Things = dict[str, Any]

SILENCE_SECONDS = 120
"""How long an answer that does not end may say nothing at all."""


class World:
    def __init__(self, app: FastAPI, http: httpx.AsyncClient, issuer: RunningIssuer) -> None:
        self.app, self.http, self.issuer = app, http, issuer
        self.things: Things = {}

    def token(self, name: str) -> dict[str, str]:
        caller = CALLERS[name]
        if caller is None:
            return {}
        return self.issuer.headers(
            roles=(caller.role, *caller.roles),
            organisation_kind=caller.kind,
            region=caller.region,
            organisation_id=caller.code,
            subject=caller.subject or f"caller-{name}",
            lifetime_seconds=-600 if caller.expired else 3600,
        )

    async def done(self, method: str, path: str, body: Any, by: str) -> Any:
        headers = self.token(by) | {"Idempotency-Key": uuid4().hex, "If-Match": "*"}
        answer = await self.http.request(method, f"/v1{path}", json=body, headers=headers)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    async def _connected(self, name: str, reason: str) -> str:
        caller = CALLERS[name]
        assert isinstance(caller, Caller)
        body = {
            "subject": caller.subject, "name": f"系统{name}", "organisation_kind": caller.kind,
            "organ_code": caller.code, "region": "410000", "reason": reason,
        }  # fmt: skip
        return str((await self.done("POST", "/clients", body, "operator"))["client_id"])

    async def built(self, connection: asyncpg.Connection) -> None:
        court = await self._connected("court", "接入依据独特")
        await self._connected("procuratorate", "协议")
        suspended = await self._connected("suspended", "协议")
        await self.done("PATCH", f"/clients/{suspended}", {"state": "suspended", "reason": "密钥泄露"}, "operator")
        webhook = await self.done("POST", "/webhooks", WEBHOOK | {"after": "first"}, "court")
        sent = await self.done("POST", f"/webhooks/{webhook['webhook_id']}/test", None, "court")
        subscribed = {"resource": "firm-register", "cadence": "daily"}
        subscription = await self.done("POST", "/file-subscriptions", subscribed, "court")
        item = await self.done("POST", "/corrections", CORRECTION, "court")
        judgment = await self.done("POST", "/inbound/documents", JUDGMENT, "court")
        self.things = {
            "client_id": court,
            "suspended_id": suspended,
            "webhook_id": webhook["webhook_id"],
            "webhook_delivery_id": sent["delivery_id"],
            "subscription_id": subscription["subscription_id"],
            "delivery_id": await _delivered(connection, subscription["subscription_id"]),
            "item_id": item["line"]["item_id"],
            "judgment_id": judgment["line"]["item_id"],
            "resource_id": "lawyer-register",
            "absent_id": str(uuid4()),
            "hour": "2026-11-24T02:00:00Z",
            "topic": "registry.events",
            "partition": "0",
        }


async def _delivered(connection: asyncpg.Connection, subscription_id: str) -> str:
    """As the timer notes an edition of the registry."""
    delivery_id, edition = uuid4(), uuid4()
    manifest = {
        "edition": str(edition), "created_at": NOW.isoformat(), "cursor": "c", "files": [],
        "counts": {"firms": {"rows": 2, "by_region": {"410100": 2}, "by_state": {"active": 2}}},
    }  # fmt: skip
    payload = base64.urlsafe_b64encode(orjson.dumps(manifest)).decode().rstrip("=")
    await connection.execute(
        "INSERT INTO file_deliveries (delivery_id, version, subscription_id, edition, period, jws, state, noted_at, "
        "due_at) VALUES ($1, 1, $2, $3, $4, $5, 'awaited', $6, $7)",
        delivery_id, subscription_id, edition, date(2026, 11, 24), f"e30.{payload}.e30", NOW - timedelta(hours=1),
        datetime(2026, 11, 30, tzinfo=UTC),
    )  # fmt: skip
    return str(delivery_id)


def filled(value: Any, things: Things) -> Any:
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda name: str(things[name[1]]), value)
    if isinstance(value, dict):
        return {key: filled(each, things) for key, each in value.items()}
    return [filled(each, things) for each in value] if isinstance(value, list) else value


async def knock(world: World, row: Row, token: dict[str, str]) -> httpx.Response:
    sent = token | ({} if row.method == "GET" else {"Idempotency-Key": uuid4().hex, "If-Match": "*"})
    asked = world.http.build_request(
        row.method,
        filled(row.path, world.things),
        params=dict(row.query),
        json=filled(row.body, world.things),
        headers=sent,
    )
    return await head(world.app, asked) if row.live else await world.http.send(asked)


async def head(app: FastAPI, asked: httpx.Request) -> httpx.Response:
    """Of an answer that does not end: its status and first words, after which the caller is gone."""
    begun, status, words = asyncio.Event(), 0, b""

    async def receive() -> dict[str, Any]:
        await begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, words
        status, words = message.get("status", status), words + message.get("body", b"")
        if words:
            begun.set()

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": asked.method,
        "scheme": "http", "path": asked.url.path, "raw_path": asked.url.raw_path, "query_string": asked.url.query,
        "headers": [(name.lower(), value) for name, value in asked.headers.raw], "client": ("127.0.0.1", 1),
        "server": (asked.url.host, 80), "root_path": "", "state": {},
    }  # fmt: skip
    async with asyncio.timeout(SILENCE_SECONDS):
        await app(scope, receive, send)
    return httpx.Response(status, content=words)
