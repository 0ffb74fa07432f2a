"""The service as a process of its own, killed while complaints and clues are filed; and many at once."""

import asyncio
import os
import random
import subprocess
import sys
from uuid import uuid4

import httpx
import pytest

from tests.support.kills import killed_while_sending

from .complaints import filing
from .impostors import clue

LEAST_KILLS = 2
LEAST_CUT = 6
"""Filings that a kill left without an answer."""


@pytest.fixture
def start(discipline_dsn, connection, issuer, tmp_path, free_port):
    assert not connection.is_closed()  # the tables are empty
    port = free_port()
    environment = os.environ | {
        "DISCIPLINE_DATABASE_URL": discipline_dsn,
        "DISCIPLINE_PORT": str(port),
        "OIDC_ISSUER": issuer.url,
        "DATA_DIR": str(tmp_path),
        "FILING_RATE_LIMIT": "off",
    }
    running = []

    async def start(http):
        with (tmp_path / "service.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "discipline_api", "serve"], env=environment, stdout=log, stderr=log
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


async def test_killed_while_filing_every_key_gives_one_complaint_or_clue_and_one_receipt(start, connection):
    start_service, url = start
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    keys: list[str] = []
    receipts: dict[str, str] = {}

    async def file(number, key):
        path, body = ("/v1/complaints", filing()) if number % 2 else ("/v1/impostor-clues", clue())
        answer = await http.post(path, json=body, headers={"Idempotency-Key": key})
        assert answer.status_code == 201, answer.text
        assert receipts.setdefault(key, answer.json()["receipt"]) == answer.json()["receipt"]

    async def file_another():
        keys.append(str(uuid4()))
        await file(len(keys) - 1, keys[-1])

    kills = cut = 0
    async with httpx.AsyncClient(base_url=url, timeout=60) as http:
        while kills < LEAST_KILLS or cut < LEAST_CUT:
            process = await start_service(http)
            cut += await killed_while_sending(process, file_another, chance.randint(1, 12))
            kills += 1
        await start_service(http)
        for number, key in enumerate(keys):
            await file(number, key)
    assert len(set(receipts.values())) == len(keys)
    for table, column, filed in (
        ("complaints", "complaint_id", len(keys) // 2),
        ("impostor_cases", "case_id", len(keys) - len(keys) // 2),
    ):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == filed
        # Each whole: with its receipt, its texts and its deadline, none without the others.
        whole = (
            f"SELECT count(DISTINCT {column}) FROM {table} JOIN receipts ON object_id = {column}"
            f" JOIN sealed_texts t ON t.owner_id = {column} JOIN deadlines d ON d.owner_id = {column}"
        )
        assert await connection.fetchval(whole) == filed
    assert await connection.fetchval("SELECT count(*) FROM receipts") == len(keys)
    assert await connection.fetchval("SELECT count(*) FROM deadlines") == len(keys)


async def test_a_message_sent_many_times_at_once_with_one_key_is_one(complaints):
    receipt, _ = await complaints.filed()
    session = (await complaints.session(receipt)).json()["session"]
    headers = {"Receipt-Session": session, "Idempotency-Key": str(uuid4())}

    async def send():
        return await complaints.hands.http.post(
            "/v1/complaint-receipts/messages", json={"text": "同一句话"}, headers=headers
        )

    answers = await asyncio.gather(*(send() for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len((await complaints.follow(receipt))["conversation"]) == 1


async def test_a_supplement_lost_on_its_way_is_sent_again_and_counts_once(complaints):
    receipt, case = await complaints.filed()
    await complaints.step(case, "assignment", {"officer": "officer-of-zz"})
    await complaints.step(case, "supplement-request", {"text": "请补充"})
    key = str(uuid4())
    first = await complaints.send(receipt, "supplement", "补充", key=key)
    again = await complaints.send(receipt, "supplement", "补充", key=key, if_match='"v3"')
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["steps"] == again.json()["steps"]
    assert [text["text"] for text in again.json()["conversation"]] == ["请补充", "补充"]


async def test_messages_have_a_number_beyond_which_the_box_is_full(complaints, monkeypatch):
    monkeypatch.setattr("discipline_api.complaints.public_routes._MOST_MESSAGES", 2)
    receipt, _ = await complaints.filed()
    statuses = [(await complaints.send(receipt, "messages", f"第{n}句")).status_code for n in range(3)]
    assert statuses == [200, 200, 409]
