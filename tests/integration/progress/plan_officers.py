"""Who works on the plan in tests, and how they ask: one call for every method, with key and If-Match."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from progress_api.board import Board

from tests.conftest import RunningIssuer

Ask = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Officer:
    """A token's claims."""

    subject: str
    role: str
    organisation_kind: str
    region: str | None


DEPARTMENT = Officer("dept-1", "plan-officer", "department", "410000")
SECOND = Officer("dept-2", "plan-officer", "department", "410000")
DIVISION = Officer("dept-3", "plan-reporter", "department", "410000")
PROVINCIAL_ASSOCIATION = Officer("assoc-1", "plan-reporter", "association", "410000")
ZHENGZHOU = Officer("zz-1", "plan-reporter", "bureau", "410100")
ZHENGZHOU_ASSOCIATION = Officer("zz-2", "plan-reporter", "city-association", "410100")
KAIFENG = Officer("kf-1", "plan-reporter", "bureau", "410200")
READER = Officer("reader-1", "plan-reader", "bureau", "410200")
CITY_STEERING = Officer("zz-3", "plan-officer", "bureau", "410100")
LAWYER = Officer("lawyer-1", "lawyer", "public", None)


def asking(app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer) -> Ask:
    """`await ask("POST /deliverables/M01-D1/states", body, who=…, expect=201)` gives the JSON of the answer."""

    async def ask(
        what: str, body: Any = None, *, who: Officer = DEPARTMENT, expect: int = 200, if_match: str | None = None,
        content: bytes | None = None, headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        # Facts are written in tests past the positions by which a board notices them.
        app.state.board = Board(app.state.database, recompute_seconds=60, page_lag_seconds=0, clock=app.state.clock)
        method, _, path = what.partition(" ")
        sent = issuer.headers(
            roles=[who.role], subject=who.subject, organisation_kind=who.organisation_kind, region=who.region
        ) | dict(headers or {})
        if method == "POST":
            sent["Idempotency-Key"] = str(uuid4())
        if if_match is not None:
            sent["If-Match"] = if_match
        response = await client.request(
            method, f"/v1{path}", headers=sent, **({"json": body} if content is None else {"content": content})
        )
        assert response.status_code == expect, response.text
        return response.json() if response.headers["content-type"].endswith("json") else response.content

    return ask
