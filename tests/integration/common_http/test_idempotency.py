"""A key is committed with its effect: repeated, the effect is there once and the answer again."""

import asyncio
import hmac
import json
from uuid import uuid4

import httpx
import pytest
from common.auth import install_auth
from common.database import Database
from common.http import create_app
from common.http.idempotency import forget_old_keys
from common.http.transaction import Transaction
from fastapi import APIRouter
from sqlalchemy import text

from tests.integration.common_http.conftest import TrialSettings, router
from tests.support.gateway import FILE, headers_for
from tests.support.idempotency import plain_digest


def _key(key: str | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key or str(uuid4())}


async def _count(database: Database, table: str) -> int:
    async with database.engine.connect() as connection:
        return int((await connection.execute(text(f"SELECT count(*) FROM {table}"))).scalar_one())


async def test_a_repetition_gets_the_same_answer_and_changes_nothing(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = _key()
    first = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    second = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert first.headers["location"] == second.headers["location"] == "/v1/things/1"
    assert first.headers["event-ids"] == second.headers["event-ids"]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await _count(database, "things") == await _count(database, "outbox") == 1


async def test_another_change_is_made_once_where_it_has_a_key(client: httpx.AsyncClient, database: Database) -> None:
    headers = _key()
    answers = [await client.patch("/v1/things", json={"name": "a"}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotency-replayed"] == "true"
    assert await _count(database, "things") == 1
    for _ in range(2):
        assert (await client.patch("/v1/things", json={"name": "a"})).status_code == 202
    assert await _count(database, "things") == 3


async def test_commit_headers_tell_the_position_and_the_events(client: httpx.AsyncClient, database: Database) -> None:
    response = await client.post("/v1/things", json={"name": "a"}, headers=_key())
    async with database.engine.connect() as connection:
        reached = text("SELECT CAST(CAST(:lsn AS text) AS pg_lsn) BETWEEN '0/1' AND pg_current_wal_lsn()")
        assert (await connection.execute(reached, {"lsn": response.headers["commit-lsn"]})).scalar_one()
        ids = (await connection.execute(text("SELECT event_id::text FROM outbox"))).scalars().all()
    assert ids == [response.headers["event-ids"]]


async def test_concurrent_duplicates_have_one_effect_and_one_answer(
    client: httpx.AsyncClient, database: Database
) -> None:
    headers = _key()
    body = {"name": "a", "slow": True}
    answers = await asyncio.gather(*(client.post("/v1/things", json=body, headers=headers) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await _count(database, "things") == 1


async def test_a_key_of_another_request_is_refused(client: httpx.AsyncClient, database: Database) -> None:
    headers = _key()
    await client.post("/v1/things", json={"name": "a"}, headers=headers)
    other = await client.post("/v1/things", json={"name": "b"}, headers=headers)
    assert other.status_code == 422
    assert (other.json()["type"], other.json()["field"]) == (
        "urn:yulu:problem:idempotency-key-reused",
        "Idempotency-Key",
    )
    assert await _count(database, "things") == 1


async def test_a_refused_request_leaves_its_key_free(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/v1/things", json={"name": "a"}, headers=_key())
    headers = _key()
    refused = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert refused.status_code == 409
    async with database.engine.begin() as connection:
        await connection.execute(text("DELETE FROM things"))
    assert (await client.post("/v1/things", json={"name": "a"}, headers=headers)).status_code == 201
    assert await _count(database, "idempotency_keys") == 2


async def test_a_commit_that_fails_is_no_success(client: httpx.AsyncClient, database: Database) -> None:
    response = await client.post("/v1/deferred", headers=_key())
    assert response.status_code == 500
    assert await _count(database, "idempotency_keys") == await _count(database, "late") == 0


async def test_keys_belong_to_the_caller(client: httpx.AsyncClient, issuer) -> None:
    headers = _key()
    ann = await client.post("/v1/things", json={"name": "a"}, headers=headers | issuer.headers(subject="ann"))
    bob = await client.post("/v1/things", json={"name": "b"}, headers=headers | issuer.headers(subject="bob"))
    assert (ann.json()["by"], bob.json()["by"]) == ("ann", "bob")


async def test_a_subject_is_unique_to_its_issuer_only(app, database: Database, issuer, tmp_path) -> None:
    """The same name with a token, and through each of two gateways: three callers, whose keys meet nowhere."""
    (tmp_path / "gateways.json").write_text(json.dumps(FILE))
    settings = TrialSettings(environment="test", oidc_issuer=issuer.url, gateways_file=str(tmp_path / "gateways.json"))
    app = create_app(title="试 Trial", settings=settings)
    install_auth(app, settings)
    app.state.database = database
    app.include_router(router)

    def signed(key: str, algorithm: str, body: bytes) -> dict[str, str]:
        return headers_for("POST", "/v1/things", body, key=key, algorithm=algorithm)

    callers = {
        "token": lambda _: issuer.headers(subject="court-system", organisation_kind="court"),
        "hn": lambda body: signed("hn", "sm3", body),
        "nation": lambda body: signed("nation", "sha256", body),
    }
    key = _key() | {"Content-Type": "application/json"}
    told: dict[str, list[httpx.Response]] = {}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://trial") as client:
        for name, headers in callers.items():
            body = json.dumps({"name": name}).encode()
            told[name] = [await client.post("/v1/things", content=body, headers=key | headers(body)) for _ in range(2)]
    for name, (first, again) in told.items():
        assert (first.status_code, first.json()["name"], first.json()["by"]) == (201, name, "court-system")
        assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    assert await _count(database, "things") == len(callers)


async def test_a_key_from_before_issuers_were_kept_still_holds(client: httpx.AsyncClient, database, issuer) -> None:
    headers = _key() | issuer.headers(subject="ann")
    first = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    async with database.engine.begin() as connection:
        assert (await connection.execute(text("UPDATE idempotency_keys SET issuer = ''"))).rowcount == 1
    again = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")
    other = await client.post("/v1/things", json={"name": "b"}, headers=headers)
    assert other.json()["type"] == "urn:yulu:problem:idempotency-key-reused"
    assert await _count(database, "things") == await _count(database, "idempotency_keys") == 1


@pytest.mark.parametrize("key", [None, "short", "x" * 129, "with\ttab-and-more", "钥匙钥匙钥匙钥匙"])
async def test_a_missing_or_unusable_key_is_a_problem_naming_the_header(
    client: httpx.AsyncClient, database: Database, key: str | None
) -> None:
    headers = {} if key is None else {"Idempotency-Key": key.encode()}
    response = await client.post("/v1/things", json={"name": "a"}, headers=headers)
    assert response.status_code == 400
    assert response.json()["field"] == "Idempotency-Key"
    assert await _count(database, "things") == 0


async def test_an_answer_shown_once_is_not_stored(client: httpx.AsyncClient, database: Database) -> None:
    headers = _key()
    first = await client.post("/v1/receipts", headers=headers)
    second = await client.post("/v1/receipts", headers=headers)
    assert first.json() == {"receipt": "1234567890123456"}
    assert second.status_code == 409
    assert second.json()["type"] == "urn:yulu:problem:answer-shown-once"
    assert second.headers["content-type"] == "application/problem+json"
    async with database.engine.connect() as connection:
        row = (await connection.execute(text("SELECT status, body, key_hash FROM idempotency_keys"))).one()
    assert (row.status, row.body) == (201, None)
    assert headers["Idempotency-Key"].encode() not in bytes(row.key_hash)
    assert await _count(database, "things") == 1


async def test_a_secret_answer_can_be_derived_again(app, client: httpx.AsyncClient, database: Database) -> None:
    app.state.idempotency_pepper = b"pepper"
    headers = _key()
    first = await client.post("/v1/derived", headers=headers)
    second = await client.post("/v1/derived", headers=headers)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert await _count(database, "things") == 1


async def test_a_pepper_of_requests_comes_later_and_what_was_stored_before_still_counts(
    app, client: httpx.AsyncClient, database: Database
) -> None:
    """Both ways: stored plain and repeated under the pepper; stored under it and never plain."""
    before, after = _key(), _key()
    first = [await client.post("/v1/things", json={"name": "a"}, headers=before)]
    app.state.idempotency_request_pepper = b"not in the database"
    first.append(await client.post("/v1/things", json={"name": "b"}, headers=after))
    for answer, headers, name in zip(first, (before, after), "ab", strict=True):
        again = await client.post("/v1/things", json={"name": name}, headers=headers)
        assert (again.content, again.headers["idempotency-replayed"]) == (answer.content, "true")
        other = await client.post("/v1/things", json={"name": "c"}, headers=headers)
        assert (other.status_code, other.json()["type"]) == (422, "urn:yulu:problem:idempotency-key-reused")
    async with database.engine.connect() as connection:
        rows = (await connection.execute(text("SELECT key_hash, request_hash FROM idempotency_keys"))).all()
    kept = {bytes(row.key_hash): bytes(row.request_hash) for row in rows}
    bodies = [bytes(answer.request.content) for answer in first]
    plain, peppered = (kept[hmac.digest(b"", sent["Idempotency-Key"].encode(), "sha256")] for sent in (before, after))
    assert plain == plain_digest(bodies[0])
    assert peppered != plain_digest(bodies[1])
    assert await _count(database, "things") == 2

    # A process of the version before meets what is stored under the pepper: refused, and not done again.
    del app.state.idempotency_request_pepper
    old = await client.post("/v1/things", json={"name": "b"}, headers=after)
    assert (old.status_code, old.json()["type"]) == (422, "urn:yulu:problem:idempotency-key-reused")
    assert await _count(database, "things") == 2


async def test_an_upload_repeated_with_another_boundary_is_the_same_request(client: httpx.AsyncClient) -> None:
    headers = _key()
    answers = []
    for content in (b"a,b", b"a,b", b"a,c"):
        upload = {"file": ("f.csv", content)}
        answers.append(await client.post("/v1/files", files=upload, data={"note": "n"}, headers=headers))
    assert [answer.status_code for answer in answers] == [200, 200, 422]
    assert answers[1].json() == {"size": 3, "note": "n"}


async def test_old_keys_are_forgotten(client: httpx.AsyncClient, database: Database) -> None:
    await client.post("/v1/things", json={"name": "a"}, headers=_key())
    await client.post("/v1/things", json={"name": "b"}, headers=_key())
    async with database.begin() as tx:
        aged = (
            "UPDATE idempotency_keys SET created_at = now() - interval '31 days' WHERE body::text LIKE '%' AND ctid = "
        )
        await tx.session.execute(text(aged + "(SELECT min(ctid) FROM idempotency_keys)"))
        await forget_old_keys(tx)
    assert await _count(database, "idempotency_keys") == 1


async def test_a_post_with_a_transaction_on_a_plain_router_fails_loudly_and_writes_nothing(
    app, database: Database
) -> None:
    plain = APIRouter()

    @plain.post("/plain")
    async def post(tx: Transaction) -> None:
        await tx.session.execute(text("INSERT INTO things (name) VALUES ('plain')"))

    other = create_app(title="t", settings=app.state.settings)
    other.state.database = database
    other.include_router(plain)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://trial") as client:
        assert (await client.post("/plain", headers=_key())).status_code == 500
    assert await _count(database, "things") == 0
