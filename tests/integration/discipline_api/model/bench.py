"""Gives the service one order and compares what comes of it with what the model says."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from tests.integration.discipline_api.conftest import FIRM_NAME, LICENCE, NAME, Hands, empty

from . import verdict
from .case import Case, Officer, Order
from .invariants import check_all

Rows = dict[str, list[str]]
REFUSALS = {403, 409, 412, 422, 428}


def plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass
class Bench:
    hands: Hands
    sql: asyncpg.Connection
    sent: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _headers: dict[Officer, dict[str, str]] = field(default_factory=dict)
    _query: str = ""
    _seen: Rows | None = None
    """The rows after the last request, if nothing has changed since."""

    async def clear(self) -> None:
        await empty(self.sql)
        self._seen = None

    def headers(self, officer: Officer) -> dict[str, str]:
        if officer not in self._headers:
            self._headers[officer] = self.hands.officer(
                officer.kind, officer.region, officer.code, subject=officer.subject, roles=[officer.role]
            )
        return self._headers[officer]

    def on(self, today: date) -> None:
        self.hands.on(datetime.combine(today, time(12)).isoformat())

    async def rows(self) -> Rows:
        """Every row of every table, but entries about attempts that were refused: those are to be written."""
        if not self._query:
            names = await self.sql.fetch(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            )
            self._query = " UNION ALL ".join(
                f"SELECT '{name}', array_agg(t::text ORDER BY t::text) FROM {name} t"
                + (" WHERE outcome <> 'refused'" if name == "audit_log" else "")
                for (name,) in names
            )
        return {name: rows or [] for name, rows in await self.sql.fetch(self._query)}

    async def open(self, organ: tuple[str, str, str], officer: Officer, received_on: date, today: date) -> Case:
        self.on(today)
        self._seen = None
        case = verdict.opened("", organ, received_on)
        body = {
            "kind": case.kind,
            "organ": dict(zip(("kind", "region", "code"), organ, strict=True)),
            "origin": "own-initiative",
            "received_on": received_on.isoformat(),
            "subject": {"kind": "lawyer", "licence_number": LICENCE, "name": NAME, "firm_name": FIRM_NAME},
            "reason": "线索内容",
        }
        answer = await self.hands.post("/v1/proceedings", body, headers=self.headers(officer))
        assert answer.status_code == 201, answer.text
        case.name = str(answer.json()["proceeding_id"])
        return case

    async def post(
        self, path: str, body: Any, by: Officer, version: int | None, key: str | None = None
    ) -> httpx.Response:
        tag = {} if version is None else {"If-Match": f'"v{version}"'}
        self.sent += 1
        return await self.hands.post(
            path, json.loads(json.dumps(body, default=plain)), headers=self.headers(by), key=key or uuid4().hex, **tag
        )

    async def send(self, case: Case, order: Order, key: str | None = None) -> httpx.Response:
        body: dict[str, Any] = {"step": order.step, "on": order.on, "details": order.details}
        body |= {"document_number": order.document} if order.document else {}
        body |= {"reason": order.reason} if order.reason else {}
        return await self.post(f"/v1/proceedings/{case.name}/steps", body, order.by, order.version, key)

    def forget(self) -> None:
        self._seen = None

    async def before(self) -> Rows:
        return self._seen if self._seen is not None else await self.rows()

    async def unchanged(self, before: Rows, told: str) -> None:
        after = await self.rows()
        changed = [name for name in after if after[name] != before.get(name)]
        assert not changed, f"a refused request changed {changed}\n{told}"
        self._seen = after

    async def try_order(
        self, case: Case, order: Order, today: date, others: list[Case], key: str | None = None
    ) -> httpx.Response:
        """The service does as the model says; of a refusal it gives a reason that the model has, and nothing changes."""
        self.on(today)
        faults = verdict.faults(case, order, today, others)
        before = await self.before() if faults else {}
        self._seen = None
        answer = await self.send(case, order, key)
        told = f"{order}\n{case}\ntoday {today}\nmodel: {sorted(faults)}\nservice: {answer.status_code} {answer.text}"
        if faults:
            assert answer.status_code in REFUSALS, f"accepted what the model refuses\n{told}"
            self.refused[reason(answer)] += 1
            check_reason(faults, answer, told)
            await self.unchanged(before, told)
            return answer
        assert answer.status_code == 200, f"refused what the model allows\n{told}"
        verdict.apply(case, order)
        self.accepted[f"{case.kind} {order.step}"] += 1
        assert answer.headers["etag"] == f'"v{case.version}"', told
        for each in [case, *others]:
            row = await self.sql.fetchrow("SELECT * FROM proceedings WHERE proceeding_id = $1", UUID(each.name))
            await check_all(self.sql, row, each, told)
        return answer


def reason(answer: httpx.Response) -> str:
    """The guard that refused, else the kind of problem."""
    problem = answer.json()
    return str(problem.get("guard") or problem["type"].rpartition(":")[2])


_OF_THE_REQUEST = {
    "validation-failed", "value-missing", "value-out-of-place", "term-without-suspension", "effect-before-service",
    "date-in-the-future",
}  # fmt: skip
"""Problems of members that no guard names."""


def check_reason(faults: set[str], answer: httpx.Response, told: str) -> None:
    why, status = reason(answer), answer.status_code
    if status == 403 and why == "forbidden":
        expected = {"competent-organ"}
    elif status in (412, 428):
        expected = {str(status)}
    elif why in _OF_THE_REQUEST:
        expected = {"fields", "state", "d03-tariff", "d17-one-fine", "dates-in-order"}
    else:
        expected = {why}
    assert expected & faults, f"refused for another reason\n{told}"
