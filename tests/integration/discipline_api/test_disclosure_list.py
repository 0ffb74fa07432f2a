"""Asking by name, and the list: what the filters leave, in which order, and what neither of them tells."""

import io
import logging
from base64 import urlsafe_b64decode

import httpx
import orjson
import pytest
from common.telemetry import configure_logging
from discipline_api.app import build_app
from discipline_api.settings import DisciplineSettings

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME
from .readers import OTHERS, PUBLIC, client, filed, followed, lawyer, listed, tabled, undertakes

FIRM = {"kind": "firm", "credit_code": CREDIT, "name": "河南明月（郑州）律师事务所"}


async def search(hands, **body):
    return await hands.http.post(f"{PUBLIC}/search", json=body)


async def test_a_lawyer_is_found_by_the_name_and_firm_printed_on_the_decision(hands):
    case = await hands.published()
    record = (await hands.http.get(f"{PUBLIC}/{case['case_id']}")).json()
    for name, firm in ((NAME, FIRM_NAME), (f" {NAME[0]} {NAME[1:]}", FIRM_NAME), (NAME, "河南秘名 律师事务所")):
        answer = await search(hands, name=name, firm_name=firm)
        assert (answer.status_code, answer.json()) == (200, {"items": [record]}), (name, firm)
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]


async def test_a_firm_is_found_by_its_name_alone_and_its_lawyers_are_not(hands):
    await hands.published(**lawyer(LICENCE, NAME, FIRM["name"]))
    changes = {"conduct_code": "F50.1", "penalties": [{"kind": "warning"}], "to_on": None, "from_on": "2026-05-06"}
    case = await hands.published(subject=FIRM, **changes)
    for spelling in (FIRM["name"], "河南明月(郑州)律师事务所"):
        (item,) = (await search(hands, firm_name=spelling)).json()["items"]
        assert item["case_id"] == case["case_id"]
    assert (await search(hands, name=FIRM["name"], firm_name=FIRM["name"])).json() == {"items": []}


async def test_whoever_is_not_found_by_name_gets_one_answer_whatever_the_cause(hands):
    await hands.recorded(**lawyer(OTHERS[0], "钱一"))
    withdrawn = await hands.published(**lawyer(OTHERS[1], "孙二"))
    await hands.withdrawn(withdrawn)
    await hands.published()
    answers = [
        await search(hands, name=name, firm_name=firm)
        for name, firm in (("钱一", FIRM_NAME), ("孙二", FIRM_NAME), ("李三", FIRM_NAME), (NAME, "河南别处律师事务所"))
    ]
    assert {answer.content for answer in answers} == {b'{"items":[]}'}
    assert len({tuple(sorted((k, v) for k, v in a.headers.items() if k != "x-correlation-id")) for a in answers}) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "firm_name"),
        ({"name": NAME}, "firm_name"),
        ({"name": "", "firm_name": FIRM_NAME}, "name"),
        ({"name": NAME, "firm_name": FIRM_NAME, "licence_number": LICENCE}, "licence_number"),
        ({"name": "410105199001011234", "firm_name": FIRM_NAME}, "name"),
        ({"name": ["a"], "firm_name": FIRM_NAME}, "name"),
    ],
)
async def test_a_bad_search_names_its_field(hands, body, field):
    answer = await search(hands, **body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "410105199001011234" not in answer.text


async def test_a_name_that_was_asked_for_is_in_no_log_and_no_table(hands, connection):
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("discipline-api", "DEBUG", stream)
    try:
        await hands.published()
        for body in ({"name": NAME, "firm_name": FIRM_NAME}, {"name": "查无此人", "firm_name": "河南无此律师事务所"}):
            await search(hands, **body)
            await hands.http.post(f"{PUBLIC}/search", json=body, headers=client(hands))
            await hands.http.post(f"{PUBLIC}/search", json=body | {"x": 1})
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    logged = stream.getvalue()
    assert "http" in logged or logged == ""
    for table in ("disclosure_reads", "audit_log", "outbox", "idempotency_keys"):
        rows = await connection.fetch(f"SELECT t::text AS line FROM {table} t")
        logged += "".join(row["line"] for row in rows)
    assert "search" in logged, "the system's search is in the read log"
    for secret in (NAME, FIRM_NAME, "查无此人", "河南无此律师事务所"):
        assert secret not in logged


async def test_searches_and_lists_are_limited_per_address(issuer, discipline_dsn, hands, monkeypatch):
    monkeypatch.setenv("PUBLIC_RATE_LIMIT", "3/hour")
    app = build_app(DisciplineSettings.load(), clock=lambda: hands.now)
    body = {"name": NAME, "firm_name": FIRM_NAME}
    async with (
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://discipline") as http,
        app.router.lifespan_context(app),
    ):
        for answer in (
            await http.post(f"{PUBLIC}/search", json=body),
            await http.get(f"{PUBLIC}/list"),
            await http.get("/v1/disclosures/changes"),
        ):
            assert answer.status_code == 200
        for answer in (
            await http.post(f"{PUBLIC}/search", json=body),
            await http.get(f"{PUBLIC}/list"),
            await http.get("/v1/disclosures/changes"),
        ):
            assert answer.status_code == 429
            assert int(answer.headers["retry-after"]) <= 3600


async def test_the_list_is_newest_first_and_pages_without_telling_a_number(hands):
    expected = []
    for day, number in zip(("2026-05-20", "2026-05-21", "2026-05-22"), OTHERS, strict=True):
        hands.on(f"{day}T09:00:00")
        expected.insert(0, (await hands.published(**lawyer(number, "钱一")))["case_id"])
    first = (await hands.http.get(f"{PUBLIC}/list", params={"limit": 1})).json()
    assert [item["case_id"] for item in first["items"]] == expected[:1]
    place = orjson.loads(urlsafe_b64decode(first["next_cursor"] + "=="))
    assert place == ["disclosures", "2026-05-22", expected[0]], "the place of the last one shown, and no number"
    assert first.keys() == {"items", "next_cursor"}
    for limit in (1, 2, 3, 200):
        assert [item["case_id"] for item in await listed(hands, limit=limit)] == expected
    hands.on("2026-06-01T09:00:00")
    await hands.published()
    rest = await listed(hands, limit=1, cursor=first["next_cursor"])
    assert [item["case_id"] for item in rest] == expected[1:], "what is published meanwhile moves nothing"


async def test_each_filter_leaves_what_it_says(hands):
    warned = await hands.published(
        conduct_code="L47.2", penalties=[{"kind": "warning"}], to_on=None, decided_on="2026-05-05"
    )
    hands.on("2026-06-11T12:00:00")
    suspended = await hands.published(**lawyer(OTHERS[0], "钱一"))
    association = {"kind": "city-association", "region": "410300", "code": "lylx"}
    officer = hands.officer("city-association", "410300", "lylx")
    await hands.assessed(officer, organ=association, scope=["industry"])
    body = hands.decision(
        organ=association, penalties=[{"kind": "public-censure"}], to_on=None, **lawyer(OTHERS[1], "孙二")
    )
    case = (await hands.post("/v1/sanctions", body, headers=officer)).json()
    path = f"/v1/sanctions/{case['case_id']}/publication"
    censured = (await hands.post(path, {}, headers=officer, **{"If-Match": '"v1"'})).json()
    ids = {"warned": warned["case_id"], "suspended": suspended["case_id"], "censured": censured["case_id"]}

    async def left(**query):
        found = {item["case_id"] for item in await listed(hands, **query)}
        return {name for name, case_id in ids.items() if case_id in found}

    assert await left() == set(ids)
    assert await left(region="410300") == {"censured"}
    assert await left(region="410100") == {"warned", "suspended"}
    assert await left(organ_kind="city-association") == {"censured"}
    assert await left(kind="administrative") == {"warned", "suspended"}
    assert await left(kind="conviction") == set()
    assert await left(penalty="suspension") == {"suspended"}
    assert await left(conduct="L48.1") == {"suspended", "censured"}
    assert await left(conduct="L47") == {"warned"}
    assert await left(conduct="律师法第四十八条") == {"suspended", "censured"}
    assert await left(decided_from="2026-05-05") == {"warned"}
    assert await left(decided_to="2026-05-04") == {"suspended", "censured"}
    assert await left(published_from="2026-06-11") == {"suspended", "censured"}
    assert await left(published_to="2026-06-10") == {"warned"}
    assert await left(region="410100", penalty="warning", conduct="L47.2", decided_to="2026-05-05") == {"warned"}
    assert await left(region="410100", penalty="public-censure") == set()


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"name": NAME}, "query"),
        ({"region": "110000"}, "region"),
        ({"organ_kind": "court"}, "organ_kind"),
        ({"kind": "administrativ"}, "kind"),
        ({"penalty": ""}, "penalty"),
        ({"conduct": "L4"}, "conduct"),
        ({"decided_from": "2026-13-01"}, "decided_from"),
        ({"decided_to": "20260101"}, "decided_to"),
        ({"published_from": "1767225600"}, "published_from"),
        ({"published_to": "2026-01-01T00:00:00"}, "published_to"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "1000000000000000200"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"region": ["410100", "410300"]}, "region"),
    ],
)
async def test_a_bad_filter_names_its_field(hands, query, field):
    answer = await hands.http.get(f"{PUBLIC}/list", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert NAME not in answer.text


@pytest.mark.parametrize(
    "cursor", ["", "x", "W10", "WyJkaXNjbG9zdXJlcyIsMV0", "WyJzYW5jdGlvbnMiLCIyMDI2LTAxLTAxIiwiYSJd"]
)
async def test_a_cursor_not_made_here_is_a_clear_problem(hands, cursor):
    answer = await hands.http.get(f"{PUBLIC}/list", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["field"]) == (400, "cursor")


async def test_d21_at_midnight_in_china_with_the_timer_off_it_has_left_every_way_out(hands, connection):
    """Neither cleared away nor logged as ended: that the term is over is obeyed by the reads themselves."""
    case = await hands.published(document_number="郑司罚决字〔2026〕77号")
    reader = client(hands)
    hands.on("2027-04-29T23:59:59")
    assert (await undertakes(hands, reader)).status_code == 201
    held = await followed(hands)

    async def ways():
        return {
            "query": len((await hands.http.get(PUBLIC, params={"licence_number": LICENCE})).json()["items"]),
            "search": len((await search(hands, name=NAME, firm_name=FIRM_NAME)).json()["items"]),
            "list": len(await listed(hands)),
            "bulk": len(await filed(hands, reader)),
            "csv": len(await tabled(hands, reader)),
            "stream": len((await followed(hands)).records),
            "copy": len((await followed(hands, held)).records),
            "page": (await hands.http.get(f"{PUBLIC}/{case['case_id']}")).status_code,
            "document": (await hands.http.get(PUBLIC, params={"document_number": "郑司罚决字(2026)77号"})).status_code,
        }

    assert await ways() == dict.fromkeys(("query", "search", "list", "bulk", "csv", "stream", "copy"), 1) | {
        "page": 200,
        "document": 200,
    }
    hands.on("2027-04-30T00:00:00")
    assert await ways() == dict.fromkeys(("query", "search", "list", "bulk", "csv", "stream", "copy"), 0) | {
        "page": 410,
        "document": 410,
    }
    assert await connection.fetchval("SELECT body IS NOT NULL FROM public_disclosures"), "nothing has been cleared away"
    assert await connection.fetchval("SELECT count(*) FROM disclosure_log") == 1
    changes = (await hands.http.get("/v1/disclosures/changes")).text
    for secret in (NAME, FIRM_NAME, LICENCE, "郑司罚决字"):
        assert secret not in changes


@pytest.mark.parametrize(
    "given", ["x", "{}", "a" * 5_000, "%ED%A0%80", "12345678-1234-1234-1234-12345678901z", "-1", "٣" * 32]
)
async def test_an_address_that_is_no_id_is_a_clear_problem(hands, given):
    answer = await hands.http.get(f"{PUBLIC}/{given}")
    assert (answer.status_code, answer.json()["field"]) == (422, "case_id")
    assert answer.headers["cache-control"] == "no-store"


async def test_an_address_that_nothing_can_have_is_nowhere(hands):
    answer = await hands.http.get(f"{PUBLIC}/%00")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    "query",
    [
        "licence_number=%00",
        "licence_number=%ED%A0%80",
        "credit_code=%FF",
        "document_number=%ED%A0%801",
        "=&=",
        "licence_number",
    ],
)
async def test_rubbish_in_a_question_is_a_clear_problem(hands, query):
    answer = await hands.http.get(f"{PUBLIC}?{query}")
    assert answer.status_code in (200, 422), answer.text
    assert (await hands.http.get(f"{PUBLIC}/list?{query}")).status_code == 422
