"""The proof of a filing: provable by its holder alone, telling nobody anything."""

import re
from pathlib import Path
from uuid import uuid4

import orjson
import pytest
from cryptography.exceptions import InvalidSignature

from tests.integration.rights.conftest import filing

GUIDE = Path(__file__).parents[3] / "docs" / "filing-proofs.md"


@pytest.fixture
def check():
    """As the guide tells complainants to."""
    example = re.search(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    names: dict = {}
    exec(example[1], names)  # noqa: S102 -- the guide's own example
    return names["check"]


async def test_the_complainant_can_prove_that_and_when_and_what_he_filed(http, check, sql):
    key, body = uuid4().hex, filing()
    filed = await http.post("/v1/complaints", json=body, headers={"Idempotency-Key": key})
    proof = filed.json()["proof"]
    jwks = (await http.get("/.well-known/jwks.json")).json()
    check(proof, body, jwks)
    row = await sql.fetchrow("SELECT commitment, filed_at FROM complaints")
    assert row["commitment"].hex() == proof["commitment"]
    assert row["filed_at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ") == proof["time"]
    with pytest.raises(AssertionError):
        check(proof, body | {"facts": "另一件事"}, jwks)
    with pytest.raises(AssertionError):
        check(proof | {"time": "2026-01-01T00:00:00.000000Z"}, body, jwks)
    with pytest.raises(InvalidSignature):
        check(proof | {"signature": proof["signature"][:-8] + "AAAAAAAA"}, body, jwks)


async def test_a_repetition_gives_the_same_proof_however_it_is_written(http, check):
    key, body = uuid4().hex, filing()
    first = await http.post("/v1/complaints", json=body, headers={"Idempotency-Key": key})
    written = orjson.dumps({name: body[name] for name in reversed(body)} | {"criminal": False}, option=2)
    again = await http.post(
        "/v1/complaints", content=written, headers={"Idempotency-Key": key, "Content-Type": "application/json"}
    )
    assert again.json() == first.json()
    check(again.json()["proof"], body, (await http.get("/.well-known/jwks.json")).json())


async def test_two_filings_of_the_same_text_share_nothing(file):
    one, other = (await file()).json()["proof"], (await file()).json()["proof"]
    assert {one[name] for name in ("salt", "commitment", "signature")}.isdisjoint(other.values())


async def test_anybody_may_ask_whether_a_proof_is_ours_and_learns_no_more(http, file, sql):
    one, other = (await file()).json()["proof"], (await file()).json()["proof"]

    async def asked(commitment, signature):
        answer = await http.post("/v1/public/filing-proofs", json={"commitment": commitment, "signature": signature})
        assert answer.status_code == 200, answer.text
        return answer.json()["valid"]

    assert await asked(one["commitment"], one["signature"])
    await sql.execute("SET session_replication_role = replica")
    await sql.execute("TRUNCATE complaints CASCADE")
    assert await asked(one["commitment"], one["signature"]), "nothing is looked up"
    head, payload, signature = one["signature"].split(".")
    for forged in (
        other["signature"],
        "x",
        "..",
        "é.é.é",
        f"{head}.{payload}.",
        f"{head}.{other['signature'].split('.')[1]}.{signature}",
        f"e30.{payload}.{signature}",
        f"MQ.{payload}.{signature}",
    ):
        assert not await asked(one["commitment"], forged), forged


@pytest.mark.parametrize(
    "body",
    [{}, {"commitment": "00"}, {"commitment": "g" * 64, "signature": "x"}, {"commitment": "0" * 64, "signature": ""}],
)
async def test_rubbish_is_no_proof(http, body):
    assert (await http.post("/v1/public/filing-proofs", json=body)).status_code == 422


async def test_proof_and_event_share_no_value(file, sql):
    """Who sees a proof's commitment and signature cannot tell which event is its."""
    proof = (await file()).json()["proof"]
    events = b"".join(row["bytes"] for row in await sql.fetch("SELECT bytes FROM outbox"))
    assert events
    for name in ("salt", "commitment", "signature"):
        assert proof[name].encode() not in events
