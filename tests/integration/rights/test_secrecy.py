"""Planted markers: after a whole story nothing that names a complainant is found in what was written."""

from uuid import UUID, uuid4

import asyncpg
import orjson
from common.feed import sequence

from tests.integration.rights.conftest import CONTACT, EVIDENCE, FACTS, LICENCE_NUMBER, NAME, REFUSAL, client_of

REPLY = "答复独特标记：已纠正并致歉"
NOTE = "结案独特标记"
LETTER = "来信独特标记"
ANSWER = "回信独特标记"


async def everything_stored(sql) -> bytes:
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {"complaints", "outbox", "feed", "idempotency_keys", "access_log"} <= {row["tablename"] for row in tables}
    return await stored_in(sql)


async def stored_in(sql) -> bytes:
    """Every value of every table of a database, as text and as raw bytes."""
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    stored = []
    for table in tables:
        for row in await sql.fetch(f'SELECT * FROM "{table["tablename"]}"'):
            for value in row.values():
                stored.append(value if isinstance(value, bytes) else str(value).encode())
                if isinstance(value, bytes):
                    stored.append(value.hex().encode())
    return b"\n".join(stored)


def markers(key: str, receipts: list[str]) -> dict[str, bytes]:
    texts = {
        "name": NAME,
        "licence number": LICENCE_NUMBER,
        "contact": CONTACT,
        "facts": FACTS,
        "reply": REPLY,
        "note": NOTE,
        "message in": LETTER,
        "message out": ANSWER,
        "refusal": REFUSAL["text"],
        "key": key,
        "key as hex": UUID(key).hex,
    }
    texts |= {f"receipt {number}": receipt for number, receipt in enumerate(receipts)}
    found = {what: text.encode() for what, text in texts.items()}
    escaped = {f"{what}, escaped": orjson.dumps(text).strip(b'"') for what, text in texts.items()}
    ascii_only = {f"{what}, ascii": text.encode("unicode_escape") for what, text in texts.items()}
    return found | escaped | ascii_only | {"raw key": UUID(key).bytes}


async def test_rr20_no_marker_is_found_in_database_events_logs_or_urls(
    *, http, file, follow, step, walk, own, officer, sql, log, timers, keys_dsn
):
    urls = []
    http.event_hooks["request"].append(lambda request: _note(urls, request))
    key = str(uuid4())
    # A careless client sends its key as the correlation id, and its receipt too.
    await http.post("/v1/receipts/sessions", json={"receipt": "0" * 16}, headers={"X-Correlation-Id": key})
    filed = (await file(key=key)).json()
    first, salt = filed["receipt"], filed["proof"]["salt"]
    await http.post(
        "/v1/complaints",
        json={"facts": FACTS, "kind": NAME, "complainant": {"name": NAME, "licence_number": LICENCE_NUMBER + "9"}},
        headers={"Idempotency-Key": key, "X-Correlation-Id": key},
    )
    again = await file(key=key, facts=FACTS + "其他")
    assert again.status_code == 422
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    headers = officer() | {"Access-Purpose": "triage"}
    assert (await step(case, "acceptance", 1)).status_code == 200
    opened = await http.get(f"/v1/complaints/{case}", headers=headers)
    assert opened.json()["identity"]["name"] == NAME
    assert (await own(first, "messages", {"text": LETTER}, key=key)).status_code == 201
    to_him = await http.post(
        f"/v1/complaints/{case}/messages", json={"text": ANSWER}, headers=officer() | {"Idempotency-Key": str(uuid4())}
    )
    assert to_him.status_code == 201, to_him.text
    read = await http.get(f"/v1/complaints/{case}/messages", headers=headers)
    assert [item["text"] for item in read.json()["items"]] == [LETTER, ANSWER]
    await walk(case, "letter", "decision", version=2)
    replied = await step(case, "reply", 4, {"text": REPLY})
    assert replied.status_code == 200, replied.text
    assert (await own(first, "reply-accepted", {"text": NOTE, "satisfied": False})).status_code == 200
    closed = await step(case, "closure", 6, {"outcome": "partly", "evidence": EVIDENCE, "note": NOTE})
    assert closed.status_code == 200, closed.text
    assert (await follow(first))["reply"] == REPLY
    second = (await file(right="FILE")).json()["receipt"]
    other = await sql.fetchval("SELECT complaint_id FROM complaints WHERE status = 'TRIAGE'")
    assert (await step(other, "refusal", 1, REFUSAL)).status_code == 200
    await follow(second)

    assert await timers() >= 2, "both are moved under keys of their own"
    connection = await asyncpg.connect(keys_dsn)
    keys = await stored_in(connection)
    await connection.close()
    assert str(case).encode() in keys
    outbox = b"\n".join(row["bytes"] for row in await sql.fetch("SELECT bytes FROM outbox"))
    assert outbox.count(b"specversion") == 9
    await sequence(sql)
    assert await sql.fetchval("SELECT count(*) FROM feed WHERE bytes IS NOT NULL") == 9
    worker = officer("system", "410000", roles=["feed-verifier"])
    stored, logged, metrics = (
        await everything_stored(sql),
        log.getvalue().encode(),
        (await http.get("/metrics", headers=worker)).content,
    )
    assert logged
    places = {
        "outbox": outbox,
        "tables": stored,
        "database of keys": keys,
        "log": logged,
        "URLs": "\n".join(urls).encode(),
        "metrics": metrics,
    }
    planted = markers(key, [first, second]) | {"salt": salt.encode(), "raw salt": bytes.fromhex(salt)}
    for what, marker in planted.items():
        for place, written in places.items():
            assert marker not in written, f"{what} was found in {place}"


async def _note(urls, request):
    urls.append(str(request.url))


async def test_the_search_would_find_a_marker(sql, file):
    """The test above can fail."""
    await file()
    await sql.execute(
        "UPDATE complaints SET refusal_ground = NULL, owner_region = owner_region, target_level = $1", NAME
    )
    assert NAME.encode() in await everything_stored(sql)


async def test_rr20_a_failing_database_tells_no_secret_to_the_log(public, file, sql, log):
    await sql.execute("ALTER TABLE complaints ADD CONSTRAINT never CHECK (false) NOT VALID")
    key = str(uuid4())
    try:
        answer = await file(key=key)
    finally:
        await sql.execute("ALTER TABLE complaints DROP CONSTRAINT never")
    assert answer.status_code == 500
    assert "request_failed" in log.getvalue()
    for what, marker in markers(key, [public.state.receipts.derive(UUID(key).bytes)]).items():
        assert marker not in log.getvalue().encode(), what
        assert marker not in answer.content, what


async def test_a_complainants_correlation_id_is_not_taken_over(http):
    answer = await http.post(
        "/v1/receipts/sessions", json={"receipt": "0" * 16}, headers={"X-Correlation-Id": "known-to-the-portal"}
    )
    assert answer.headers["x-correlation-id"] != "known-to-the-portal"


async def test_each_case_has_a_key_of_its_own(file, sql):
    await file()
    await file()
    rows = await sql.fetch("SELECT wrapped_key, facts_sealed, kek_id FROM complaints")
    assert len({row["wrapped_key"] for row in rows}) == len({row["facts_sealed"] for row in rows}) == 2
    assert len({row["kek_id"] for row in rows}) == 1


async def test_requests_are_not_counted_out_to_strangers(public, officer, file):
    """The number and the moment of filings would be there for whoever asks often enough."""
    await file()
    async with client_of(public) as http:
        await _counts_nothing_out(http, officer)


async def _counts_nothing_out(http, officer):
    for headers in (
        {},
        officer(),
        officer("department", "410100"),
        officer("department", "410000", roles=["operator"]),
    ):
        answer = await http.get("/metrics", headers=headers)
        assert answer.status_code in {401, 403}
        assert "complaints" not in answer.text
    worker = officer("system", "410000", roles=["feed-verifier"])
    assert 'route="/v1/complaints"' in (await http.get("/metrics", headers=worker)).text
