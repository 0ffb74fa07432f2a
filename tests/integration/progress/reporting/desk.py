"""Reporters and officers at work: calls in their names, days passing, events read and projected."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, cast
from uuid import uuid4

import asyncpg
import httpx
from common.database import Database
from common.events import Event, decode
from common.local_time import SHANGHAI
from common.positions import Received
from contracts.reporting import Reporter
from fastapi import FastAPI
from progress_api.figures import figures_on
from progress_api.reporting.domain import Report
from progress_api.reporting.store import SqlReports
from progress_api.reporting.timers import open_reports, remind
from progress_store.projection import Projection
from progress_store.queries import Figures

from tests.conftest import RunningIssuer

EARLY = datetime(2026, 1, 5, tzinfo=UTC)
ZHENGZHOU, KAIFENG, PROVINCE = "410100", "410200", "410000"
NAMES = {"filled_by": "张三", "checked_by": "李四", "responsible": "王五"}


@dataclass
class Hands:
    """Of the clock."""

    now: datetime


@dataclass(frozen=True)
class Person:
    subject: str
    roles: tuple[str, ...]
    organisation_kind: str
    region: str


def reporter(kind: Reporter, region: str, subject: str = "") -> Person:
    return Person(subject or f"{kind.value}-{region}", ("plan-reporter",), kind.organisation_kind, region)


BUREAU = reporter(Reporter.CITY_BUREAU, ZHENGZHOU)
KAIFENG_BUREAU = reporter(Reporter.CITY_BUREAU, KAIFENG)
ASSOCIATION = reporter(Reporter.CITY_ASSOCIATION, ZHENGZHOU)
PARTY = reporter(Reporter.CITY_PARTY_COMMITTEE, ZHENGZHOU)
DIVISION = reporter(Reporter.PROVINCIAL_DIVISION, PROVINCE)
OFFICER = Person("officer-1", ("plan-officer",), "department", PROVINCE)
COLLEAGUE = Person("officer-2", ("plan-officer",), "department", PROVINCE)


@dataclass
class Desk:
    client: httpx.AsyncClient
    issuer: RunningIssuer
    database: Database
    connection: asyncpg.Connection
    hands: Hands

    @property
    def app(self) -> FastAPI:
        transport = self.client._transport
        assert isinstance(transport, httpx.ASGITransport)
        return cast(FastAPI, transport.app)

    def at(self, day: date, hour: int = 9) -> None:
        self.hands.now = datetime.combine(day, time(hour), SHANGHAI).astimezone(UTC)

    async def days_pass(self, day: date) -> None:
        """Until the morning of this day; the timers go round once."""
        self.at(day)
        await open_reports(self.database, self.hands.now)
        await remind(self.database, self.hands.now)

    async def call(
        self, method: str, path: str, who: Person | None, *, expect: int = 200, body: object = None,
        version: int | str | None = None, key: str | None = None,
    ) -> Any:  # fmt: skip
        headers = self.headers(who)
        if method == "POST":
            headers["Idempotency-Key"] = key or str(uuid4())
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        response = await self.client.request(method, f"/v1{path}", json=body, headers=headers)
        assert response.status_code == expect, f"{method} {path}: {response.status_code} {response.text}"
        return response.json()

    async def send(self, path: str, who: Person | None, content: bytes, content_type: str, *, expect: int = 200) -> Any:
        """A file as the body itself."""
        response = await self.client.post(
            f"/v1{path}",
            content=content,
            headers=self.headers(who) | {"Idempotency-Key": str(uuid4()), "Content-Type": content_type},
        )
        assert response.status_code == expect, f"{path}: {response.status_code} {response.text}"
        return response.json()

    async def download(self, path: str, who: Person | None, *, expect: int = 200) -> bytes:
        response = await self.client.get(f"/v1{path}", headers=self.headers(who))
        assert response.status_code == expect, f"{path}: {response.status_code} {response.text[:500]}"
        return response.content

    def headers(self, who: Person | None) -> dict[str, str]:
        if who is None:
            return {}
        return self.issuer.headers(
            roles=who.roles, subject=who.subject, organisation_kind=who.organisation_kind, region=who.region,
            organisation_id=f"{who.organisation_kind}-{who.region}",
        )  # fmt: skip

    async def get(self, path: str, who: Person | None, *, expect: int = 200) -> Any:
        return await self.call("GET", path, who, expect=expect)

    async def find(self, who: Person, period: str) -> dict[str, Any]:
        """The form of the caller's report for a period."""
        [line] = (await self.get(f"/reports?period={period}", who))["items"]
        return cast(dict[str, Any], await self.get(f"/reports/{line['report_id']}", who))

    async def save(self, form: dict[str, Any], items: dict[str, Any], who: Person, **more: Any) -> Any:
        return await self.call(
            "PUT", f"/reports/{form['report_id']}/draft", who,
            body={"items": items, **NAMES}, version=more.pop("version", form["version"]), **more,
        )  # fmt: skip

    async def act(self, form: dict[str, Any], what: str, who: Person, body: object = None, **more: Any) -> Any:
        stands_in = {"submission": {}, "confirmation": {"without_scan": "测试：盖章件后补"}}
        body = stands_in.get(what) if body is None else body
        return await self.call(
            "POST", f"/reports/{form['report_id']}/{what}", who,
            body=body, version=more.pop("version", form["version"]), **more,
        )  # fmt: skip

    async def submit(self, who: Person, period: str, **answers: Any) -> dict[str, Any]:
        """Filled in, unremarkably but for `answers` (by keys with _ for - and .), and sent."""
        form = await self.find(who, period)
        form = await self.save(form, filled(form, answers), who)
        return cast(dict[str, Any], await self.act(form, "submission", who))

    async def confirm(self, who: Person, period: str, **answers: Any) -> dict[str, Any]:
        sent = await self.submit(who, period, **answers)
        return cast(dict[str, Any], await self.act(sent, "confirmation", OFFICER))

    async def events(self, *kinds: type[Event]) -> list[Any]:
        """All told so far, of these kinds, in the order in which they were written."""
        rows = await self.connection.fetch("SELECT bytes FROM outbox ORDER BY id")
        told = [decode(bytes(row["bytes"])).event() for row in rows]
        return [event for event in told if not kinds or isinstance(event, kinds)]

    async def project(self) -> None:
        """The whole of the feed, into empty tables."""
        await self.connection.execute("TRUNCATE report_duties, reported_values")
        rows = await self.connection.fetch("SELECT bytes FROM outbox ORDER BY id")
        envelopes = [decode(bytes(row["bytes"])) for row in rows]
        received = [Received("progress.events", 0, n, e, e.event()) for n, e in enumerate(envelopes)]
        projection = Projection()
        async with self.database.begin() as tx:
            await projection.apply(tx, [each for each in received if each.envelope.type in projection.handles], None)

    async def figures(self, indicator_id: str, as_of: date) -> Figures:
        async with self.connection.transaction(isolation="repeatable_read"):
            return (await figures_on(self.connection, as_of, [indicator_id]))[indicator_id]

    async def stored(self, form: dict[str, Any]) -> Report:
        return await SqlReports(self.connection).get(form["report_id"])


def filled(form: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    """Every row: a small number, a nil report, or no."""
    given = {key.replace("_", "-").replace("--", "."): value for key, value in answers.items()}
    rows = {item["key"]: _plain(item) for item in form["items"]}
    assert given.keys() <= rows.keys(), (given, list(rows))
    return rows | given


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    if "yes" in item["fields"]:
        return {"yes": False}
    if "numerator" in item["fields"]:
        return {"numerator": 1, "denominator": 2}
    return {"kind": "nil"}
