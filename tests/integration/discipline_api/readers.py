"""Somebody who reads the disclosures: the public, or a system under an undertaking."""

import csv
import io
from typing import Any

import orjson
from contracts.disclosure_copy import Change, Copy

from .conftest import Hands

PUBLIC = "/v1/public/disclosures"
OTHERS = ("14101201010123457", "14101201010123458", "14101201010123459")
"""Numbers of other lawyers than the first."""


def client(hands: Hands, code: str = "bank", **more: Any) -> dict[str, str]:
    rights = {"roles": ["disclosure-client"], "organisation_kind": "system", "subject": f"client-of-{code}"} | more
    return hands.issuer.headers(organisation_id=code, **rights)


def lawyer(number: str, name: str, firm: str = "河南秘名律师事务所") -> dict[str, Any]:
    return {"subject": {"kind": "lawyer", "licence_number": number, "name": name, "firm_name": firm}}


async def undertakes(hands: Hands, headers: dict[str, str], **changes: Any) -> Any:
    text = (await hands.http.get("/v1/disclosure-undertakings/text")).json()
    body = {
        "organisation_name": "河南某征信公司",
        "text_version": text["version"],
        "accepted": True,
        "contact": "数据部 13700001234",
    } | changes
    return await hands.post("/v1/disclosure-undertakings", body, headers=headers)


async def listed(hands: Hands, **query: Any) -> list[dict[str, Any]]:
    """All pages."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await hands.http.get(f"{PUBLIC}/list", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


async def filed(hands: Hands, headers: dict[str, str]) -> dict[str, Any]:
    """Lines by record id."""
    answer = await hands.http.get("/v1/disclosures/bulk.ndjson", headers=headers)
    assert answer.status_code == 200, answer.text
    lines = [orjson.loads(line) for line in answer.content.splitlines()]
    return {line["record_id"]: line for line in lines}


async def tabled(hands: Hands, headers: dict[str, str]) -> list[dict[str, str]]:
    answer = await hands.http.get("/v1/disclosures/bulk.csv", headers=headers)
    assert answer.status_code == 200, answer.text
    rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline=""))
    names = [title.split(" ")[1] for title in next(rows)]
    return [dict(zip(names, row, strict=True)) for row in rows]


async def followed(
    hands: Hands, copy: Copy | None = None, headers: dict[str, str] | None = None, limit: int = 3
) -> Copy:
    """The stream, applied up to its end; a copy forgets by itself what has reached its term."""
    copy = copy or Copy()
    while True:
        answer = await hands.http.get(
            "/v1/disclosures/changes", params={"after": copy.after, "limit": limit}, headers=headers or {}
        )
        assert answer.status_code == 200, answer.text
        page = answer.json()
        for item in page["changes"]:
            copy.apply(Change.of(item))
        if not page["more"]:
            copy.forget_due(hands.now)
            return copy
