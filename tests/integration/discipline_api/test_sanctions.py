"""Recording, publishing and withdrawing over HTTP."""

import asyncio
from datetime import date
from uuid import uuid4

import orjson
import pytest
from common import feed
from common.events import decode

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME, REASONS

DEPARTMENT = {"kind": "department", "region": "410000", "code": "sft"}


async def events(connection):
    rows = await connection.fetch("SELECT bytes FROM outbox ORDER BY id")
    return [decode(row["bytes"]).event() for row in rows]


async def test_a_decision_is_recorded_with_its_event_and_answers_without_its_subject(hands, connection):
    answer = await hands.post("/v1/sanctions", hands.decision())
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["location"] == f"/v1/sanctions/{case['case_id']}"
    assert answer.headers["etag"] == '"v1"'
    assert "commit-lsn" in answer.headers
    (event,) = await events(connection)
    assert answer.headers["event-ids"]
    assert event.event_type == "lawyers.discipline.sanction.decided.v1"
    assert str(event.case_id) == case["case_id"]
    assert event.model_dump(mode="json", exclude={"case_id"}) == {
        "version": 1,
        "region": "410100",
        "organ_kind": "bureau",
        "subject_kind": "lawyer",
        "penalties": ["suspension"],
        "filed_on": "2026-02-02",
        "decision_due_on": "2026-05-03",
        "decided_on": "2026-04-29",
        "served_on": "2026-05-06",
        "from_on": "2026-05-06",
        "to_on": "2026-08-06",
        "publish_due_on": "2026-05-12",
    }
    assert case["overdue"] == ["publication", "publication-outer"]
    assert "劳动节" in case["deadlines"]["publication"]["zh"]
    assert case["authority"] == {
        "source": "律师法第四十七条至第五十条", "verified": True, "doubt_zh": None, "doubt_en": None,
    }  # fmt: skip
    assert NAME not in answer.text
    assert LICENCE not in answer.text


async def test_where_cases_are_handled_here_no_decision_is_recorded_by_hand(hands, connection):
    app = hands.http._transport.app
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"discipline_cases_from": date(2026, 2, 2)})
    try:
        refused = await hands.post("/v1/sanctions", hands.decision())
        assert (refused.status_code, refused.json()["field"]) == (409, "filed_on")
        assert refused.json()["type"] == "urn:yulu:problem:case-needed"
        assert await connection.fetchval("SELECT count(*) FROM sanctions") == 0
        before = await hands.post("/v1/sanctions", hands.decision(filed_on="2026-02-01"))
        assert before.status_code == 201
    finally:
        app.state.settings = settings


async def test_a_repeated_request_has_its_effect_once(hands, connection):
    body, key = hands.decision(), str(uuid4())
    first, second = [await hands.post("/v1/sanctions", body, key=key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content
    assert second.headers["idempotency-replayed"] == "true"
    assert await connection.fetchval("SELECT count(*) FROM sanctions") == 1
    assert len(await events(connection)) == 1


async def test_a_document_number_is_taken_once_per_organ_however_its_brackets_are_written(hands, connection):
    case = await hands.recorded(document_number="郑司罚决字〔2026〕7号")
    for text in ("郑司罚决字[2026]7号", "郑司罚决字（２０２６）7号", "郑司罚决字［2026］ 7号"):
        answer = await hands.post("/v1/sanctions", hands.decision(document_number=text))
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:yulu:problem:document-number-taken"
        assert answer.json()["field"] == "document_number"
        assert answer.json()["case_id"] == case["case_id"]
    luoyang = {"kind": "bureau", "region": "410300", "code": "ly"}
    other = await hands.post(
        "/v1/sanctions",
        hands.decision(document_number="郑司罚决字〔2026〕7号", organ=luoyang),
        headers=hands.officer(region="410300", code="ly"),
    )
    assert other.status_code == 201
    assert len(await events(connection)) == 2


async def test_of_two_at_once_one_is_recorded(hands, connection):
    bodies = [hands.decision(document_number="郑司罚决字〔2026〕9号") for _ in range(4)]
    answers = await asyncio.gather(*(hands.post("/v1/sanctions", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert len(await events(connection)) == 1


@pytest.mark.parametrize(
    ("changes", "officer", "status", "field"),
    [
        ({"organ": {"kind": "county-bureau", "region": "410102", "code": "zy"}}, {}, 422, "organ.kind"),
        ({"penalties": [{"kind": "revocation"}], "to_on": None, "conduct_code": "L49.1"}, {}, 422, "penalties.0.kind"),
        (
            {"penalties": [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 10_001}], "to_on": None},
            {}, 422, "penalties.1.fine_yuan",
        ),
        ({"conduct_code": "L49.1"}, {}, 422, "penalties.0.suspension_months"),
        ({"from_on": "2026-05-05", "to_on": "2026-08-05"}, {}, 422, "from_on"),
        ({"served_on": None}, {}, 422, "served_on"),
        ({"served_on": "2026-06-11", "from_on": "2026-06-11", "to_on": "2026-09-11"}, {}, 422, "served_on"),
        ({"colour": "red"}, {}, 422, "colour"),
        ({"subject": {"kind": "lawyer", "name": "某"}}, {}, 422, "subject.licence_number"),
        ({"subject": {"kind": "lawyer", "licence_number": LICENCE, "credit_code": CREDIT, "name": "某"}},
         {}, 422, "subject.credit_code"),
        ({"subject": {"kind": "lawyer", "licence_number": LICENCE, "name": "某", "id_number": "x"}},
         {}, 422, "subject.id_number"),
        ({"penalties": [{"kind": "suspension"}]}, {}, 422, "penalties.0.suspension_months"),
        ({"penalties": [{"kind": "warning", "fine_yuan": 5}], "to_on": None}, {}, 422, "penalties.0.fine_yuan"),
        ({"penalties": [{"kind": "warning"}, {"kind": "warning"}]}, {}, 422, "penalties"),
        ({"from_on": None}, {}, 422, "from_on"),
        ({"subject": {"kind": "lawyer", "licence_number": "123", "name": "某"}}, {}, 422,
         "subject.licence_number"),
        ({"reasons": "身份证 410105 19900101 1234"}, {}, 422, "reasons"),
        ({"organ": {"kind": "bureau", "region": "410300", "code": "ly"}}, {}, 403, None),
        ({"organ": {"kind": "bureau", "region": "410100", "code": "someone-else"}}, {}, 403, None),
        ({}, {"region": "410300"}, 403, None),
        ({}, {"kind": "association"}, 403, None),
        ({}, {"roles": ["registry-officer"]}, 403, None),
        ({}, {"kind": "county-bureau"}, 403, None),
    ],
)  # fmt: skip
async def test_a_refusal_names_its_field_and_leaves_nothing(hands, connection, changes, officer, status, field):
    answer = await hands.post("/v1/sanctions", hands.decision(**changes), headers=hands.officer(**officer))
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]
    assert answer.json()["detail_en"]
    assert "19900101" not in answer.text
    for table in ("sanctions", "outbox", "idempotency_keys"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_d02_the_department_revokes_and_the_event_has_no_end(hands, connection):
    body = hands.decision(organ=DEPARTMENT, conduct_code="L49.2", penalties=[{"kind": "revocation"}])
    del body["from_on"], body["to_on"]
    headers = hands.officer("department", "410000", "sft")
    answer = await hands.post("/v1/sanctions", body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["from_on"], answer.json()["to_on"]) == ("2026-05-06", None)
    subject = await hands.http.get(f"/v1/sanctions/{answer.json()['case_id']}/subject", headers=hands.worker)
    assert subject.json() == {
        "subject_kind": "lawyer",
        "licence_number": LICENCE,
        "credit_code": None,
        "standing_kind": "revocation",
        "from_on": "2026-05-06",
        "to_on": None,
        "withdrawn": False,
        "published_on": None,
        "display_to_on": "2029-04-30",
    }
    (event,) = await events(connection)
    assert (event.region, event.to_on) == ("410000", None)


async def test_d04_a_mitigation_ground_is_kept(hands):
    case = await hands.recorded(conduct_code="L49.1", mitigation="merit")
    read = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    assert read.json()["mitigation"] == "merit"


async def test_publication_needs_the_version_that_was_read(hands, connection):
    case = await hands.recorded()
    path = f"/v1/sanctions/{case['case_id']}/publication"
    assert (await hands.post(path, {})).status_code == 428
    stale = await hands.post(path, {}, **{"If-Match": '"v9"'})
    assert (stale.status_code, stale.json()["field"]) == (412, "If-Match")
    body = {"facts": "私自收取费用三万元", "checked_for_third_parties": True}
    done = await hands.post(path, body, **{"If-Match": '"v1"'})
    assert (done.status_code, done.json()["version"], done.headers["etag"]) == (200, 2, '"v2"')
    again = await hands.post(path, {}, **{"If-Match": '"v2"'})
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:already-published")
    published = (await events(connection))[-1]
    assert (published.event_type, published.version) == ("lawyers.discipline.sanction.published.v1", 2)
    assert published.published_on.isoformat() == "2026-06-10"


async def test_facts_for_the_public_hold_no_id_number(hands):
    case = await hands.recorded()
    answer = await hands.post(
        f"/v1/sanctions/{case['case_id']}/publication",
        {"facts": "当事人（４１０１０５１９９００１０１１２３Ｘ）"},
        **{"If-Match": '"v1"'},
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "facts")
    assert "身份证号" in answer.json()["detail"]


async def test_another_organ_neither_publishes_nor_withdraws_nor_reads(hands):
    case = await hands.recorded()
    stranger = hands.officer(region="410300", code="ly")
    path = f"/v1/sanctions/{case['case_id']}"
    for action, body in (
        ("publication", {}),
        ("withdrawal", {"ground": "void", "document_number": "豫司复决字〔2026〕5号", "withdrawn_on": "2026-06-01"}),
    ):
        answer = await hands.post(f"{path}/{action}", body, headers=stranger, **{"If-Match": '"v1"'})
        assert (answer.status_code, answer.json()["region"]) == (403, "410100")
    assert (await hands.http.get(path, headers=stranger)).status_code == 403
    assert (await hands.http.get(path, headers=hands.worker)).status_code == 403
    assert (await hands.http.get(path)).status_code == 401
    assert (await hands.http.get(f"{path}/subject", headers=hands.officer())).status_code == 403


async def test_d19_a_withdrawal_tells_its_ground_and_the_interval_never_took_effect(hands, connection):
    case = await hands.published()
    answer = await hands.withdrawn(case)
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert answer.json()["deadlines"]["withdrawal"]["due_on"] == "2026-06-12"
    event = (await events(connection))[-1]
    assert (event.version, event.ground, event.withdrawn_on.isoformat()) == (3, "revoked", "2026-06-09")
    subject = await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)
    assert subject.json()["withdrawn"] is True


async def test_the_department_withdraws_what_a_bureau_decided(hands):
    case = await hands.recorded()
    answer = await hands.post(
        f"/v1/sanctions/{case['case_id']}/withdrawal",
        {"ground": "unlawful", "document_number": "豫司复决字〔2026〕3号", "withdrawn_on": "2026-06-01"},
        headers=hands.officer("department", "410000", "sft"),
        **{"If-Match": '"v1"'},
    )
    assert answer.status_code == 200


async def test_overlapping_suspensions_are_facts_of_their_own(hands):
    first = await hands.recorded()
    second = await hands.recorded(from_on="2026-06-01", to_on="2026-09-01")
    assert (await hands.withdrawn(first)).status_code == 200
    kept = await hands.http.get(f"/v1/sanctions/{second['case_id']}/subject", headers=hands.worker)
    assert (kept.json()["from_on"], kept.json()["to_on"], kept.json()["withdrawn"]) == (
        "2026-06-01", "2026-09-01", False,
    )  # fmt: skip


async def test_the_organ_reads_all_of_it_and_304_if_unchanged(hands):
    hands.on("2026-05-12T23:59:59")
    case = await hands.recorded()
    path = f"/v1/sanctions/{case['case_id']}"
    read = await hands.http.get(path, headers=hands.officer())
    assert read.json()["subject"]["name"] == NAME
    assert read.json()["reasons"] == REASONS
    assert read.headers["cache-control"] == "no-store"
    known = await hands.http.get(path, headers=hands.officer() | {"If-None-Match": read.headers["etag"]})
    assert known.status_code == 304
    hands.on("2026-05-13T00:00:00")
    due = await hands.http.get(path, headers=hands.officer() | {"If-None-Match": read.headers["etag"]})
    assert (due.status_code, due.json()["overdue"]) == (200, ["publication"])
    assert (await hands.http.get(f"/v1/sanctions/{uuid4()}", headers=hands.officer())).status_code == 404


async def test_lists_page_within_the_readers_region(hands):
    cases = [await hands.recorded() for _ in range(5)]
    elsewhere = await hands.post(
        "/v1/sanctions",
        hands.decision(organ={"kind": "bureau", "region": "410300", "code": "ly"}),
        headers=hands.officer(region="410300", code="ly"),
    )
    await hands.withdrawn(cases[0])
    seen, cursor = [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await hands.http.get("/v1/sanctions", params=query, headers=hands.officer())).json()
        seen += [item["case_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(case["case_id"] for case in cases)
    whole = await hands.http.get("/v1/sanctions", headers=hands.officer("department", "410000", "sft"))
    assert elsewhere.json()["case_id"] in {item["case_id"] for item in whole.json()["items"]}
    assert NAME not in whole.text
    due = await hands.http.get("/v1/sanctions?publication_overdue=true", headers=hands.officer())
    assert sorted(item["case_id"] for item in due.json()["items"]) == sorted(c["case_id"] for c in cases[1:])
    county = hands.officer("county-bureau", "410102", "zy")
    assert (await hands.http.get("/v1/sanctions", headers=county)).status_code == 403


async def test_a_firm_is_suspended_under_its_credit_code(hands):
    case = await hands.recorded(
        subject={"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
        conduct_code="F50.8",
        penalties=[{"kind": "firm-suspension", "suspension_months": 3}, {"kind": "fine", "fine_yuan": 100_000}],
    )
    subject = (await hands.http.get(f"/v1/sanctions/{case['case_id']}/subject", headers=hands.worker)).json()
    assert (subject["credit_code"], subject["standing_kind"]) == (CREDIT, "suspension")
    assert subject["licence_number"] is None


async def test_unverified_authority_and_doubts_are_shown(hands):
    association = await hands.post(
        "/v1/sanctions",
        hands.decision(
            organ={"kind": "association", "region": "410000", "code": "lx"},
            penalties=[{"kind": "membership-cancellation"}],
            to_on=None,
        ),
        headers=hands.officer("association", "410000", "lx"),
    )
    assert association.json()["authority"]["verified"] is False
    assert association.json()["deadlines"]["publication"]["verified"] is False
    jiyuan = await hands.post(
        "/v1/sanctions",
        hands.decision(organ={"kind": "bureau", "region": "419001", "code": "jy"}),
        headers=hands.officer(region="419001", code="jy"),
    )
    assert "济源" in jiyuan.json()["authority"]["doubt_zh"]


async def test_the_feed_is_for_workers_and_the_department(hands, connection):
    case = await hands.recorded()
    await feed.sequence(connection)
    for headers in (hands.worker, hands.officer("department", "410000", "sft")):
        answer = await hands.http.get("/v1/events", params={"key": case["case_id"]}, headers=headers)
        assert answer.json()["events"][0]["event"]["data"]["case_id"] == case["case_id"]
        assert (await hands.http.get("/v1/feed/heads", headers=headers)).json()["topic"] == "discipline.events"
    assert (await hands.http.get("/v1/events", headers=hands.officer())).status_code == 403
    assert (await hands.http.get("/v1/feed/heads")).status_code == 401


async def test_the_api_describes_itself(hands):
    paths = (await hands.http.get("/openapi.json")).json()["paths"]
    assert {"/v1/sanctions", "/v1/sanctions/{case_id}/subject", "/v1/public/disclosures", "/v1/events"} <= set(paths)
    assert orjson.loads((await hands.http.get("/health/ready")).content)["status"] == "ready"


@pytest.mark.parametrize("days", [("filed_on",), ("filed_on", "decided_on", "served_on")])
async def test_a_day_before_there_was_a_profession_is_a_slip(hands, connection, days):
    answer = await hands.post("/v1/sanctions", hands.decision(**dict.fromkeys(days, "0001-01-01")))
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:yulu:problem:date-implausible")
    assert await events(connection) == []
