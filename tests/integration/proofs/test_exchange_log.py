"""Which calls are entered, what an entry says, and that no answer leaves without it."""

import asyncio
import hashlib
import time as clock
from uuid import uuid4

import pytest
from common.exchange_log.writing import GroupWriter

from tests.integration.proofs.conftest import AUDITOR, OFFICER, OTHER, SYSTEM, WORKER


def sm3(data: bytes) -> str:
    return hashlib.new("sm3", data).hexdigest()


def digests(entry, method: str, target: str, body: bytes, status: int, answer: bytes) -> tuple[str, str]:
    """As docs/exchange-log.md tells clients."""
    salt = bytes.fromhex(entry["salt"])
    request = sm3(salt + f"{method}\n{target}\n".encode() + body[: entry["request_bytes"]])
    return request, sm3(salt + f"{status}\n".encode() + answer)


@pytest.mark.parametrize(
    "path", ["/v1/things/a%20b?x=1&y=%E8%B1%AB", "/v1/raw/411?as_of=2026", "/v1/nowhere", "/v1/boom"]
)
async def test_a_client_makes_both_digests_anew_from_what_it_sent_and_got(http, issuer, log, path):
    answer = await http.get(path, headers=issuer.headers(**SYSTEM))
    [entry] = await log.entries()
    assert (entry["request_digest"], entry["response_digest"]) == digests(
        entry, "GET", path, b"", answer.status_code, answer.content
    )
    assert entry["status"] == answer.status_code
    assert entry["response_bytes"] == len(answer.content)
    assert (entry["subject"], entry["organisation_kind"], entry["organisation_id"]) == ("court-sys", "court", "hn-gy")


async def test_the_operation_is_a_template_never_an_address(http, issuer, log):
    for path in ("/v1/things/zhang-san", "/v1/raw/4101?name=zhang-san", "/v1/zhang-san"):
        await http.get(path, headers=issuer.headers(**SYSTEM))
    entries = await log.entries()
    assert [entry["operation"] for entry in entries] == [
        "GET /v1/things/{thing_id}",
        "GET /v1/raw/{number}",
        "GET unmatched",
    ]
    assert "zhang" not in str(entries)


async def test_a_body_is_digested_and_the_change_is_made_once(http, issuer, log, connection):
    body = b'{"name": "one"}'
    headers = issuer.headers(**SYSTEM) | {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    answer = await http.post("/v1/things", content=body, headers=headers)
    assert answer.status_code == 201
    [entry] = await log.entries()
    assert entry["request_bytes"] == len(body)
    assert (entry["request_digest"], entry["response_digest"]) == digests(
        entry, "POST", "/v1/things", body, 201, answer.content
    )


@pytest.mark.parametrize(
    ("who", "recorded"),
    [
        (SYSTEM, True),
        (OTHER, True),
        ({"roles": ["verification-client"], "organisation_kind": "firm", "subject": "f"}, True),
        ({"roles": ["operator"], "organisation_kind": "system", "subject": "monitor"}, True),
        ({"roles": ["linked-organ"], "organisation_kind": "court", "subject": "clerk"}, False),
        ({"roles": ["lawyer"], "organisation_kind": "lawyer", "subject": "l"}, False),
        (OFFICER, False),
        (WORKER, False),
        (AUDITOR, False),
        (None, False),
    ],
)
async def test_calls_by_systems_are_entered_persons_and_our_workers_are_not(http, issuer, log, who, recorded):
    for path in ("/v1/things/1", "/v1/raw/1"):
        await http.get(path, headers=issuer.headers(**who) if who else {})
    assert len(await log.entries()) == (2 if recorded else 0)


async def test_a_token_that_is_not_valid_is_nobodys(http, issuer, log):
    stale = {"Authorization": f"Bearer {issuer.token(**SYSTEM, lifetime_seconds=-100)}"}
    assert (await http.get("/v1/things/1", headers=stale)).status_code == 401
    assert (await http.get("/v1/raw/1", headers=stale)).status_code == 200
    assert await log.entries() == []


async def test_streams_are_entered_when_they_begin_and_when_they_end(http, issuer, log):
    answer = await http.get("/v1/lines", headers=issuer.headers(**SYSTEM))
    opened, ended = await log.entries()
    assert (opened["phase"], opened["response_digest"], opened["response_bytes"]) == ("opened", None, None)
    assert (ended["phase"], ended["response_bytes"], ended["call_id"]) == ("ended", 6, opened["call_id"])
    assert ended["response_digest"] == digests(ended, "GET", "/v1/lines", b"", 200, answer.content)[1]


async def test_an_answer_that_cannot_be_recorded_does_not_leave(http, issuer, log, connection):
    headers = issuer.headers(**SYSTEM) | {"Idempotency-Key": str(uuid4())}
    await connection.execute("ALTER TABLE exchange_log RENAME TO gone")
    for send in (
        http.get("/v1/things/1", headers=headers),
        http.get("/v1/raw/1", headers=headers),
        http.get("/v1/lines", headers=headers),
        http.post("/v1/things", json={"name": "two"}, headers=headers),
    ):
        answer = await send
        assert answer.status_code == 503
        assert answer.json()["type"] == "urn:yulu:problem:call-not-recorded"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "two" not in answer.text
    assert (await http.get("/v1/raw/1")).status_code == 200, "others are answered"
    await connection.execute("ALTER TABLE gone RENAME TO exchange_log")
    again = await http.post("/v1/things", json={"name": "two"}, headers=headers)
    assert again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true", "the change had been made, and is told with its key"
    assert len(await log.entries()) == 1


async def test_those_who_wait_together_share_a_commit(http, issuer, log, connection, monkeypatch):
    groups = []
    commit = GroupWriter._commit

    async def counted(self, known, entries):
        groups.append(len(entries))
        return await commit(self, known, entries)

    monkeypatch.setattr(GroupWriter, "_commit", counted)
    whom = [issuer.headers(**SYSTEM), issuer.headers(**OTHER)]
    answers = await asyncio.gather(*(http.get(f"/v1/raw/{n}", headers=whom[n % 2]) for n in range(200)))
    assert {answer.status_code for answer in answers} == {200}
    assert sum(groups) == len(await log.entries()) == 200
    assert len(groups) < 60, groups
    seqs = await connection.fetch(
        "SELECT client, array_agg(client_seq ORDER BY seq) AS seqs FROM exchange_log GROUP BY 1"
    )
    assert [list(row["seqs"]) for row in seqs] == [list(range(1, 101))] * 2


async def test_alone_a_call_waits_hardly_for_its_entry(http, issuer, log):
    headers, officers = issuer.headers(**SYSTEM), issuer.headers(**OFFICER)

    async def took(of) -> float:
        began = clock.perf_counter()
        await http.get("/v1/raw/1", headers=of)
        return clock.perf_counter() - began

    # By turns, and the fastest of many: what else runs on the machine slows both, and not always.
    pairs = [(await took(headers), await took(officers)) for _ in range(60)]
    logged, bare = (min(times) for times in zip(*pairs, strict=True))
    assert logged - bare < 0.01


async def test_nobody_else_reads_a_clients_part(http, issuer):
    for n in range(3):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**SYSTEM))
    own = (await http.get("/v1/exchange-log", headers=issuer.headers(**SYSTEM))).json()["items"]
    assert [item["seq"] for item in own] == [1, 2, 3]
    assert "client_seq" not in own[0]
    foreign = (await http.get("/v1/exchange-log", headers=issuer.headers(**OTHER))).json()["items"]
    assert foreign == []
    namesake = SYSTEM | {"organisation_id": "hn-zy"}
    assert (await http.get("/v1/exchange-log", headers=issuer.headers(**namesake))).json()["items"] == []
    head = (await http.get("/v1/exchange-log/head", headers=issuer.headers(**OTHER))).json()
    assert head["seq"] == 1, "of its own calls, whatever others have done"


@pytest.mark.parametrize("path", ["", "/head", "/heads"])
@pytest.mark.parametrize(
    ("who", "status"),
    [
        (None, 401),
        (OFFICER, 403),
        (WORKER, 403),
        (AUDITOR | {"organisation_kind": "bureau", "region": "410100"}, 403),
        (AUDITOR, 200),
    ],
)
async def test_who_reads_the_log(http, issuer, path, who, status):
    answer = await http.get(f"/v1/exchange-log{path}", headers=issuer.headers(**who) if who else {})
    assert answer.status_code == status


async def test_pages_and_etag(http, issuer):
    for n in range(5):
        await http.get(f"/v1/raw/{n}", headers=issuer.headers(**SYSTEM))
    first = await http.get("/v1/exchange-log?limit=2", headers=issuer.headers(**AUDITOR))
    known = issuer.headers(**AUDITOR) | {"If-None-Match": first.headers["etag"]}
    assert (await http.get("/v1/exchange-log?limit=2", headers=known)).status_code == 304
    seqs = [item["seq"] for item in first.json()["items"]]
    cursor = first.json()["next_cursor"]
    while cursor:
        page = (await http.get(f"/v1/exchange-log?limit=2&cursor={cursor}", headers=issuer.headers(**AUDITOR))).json()
        seqs += [item["seq"] for item in page["items"]]
        cursor = page.get("next_cursor")
    assert seqs == [1, 2, 3, 4, 5]
    wrong = await http.get("/v1/exchange-log?cursor=abc", headers=issuer.headers(**AUDITOR))
    assert (wrong.status_code, wrong.json()["field"]) == (400, "cursor")


async def test_what_is_entered_cannot_be_changed(http, issuer, connection):
    await http.get("/v1/raw/1", headers=issuer.headers(**SYSTEM))
    with pytest.raises(Exception, match="never changed"):
        await connection.execute("UPDATE exchange_log SET entry = '{}'")
