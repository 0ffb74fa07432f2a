"""D25: what must never be public is planted where an officer may write it, and looked for in every way out."""

import io
import logging
import re
from uuid import uuid4

import asyncpg
import pytest
from common.telemetry import configure_logging

from .conftest import LICENCE, NAME
from .readers import PUBLIC, client, undertakes
from .test_conduct_records import act, conviction, recorded
from .test_credit_files import NUMBER, assessed_for_numbers, enter, platform
from .test_publication import publish, withhold

COMPLAINANT, CHILD, WITNESS, LANDLINE = "投诉人钱有财", "其女钱小苗", "证人孙见证", "0371-65901234"
PLANTED = f"{COMPLAINANT}（电话{LANDLINE}）之女{CHILD}，8岁，就读于金水区实验小学；{WITNESS}证实。"
SECRETS = (COMPLAINANT, CHILD, WITNESS, LANDLINE, "65901234", "8岁", "实验小学", "钱小苗", NUMBER)
FACTS = "私自收取费用三万元"
WINDOW = {"from": "2026-06-01", "to": "2026-06-10"}


async def ways_out(hands, case_id):
    """Everything that the public, a system under an undertaking, or the platform may read about a record."""
    reader = client(hands)
    assert (await undertakes(hands, reader)).status_code == 201
    gets = [
        (f"{PUBLIC}/{case_id}", {}, None),
        (PUBLIC, {"licence_number": LICENCE}, None),
        (f"{PUBLIC}/list", {}, None),
        (f"{PUBLIC}/{case_id}/proof", {}, None),
        ("/v1/public/transparency/entries", {"from": "0"}, None),
        ("/v1/public/transparency/head", {}, None),
        ("/v1/public/statistics", {"year": "2025"}, None),
        ("/v1/disclosures/bulk.csv", {}, reader),
        ("/v1/disclosures/bulk.ndjson", {}, reader),
        ("/v1/disclosures/changes", {}, reader),
        ("/v1/credit-files", WINDOW | {"format": "csv"}, platform(hands)),
        ("/v1/events", {"after": "0"}, hands.worker),
    ]
    for path, query, headers in gets:
        answer = await hands.http.get(path, params=query, headers=headers)
        yield path, answer
    key = {"Idempotency-Key": uuid4().hex}
    asked = await hands.http.post("/v1/public/query-results", json={"licence_number": LICENCE}, headers=key)
    assert asked.status_code == 201
    yield "query result", await hands.http.get(f"/v1/public/query-results/{asked.json()['code']}")
    search = {"name": NAME, "firm_name": "河南秘名律师事务所"}
    yield "search", await hands.http.post(f"{PUBLIC}/search", json=search)


@pytest.fixture
def logged():
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("discipline-api", "DEBUG", stream)
    yield stream
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


async def kept(connection: asyncpg.Connection):
    """What outlives a request: events, stored answers, the audit log, the rows the public reads."""
    for table in ("outbox", "idempotency_keys", "audit_log", "public_disclosures", "disclosure_log", "deadlines"):
        for row in await connection.fetch(f"SELECT t::text AS line FROM {table} t"):
            yield table, row["line"]
    for table, column in (("outbox", "bytes"), ("idempotency_keys", "body"), ("public_disclosures", "body")):
        for row in await connection.fetch(f"SELECT {column} AS bytes FROM {table} WHERE {column} IS NOT NULL"):
            yield table, bytes(row["bytes"]).decode()


async def test_d25_no_way_out_holds_an_id_number_a_minor_a_telephone_a_complainant_or_a_third_party(
    hands, connection, logged
):
    case = await hands.recorded(reasons=PLANTED)
    await assessed_for_numbers(hands)
    done = await publish(hands, case, {"facts": FACTS, "checked_for_third_parties": True})
    assert done.status_code == 200, done.text
    assert (await enter(hands, done.json())).status_code == 204
    withheld = await withhold(hands, await hands.recorded(reasons=PLANTED), {
        "ground": "identifies-minor", "reasons": PLANTED,
    })  # fmt: skip
    reversed_ = await publish(hands, withheld.json(), {"ground": "new-facts", "reasons": PLANTED})
    assert (withheld.status_code, reversed_.status_code) == (200, 200), reversed_.text
    answers = {}
    async for path, answer in ways_out(hands, case["case_id"]):
        assert answer.status_code == 200, (path, answer.text)
        answers[path] = answer.text
        for secret in SECRETS:
            # The platform alone gets the number, where the organ has entered it and its assessment covers it.
            assert secret not in answer.text or (path, secret) == ("/v1/credit-files", NUMBER), (path, secret)
    assert FACTS in answers[f"{PUBLIC}/{case['case_id']}"]
    assert NUMBER in answers["/v1/credit-files"]
    seen = set()
    async for table, line in kept(connection):
        seen.add(table)
        for secret in SECRETS:
            assert secret not in line, (table, secret)
    assert {"outbox", "idempotency_keys", "audit_log", "public_disclosures"} <= seen
    assert "http" in logged.getvalue()
    for secret in SECRETS:
        assert secret not in logged.getvalue()


async def test_d25_a_withdrawn_record_leaves_none_of_it_either(hands, connection):
    case = (await publish(hands, await hands.recorded(reasons=PLANTED))).json()
    assert (await hands.withdrawn(case)).status_code == 200
    gone = await hands.http.get(f"{PUBLIC}/{case['case_id']}")
    by_number = await hands.http.get(PUBLIC, params={"licence_number": LICENCE})
    for secret in (*SECRETS, NAME, LICENCE):
        assert secret not in gone.text + by_number.text
    async for table, line in kept(connection):
        for secret in (*SECRETS, NAME):
            assert secret not in line, (table, secret)


async def test_d25_a_conviction_shows_court_and_article_and_no_victim(hands):
    record = await recorded(hands, conviction())
    reasons = {"ground": "identifies-minor", "reasons": PLANTED}
    withheld = (await act(hands, record, "withholding", reasons)).json()
    shown = await act(hands, withheld, "publication", {"ground": "public-interest", "reasons": PLANTED})
    assert shown.status_code == 200
    answer = await hands.http.get(f"{PUBLIC}/{record['record_id']}")
    for secret in SECRETS:
        assert secret not in answer.text + shown.text


@pytest.mark.parametrize("field", ["facts", "reasons"])
@pytest.mark.parametrize("planted", [NUMBER, "４１０１０５１９９００１０１１２３３", "13800138000"])
async def test_d25_numbers_are_refused_where_they_would_be_written_and_not_repeated(hands, connection, field, planted):
    case = await hands.recorded()
    body = {"checked_for_third_parties": True, "ground": "public-interest", "reasons": "理由", "facts": "事实"}
    answer = await publish(hands, case, body | {field: f"当事人号码{planted}"})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert planted not in answer.text
    assert await connection.fetchval("SELECT count(*) FROM public_disclosures") == 0


async def test_d25_an_answer_to_the_public_may_not_be_kept_or_indexed(hands):
    case = await hands.published()
    answer = await hands.http.get(f"{PUBLIC}/{case['case_id']}")
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    assert not re.search(r"(?<!\d)\d{17}[\dX](?![\dA-Za-z])", answer.text)
