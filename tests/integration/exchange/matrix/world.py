"""Two connected systems and one that was suspended, and of the court one of each thing; and how somebody knocks."""

import base64
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
from .callers import CALLERS, Caller

Things = dict[str, Any]


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
