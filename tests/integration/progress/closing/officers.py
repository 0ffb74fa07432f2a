"""Who closes the plan, when, and how a freeze is drafted and signed."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import asyncpg
import httpx
import orjson
from common.database import Database
from common.events import decode
from common.local_time import SHANGHAI
from common.positions import Received
from contracts.plan import plan
from progress_store.projection import Projection

from tests.conftest import RunningIssuer
from tests.integration.progress.readers import DEPARTMENT

PLAN = plan().meta.id
LAST_DAY = date(2026, 12, 31)
NEW_YEAR = date(2027, 1, 1)
DRAFTER = {"roles": ["plan-officer"], "subject": "drafter", **DEPARTMENT}
REVIEWER = {"roles": ["plan-signer"], "subject": "reviewer", **DEPARTMENT}
SIGNER = {"roles": ["plan-signer"], "subject": "signer", **DEPARTMENT}
Make = Callable[..., Awaitable[dict[str, Any]]]


@dataclass
class Hands:
    """Stands still until a test moves it."""

    now: datetime = datetime(2027, 1, 1, 1, tzinfo=UTC)

    def on(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Desk:
    """The department's calls."""

    client: httpx.AsyncClient
    issuer: RunningIssuer
    database: Database
    connection: asyncpg.Connection
    hands: Hands
    numbers: list[int] = field(default_factory=lambda: [0])

    async def call(
        self, method: str, path: str, who: dict[str, Any] | None = None, *, version: int | None = None,
        body: Any = None, expect: int | None = None, **sent: Any,
    ) -> httpx.Response:  # fmt: skip
        headers = {} if who is None else self.issuer.headers(**who)
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid4())
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        if body is not None:
            sent["json"] = body
        headers |= sent.pop("headers", {})
        answer = await self.client.request(method, f"/v1{path}", headers=headers, **sent)
        assert expect is None or answer.status_code == expect, answer.text
        return answer

    async def draft(self, what: str = "", expect: int = 201) -> dict[str, Any]:
        """what: "/addenda" for an addendum."""
        found: dict[str, Any] = (await self.call("POST", f"/closing{what}", DRAFTER, body={}, expect=expect)).json()
        return found

    async def sign(self, closing: dict[str, Any]) -> dict[str, Any]:
        """Reviewed and signed, under the next document number."""
        at = f"/closing/{closing['closing_id']}"
        await self.call("POST", f"{at}/review", REVIEWER, version=1, expect=200)
        found: dict[str, Any] = (
            await self.call("POST", f"{at}/sign", SIGNER, version=2, body=self.number(), expect=200)
        ).json()
        return found

    async def frozen(self) -> dict[str, Any]:
        return await self.sign(await self.draft())

    async def project(self) -> None:
        """What the projector would do with all that has been told."""
        rows = await self.connection.fetch("SELECT bytes FROM public.outbox ORDER BY id")
        received = [
            SimpleNamespace(event=event, envelope=SimpleNamespace(subject=event.key()))
            for event in (decode(row["bytes"]).event() for row in rows)
            if event.event_type not in Projection.ignores
        ]
        async with self.database.begin() as tx:
            await Projection().apply(tx, cast(list[Received], received), None)

    async def kept(self) -> list[Any]:
        """All that a freeze consists of, byte for byte."""
        rows = await self.connection.fetch(
            "SELECT c.record, c.report, array_agg(p.body ORDER BY p.form), k.* FROM closings k "
            "JOIN closing_contents c USING (closing_id) LEFT JOIN closing_papers p USING (closing_id) "
            "WHERE k.kind = 'freeze' GROUP BY c.closing_id, k.closing_id"
        )
        return [tuple(row) for row in rows]

    def number(self) -> dict[str, str]:
        self.numbers[0] += 1
        return {"document_number": f"豫司文〔2027〕{self.numbers[0]}号"}

    async def events(self, kind: str) -> list[dict[str, Any]]:
        rows = await self.connection.fetch("SELECT bytes FROM public.outbox ORDER BY id")
        found = [orjson.loads(row["bytes"]) for row in rows]
        return [each["data"] for each in found if each["type"] == f"lawyers.progress.{kind}"]
