"""What the tests of remarks do again and again: a subject and an officer at one record; does every way out agree?"""

from typing import Any

import asyncpg
import httpx
from discipline_api.display.log import entry_of
from discipline_api.display.shown import Change, commitment

from .conftest import CREDIT, LICENCE, Hands

PUBLIC = "/v1/public/disclosures"
TEXT = "公示所称收费系家属李小红代交，请核对"


def lawyer(hands: Hands, number: str = LICENCE) -> dict[str, str]:
    return hands.issuer.headers(
        roles=["lawyer"], region="410100", organisation_kind="lawyer", organisation_id=number, subject=f"sub-{number}"
    )


def firm(hands: Hands, code: str = CREDIT) -> dict[str, str]:
    return hands.issuer.headers(
        roles=["firm"], region="410100", organisation_kind="firm", organisation_id=code, subject=f"sub-{code}"
    )


async def page(hands: Hands, case: dict[str, Any]) -> httpx.Response:
    return await hands.http.get(f"{PUBLIC}/{case['case_id']}")


async def marks(hands: Hands, case: dict[str, Any]) -> dict[str, Any]:
    return (await page(hands, case)).json()["marks"]


async def object_to(
    hands: Hands, case: dict[str, Any], *, by: dict[str, str] | None = None, **changes: Any
) -> httpx.Response:
    body = {"ground": "wrong-content", "text": TEXT} | changes
    return await hands.post(f"/v1/disclosures/{case['case_id']}/objections", body, headers=by or lawyer(hands))


async def objected(hands: Hands, case: dict[str, Any], **changes: Any) -> dict[str, Any]:
    answer = await object_to(hands, case, **changes)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(
    hands: Hands, path: str, body: Any, version: int = 1, *, by: dict[str, str] | None = None, key: str | None = None
) -> httpx.Response:
    return await hands.post(path, body, headers=by or hands.officer(), key=key, **{"If-Match": f'"v{version}"'})


async def answered(
    hands: Hands, objection: dict[str, Any], version: int = 1, *, by: dict[str, str] | None = None, **body: Any
) -> httpx.Response:
    path = f"/v1/objections/{objection['objection_id']}/answer"
    return await act(hands, path, {"reasons": "经核对案卷，公示与决定一致"} | body, version, by=by)


async def log_agrees(connection: asyncpg.Connection, case: dict[str, Any], *, changes: list[str]) -> None:
    """The newest leaf of the record commits to what is on display, or to its tombstone; these are its changes."""
    row = await connection.fetchrow(
        "SELECT body, salt, tombstone, leaf_index FROM public_disclosures WHERE case_id = $1", case["case_id"]
    )
    leaves = await connection.fetch(
        "SELECT * FROM disclosure_log WHERE record_id = $1 ORDER BY leaf_index", case["case_id"]
    )
    assert [leaf["change"] for leaf in leaves] == changes
    newest = entry_of(leaves[-1])
    assert leaves[-1]["leaf_index"] == row["leaf_index"]
    gone = newest.change in (Change.WITHDRAWN, Change.ENDED)
    committed = commitment(b"", row["tombstone"]) if gone else commitment(row["salt"], row["body"])
    assert newest.commitment == committed
