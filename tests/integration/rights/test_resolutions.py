"""Resolutions: their days are never edited, they lapse at their instant, and the next meeting opens with them."""

import asyncio
from io import BytesIO
from typing import Any

import asyncpg
import orjson
import pytest
from common.database import Database
from pypdf import PdfReader
from rights_api.consultations.store import lapse_resolutions

from tests.integration.rights.conferring import AGREED, BUREAU, HOST, Meetings, to_do

NEXT = "2026-06-02T09:00:00+08:00"


@pytest.fixture
def meetings(http, officer, time) -> Meetings:
    time.at("2026-03-12T10:00")
    return Meetings(http, officer)


async def told(sql: asyncpg.Connection) -> list[tuple[str, dict[str, Any]]]:
    rows = await sql.fetch("SELECT event_type, bytes FROM outbox WHERE event_type LIKE '%resolution.%' ORDER BY id")
    return [(row[0].split(".")[3], orjson.loads(row[1])["data"]) for row in rows]


async def test_the_next_meeting_opens_with_what_is_still_open(meetings, time):
    await meetings.issue(resolutions=[to_do(), to_do("procuratorate")])
    first, second = await meetings.resolutions("?outstanding=true")
    assert (await meetings.fulfil(second, "2026-03-12")).status_code == 200
    unissued = await meetings.hold("2026-03-11T09:00:00+08:00")
    time.at("2026-06-02T12:00")
    following = await meetings.plan(planned=NEXT)
    assert (await following.item(kind="topic", text="其他事项")).status_code == 201
    refused = await following.held(NEXT)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:agenda-lacks-what-is-open")
    assert refused.json()["resolutions"] == [first["resolution_id"]]
    assert refused.json()["meetings"] == [unissued.id]
    done = await following.item(kind="rectification", text="已办", resolution_id=second["resolution_id"])
    assert (done.status_code, done.json()["type"]) == (422, "urn:yulu:problem:nothing-open")
    open_item = {"kind": "rectification", "text": "窗口仍未增设", "resolution_id": first["resolution_id"]}
    assert (await following.item(**open_item)).status_code == 201
    assert (await following.item(**open_item)).status_code == 409
    assert (await following.held(NEXT)).status_code == 409
    await following.item(kind="rectification", text="纪要待法院签署", earlier_meeting_id=unissued.id)
    assert (await following.held(NEXT)).status_code == 200
    agenda = (await following.read()).json()["agenda"]
    assert [item["kind"] for item in agenda] == ["rectification", "rectification", "topic"]
    # Another body, and another place, have nothing open.
    assert (await meetings.hold(NEXT, body="joint-conference")).line["status"] == "held"
    assert (await meetings.hold(NEXT, region="410300")).line["items"] == 1


async def test_a_due_day_is_extended_by_a_later_meeting_only_and_each_day_stays_on_record(meetings, time, sql):
    first = await meetings.issue(resolutions=[to_do(), to_do("justice")])
    before = await meetings.resolutions()
    one, other = (next(each for each in before if each["owner"] == owner) for owner in ("court", "justice"))
    extension = {"resolution_id": one["resolution_id"], "due_on": "2026-09-30", "reason": "预算未下达"}
    assert (await first.drafted(extensions=[extension])).status_code == 409, "its own meeting is over"
    time.at("2026-06-02T12:00")
    following = await meetings.hold(NEXT)
    for due_on, field in (("2026-06-30", "extensions.0.due_on"), ("2026-05-01", "extensions.0.due_on")):
        refused = await following.drafted(extensions=[extension | {"due_on": due_on}])
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    twice = await following.drafted(extensions=[extension], withdrawals=[{"resolution_id": one["resolution_id"],
                                                                         "reason": "不再需要"}])  # fmt: skip
    assert twice.json()["type"].endswith("resolution-not-to-change")
    withdrawal = {"resolution_id": other["resolution_id"], "reason": "已由新规定替代"}
    assert (await following.drafted(extensions=[extension], withdrawals=[withdrawal])).status_code == 200
    assert [each["due_on"] for each in await meetings.resolutions()] == ["2026-06-30"] * 2, "a draft resolves nothing"
    await following.sign_all("2026-06-02")
    await following.do("POST", "issue")
    paper = PdfReader(BytesIO((await following.read("/minutes.pdf")).content))
    said = "".join("".join(page.extract_text() for page in paper.pages).split())
    assert "【郑州市司法局，2026年3月12日议定，2026年6月30日到期】正在整改" in said
    assert "由郑州市中级人民法院落实的事项，延至2026年9月30日。理由：预算未下达" in said
    after = {each["owner"]: each for each in await meetings.resolutions()}
    assert [due["due_on"] for due in after["court"]["dues"]] == ["2026-06-30", "2026-09-30"]
    assert (after["court"]["status"], after["justice"]["status"]) == ("open", "withdrawn")
    seen = await meetings.http.get(f"/v1/resolutions/{one['resolution_id']}", headers=meetings.officer(**BUREAU))
    assert (seen.json()["text"], seen.json()["extended_because"]) == (AGREED, ["预算未下达"])
    assert seen.headers["etag"] == '"v2"'
    names = [name for name, _ in await told(sql)]
    assert names == ["adopted", "adopted", "extended", "withdrawn"]
    for table in ("resolution_dues", "resolution_ends"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(f"DELETE FROM {table}")
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE resolution_dues SET due_on = due_on + 30")
    assert (await meetings.fulfil(after["justice"], "2026-06-02")).status_code == 409


async def test_it_lapses_at_midnight_in_beijing_whether_or_not_a_timer_runs_and_is_told_once(
    meetings, time, timers, sql, dsn
):
    await meetings.issue(resolutions=[to_do()])

    async def state() -> tuple[str, list[str]]:
        [resolution] = await meetings.resolutions()
        return resolution["status"], resolution["lapsed"]

    time.at("2026-06-30T23:59:59.999999")
    assert await timers() == 0
    assert await state() == ("open", [])
    now = time.at("2026-07-01T00:00")
    assert await state() == ("lapsed", ["2026-06-30"]), "true without a timer"
    assert [name for name, _ in await told(sql)] == ["adopted"]
    databases = [Database(dsn, source="/rights") for _ in range(3)]
    try:
        done = await asyncio.gather(*(lapse_resolutions(database, now) for database in databases for _ in range(3)))
    finally:
        for database in databases:
            await database.close()
    assert sum(done) == 1
    await timers()
    (_, _), (name, lapsed) = await told(sql)
    assert name == "lapsed"
    assert lapsed == {
        "version": 2, "region": "410100", "resolution_id": lapsed["resolution_id"], "body": "four-party",
        "owner_kind": "court", "due_on": "2026-06-30",
    }  # fmt: skip
    assert await state() == ("lapsed", ["2026-06-30"])
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("DELETE FROM resolution_lapses")


@pytest.mark.parametrize("timer", [True, False])
async def test_what_is_done_late_is_late_and_the_lapse_remains(meetings, time, timers, sql, timer):
    await meetings.issue(resolutions=[to_do()])
    time.at("2026-07-05T10:00")
    if timer:
        await timers()
    [resolution] = await meetings.resolutions()
    assert (await meetings.fulfil(resolution, "2026-07-06")).json()["field"] == "fulfilled_on"
    assert (await meetings.fulfil(resolution, "2026-07-03", **BUREAU)).status_code == 403
    answer = await meetings.fulfil(resolution, "2026-07-03")
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["lapsed"]) == ("fulfilled-late", ["2026-06-30"])
    assert [name for name, _ in await told(sql)] == ["adopted", "lapsed", "fulfilled"]
    assert [data["version"] for _, data in await told(sql)] == [1, 2, 3]
    assert (await told(sql))[-1][1]["late"] is True
    assert await meetings.resolutions("?outstanding=true") == []
    assert (await meetings.fulfil(answer.json(), "2026-07-03")).status_code == 409
    seen = await meetings.http.get(f"/v1/resolutions/{resolution['resolution_id']}", headers=meetings.officer(**HOST))
    assert seen.json()["evidence_note"] == "窗口已增设独特落实"
    assert await timers() == 0


async def test_a_lapse_may_be_extended_and_lapses_again(meetings, time, timers, sql):
    await meetings.issue(resolutions=[to_do()])
    [resolution] = await meetings.resolutions()
    time.at("2026-07-02T12:00")  # no timer has come by yet: the lapse is told first
    extension = {"resolution_id": resolution["resolution_id"], "due_on": "2026-07-31", "reason": "再给一月"}
    await meetings.issue("2026-07-02T09:00:00+08:00", "2026-07-02", extensions=[extension])
    [seen] = await meetings.resolutions()
    assert (seen["status"], seen["lapsed"], seen["due_on"]) == ("open", ["2026-06-30"], "2026-07-31")
    time.at("2026-08-01T00:00")
    assert await timers() == 1
    assert await timers() == 0
    [seen] = await meetings.resolutions()
    assert (seen["status"], seen["lapsed"]) == ("lapsed", ["2026-06-30", "2026-07-31"])
    events = await told(sql)
    assert [name for name, _ in events] == ["adopted", "lapsed", "extended", "lapsed"]
    assert [data["version"] for _, data in events] == [1, 2, 3, 4]


async def test_rr22_a_resolution_binds_who_attended_until_a_day_that_is_to_come(meetings, time):
    meeting = await meetings.hold()
    for new, field in (
        (to_do("police"), "resolutions.0.owner"),
        (to_do(due_on="2026-03-11"), "resolutions.0.due_on"),
    ):
        refused = await meeting.drafted(resolutions=[new])
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    await meeting.drafted(resolutions=[to_do(due_on="2026-03-20")])
    await meeting.sign_all("2026-03-12")
    time.at("2026-03-21T10:00")
    refused = await meeting.send("POST", "issue")
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:yulu:problem:due-day-passed")


async def test_a_region_sees_its_own_and_the_province_all_page_by_page(meetings):
    await meetings.issue(resolutions=[to_do() for _ in range(3)])
    whole = await meetings.resolutions(kind="department", region="410000")
    assert len(whole) == 3
    assert await meetings.resolutions(region="410300") == []
    found, query = [], "?limit=2&region=410100"
    while query:
        page = await meetings.http.get(f"/v1/resolutions{query}", headers=meetings.officer(**BUREAU))
        found += page.json()["items"]
        after = page.json()["next_cursor"]
        query = f"?limit=2&region=410100&cursor={after}" if after else ""
    assert found == whole
    elsewhere = await meetings.http.get("/v1/resolutions?region=410300", headers=meetings.officer(**BUREAU))
    assert elsewhere.status_code == 403
    nowhere = await meetings.http.get("/v1/resolutions?region=999999", headers=meetings.officer(**BUREAU))
    assert nowhere.status_code == 422


async def test_twenty_hosts_who_issue_at_once_take_numbers_without_gaps(meetings, time):
    time.at("2026-06-02T12:00")
    regions = ["410100", "410300"]
    ready = []
    for region in regions:
        for day in (3, 4, 5):
            meeting = await meetings.hold(f"2026-04-0{day}T09:00:00+08:00", region=region)
            await meeting.drafted()
            await meeting.sign_all("2026-06-02")
            ready.append(meeting)
    answers = await asyncio.gather(*(meeting.send("POST", "issue") for meeting in ready))
    assert {answer.status_code for answer in answers} == {200}
    numbers = sorted(meeting.line["number"] for meeting in ready)
    assert numbers == [f"{place}四方会商纪要〔2026〕{n}号" for place in ("洛阳", "郑州") for n in (1, 2, 3)]
