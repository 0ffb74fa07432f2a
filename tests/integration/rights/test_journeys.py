"""Whole stories at a time of one's choosing: the fast lane at night, an organ that never answers, a clue."""

from datetime import datetime
from uuid import uuid4

import orjson
import pytest
from contracts.working_days import SHANGHAI

from tests.integration.rights.conferring import Meetings, to_do
from tests.integration.rights.conftest import BODIES, REFUSAL

CITY = {"kind": "city-association", "region": "410100"}
PLACE = {"kind": "city-association", "region": "410300"}
PROVINCE = {"kind": "association", "region": "410000", "subject": "above"}


def shanghai(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.fixture
def post(http, officer):
    async def post(path, body, **who):
        answer = await http.post(path, json=body, headers=officer(**who) | {"Idempotency-Key": uuid4().hex})
        assert answer.is_success, answer.text
        return answer.json()

    return post


@pytest.fixture
def read(http, officer):
    async def read(path, **who):
        answer = await http.get(path, headers=officer(**who))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


def of(case, name):
    return [clock for clock in case["deadlines"] if clock["name"] == name][-1]


async def events(sql):
    rows = await sql.fetch("SELECT event_type, bytes FROM outbox ORDER BY id")
    return [(row[0].removeprefix("lawyers.rights."), orjson.loads(row[1])["data"]) for row in rows]


async def test_rr14_thrown_out_of_court_at_two_on_a_holiday(*, time, file, sql, post, read, step, timers, follow):
    """Filed in the night of National Day by a lawyer of Zhengzhou who was removed from a court of Luoyang."""
    time.at("2026-10-01 02:00")
    for who, officer_of in ((CITY, "zheng"), (PLACE, "luo")):
        body = {"on_duty": officer_of, "from_on": "2026-10-01", "to_on": "2026-10-01"}
        await post("/v1/duty/rosters", body, **who)
    filed = (await file(right="EXPEL", respondent="COURT", hearing_in_progress=True)).json()
    assert filed["fast_lane"]
    case_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    alarms = [(await read("/v1/alarms", **who))["items"] for who in (CITY, PLACE)]
    assert [len(each) for each in alarms] == [1, 1], "both places are woken in the same instant"
    assert "receipt" not in str(alarms)
    time.at("2026-10-01 02:20")
    await post(f"/v1/alarms/{alarms[1][0]['alarm_id']}/acknowledgement", {}, **PLACE, subject="luo")
    # The place of the incident acts first: no verification, no acceptance, no assignment before it.
    assert (await step(case_id, "contact", 1, {"note": "已到庭外"}, take=False, **PLACE)).status_code == 200
    time.at("2026-10-01 03:10")
    called = {"organ": "洛阳市中级人民法院"}
    assert (await step(case_id, "call", 2, called, take=False, **PLACE)).status_code == 200
    time.at("2026-10-01 06:30")
    await timers()
    case = await read(f"/v1/complaints/{case_id}", **PROVINCE)
    assert [of(case, name)["state"] for name in ("contact", "call", "province")] == ["met", "met", "overdue"]
    assert datetime.fromisoformat(of(case, "province")["marks"][-1]["at"]) >= shanghai("2026-10-01 06:00")
    assert case["escalated"]
    told = await step(case_id, "province-told", case["version"], {}, take=False, **PROVINCE)
    over = await step(case_id, "emergency-over", told.json()["version"], {"note": "法庭已恢复"}, take=False, **PROVINCE)
    assert of(over.json(), "national")["state"] == "lapsed"
    seen = await follow(filed["receipt"])
    assert [each["step"] for each in seen["steps"]] == ["contact", "call", "escalate", "tell-province", "end-emergency"]


async def test_rr25_an_organ_that_ignores_everything(*, time, file, sql, read, walk, step, timers, http, officer):
    """Overdue → escalated → a resolution of 四方会商 → lapsed → an event that a notice can be made of."""
    time.at("2026-03-02 09:00")
    await file(kind="RIGHTS_APP", right="FILE", respondent="PROC")
    case_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    await walk(case_id, "acceptance", "letter")
    time.at("2026-03-13 08:00")
    await timers()
    case = await read(f"/v1/complaints/{case_id}", **PROVINCE)
    assert (of(case, "handling")["state"], case["status"], case["escalated"]) == ("overdue", "WITH_ORGAN", True)
    assert [mark["mark"] for mark in of(case, "handling")["marks"]][:2] == ["warned", "overdue"]
    reported = await step(case_id, "inspection-report", case["version"], BODIES["inspection-report"] | {
        "document_date": "2026-03-13"}, **PROVINCE)  # fmt: skip
    assert reported.status_code == 200, reported.text
    time.at("2026-03-20 10:00")
    meetings = Meetings(http, officer)
    resolution = to_do("procuratorate", "2026-04-30")
    await meetings.issue(at="2026-03-18T09:00:00+08:00", on="2026-03-20", resolutions=[resolution])
    time.at("2026-05-01 00:00")
    await timers()
    told = await events(sql)
    names = [name for name, _ in told]
    wanted = ["deadline.missed.v1", "complaint.escalated.v1", "resolution.adopted.v1", "resolution.lapsed.v1"]
    assert [name for name in names if name in wanted] == wanted
    lapsed = dict(told)["resolution.lapsed.v1"]
    assert (lapsed["owner_kind"], lapsed["due_on"]) == ("procuratorate", "2026-04-30")
    assert str(case_id) not in str(lapsed), "whose case it was is not told"
    assert [each["lapsed"] for each in await meetings.resolutions()] == [["2026-04-30"]]


async def test_an_anonymous_clue_never_becomes_an_application(*, file, sql, step, own, follow, http):
    clue = await file(identity_mode="anonymous_clue", complainant=None)
    receipt = clue.json()["receipt"]
    for kind in ("RIGHTS_APP", "PETITION"):
        refused = await file(identity_mode="anonymous_clue", complainant=None, kind=kind, criminal=True)
        assert (refused.status_code, refused.json()["field"]) == (422, "identity_mode")
    case_id = await sql.fetchval("SELECT complaint_id FROM complaints")
    officers_steps = {"acceptance": None, "refusal": REFUSAL, "info-request": BODIES["info-request"],
                      "letter": BODIES["letter"] | {"document_date": "2026-03-02"},
                      "hand-over": {"to_region": "410200", "reason": "x"}}  # fmt: skip
    for name, body in officers_steps.items():
        assert (await step(case_id, name, 1, body)).status_code == 409, name
    for name in ("supplement", "objection", "withdrawal", "reply-accepted"):
        assert (await own(receipt, name, {"text": "我想改为维权申请"})).status_code == 409, name
    seen = await follow(receipt)
    assert (seen["status"], seen["deadlines"], seen["may"]) == ("CLUE", [], [])
    assert await sql.fetchval("SELECT count(*) FROM outbox") == 0
    assert await sql.fetchval("SELECT identity_sealed IS NULL FROM complaints")
