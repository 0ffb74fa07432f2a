"""Whether it is published is a decision of its own: reasons, impact assessments, the department's readings."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from common.database import Database
from common.events import decode
from discipline_api.clocks.store import announce
from discipline_api.record.store_publicity import erase_assessments

DEPARTMENT = {"kind": "department", "region": "410000", "code": "sft"}
ASSOCIATION = {"kind": "city-association", "region": "410100", "code": "zzlx"}
WITHHOLDING = {"ground": "no-social-impact", "reasons": "情节轻微，未造成社会影响。"}


async def events(connection):
    rows = await connection.fetch("SELECT bytes FROM outbox ORDER BY id")
    return [decode(row["bytes"]).event() for row in rows]


async def publish(hands, case, body=None, *, headers=None, tag=None):
    path = f"/v1/sanctions/{case['case_id']}/publication"
    return await hands.post(path, body or {}, headers=headers, **{"If-Match": tag or f'"v{case["version"]}"'})


async def withhold(hands, case, body=None, *, headers=None, key=None):
    path = f"/v1/sanctions/{case['case_id']}/withholding"
    match = {"If-Match": f'"v{case["version"]}"'}
    return await hands.post(path, body or WITHHOLDING, headers=headers, key=key, **match)


def department(hands):
    return hands.officer("department", "410000", "sft")


async def choose(hands, option, *, of="warning", version=0, headers=None, **changes):
    body = {"option": option, "document_number": "豫司政〔2026〕1号", "reasons": "统一口径", "from_on": "2026-06-01"}
    path = f"/v1/disclosure-policy/{of}/choices"
    sent = department(hands) if headers is None else headers
    return await hands.post(path, body | changes, headers=sent, **{"If-Match": f'"v{version}"'})


async def warned(hands, **changes):
    return await hands.recorded(penalties=[{"kind": "warning"}], to_on=None, from_on=None, **changes)


# Withholding


async def test_a_decision_not_to_publish_is_on_record_with_its_ground_and_its_reasons_stay_inside(hands, connection):
    case = await hands.recorded()
    answer = await withhold(hands, case)
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (200, "withheld", '"v2"')
    assert answer.json()["withholding"]["ground_zh"] == "不具有一定社会影响"
    assert answer.json()["withholding"]["source"] == "行政处罚法第四十八条"
    assert WITHHOLDING["reasons"] not in answer.text
    event = (await events(connection))[-1]
    assert (event.event_type, event.version) == ("lawyers.discipline.sanction.withheld.v1", 2)
    assert (event.ground, event.withheld_on.isoformat()) == ("no-social-impact", "2026-06-10")
    read = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    assert read.json()["withholding_reasons"] == WITHHOLDING["reasons"]
    assert (await hands.http.get(f"/v1/public/disclosures/{case['case_id']}")).status_code == 404
    assert await connection.fetchval("SELECT reason FROM audit_log WHERE action = 'sanction-withheld'") == (
        "no-social-impact"
    )


async def test_d18_withheld_in_time_is_never_overdue_and_withheld_late_stays_late(hands):
    hands.on("2026-05-12T23:59:00")  # the seventh working day
    in_time = await hands.recorded()
    assert (await withhold(hands, in_time)).json()["overdue"] == []
    late = await hands.recorded()
    hands.on("2026-06-10T12:00:00")
    assert (await withhold(hands, late)).json()["overdue"] == ["publication", "publication-outer"]
    read = await hands.http.get(f"/v1/sanctions/{in_time['case_id']}", headers=hands.officer())
    assert read.json()["overdue"] == []


async def test_what_was_withheld_is_published_after_all_with_reasons_only(hands, connection):
    case = (await withhold(hands, await hands.recorded())).json()
    silent = await publish(hands, case)
    assert (silent.status_code, silent.json()["field"]) == (422, "ground")
    half = await publish(hands, case, {"ground": "social-impact"})
    assert (half.status_code, half.json()["field"]) == (422, "reasons")
    other_half = await publish(hands, case, {"reasons": "媒体已广泛报道。"})
    assert (other_half.status_code, other_half.json()["field"]) == (422, "reasons")
    done = await publish(hands, case, {"ground": "social-impact", "reasons": "媒体已广泛报道。"})
    assert (done.status_code, done.json()["state"]) == (200, "published")
    assert [event.version for event in await events(connection)] == [1, 2, 3]
    shown = await hands.http.get(f"/v1/public/disclosures/{case['case_id']}")
    assert shown.status_code == 200
    assert "媒体已广泛报道" not in shown.text + done.text


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"ground": "because"}, 422, "ground"),
        ({"reasons": ""}, 422, "reasons"),
        ({"reasons": "当事人 13800138000"}, 422, "reasons"),
        ({"ground": "minor-summary"}, 422, "ground"),  # a suspension is not minor
        ({"withheld_on": "2026-01-01"}, 422, "withheld_on"),
    ],
)
async def test_a_withholding_is_refused_with_its_field(hands, connection, body, status, field):
    case = await hands.recorded()
    answer = await withhold(hands, case, WITHHOLDING | body)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert len(await events(connection)) == 1


async def test_nothing_is_withheld_twice_or_after_publication_or_by_a_stranger(hands, connection):
    case = await hands.recorded()
    for headers in (hands.officer(region="410300", code="ly"), hands.officer(code="other"), department(hands)):
        assert (await withhold(hands, case, headers=headers)).status_code == 403
    key = str(uuid4())
    first, again = [await withhold(hands, case, key=key) for _ in range(2)]
    assert again.content == first.content
    stale = await withhold(hands, case)
    assert stale.status_code == 412
    twice = await withhold(hands, first.json())
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:yulu:problem:already-withheld")
    shown = await hands.published()
    assert (await withhold(hands, shown)).json()["type"] == "urn:yulu:problem:already-published"
    assert len([e for e in await events(connection) if "withheld" in e.event_type]) == 1


async def test_of_one_who_publishes_and_one_who_withholds_at_once_one_decides(hands, connection):
    case = await hands.recorded()
    answers = await asyncio.gather(publish(hands, case), withhold(hands, case))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert [event.version for event in await events(connection)] == [1, 2]


# Deadlines


async def test_d26_a_late_service_shows_service_and_publication_overdue_from_the_decision_on(hands):
    # Decided on 29 April, served on 25 May: both limits had passed by then.
    hands.on("2026-05-25T12:00:00")
    case = await hands.recorded(served_on="2026-05-25", from_on="2026-05-25", to_on="2026-08-25")
    assert case["overdue"] == ["service", "publication"]
    assert case["deadlines"]["publication-outer"]["due_on"] == "2026-05-29"
    early = await publish(hands, case, {"published_on": "2026-05-24"})
    assert (early.status_code, early.json()["field"]) == (422, "published_on")
    hands.on("2026-07-20T12:00:00")
    backdated = await publish(hands, case, {"published_on": "2026-05-25"})
    assert (backdated.status_code, backdated.json()["field"]) == (422, "published_on"), "else late would seem in time"


async def test_d18_the_clocks_of_publication_run_from_the_decision_and_are_met_by_it(hands, connection, discipline_dsn):
    hands.on("2026-05-06T09:00:00")
    case = await hands.recorded()
    path = f"/v1/sanctions/{case['case_id']}/deadlines"
    running = {item["name"]: item for item in (await hands.http.get(path, headers=hands.officer())).json()}
    assert {name: item["due_on"] for name, item in running.items()} == {
        "publication": "2026-05-12", "publication-outer": "2026-05-29",
    }  # fmt: skip
    assert running["publication"]["explained"]["start"] == "2026-04-29"
    hands.on("2026-05-13T00:00:00")
    states = [item["state"] for item in (await hands.http.get(path, headers=hands.officer())).json()]
    assert states == ["overdue", "running"]
    assert (await publish(hands, case)).status_code == 200
    states = [item["state"] for item in (await hands.http.get(path, headers=hands.officer())).json()]
    assert states == ["met-late", "met"]
    database = Database(discipline_dsn, source="/discipline")
    try:
        await announce(database, datetime(2026, 5, 14, tzinfo=UTC))
    finally:
        await database.close()
    missed = [e for e in await events(connection) if e.event_type.endswith("deadline.missed.v1")]
    assert [(e.deadline, e.due_on.isoformat()) for e in missed] == [("publication", "2026-05-12")]
    stranger = hands.officer(region="410300", code="ly")
    assert (await hands.http.get(path, headers=stranger)).status_code == 403


async def test_d19_the_take_down_is_measured_from_the_day_the_decision_fell(hands, connection):
    in_time = (await hands.withdrawn(await hands.published(), on="2026-06-05")).json()  # three working days: 10 June
    assert (in_time["withdrawal"]["taken_down_on"], in_time["withdrawal"]["in_time"]) == ("2026-06-10", True)
    late = (await hands.withdrawn(await hands.published(), on="2026-06-04")).json()
    assert (late["withdrawal"]["in_time"], "withdrawal" in late["overdue"]) == (False, True)
    gone = (await hands.http.get(f"/v1/public/disclosures/{late['case_id']}")).json()["disclosure"]
    assert (gone["gone_on"], gone["taken_down_on"], gone["due_on"], gone["in_time"]) == (
        "2026-06-04", "2026-06-10", "2026-06-09", False,
    )  # fmt: skip
    assert gone["reason_zh"] == "决定已被撤销，公示撤回"
    names = await connection.fetch("SELECT name, met_on FROM deadlines WHERE owner_id = $1", late["case_id"])
    told = {row["name"]: row["met_on"] and row["met_on"].isoformat() for row in names}
    assert told["withdrawal"] == "2026-06-10"
    assert told["credit-node-update"] is None  # runs until the platform has fetched the file
    unshown = (await hands.withdrawn(await hands.recorded(), on="2026-06-01")).json()
    assert (unshown["withdrawal"]["in_time"], "withdrawal" in unshown["overdue"]) == (None, False)


# Impact assessments


async def test_nothing_is_published_without_an_impact_assessment_of_the_organ_that_covers_its_kind(hands, connection):
    body = {"penalties": [{"kind": "public-censure"}], "to_on": None, "organ": ASSOCIATION}
    officer = hands.officer("city-association", "410100", "zzlx")
    case = (await hands.post("/v1/sanctions", hands.decision(**body), headers=officer)).json()

    async def tried():
        return await publish(hands, case, headers=officer)

    missing = await tried()
    assert (missing.status_code, missing.json()["type"]) == (409, "urn:yulu:problem:impact-assessment-missing")
    await hands.assessed(officer, organ=ASSOCIATION, scope=["conviction"])
    assert (await tried()).status_code == 409
    await hands.assessed(officer, organ=ASSOCIATION, scope=["industry"], assessed_on="2023-06-10")
    hands.on("2026-06-11T00:00:00")
    assert (await tried()).status_code == 409, "three years are over"
    assert len(await events(connection)) == 1
    await hands.assessed(officer, organ=ASSOCIATION, scope=["industry"])
    assert (await tried()).status_code == 200


async def test_a_newer_assessment_that_finds_it_not_lawful_stops_publication(hands):
    await hands.assessed(conclusion="not-lawful", assessed_on="2026-06-01")
    answer = await publish(hands, await hands.recorded())
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:yulu:problem:impact-assessment-missing")


@pytest.mark.parametrize(
    ("changes", "officer", "status", "field"),
    [
        ({"scope": []}, {}, 422, "scope"),
        ({"scope": ["administrative", "administrative"]}, {}, 422, "scope"),
        ({"scope": ["gossip"]}, {}, 422, "scope.0"),
        ({"risks": "当事人身份证 410105199001011234"}, {}, 422, "risks"),
        ({"assessed_on": "2026-06-11"}, {}, 422, "assessed_on"),
        ({"assessed_on": "2020-01-01"}, {}, 422, "assessed_on"),
        ({"assessed_on": "9999-12-31"}, {}, 422, "assessed_on"),
        ({"conclusion": "fine"}, {}, 422, "conclusion"),
        ({"organ": DEPARTMENT}, {}, 403, None),
        ({}, {"region": "410300", "code": "ly"}, 403, None),
        ({}, {"roles": ["lawyer"]}, 403, None),
    ],
)
async def test_an_assessment_is_refused_with_its_field(hands, connection, changes, officer, status, field):
    body = {
        "organ": {"kind": "bureau", "region": "410100", "code": "zz"}, "scope": ["industry"], "purpose": "公示",
        "risks": "名誉", "measures": "到期停止", "conclusion": "lawful", "document_number": "郑司评〔2026〕2号",
        "assessed_on": "2026-06-01",
    }  # fmt: skip
    answer = await hands.post("/v1/impact-assessments", body | changes, headers=hands.officer(**officer))
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM impact_assessments") == 2


async def test_an_assessment_is_kept_three_years_beyond_its_validity_and_then_only_its_dates_stay(
    hands, connection, discipline_dsn
):
    await connection.execute("TRUNCATE impact_assessments")
    await hands.assessed()
    query = {"organ_kind": "bureau", "region": "410100", "code": "zz"}
    (kept,) = (await hands.http.get("/v1/impact-assessments", params=query, headers=hands.officer())).json()
    assert (kept["valid_to_on"], kept["kept_to_on"], kept["in_force"]) == ("2029-01-06", "2032-01-07", True)
    elsewhere = await hands.http.get("/v1/impact-assessments", params=query, headers=hands.officer(region="410300"))
    assert elsewhere.status_code == 403
    for broken in ("purpose = 'x'", "valid_to_on = valid_to_on + 1"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(f"UPDATE impact_assessments SET {broken}")
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute("DELETE FROM impact_assessments")
    database = Database(discipline_dsn, source="/discipline")
    try:
        assert await erase_assessments(database, datetime(2032, 1, 6, 15, tzinfo=UTC)) == 0
        assert await erase_assessments(database, datetime(2032, 1, 6, 17, tzinfo=UTC)) == 1  # the 7th in China
    finally:
        await database.close()
    row = await connection.fetchrow("SELECT purpose, risks, measures, document_number FROM impact_assessments")
    assert tuple(row) == (None, None, None, "郑司评〔2026〕1号")


# The department's readings


async def test_the_policy_shows_each_open_question_with_its_readings_and_what_stands(hands):
    policy = (await hands.http.get("/v1/disclosure-policy", headers=hands.officer())).json()
    classes = {row["code"]: row for row in policy["classes"]}
    assert (classes["warning"]["option"], classes["warning"]["verified"]) == ("publish", False)
    assert {reading["option"] for reading in classes["warning"]["readings"]} == {"publish", "withhold"}
    assert "一般不予公示" in "".join(reading["zh"] for reading in classes["warning"]["readings"])
    assert (await hands.http.get("/v1/disclosure-policy")).status_code == 401
    assert (await hands.http.get("/v1/disclosure-policy/nonsense", headers=hands.officer())).status_code == 404


async def test_a_chosen_reading_decides_from_then_on_and_its_history_stays(hands, connection):
    case = await warned(hands)
    assert case["disclosure"]["option"] == "publish"
    chosen = await choose(hands, "withhold")
    assert (chosen.status_code, chosen.headers["etag"]) == (201, '"v1"')
    unreasoned = await publish(hands, case)
    assert (unreasoned.status_code, unreasoned.json()["field"]) == (422, "ground")
    read = await hands.http.get(f"/v1/sanctions/{case['case_id']}", headers=hands.officer())
    (row,) = read.json()["disclosure"]["classes"]
    assert (row["option"], row["chosen"]) == ("withhold", True)
    assert "publication" in read.json()["overdue"], "it still has to be decided"
    back = await choose(hands, "publish", version=1, document_number="豫司政〔2026〕2号")
    assert back.status_code == 201
    assert (await publish(hands, case)).status_code == 200
    found = (await hands.http.get("/v1/disclosure-policy/warning", headers=hands.officer())).json()
    assert [(item["number"], item["option"]) for item in found["history"]] == [(2, "publish"), (1, "withhold")]
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute("DELETE FROM disclosure_choices")
    assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'reading-chosen'") == 2


async def test_a_reading_may_bring_a_lighter_industry_sanction_before_the_public_with_reasons(hands):
    officer = hands.officer("city-association", "410100", "zzlx")
    await hands.assessed(officer, organ=ASSOCIATION, scope=["industry"])
    body = hands.decision(organ=ASSOCIATION, penalties=[{"kind": "circulated-criticism"}], to_on=None)
    case = (await hands.post("/v1/sanctions", body, headers=officer)).json()
    narrow = await publish(hands, case, headers=officer)
    assert narrow.json()["type"] == "urn:yulu:problem:not-public-by-class"
    assert (await withhold(hands, case, headers=officer)).status_code == 409
    assert (await choose(hands, "withhold", of="circulated-criticism")).status_code == 201
    wide = await publish(hands, case, {"ground": "public-interest", "reasons": "影响广泛。"}, headers=officer)
    assert wide.status_code == 200, wide.text


async def test_only_the_department_chooses_and_only_among_the_readings(hands, connection):
    for headers in (hands.officer(), hands.officer("association", "410000", "lx"), hands.worker):
        assert (await choose(hands, "withhold", headers=headers)).status_code == 403
    closed = await choose(hands, "firm-only")
    assert (closed.status_code, closed.json()["field"]) == (422, "option")
    future = await choose(hands, "withhold", from_on="2026-06-11")
    assert (future.status_code, future.json()["field"]) == (422, "from_on")
    assert (await choose(hands, "withhold", of="nonsense")).status_code == 404
    assert (await choose(hands, "withhold", version=3)).status_code == 412
    assert await connection.fetchval("SELECT count(*) FROM disclosure_choices") == 0
    answers = await asyncio.gather(*(choose(hands, "withhold") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412]
