"""四方会商 and 联席会议 (RR22): parties and quorum, agenda without persons, minutes that every party signs."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from pypdf import PdfReader

from tests.integration.rights.conferring import AGREED, BUREAU, FOUR, HOST, MINUTES, TOPIC, Meetings, to_do
from tests.integration.rights.conftest import FACTS, NAME

DAY = "2026-03-10T09:00:00+08:00"


@pytest.fixture
def meetings(http, officer, time) -> Meetings:
    time.at("2026-03-12T10:00")
    return Meetings(http, officer)


async def told(sql: asyncpg.Connection, word: str = "consultation") -> list[str]:
    rows = await sql.fetch("SELECT event_type FROM outbox ORDER BY id")
    return [row[0].removeprefix("lawyers.rights.").removesuffix(".v1") for row in rows if word in row[0]]


async def test_rr22_a_four_party_meeting_has_its_four_parties_and_no_others(meetings, sql):
    meeting = await meetings.plan()
    assert meeting.line["invited"] == list(FOUR)
    for extra in ("police", "state-security"):
        refused = await meetings.post("four-party", DAY, parties=[*FOUR, extra])
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:yulu:problem:party-not-of-this-body")
        assert refused.json()["field"] == "parties"
        refused = await meeting.held(DAY, (*FOUR, extra))
        assert (refused.status_code, refused.json()["field"]) == (422, "attendance")
    for absent in FOUR:
        refused = await meeting.held(DAY, tuple(party for party in FOUR if party != absent))
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:yulu:problem:no-quorum"), absent
    assert await told(sql) == []
    assert (await meeting.held(DAY)).status_code == 200
    assert await told(sql) == ["consultation.held"]


async def test_rr22_police_and_state_security_sit_in_a_joint_conference_only(meetings):
    meeting = await meetings.plan("joint-conference")
    assert meeting.line["invited"] == [*FOUR, "police", "state-security"]
    assert (await meeting.held(DAY, ("association", "justice"))).json()["type"].endswith("no-quorum")
    assert (await meeting.held(DAY, ("police", "state-security"))).json()["type"].endswith("no-quorum")
    answer = await meeting.held(DAY, ("association", "police"))
    assert (answer.status_code, answer.json()["attended"]) == (200, ["association", "police"])
    some = await meetings.plan("joint-conference", parties=["association", "police"], region="410300")
    assert (await some.held(DAY, ("association", "court"))).json()["type"].endswith("party-not-invited")


async def test_rr22_the_database_holds_quorum_and_parties_too(meetings, sql):
    meeting = await meetings.plan()
    held = "UPDATE consultations SET status = 'held', held_at = now(), attended = $2 WHERE meeting_id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match="consultations_quorum"):
        await sql.execute(held, meeting.id, ["court", "justice", "association"])
    with pytest.raises(asyncpg.CheckViolationError, match="consultations_police"):
        await sql.execute("UPDATE consultations SET invited = invited || '{police}' WHERE meeting_id = $1", meeting.id)
    await sql.execute(held, meeting.id, list(FOUR))
    issued = (
        "UPDATE consultations SET status = 'issued', revision = 1, number = 1, number_year = 2026,"
        " issued_on = '2026-03-12', signed = $2 WHERE meeting_id = $1"
    )
    with pytest.raises(asyncpg.CheckViolationError, match="consultations_issued"):
        await sql.execute(issued, meeting.id, list(FOUR[:3]))
    await sql.execute(issued, meeting.id, list(FOUR))


async def test_minutes_are_issued_when_all_have_signed_and_a_new_draft_voids_what_was_signed(meetings, sql):
    meeting = await meetings.hold()
    assert (await meeting.send("POST", "issue")).status_code == 409
    assert (await meeting.send("POST", "signatures", {})).status_code == 409
    await meeting.drafted(resolutions=[to_do()])
    assert meeting.line["unsigned"] == list(FOUR)
    early = await meeting.send("POST", "issue")
    assert (early.status_code, early.json()["unsigned"]) == (409, list(FOUR))
    await meeting.sign_all("2026-03-11")
    assert meeting.line["unsigned"] == []
    assert (await meeting.send("POST", "signatures", {})).json()["type"].endswith("already-signed")
    await meeting.drafted(text="改动后的纪要", resolutions=[to_do()])
    assert (meeting.line["revision"], meeting.line["unsigned"]) == (2, list(FOUR))
    assert (await meeting.send("POST", "issue")).status_code == 409
    seen = (await meeting.read()).json()
    assert [(each["revision"], each["void"]) for each in seen["signatures"]] == [(1, True)] * 4
    await meeting.sign_all("2026-03-12")
    await meeting.do("POST", "issue")
    assert (meeting.line["status"], meeting.line["number"]) == ("issued", "郑州四方会商纪要〔2026〕1号")
    assert (await meeting.drafted()).status_code == 409
    seen = (await meeting.read()).json()
    assert seen["minutes"]["text"] == "改动后的纪要"
    assert sorted(each["void"] for each in seen["signatures"]) == [False] * 4 + [True] * 4
    assert await told(sql) == ["consultation.held", "consultation.minutes-issued"]
    assert await told(sql, "resolution") == ["resolution.adopted"]


async def test_each_party_signs_for_itself_and_the_host_records_those_without_an_account(meetings):
    meeting = await meetings.hold()
    await meeting.drafted()
    paper = {"document_number": "郑检函〔2026〕12号", "signed_on": "2026-03-11"}
    for_them = await meeting.send("POST", "signatures", {"party": "justice"} | paper)
    assert (for_them.status_code, for_them.json()["type"]) == (403, "urn:yulu:problem:signs-by-own-account")
    not_host = await meeting.send("POST", "signatures", {"party": "court"} | paper, **BUREAU)
    assert (not_host.status_code, not_host.json()["type"]) == (403, "urn:yulu:problem:not-the-host")
    above = await meeting.send("POST", "signatures", {}, kind="department", region="410000")
    assert above.status_code == 403
    assert (await meeting.send("POST", "signatures", {"party": "court"})).json()["field"] == "document_number"
    late = await meeting.send("POST", "signatures", {"party": "court"} | paper | {"signed_on": "2026-03-13"})
    assert (late.status_code, late.json()["field"]) == (422, "signed_on")
    absent = await meeting.send("POST", "signatures", {"party": "police"} | paper)
    assert (absent.status_code, absent.json()["field"]) == (422, "party")
    assert (await meeting.send("POST", "signatures", paper)).json()["field"] == "document_number"
    await meeting.do("POST", "signatures", {}, **BUREAU)
    assert meeting.line["unsigned"] == ["court", "procuratorate", "association"]


async def test_numbers_have_no_gaps_and_belong_to_body_place_and_year(meetings, time):
    first = await meetings.issue()
    second = await meetings.issue("2026-03-11T09:00:00+08:00")
    refused = await meetings.hold("2026-03-12T08:00:00+08:00")
    await refused.drafted()
    assert (await refused.send("POST", "issue")).status_code == 409
    joint = await meetings.hold(body="joint-conference")
    await joint.drafted()
    await joint.sign_all("2026-03-12")
    await joint.do("POST", "issue")
    time.at("2027-01-04T10:00")
    await refused.sign_all("2027-01-04")
    await refused.do("POST", "issue")
    assert [each.line["number"] for each in (first, second, joint, refused)] == [
        "郑州四方会商纪要〔2026〕1号",
        "郑州四方会商纪要〔2026〕2号",
        "郑州联席会议纪要〔2026〕1号",
        "郑州四方会商纪要〔2027〕1号",
    ]


async def test_the_paper_names_parties_resolutions_and_places_for_stamps_and_stays_as_issued(meetings, time):
    meeting = await meetings.hold()
    assert (await meeting.read("/minutes.pdf")).status_code == 404
    await meeting.drafted(resolutions=[to_do(), to_do("association")])
    draft = await meeting.read("/minutes.pdf", **BUREAU)
    assert "征求签署稿" in words(draft.content)
    assert "第1稿" in words(draft.content)
    await meeting.sign_all("2026-03-12")
    await meeting.do("POST", "issue")
    issued = await meeting.read("/minutes.pdf", **BUREAU)
    assert (issued.headers["content-type"], issued.headers["cache-control"]) == ("application/pdf", "no-store")
    paper = words(issued.content)
    assert "征求签署稿" not in paper
    for expected in (
        "郑州四方会商纪要〔2026〕1号", "郑州市中级人民法院", "郑州市人民检察院", "郑州市司法局",
        "郑州市律师协会", "副职负责人", TOPIC, MINUTES, AGREED, "2026年6月30日", "court〔2026〕7号", "经系统账号签署",
    ):  # fmt: skip
        assert expected in paper, expected
    assert paper.count("印章处") == 4
    time.at("2026-05-01T10:00")
    assert (await meeting.read("/minutes.pdf")).content == issued.content


def words(pdf: bytes) -> str:
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


async def test_a_meeting_is_cancelled_with_a_reason_and_held_only_once(meetings):
    meeting = await meetings.plan()
    await meeting.do("POST", "cancellation", {"reason": "与全省会议冲突"})
    assert (await meeting.read()).json()["cancelled_because"] == "与全省会议冲突"
    assert (await meeting.held(DAY)).status_code == 409
    held = await meetings.hold()
    assert (await held.held(DAY)).status_code == 409
    assert (await held.send("POST", "cancellation", {"reason": "晚了"})).status_code == 409
    assert (await held.item(kind="topic", text=TOPIC)).status_code == 409
    again = await meetings.plan()
    assert (await again.held("2026-03-12T11:00:00+08:00")).json()["type"].endswith("date-in-the-future")
    assert (await again.held(DAY)).json()["type"].endswith("held-before-the-last")


async def test_a_rare_case_comes_before_the_parties_in_checked_words_only_and_its_origin_to_intake_alone(
    meetings, file, sql, log
):
    filed = [(await file(incident_region="410100")).json() for _ in range(4)]
    assert len(filed) == 4
    complaint_id = str(await sql.fetchval("SELECT complaint_id FROM complaints LIMIT 1"))
    meeting = await meetings.plan()
    case = {"kind": "case", "complaint_id": complaint_id, "text": "会见预约被拒的典型问题"}
    refused = await meeting.item(**case)
    assert (refused.status_code, refused.json()["field"]) == (422, "deidentified")
    assert (await meeting.item(**case, deidentified=True)).status_code == 201
    await file(incident_region="410100")
    assert (await meeting.item(**case)).status_code == 201, "five are enough"
    unknown = await meeting.item(**(case | {"complaint_id": str(uuid4())}))
    assert unknown.status_code == 404
    texts = []
    for who in (BUREAU, {"kind": "department", "region": "410000"}, HOST):
        seen = await meeting.read(**who)
        cells = [item["cell"] for item in seen.json()["agenda"]]
        assert [(cell["right"], cell["respondent"], cell["count"]) for cell in cells] == [
            ("MEET", "DETENTION", None),
            ("MEET", "DETENTION", 5),
        ]
        texts.append(seen.text)
        lists = await meetings.http.get("/v1/consultations", headers=meetings.officer(**who))
        texts.append(lists.text)
    assert (await meeting.read("/origins", **BUREAU)).status_code == 403
    origins = (await meeting.read("/origins")).json()["origins"]
    assert [origin["complaint_id"] for origin in origins] == [complaint_id] * 2
    await meeting.held(DAY)
    await meeting.drafted(resolutions=[to_do(complaint_id=complaint_id)])
    await meeting.sign_all("2026-03-12")
    await meeting.do("POST", "issue")
    [resolution] = await meetings.resolutions()
    for who in (BUREAU, HOST):
        one = await meetings.http.get(f"/v1/resolutions/{resolution['resolution_id']}", headers=meetings.officer(**who))
        texts += [(await meeting.read(**who)).text, one.text, str(await meetings.resolutions(**who))]
    texts.append(words((await meeting.read("/minutes.pdf")).content))
    assert [origin["resolution_id"] for origin in (await meeting.read("/origins")).json()["origins"]].count(None) == 2
    for text in [*texts, log.getvalue()]:
        assert complaint_id not in text
    await _nothing_in_plain(sql, log, [TOPIC, AGREED, MINUTES, "会见预约被拒的典型问题", "副职负责人", NAME, FACTS])
    outbox = b"".join(row[0] for row in await sql.fetch("SELECT bytes FROM outbox WHERE event_type LIKE '%consult%'"))
    assert complaint_id.encode() not in outbox


async def _nothing_in_plain(sql: asyncpg.Connection, log: Any, markers: list[str]) -> None:
    tables = [row[0] for row in await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        rows = "\n".join(row[0] for row in await sql.fetch(f'SELECT t::text FROM "{table}" t'))
        for marker in markers:
            assert marker not in rows, table
            assert marker.encode().hex() not in rows, table
    assert not [marker for marker in markers if marker in log.getvalue()]


async def test_rr17_what_is_against_justice_organs_enters_a_meeting_as_a_large_count_only(meetings, file, sql):
    for _ in range(4):
        await file(respondent="JUSTICE", right="FILING")
    complaint_id = str(await sql.fetchval("SELECT complaint_id FROM complaints LIMIT 1"))
    meeting, bureaus = await meetings.plan(), await meetings.plan(kind="bureau")
    case = {"kind": "case", "complaint_id": complaint_id, "text": "有关单位的问题", "deidentified": True}
    counts = {"kind": "statistics", "from_on": "2026-01-01", "to_on": "2027-12-31", "respondent": "JUSTICE"}
    assert (await meeting.item(**case)).json()["type"].endswith("justice-case-not-for-meetings")
    assert (await bureaus.item(**case)).status_code == 404
    small = await meeting.item(**counts, text="有关情况", deidentified=True)
    assert small.json()["type"].endswith("justice-cell-too-small")
    await file(respondent="JUSTICE", right="FILING")
    assert (await meeting.item(**case)).status_code == 422
    assert (await bureaus.item(**counts)).status_code == 403
    assert (await meeting.item(**counts)).status_code == 201
    assert (await meeting.read(**BUREAU)).json()["agenda"][0]["cell"]["count"] == 5
    # Without a respondent they are not among the sum.
    rest = {name: value for name, value in counts.items() if name != "respondent"}
    assert (await meeting.item(**rest)).json()["type"].endswith("cell-too-small")
    for _ in range(5):
        await file()
    assert (await meeting.item(**rest)).status_code == 201
    assert (await meeting.read()).json()["agenda"][1]["cell"]["count"] == 5
    await meeting.held(DAY)
    linked = await meeting.drafted(resolutions=[to_do(complaint_id=complaint_id)])
    assert (linked.status_code, linked.json()["field"]) == (422, "resolutions.0.complaint_id")


async def test_a_count_by_outcome_does_not_give_the_other_outcomes_away(meetings, file, sql):
    for _ in range(7):
        await file()
    await sql.execute(
        "UPDATE complaints SET status = 'CLOSED', outcome = 'corrected', accepted_at = filed_at"
        " WHERE complaint_id IN (SELECT complaint_id FROM complaints LIMIT 5)"
    )
    meeting = await meetings.plan()
    corrected = {"kind": "statistics", "from_on": "2026-01-01", "to_on": "2027-12-31", "outcome": "corrected"}
    assert (await meeting.item(**corrected)).json()["type"].endswith("cell-too-small")
    await sql.execute("DELETE FROM complaints WHERE outcome IS NULL")
    assert (await meeting.item(**corrected)).status_code == 201


@pytest.mark.parametrize(
    ("kind", "region", "read", "plan"),
    [
        ("city-association", "410100", 200, 201),
        ("bureau", "410100", 200, 201),
        ("association", "410000", 200, 201),
        ("department", "410000", 200, 201),
        ("city-association", "410300", 404, 201),
        ("county-bureau", "410105", 403, 403),
        ("court", "410100", 403, 403),
        ("procuratorate", "410100", 403, 403),
        ("police", "410100", 403, 403),
        ("system", "410000", 403, 403),
        ("lawyer", "410100", 403, 403),
    ],
)
async def test_who_reads_and_who_hosts(meetings, kind, region, read, plan):
    meeting = await meetings.plan()
    assert (await meeting.read(kind=kind, region=region)).status_code == read
    assert (await meetings.post("four-party", DAY, kind=kind, region=region)).status_code == plan
    moved = await meeting.item(kind="topic", text=TOPIC)
    assert moved.status_code == 201
    if (kind, region) != ("city-association", "410100"):
        other = await meeting.send("POST", "cancellation", {"reason": "不办"}, kind=kind, region=region)
        assert other.status_code in (403, 404)
    no_role = await meetings.http.get(
        f"/v1/consultations/{meeting.id}", headers=meetings.officer(kind=kind, region=region, roles=["plan-reader"])
    )
    assert no_role.status_code == 403


async def test_a_text_that_goes_with_its_item_leaves_nothing_and_others_see_the_next_version(meetings, sql):
    meeting = await meetings.plan()
    await meeting.do("POST", "agenda-items", {"kind": "topic", "text": TOPIC})
    stale = meeting.line | {"version": 1}
    [item] = (await meeting.read()).json()["agenda"]
    await meeting.do("DELETE", f"agenda-items/{item['item_id']}")
    assert await sql.fetchval("SELECT count(*) FROM consultation_texts") == 0
    assert (await meeting.send("DELETE", f"agenda-items/{item['item_id']}")).status_code == 404
    meeting.line = stale
    assert (await meeting.item(kind="topic", text=TOPIC)).status_code == 412
