"""Planted markers of a watch, from its recording into the case; and processes that are killed."""

import asyncio
import os
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from common.feed import sequence

from tests.integration.rights.conftest import CONTACT, LICENCE_NUMBER, NAME
from tests.integration.rights.meetings.conftest import CENTRE_NAME, WORDS, refusal
from tests.support.kills import killed_while_sending

MORE = "工号独特标记041024"
LEAST_CUT = 3
"""Recordings that the kill left without an answer."""


async def everything_stored(sql) -> bytes:
    tables = [row[0] for row in await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    assert {"refused_meetings", "refused_meeting_steps", "receipts", "outbox", "feed", "case_texts"} <= set(tables)
    stored = []
    for table in tables:
        for row in await sql.fetch(f'SELECT * FROM "{table}"'):
            for value in row.values():
                stored.append(value if isinstance(value, bytes) else str(value).encode())
                if isinstance(value, bytes):
                    stored.append(value.hex().encode())
    return b"\n".join(stored)


async def test_rr20_no_marker_of_a_refused_meeting_is_found_anywhere(
    record, says, watched, follow, post, http, officer, timers, time, sql, log
):
    urls = []
    http.event_hooks["request"].append(lambda request: _note(urls, request))
    key, dictation = str(uuid4()), str(uuid4())
    await http.post("/v1/refused-meetings", json=refusal(ground=WORDS), headers={"X-Correlation-Id": key})
    receipt = (await record(key=key, at_stake="hearing")).json()["receipt"]
    await record(key=key, words=WORDS + "又")
    dictated = await post("/v1/refused-meetings/dictations", refusal(identity_mode="sealed"), key=dictation)
    second = dictated.json()["receipt"]
    assert (await says(receipt, "words", {"text": MORE})).status_code == 200
    await says(receipt, "arrangement", {"arranged_at": MORE})
    meeting = await sql.fetchval("SELECT meeting_id FROM refused_meetings LIMIT 1")
    await post(f"/v1/meeting-watches/{meeting}/calls", {"called": "centre", "result": "refused"})
    await http.get("/v1/meeting-watches", headers=officer())
    time.at("2026-02-15 18:00")
    await timers()
    for each in (receipt, second):
        assert (await watched(each))["case_opened"] is True
        await follow(each)
    await timers()  # what was sealed to the office moves under keys of its own
    outbox = b"\n".join(row["bytes"] for row in await sql.fetch("SELECT bytes FROM outbox"))
    await sequence(sql)
    assert outbox.count(b"meeting-watch.ended") == 2
    stored = await everything_stored(sql)
    texts = {
        "name": NAME, "licence number": LICENCE_NUMBER, "contact": CONTACT, "words": WORDS, "more words": MORE,
        "place": CENTRE_NAME, "key": key, "key as hex": UUID(key).hex, "dictation key": dictation,
        "receipt": receipt, "second receipt": second,
    }  # fmt: skip
    markers = {what: text.encode() for what, text in texts.items()}
    markers |= {f"{what}, escaped": orjson.dumps(text).strip(b'"') for what, text in texts.items()}
    markers |= {f"{what}, ascii": text.encode("unicode_escape") for what, text in texts.items()}
    markers |= {"raw key": UUID(key).bytes, "raw dictation key": UUID(dictation).bytes}
    logged = log.getvalue().encode()
    assert logged
    places = {"outbox": outbox, "tables": stored, "log": logged, "URLs": "\n".join(urls).encode()}
    for what, marker in markers.items():
        for place, written in places.items():
            assert marker not in written, f"{what} was found in {place}"


async def _note(urls, request):
    urls.append(str(request.url))


async def test_the_search_would_find_a_marker(record, sql):
    await record()
    await sql.execute("UPDATE refused_meetings SET dictated_by = $1", WORDS)
    assert WORDS.encode() in await everything_stored(sql)


@pytest.fixture
def start(dsn, data_dir, tmp_path, free_port, build):
    """The complainants' process by itself. Its clock is the machine's."""
    build()
    port = free_port()
    environment = os.environ | {
        "RIGHTS_DATABASE_URL": dsn,
        "RIGHTS_PUBLIC_PORT": str(port),
        "DATA_DIR": data_dir,
        "FILING_RATE_LIMIT": "off",
    }
    running = []

    async def start(http):
        with (tmp_path / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "rights_api", "serve-public"], env=environment, stdout=log, stderr=log
            )
        running.append(process)
        while True:
            assert process.poll() is None, (tmp_path / "service.log").read_text()
            try:
                if (await http.get("/health/live")).status_code == 200:
                    return process
            except httpx.TransportError:
                await asyncio.sleep(0.05)

    yield start, f"http://127.0.0.1:{port}"
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


async def test_killed_while_recording_every_key_gives_one_watch_or_one_case_and_one_receipt(start, sql):
    """Half of them are cases at once: watch, case, deadlines and three events in one commit."""
    start_service, url = start
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    keys: list[str] = []
    receipts: dict[str, str] = {}
    asked = (datetime.now(UTC) - timedelta(hours=1)).isoformat()

    async def record(number):
        body = refusal(ground="other" if number % 2 else "bribery", asked_at=asked, refused_at=asked)
        answer = await http.post("/v1/refused-meetings", json=body, headers={"Idempotency-Key": keys[number]})
        assert answer.status_code == 201, answer.text
        assert receipts.setdefault(keys[number], answer.json()["receipt"]) == answer.json()["receipt"]

    async def record_another():
        keys.append(str(uuid4()))
        await record(len(keys) - 1)

    cut = 0
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        while cut < LEAST_CUT:
            process = await start_service(http)
            cut += await killed_while_sending(process, record_another, chance.randint(1, 12))
        await start_service(http)
        for number in range(len(keys)):
            await record(number)
    assert len(set(receipts.values())) == len(keys)
    cases = -(-len(keys) // 2)  # the first of each two, and an odd last one
    expected = {
        "refused_meetings": len(keys),
        "receipts": len(keys),
        "complaints": cases,
        "outbox": len(keys) + 2 * cases,
    }
    assert {table: await sql.fetchval(f"SELECT count(*) FROM {table}") for table in expected} == expected
    clocks = await sql.fetch("SELECT name, count(*) FROM clocks GROUP BY name")
    assert {row["name"]: row["count"] for row in clocks} == {"meeting": len(keys), "triage": cases}
