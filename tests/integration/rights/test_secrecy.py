"""Planted markers: after a whole story nothing that names a complainant is found in what was written."""

from uuid import UUID, uuid4

import orjson
from common.feed import sequence

from tests.integration.rights.conftest import CONTACT, FACTS, LICENCE_NUMBER, NAME, REFUSAL

REPLY = "答复独特标记：已纠正并致歉"
NOTE = "结案独特标记"


async def everything_stored(sql) -> bytes:
    """Every value of every table, as text and as raw bytes."""
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {"complaints", "outbox", "feed", "idempotency_keys", "access_log"} <= {row["tablename"] for row in tables}
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
    *, http, file, follow, step, officer, sql, log, today
):
    urls = []
    http.event_hooks["request"].append(lambda request: _note(urls, request))
    key = str(uuid4())
    # A careless client sends its key as the correlation id, and its receipt too.
    await http.post("/v1/receipts/sessions", json={"receipt": "0" * 16}, headers={"X-Correlation-Id": key})
    first = (await file(key=key)).json()["receipt"]
    await http.post(
        "/v1/complaints",
        json={"facts": FACTS, "kind": NAME, "complainant": {"name": NAME, "licence_number": LICENCE_NUMBER + "9"}},
        headers={"Idempotency-Key": key, "X-Correlation-Id": key},
    )
    again = await file(key=key, facts=FACTS + "其他")
    assert again.status_code == 422
    case = await sql.fetchval("SELECT complaint_id FROM complaints")
    headers = officer() | {"Access-Purpose": "triage"}
    opened = await http.get(f"/v1/complaints/{case}", headers=headers)
    assert opened.json()["identity"]["name"] == NAME
    assert (await step(case, "acceptance", 1)).status_code == 200
    replied = await step(case, "reply", 2, {"text": REPLY, "decided_on": today()})
    assert replied.status_code == 200, replied.text
    assert (await step(case, "closure", 3, {"outcome": "corrected", "note": NOTE})).status_code == 200
    assert (await follow(first))["reply"] == REPLY
    second = (await file(right="FILE")).json()["receipt"]
    other = await sql.fetchval("SELECT complaint_id FROM complaints WHERE status = 'SUBMITTED'")
    assert (await step(other, "refusal", 1, REFUSAL)).status_code == 200
    await follow(second)

    outbox = b"\n".join(row["bytes"] for row in await sql.fetch("SELECT bytes FROM outbox"))
    assert outbox.count(b"specversion") == 6
    await sequence(sql)
    assert await sql.fetchval("SELECT count(*) FROM feed WHERE bytes IS NOT NULL") == 6
    worker = officer("system", "410000", roles=["internal-consumer"])
    stored, logged, metrics = (
        await everything_stored(sql),
        log.getvalue().encode(),
        (await http.get("/metrics", headers=worker)).content,
    )
    assert logged
    places = {"outbox": outbox, "tables": stored, "log": logged, "URLs": "\n".join(urls).encode(), "metrics": metrics}
    for what, marker in markers(key, [first, second]).items():
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


async def test_rr20_a_failing_database_tells_no_secret_to_the_log(app, file, sql, log):
    await sql.execute("ALTER TABLE complaints ADD CONSTRAINT never CHECK (false) NOT VALID")
    key = str(uuid4())
    answer = await file(key=key)
    assert answer.status_code == 500
    assert "request_failed" in log.getvalue()
    for what, marker in markers(key, [app.state.receipts.derive(UUID(key).bytes)]).items():
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


async def test_requests_are_not_counted_out_to_strangers(http, officer, file):
    """The number and the moment of filings would be there for whoever asks often enough."""
    await file()
    for headers in (
        {},
        officer(),
        officer("department", "410100"),
        officer("department", "410000", roles=["operator"]),
    ):
        answer = await http.get("/metrics", headers=headers)
        assert answer.status_code in {401, 403}
        assert "complaints" not in answer.text
    worker = officer("system", "410000", roles=["internal-consumer"])
    assert 'route="/v1/complaints"' in (await http.get("/metrics", headers=worker)).text
