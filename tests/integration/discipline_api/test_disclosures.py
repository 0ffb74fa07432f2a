"""What the public sees, for how long, and what remains; and that personal data stays where it belongs."""

import io
import logging
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from common.database import Database
from common.telemetry import configure_logging
from common.timers import run_once
from discipline_api.display.store import end_due
from discipline_api.record.store import erase_ended
from discipline_api.record.tables import Base

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, REASONS

PUBLIC = "/v1/public/disclosures"


async def look(hands, **query):
    return await hands.http.get(PUBLIC, params=query)


async def test_a_published_sanction_is_found_by_number_document_and_case(hands):
    case = await hands.published(document_number="郑司罚决字〔2026〕31号")
    by_number = await look(hands, licence_number=LICENCE)
    (item,) = by_number.json()["items"]
    assert item["subject"]["name"] == NAME
    assert item["document_number"] == "郑司罚决字〔2026〕31号"
    assert item["organ"]["name"] == "郑州市司法局"
    assert item["conduct"]["article"] == "律师法第四十八条"
    assert item["penalties"] == [
        {"kind": "suspension", "zh": "停止执业", "en": "suspension from practice", "suspension_months": 3}
    ]
    assert REASONS not in by_number.text
    assert (await look(hands, document_number="郑司罚决字(2026)31号")).json()["items"] == [item]
    assert (await hands.http.get(f"{PUBLIC}/{case['case_id']}")).json() == item


async def test_a_lawyer_is_found_under_every_number_he_has_had(hands):
    await hands.published()
    moved = LICENCE[:1] + "4103" + LICENCE[5:9] + "2" + LICENCE[10:]  # another city, another category
    first, second = [(await look(hands, licence_number=number)).json()["items"] for number in (LICENCE, moved)]
    assert first == second != []
    assert (await look(hands, licence_number=LICENCE[:-1] + "0")).json()["items"] == []


async def test_d21_each_record_says_when_and_by_which_rule_it_disappears(hands):
    await hands.published()
    (item,) = (await look(hands, licence_number=LICENCE)).json()["items"]
    told = item["disappears"]
    assert (told["last_day"], told["gone_on"]) == ("2027-04-29", "2027-04-30")
    assert (told["rule"], told["verified"]) == ("discipline.display-ordinary", False)
    assert "尚未核对原文" in told["zh"]
    assert told["source"] in told["zh"]


async def test_d21_it_disappears_at_midnight_in_china_leaving_no_name(hands):
    case = await hands.published(document_number="郑司罚决字〔2026〕32号")
    hands.on("2027-04-29T23:59:59")
    assert (await look(hands, licence_number=LICENCE)).json()["items"]
    hands.on("2027-04-30T00:00:00")
    assert (await look(hands, licence_number=LICENCE)).json()["items"] == []
    for gone in (
        await hands.http.get(f"{PUBLIC}/{case['case_id']}"),
        await look(hands, document_number="郑司罚决字〔2026〕32号"),
    ):
        assert gone.status_code == 410
        assert gone.headers["content-type"] == "application/problem+json"
        assert gone.json()["disclosure"] == {
            "class": "administrative",
            "decided_on": "2026-04-29",
            "published_on": "2026-06-10",
            "gone_on": "2027-04-30",
            "reason": "term-over",
            "reason_zh": "公示期届满",
            "reason_en": "its display term is over",
            "rule": "discipline.display-ordinary",
        }
        assert not any(part in gone.text for part in (NAME, FIRM_NAME, LICENCE))
    subject = await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)
    assert (subject.status_code, subject.json()["gone_since"]) == (410, "2027-04-30")
    assert LICENCE not in subject.text


async def test_d19_a_withdrawn_one_is_gone_at_once_with_its_reason(hands, connection):
    case = await hands.published()
    await hands.withdrawn(case)
    gone = await hands.http.get(f"{PUBLIC}/{case['case_id']}")
    assert gone.status_code == 410
    assert (gone.json()["disclosure"]["reason"], gone.json()["disclosure"]["gone_on"]) == ("revoked", "2026-06-09")
    assert NAME not in gone.text
    row = await connection.fetchrow("SELECT body, licence_number, tombstone FROM public_disclosures")
    assert (row["body"], row["licence_number"]) == (None, None)
    assert LICENCE.encode() not in row["tombstone"]


async def test_nothing_found_is_one_answer_whatever_the_cause(hands):
    unpublished = await hands.recorded()
    withdrawn = await hands.published(subject={"kind": "lawyer", "licence_number": "14101201010123457", "name": NAME})
    await hands.withdrawn(withdrawn)
    answers = [
        await look(hands, licence_number=LICENCE),
        await look(hands, licence_number="14101201010123457"),
        await look(hands, licence_number="14101201010999999"),
        await look(hands, credit_code=CREDIT),
    ]
    assert {answer.content for answer in answers} == {b'{"items":[]}'}
    assert len({tuple(sorted((k, v) for k, v in a.headers.items() if k != "x-correlation-id")) for a in answers}) == 1
    nowhere = await hands.http.get(f"{PUBLIC}/{uuid4()}", headers={"X-Correlation-Id": "same-same"})
    hidden = await hands.http.get(f"{PUBLIC}/{unpublished['case_id']}", headers={"X-Correlation-Id": "same-same"})
    assert (nowhere.status_code, nowhere.content) == (404, hidden.content)


async def test_answers_are_neither_stored_nor_indexed_and_304_if_known(hands):
    case = await hands.published()
    for path in (f"{PUBLIC}?licence_number={LICENCE}", f"{PUBLIC}/{case['case_id']}", f"{PUBLIC}/{uuid4()}"):
        answer = await hands.http.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
    for path in (f"{PUBLIC}?licence_number={LICENCE}", f"{PUBLIC}/{case['case_id']}"):
        first = await hands.http.get(path)
        assert (await hands.http.get(path, headers={"If-None-Match": first.headers["etag"]})).status_code == 304


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "query"),
        ({"name": NAME}, "query"),
        ({"licence_number": LICENCE, "credit_code": CREDIT}, "query"),
        ({"licence_number": "1410120101012345"}, "licence_number"),
        ({"credit_code": CREDIT[:-1] + ("0" if CREDIT[-1] != "0" else "1")}, "credit_code"),
        ({"document_number": " "}, "document_number"),
        ({"document_number": "a\x00b"}, "document_number"),
    ],
)
async def test_a_bad_question_names_its_field(hands, query, field):
    answer = await look(hands, **query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert answer.json()["detail"]
    assert answer.json()["detail_en"]
    assert "1410120101012345" not in answer.text


async def test_a_lighter_industry_sanction_is_never_public(hands):
    association = {"kind": "city-association", "region": "410100", "code": "zzlx"}
    officer = hands.officer("city-association", "410100", "zzlx")
    await hands.assessed(officer, organ=association, scope=["industry"])
    for penalty, status in (("circulated-criticism", 409), ("public-censure", 200)):
        body = hands.decision(organ=association, penalties=[{"kind": penalty}], to_on=None)
        case = (await hands.post("/v1/sanctions", body, headers=officer)).json()
        answer = await hands.post(
            f"/v1/sanctions/{case['case_id']}/publication", {}, headers=officer, **{"If-Match": '"v1"'}
        )
        assert answer.status_code == status, answer.text


async def test_personal_data_is_in_no_event_log_url_header_or_stored_answer(hands, connection):
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("discipline-api", "DEBUG", stream)
    try:
        case = await hands.published(reasons=f"{REASONS}，涉及{NAME}")
        await hands.post("/v1/sanctions", hands.decision(reasons="４１０１０５１９９００１０１１２３４"))
        await hands.post("/v1/sanctions", hands.decision(), headers=hands.officer(region="410300"))
        await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
        await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)
        await look(hands, licence_number=LICENCE)
        await hands.withdrawn(case)
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    logged = stream.getvalue()
    assert "access_refused" in logged
    assert "subject_told" in logged
    kept = b"".join(row["bytes"] for row in await connection.fetch("SELECT bytes FROM outbox"))
    answers = await connection.fetch("SELECT body, headers::text, scope FROM idempotency_keys")
    stored = b"".join(row["body"] + row["headers"].encode() + row["scope"].encode() for row in answers)
    assert len(kept) > 1000
    assert len(stored) > 1000
    for secret in (NAME, FIRM_NAME, REASONS, LICENCE, "410105199001011234"):
        assert secret not in logged
        assert secret.encode() not in kept
        assert secret.encode() not in stored


async def test_at_the_records_term_nobody_is_named_in_the_database(hands, connection, discipline_dsn):
    case = await hands.published()
    kept = await hands.recorded(decided_on="2026-05-05")
    database = Database(discipline_dsn, source="/discipline")
    try:
        # The display ends a year after the decision, the record two years after the suspension (律师法 51).
        assert await run_once(database, datetime(2027, 4, 30, tzinfo=UTC), (end_due, erase_ended)) == 1
        assert await connection.fetchval("SELECT count(*) FROM sanctions WHERE licence_number = $1", LICENCE) == 2
        assert await connection.fetchval("SELECT count(*) FROM public_disclosures WHERE body IS NOT NULL") == 0
        assert await run_once(database, datetime(2028, 8, 5, 12, tzinfo=UTC), (end_due, erase_ended)) == 0
        assert await run_once(database, datetime(2028, 8, 6, 17, tzinfo=UTC), (end_due, erase_ended)) == 2
    finally:
        await database.close()
    rows = await connection.fetch("SELECT s::text AS line FROM sanctions s")
    assert len(rows) == 2
    for row in rows:
        for secret in (NAME, FIRM_NAME, REASONS, LICENCE):
            assert secret not in row["line"]
    for path in (f"/v1/sanctions/{case['case_id']}", f"/v1/sanctions/{kept['case_id']}"):
        answer = await hands.http.get(path, headers=hands.officer())
        assert (answer.status_code, answer.json()["gone_since"]) == (410, "2028-08-07")
    gone = await hands.http.get(f"{PUBLIC}/{case['case_id']}")
    assert gone.status_code == 410


async def test_the_database_itself_refuses_what_cannot_be(hands, connection):
    case = await hands.recorded()
    for broken in ("to_on = from_on", "served_on = decided_on - 1", "suspension_months = NULL", "licence_number = NULL",
                   "penalties = '{fine}'", "withdrawn_on = served_on", "version = 0"):  # fmt: skip
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(f"UPDATE sanctions SET {broken} WHERE case_id = $1", case["case_id"])


async def test_the_model_and_the_migration_agree(connection):
    model = {column.name: column.nullable for table in Base.metadata.sorted_tables for column in table.columns}
    rows = await connection.fetch(
        "SELECT column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns "
        "WHERE table_name = 'sanctions' AND is_generated = 'NEVER'"
    )
    # Set by the database, never read.
    migrated = {row["column_name"]: row["nullable"] for row in rows if row["column_name"] != "recorded_at"}
    assert model == migrated
