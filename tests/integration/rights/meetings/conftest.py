"""Refused meetings over HTTP, on the Friday before the Spring Festival of 2026."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.rights.conftest import CONTACT, LICENCE_NUMBER, NAME

WORDS = "值班民警说下周再来独特标记"
CENTRE_NAME = "洛阳市秘密标记看守所"
ASKED = "2026-02-13T16:20:00+08:00"
REFUSED = "2026-02-13T16:30:00+08:00"
RECORDED = "2026-02-13 16:35"
DUE = "2026-02-15T17:00:00+08:00"
CENTRE = {
    "region": "410300",
    "name": "洛阳市第一看守所",
    "level": "city",
    "telephone": "0379-60000001",
    "procuratorate": "洛阳市人民检察院驻所检察室",
    "procuratorate_telephone": "0379-60000002",
}


def refusal(**changes: Any) -> dict[str, Any]:
    """A complete body; a change to None leaves the field out."""
    body = {
        "incident_region": "410300",
        "registration_region": "410100",
        "centre_name": CENTRE_NAME,
        "level": "city",
        "asked_at": ASKED,
        "refused_at": REFUSED,
        "ground": "holiday",
        "words": WORDS,
        "complainant": {"name": NAME, "licence_number": LICENCE_NUMBER, "contact": CONTACT},
    }
    return {name: value for name, value in (body | changes).items() if value is not None}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def is_at(shown: str, text: str) -> bool:
    return instant(shown) == instant(text)


@pytest.fixture(autouse=True)
def recorded_on_friday(time) -> None:
    time.at(RECORDED)


@pytest.fixture
def record(http) -> Callable[..., Awaitable[httpx.Response]]:
    async def record(*, key: str | None = None, **changes: Any) -> httpx.Response:
        headers = {"Idempotency-Key": key or uuid4().hex}
        return await http.post("/v1/refused-meetings", json=refusal(**changes), headers=headers)

    return record


@pytest.fixture
def session(http) -> Callable[[str], Awaitable[dict[str, str]]]:
    async def session(receipt: str) -> dict[str, str]:
        opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
        assert opened.status_code == 201, opened.text
        return {"Receipt-Session": opened.json()["session"]}

    return session


@pytest.fixture
def watched(http, session) -> Callable[[str], Awaitable[dict[str, Any]]]:
    """The watch as the lawyer sees it."""

    async def watched(receipt: str) -> dict[str, Any]:
        seen = await http.get("/v1/receipts/meeting", headers=await session(receipt))
        assert seen.status_code == 200, seen.text
        assert seen.headers["cache-control"] == "no-store"
        return seen.json()

    return watched


@pytest.fixture
def says(http, session):
    """The lawyer, about his own watch."""

    async def says(receipt: str, what: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> Any:
        headers = await session(receipt) | {"Idempotency-Key": key or uuid4().hex}
        return await http.post(f"/v1/receipts/meeting/{what}", json=body or {}, headers=headers)

    return says


@pytest.fixture
def post(http, officer):
    """An officer's POST, each time with a fresh key."""

    async def post(path: str, body: Any, *, key: str | None = None, **who: Any) -> httpx.Response:
        return await http.post(path, json=body, headers=officer(**who) | {"Idempotency-Key": key or uuid4().hex})

    return post
