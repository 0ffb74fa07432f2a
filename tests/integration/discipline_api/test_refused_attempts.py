"""Whoever was refused a right stands in the audit log, once, whatever became of his request."""

import asyncio
import time
from uuid import uuid4

import asyncpg
import pytest
from common.auth import forbidden
from common.auth.dependencies import current_principal, optional_principal
from common.http import add_raw_route
from discipline_api.audit.attempts import ALL_OF_A_MINUTE, Attempt, Attempts
from joserfc import jwt
from joserfc.jwk import ECKey
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from .conftest import LICENCE, NAME, REASONS


async def entries(connection: asyncpg.Connection) -> list[dict]:
    rows = await connection.fetch("SELECT * FROM audit_log WHERE outcome = 'refused' ORDER BY entry_id")
    return [dict(row) for row in rows]


def token(issuer, key=None, **changes) -> dict[str, str]:
    """A token that says what the test wants, signed by our issuer's key unless another is given."""
    own = issuer._issuer.secrets.key()
    now = int(time.time())
    claims = {"iss": issuer.url, "aud": "yulu", "sub": "officer-of-zz", "iat": now, "exp": now + 600} | changes
    signed = jwt.encode({"alg": "ES256", "kid": own.kid}, claims, key or own, algorithms=["ES256"])
    return {"Authorization": f"Bearer {signed}"}


async def test_a_foreign_region_is_refused_and_audited_after_the_rollback(hands, connection):
    foreign = hands.officer(region="410300", code="ly")
    key = str(uuid4())
    answer = await hands.post("/v1/sanctions", hands.decision(), headers=foreign, key=key)
    assert answer.status_code == 403
    (entry,) = await entries(connection)
    assert {name: entry[name] for name in entry if name not in ("entry_id", "at", "seq", "hash")} == {
        "actor": "officer-of-ly", "organisation_kind": "bureau", "organisation_id": "ly", "region": "410300",
        "action": "discipline:record", "object_kind": "route", "object_id": "POST /v1/sanctions",
        "reason": "forbidden; POST /v1/sanctions", "outcome": "refused",
    }  # fmt: skip
    assert entry["at"] == hands.now
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 0
    # The key went with the request: it is free, and the second attempt is an attempt of its own.
    assert await connection.fetchval("SELECT count(*) FROM idempotency_keys") == 0
    assert (await hands.post("/v1/sanctions", hands.decision(), headers=foreign, key=key)).status_code == 403
    assert len(await entries(connection)) == 2


async def test_the_object_is_the_id_in_the_path(hands, connection):
    case = await hands.recorded()
    foreign = hands.officer(region="410300", code="ly")
    await hands.http.get(f"/v1/sanctions/{case['case_id'].upper()}", headers=foreign)
    await hands.post(f"/v1/sanctions/{case['case_id']}/withdrawal", {
        "ground": "revoked", "document_number": "豫司复决字〔2026〕1号", "withdrawn_on": "2026-06-09"
    }, headers=foreign)  # fmt: skip
    read, withdrawal = await entries(connection)
    assert (read["object_kind"], read["object_id"]) == ("case", case["case_id"])
    assert read["reason"] == "forbidden; GET /v1/sanctions/{case_id}"
    assert (withdrawal["action"], withdrawal["object_id"]) == ("discipline:withdraw", case["case_id"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"organ": {"kind": "county-bureau", "region": "410102", "code": "zy"}}, "organ-without-authority"),
        ({"penalties": [{"kind": "revocation"}], "to_on": None, "conduct_code": "L49.1"}, "penalty-beyond-authority"),
    ],
)
async def test_d01_d02_deciding_beyond_ones_authority_is_refused_and_audited(hands, connection, changes, code):
    answer = await hands.post("/v1/sanctions", hands.decision(**changes))
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:yulu:problem:{code}")
    (entry,) = await entries(connection)
    assert (entry["actor"], entry["reason"]) == ("officer-of-zz", f"{code}; POST /v1/sanctions")
    written = " ".join(str(value) for value in entry.values())
    assert not any(personal in written for personal in (NAME, LICENCE, REASONS))


async def test_what_is_only_wrong_is_no_attempt(hands, connection):
    assert (await hands.post("/v1/sanctions", hands.decision(conduct_code="L99"))).status_code == 422
    assert (await hands.http.get(f"/v1/sanctions/{uuid4()}", headers=hands.officer())).status_code == 404
    assert (await hands.http.get("/v1/sanctions")).status_code == 401
    assert await entries(connection) == []


@pytest.mark.parametrize(
    ("claims", "actor", "reason"),
    [
        ({"exp": int(time.time()) - 600}, "officer-of-zz", "unauthenticated: ExpiredTokenError"),
        ({"aud": "someone-else"}, "officer-of-zz", "unauthenticated: InvalidClaimError"),
        ({"sub": 7}, "-", "unauthenticated: InvalidClaimError"),
        ({"aud": "else", "sub": "x\x00 410105199001011234 " + "y" * 500}, "x *** " + "y" * 194, None),
    ],
)
async def test_a_token_that_is_no_longer_good_is_audited_under_its_subject(
    hands, connection, issuer, claims, actor, reason
):
    answer = await hands.http.get("/v1/sanctions", headers=token(issuer, **claims))
    assert answer.status_code == 401
    (entry,) = await entries(connection)
    assert entry["actor"] == actor
    if reason is not None:
        assert entry["reason"] == f"{reason}; GET /v1/sanctions"
    assert (entry["action"], entry["organisation_kind"]) == ("GET /v1/sanctions", "-")


async def test_a_forged_token_is_audited_without_the_name_it_claims(hands, connection, issuer):
    forged = token(issuer, ECKey.generate_key("P-256"), sub="director")
    for headers in (forged, {"Authorization": "Bearer rubbish"}, {"Authorization": "Basic ZGlyOnB3"}):
        assert (await hands.http.get("/v1/sanctions", headers=headers)).status_code == 401
    found = await entries(connection)
    assert [entry["actor"] for entry in found] == ["-", "-", "-"]
    assert "director" not in str(found)
    assert "rubbish" not in str(found)


async def test_routes_beside_the_framework_are_audited_too(hands, connection):
    refused = hands.officer(region="410300", code="ly")
    for path in ("/metrics", "/v1/events", "/v1/feed/heads"):
        assert (await hands.http.get(path, headers=refused)).status_code == 403
    assert [entry["reason"] for entry in await entries(connection)] == [
        "forbidden; GET unmatched", "forbidden; GET /v1/events", "forbidden; GET /v1/feed/heads"
    ]  # fmt: skip


async def test_a_raw_route_ahead_of_the_framework_is_audited_too(hands, connection, monkeypatch):
    async def closed(request):
        raise forbidden(await current_principal(await optional_principal(request)), "test:read")

    app, some_id = hands.http._transport.app, uuid4()
    monkeypatch.setattr(app.router, "routes", list(app.router.routes))  # the app is that of other tests, too
    app.state.raw_routes = list(app.state.raw_routes)
    add_raw_route(app, "/v1/closed/{case_id}", closed, openapi={})
    assert (await hands.http.get(f"/v1/closed/{some_id}", headers=hands.officer())).status_code == 403
    (entry,) = await entries(connection)
    assert (entry["actor"], entry["action"], entry["object_id"]) == ("officer-of-zz", "test:read", str(some_id))
    assert entry["reason"] == "forbidden; GET /v1/closed/{case_id}"


async def test_numbers_of_persons_in_a_path_are_not_written():
    def written(**parameters):
        return Attempt("forbidden", "GET /x/{n}", parameters=tuple(parameters.items())).entry(None, 1).object_id

    assert written(n=LICENCE) == "GET /x/{n}"
    assert written(n="13800138000") == "GET /x/{n}"
    assert written(n="../../etc/passwd") == "GET /x/{n}"
    assert written(n="12") == "12"
    some_id = str(uuid4())
    assert written(case_id=some_id, name="张三") == some_id
    assert written(case_id="{" + some_id + "}") == "GET /x/{n}"


async def test_a_flood_grows_the_table_by_the_logarithm_of_its_size(hands, connection):
    foreign = hands.officer(region="410300", code="ly")
    for _ in range(10):
        answers = await asyncio.gather(*(hands.http.get(f"/v1/sanctions/{uuid4()}", headers={
            "Authorization": f"Bearer made-up-{n}"}) for n in range(50)))  # fmt: skip
        assert {answer.status_code for answer in answers} == {401}
    found = await entries(connection)
    assert len(found) == ALL_OF_A_MINUTE + 4  # of 500
    often = {entry["reason"].rpartition("; ")[2] for entry in found if "minute" in entry["reason"]}
    assert often == {f"{n} within a minute" for n in (32, 64, 128, 256)}
    # Somebody with a name of his own is not drowned in it.
    assert (await hands.http.get("/v1/feed/heads", headers=foreign)).status_code == 403
    assert (await entries(connection))[-1]["actor"] == "officer-of-ly"


async def test_every_minute_begins_anew(hands, connection):
    passed = 0.0
    attempts = Attempts(hands.http._transport.app.state.database, lambda: passed)
    for _ in range(ALL_OF_A_MINUTE + 1):
        await attempts.write(Attempt("forbidden", "GET /x"), hands.now)
    assert len(await entries(connection)) == ALL_OF_A_MINUTE
    passed = 60.0
    await attempts.write(Attempt("forbidden", "GET /x"), hands.now)
    assert len(await entries(connection)) == ALL_OF_A_MINUTE + 1


async def test_an_entry_that_cannot_be_written_is_an_error_and_counted_and_the_refusal_stands(hands, connection):
    def lost():
        return REGISTRY.get_sample_value("audit_refused_attempts_total", {"entry": "lost"})

    before = lost()
    await connection.execute("ALTER TABLE audit_log RENAME TO audit_log_away")
    try:
        with capture_logs() as logs:
            answer = await hands.http.get("/v1/feed/heads", headers=hands.officer())
    finally:
        await connection.execute("ALTER TABLE audit_log_away RENAME TO audit_log")
    assert answer.status_code == 403
    assert lost() == before + 1
    (line,) = [line for line in logs if line["event"] == "audit_entry_lost"]
    assert line["log_level"] == "error"
