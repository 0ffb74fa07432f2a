"""Talks and reminders stay inside; repetition and clusters are told to those who decide."""

from datetime import datetime

import pytest
from common.events import decode
from contracts.working_days import SHANGHAI
from discipline_api.prevention.store import erase_talks

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME

NOTES = "提醒其规范收费，当事人王小明曾来访"
COUNTY = {"kind": "county-bureau", "region": "410122", "code": "zm"}


def talk(**changes):
    return {
        "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
        "kind": "reminder",
        "addressee": "head",
        "credit_code": CREDIT,
        "topics": ["fees", "firm-management"],
        "held_on": "2026-06-09",
        "notes": NOTES,
    } | changes


def county(hands):
    return hands.officer("county-bureau", "410122", "zm")


async def recorded(hands, headers=None, **changes):
    answer = await hands.post("/v1/talks", talk(**changes), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_talk_with_the_head_is_recorded_with_its_nameless_event(hands, connection):
    kept = await recorded(hands)
    (row,) = await connection.fetch("SELECT bytes FROM outbox")
    event = decode(row["bytes"]).event()
    assert event.model_dump(mode="json") == {
        "version": 1, "region": "410100", "talk_id": kept["talk_id"], "kind": "reminder", "with_head": True,
        "held_on": "2026-06-09",
    }  # fmt: skip
    stored = await connection.fetchval("SELECT t::text FROM talks t")
    assert "王小明" not in stored
    assert CREDIT not in str(kept)
    full = await hands.http.get(f"/v1/talks/{kept['talk_id']}", headers=hands.officer())
    assert (full.json()["notes"], full.json()["credit_code"]) == (NOTES, CREDIT)
    assert await connection.fetchval("SELECT action FROM audit_log") == "discipline:read-talks"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_a_day_beyond_all_law_is_refused_by_its_field(hands, day):
    period = {"from": "2026-01-01", "to": day}
    for path in ("/v1/clusters", "/v1/statistics?counted=missed-deadlines"):
        answer = await hands.http.get(path, params=period, headers=hands.officer())
        assert (answer.status_code, answer.json()["field"]) == (422, "to"), answer.text


async def test_a_county_talks_and_its_city_sees_it_and_no_other(hands, connection):
    kept = await recorded(hands, county(hands), organ=COUNTY, kind="caution")
    assert kept["organ"] == "中牟县司法局"
    (row,) = await connection.fetch("SELECT bytes FROM outbox")
    assert decode(row["bytes"]).event().region == "410100", "the plan's region, not the county's"
    path = f"/v1/talks/{kept['talk_id']}"
    for headers, status in ((county(hands), 200), (hands.officer(), 200), (hands.officer(region="410300"), 403),
                            (hands.officer("city-association", "410100", "lx"), 403)):  # fmt: skip
        assert (await hands.http.get(path, headers=headers)).status_code == status
    listed = await hands.http.get("/v1/talks", headers=hands.officer())
    assert [line["talk_id"] for line in listed.json()["items"]] == [kept["talk_id"]]
    assert (await hands.http.get("/v1/talks", headers=hands.officer(region="410300", code="ly"))).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"held_on": "2026-06-11"}, 422, "held_on"),
        ({"held_on": "2021-06-11"}, 422, "held_on"),
        ({"credit_code": None}, 422, "licence_number"),
        ({"credit_code": None, "licence_number": LICENCE}, 422, "credit_code"),
        ({"topics": []}, 422, "topics"),
        ({"notes": "电话13812345678"}, 422, "notes"),
        ({"organ": {"kind": "county-bureau", "region": "410199", "code": "zz"}}, 422, "organ.region"),
        ({"organ": {"kind": "bureau", "region": "410300", "code": "ly"}}, 403, None),
    ],
)
async def test_a_bad_record_is_refused_and_nothing_is_kept(hands, connection, changes, status, field):
    answer = await hands.post("/v1/talks", talk(**changes))
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    assert await connection.fetchval("SELECT count(*) FROM talks") == 0
    assert await connection.fetchval("SELECT count(*) FROM outbox") == 0


async def test_what_a_talk_was_about_is_erased_at_its_term(hands, connection):
    kept = await recorded(hands)
    database = hands.http._transport.app.state.database
    assert await erase_talks(database, datetime(2029, 6, 8, 23, 59, tzinfo=SHANGHAI)) == 0
    assert await erase_talks(database, datetime(2029, 6, 9, tzinfo=SHANGHAI)) == 1
    line = await connection.fetchval("SELECT t::text FROM talks t")
    assert CREDIT not in line
    gone = await hands.http.get(f"/v1/talks/{kept['talk_id']}", headers=hands.officer())
    assert (gone.status_code, gone.json()["gone_since"]) == (410, "2029-06-09")


async def checked(hands, headers=None, **question):
    body = {"licence_number": LICENCE, "act_on": "2026-06-01"} | question
    return await hands.http.post("/v1/repetition-checks", json=body, headers=headers or hands.officer())


async def test_d05_d06_an_officer_is_told_what_an_earlier_sanction_means_wherever_it_was_imposed(hands, connection):
    ly = {"kind": "bureau", "region": "410300", "code": "ly"}
    body = hands.decision(organ=ly, penalties=[{"kind": "warning"}], to_on=None, conduct_code="L48.2")
    await hands.post("/v1/sanctions", body, headers=hands.officer(region="410300", code="ly"))
    await hands.recorded()
    found = (await checked(hands)).json()["repetitions"]
    assert [each["escalation"] for each in found] == ["repeat-suspension", "repeat-warning"]
    assert found[1]["organ"] == "洛阳市司法局"
    moved = LICENCE[:1] + "4103" + LICENCE[5:9] + "2" + LICENCE[10:]
    assert len((await checked(hands, licence_number=moved)).json()["repetitions"]) == 2
    assert (await checked(hands, act_on="2026-05-01")).json()["repetitions"] == []
    log = await connection.fetch("SELECT action, reason, object_id FROM audit_log")
    assert {row["action"] for row in log} == {"discipline:check-repetition"}
    assert not any(LICENCE in row["object_id"] for row in log)


async def test_who_does_not_decide_is_not_told(hands):
    for headers in (county(hands), hands.officer("city-association", "410100", "lx"), hands.worker):
        assert (await checked(hands, headers)).status_code == 403
    assert (await checked(hands, act_on="2026-06-11")).json()["field"] == "act_on"
    assert (await checked(hands, credit_code=CREDIT)).status_code == 422


async def test_clusters_begin_with_three_cases_and_end_at_ones_own_region(hands):
    for _ in range(3):
        await hands.recorded()
    await hands.recorded(conduct_code="L48.2")
    found = (await hands.http.get("/v1/clusters", headers=hands.officer())).json()
    assert found["conduct"] == [{"of": "L48.1", "cases": 3}]
    assert found["firms"] == [{"of": FIRM_NAME, "cases": 4}]
    other = await hands.http.get("/v1/clusters", headers=hands.officer(region="410300", code="ly"))
    assert (other.json()["firms"], other.json()["conduct"]) == ([], [])
    assert NAME not in str(found)


async def test_public_statistics_are_of_years_that_are_over_and_hold_no_small_count(hands):
    for region, code, cases in (("410100", "zz", 7), ("410300", "ly", 6), ("410200", "kf", 2)):
        for _ in range(cases):
            organ = {"kind": "bureau", "region": region, "code": code}
            await hands.post(
                "/v1/sanctions", hands.decision(organ=organ), headers=hands.officer(region=region, code=code)
            )
    current = await hands.http.get("/v1/public/statistics", params={"year": 2026})
    assert (current.status_code, current.json()["field"]) == (422, "year")
    hands.on("2027-01-02T09:00:00")
    table = (await hands.http.get("/v1/public/statistics", params={"year": 2026})).json()
    assert table["total"] == 15
    assert {cell["zh"]: cell["cases"] for cell in table["cells"]} == {"郑州市": 7, "洛阳市": None, "开封市": None}
    own = await hands.http.get(
        "/v1/statistics",
        params={"from": "2026-01-01", "to": "2026-12-31"},
        headers=hands.officer(region="410200", code="kf"),
    )
    assert [(cell["code"], cell["cases"]) for cell in own.json()["cells"]] == [("bureau", 2)]
    assert (
        await hands.http.get("/v1/statistics", params={"from": "2026-01-01", "to": "2026-12-31"})
    ).status_code == 401
