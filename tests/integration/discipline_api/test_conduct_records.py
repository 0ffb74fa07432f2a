"""Convictions and failed assessments: recorded by the competent organ, shown, withheld, taken down, gone at term."""

import asyncio
import re
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from common.database import Database
from common.events import decode
from discipline_api.conduct_records.store import erase_conduct_records
from discipline_api.conduct_records.tables import Base
from discipline_api.display.store import end_due

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME

PUBLIC = "/v1/public/disclosures"
CITY_ASSOCIATION = {"kind": "city-association", "region": "410100", "code": "zzlx"}
COURT, JUDGMENT, ARTICLE = "郑州市中级人民法院", "（2026）豫01刑终12号", "刑法第三百零七条"
LAWYER = {"kind": "lawyer", "licence_number": LICENCE, "name": NAME, "firm_name": FIRM_NAME}
SECRETS = (NAME, FIRM_NAME, LICENCE, COURT, JUDGMENT)
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def conviction(**changes):
    return {
        "organ": {"kind": "bureau", "region": "410100", "code": "zz"},
        "subject": LAWYER,
        "document_number": JUDGMENT,
        "effective_on": "2026-05-20",
        "conviction": {"court": COURT, "offence_article": ARTICLE},
    } | changes


def failed(**changes):
    return {
        "organ": CITY_ASSOCIATION,
        "subject": LAWYER,
        "document_number": "郑律考〔2026〕3号",
        "effective_on": "2026-06-01",
        "assessment": {"year": 2025, "grade": "incompetent"},
    } | changes


async def recorded(hands, body=None, *, headers=None):
    answer = await hands.post("/v1/conduct-records", body or conviction(), headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def act(hands, record, action, body=None, *, headers=None, key=None, tag=None):
    match = {"If-Match": tag or f'"v{record["version"]}"'}
    path = f"/v1/conduct-records/{record['record_id']}/{action}"
    return await hands.post(path, body or {}, headers=headers, key=key, **match)


async def fallen(hands, record, on="2026-06-08"):
    body = {"ground": "revoked", "document_number": "（2026）豫刑再3号", "withdrawn_on": on}
    return await act(hands, record, "withdrawal", body)


async def events(connection):
    rows = await connection.fetch("SELECT bytes FROM outbox ORDER BY id")
    return [decode(row["bytes"]).event() for row in rows]


async def test_a_conviction_is_published_and_read_under_the_licence_number(hands, connection):
    record = await recorded(hands)
    assert (record["state"], record["option"], record["overdue"]) == ("recorded", "publish", [])
    assert record["recorder"]["verified"] is False
    assert await events(connection) == [], "what is only on record concerns nobody outside"
    done = await act(hands, record, "publication")
    assert (done.status_code, done.json()["state"], done.headers["etag"]) == (200, "published", '"v2"')
    (event,) = await events(connection)
    assert event.model_dump(mode="json", exclude={"record_id"}) == {
        "version": 1, "region": "410100", "kind": "conviction", "published_on": "2026-06-10",
    }  # fmt: skip
    (shown,) = (await hands.http.get(PUBLIC, params={"licence_number": LICENCE})).json()["items"]
    assert shown["kind"] == {"code": "conviction", "zh": "刑事处罚", "en": "criminal conviction"}
    assert shown["conviction"] == {"court": COURT, "offence_article": ARTICLE}
    assert (shown["document_number"], shown["decided_on"]) == (JUDGMENT, "2026-05-20")
    assert shown["credit"]["dishonest"] is False
    # 严重: three years from the day of effect.
    assert (shown["disappears"]["gone_on"], shown["disappears"]["verified"]) == ("2029-05-21", False)
    assert (await hands.http.get(f"{PUBLIC}/{record['record_id']}")).json() == shown
    by_document = await hands.http.get(PUBLIC, params={"document_number": "(2026)豫01刑终12号"})
    assert by_document.json()["items"] == [shown]


async def test_a_failed_assessment_comes_from_the_association_for_a_lawyer_and_from_the_bureau_for_a_firm(hands):
    association = hands.officer("city-association", "410100", "zzlx")
    await hands.assessed(association, organ=CITY_ASSOCIATION, scope=["failed-assessment"])
    record = await recorded(hands, failed(), headers=association)
    assert (await act(hands, record, "publication", headers=association)).status_code == 200
    shown = (await hands.http.get(f"{PUBLIC}/{record['record_id']}")).json()
    assert shown["assessment"] == {
        "year": 2025, "grade": "incompetent", "grade_zh": "不称职", "grade_en": "incompetent",
    }  # fmt: skip
    assert shown["disappears"]["gone_on"] == "2027-06-02"
    firm = {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME}
    bureau = {"kind": "bureau", "region": "410100", "code": "zz"}
    body = failed(organ=bureau, subject=firm, assessment={"year": 2025, "grade": "unqualified"})
    ours = await recorded(hands, body)
    assert (await act(hands, ours, "publication")).status_code == 200
    (listed,) = (await hands.http.get(PUBLIC, params={"credit_code": CREDIT})).json()["items"]
    assert listed["subject"]["name"] == FIRM_NAME


@pytest.mark.parametrize(
    ("body", "officer", "status", "field"),
    [
        (failed(), {}, 403, None),  # not the bureau's own organ
        (failed(organ={"kind": "bureau", "region": "410100", "code": "zz"}), {}, 422, "organ.kind"),
        (conviction(organ=CITY_ASSOCIATION), {"kind": "city-association", "code": "zzlx"}, 422, "organ.kind"),
        (conviction(organ={"kind": "county-bureau", "region": "410102", "code": "zy"}),
         {"kind": "county-bureau", "region": "410102", "code": "zy"}, 403, None),
        (conviction(), {"region": "410300", "code": "ly"}, 403, None),
        (conviction(), {"roles": ["lawyer"]}, 403, None),
        (conviction(effective_on="2026-06-11"), {}, 422, "effective_on"),
        (conviction(effective_on="2023-06-09"), {}, 422, "effective_on"),  # its three years are over
        (conviction(conviction=None), {}, 422, "conviction"),
        (conviction(assessment={"year": 2025, "grade": "incompetent"}), {}, 422, "conviction"),
        (conviction(conviction={"court": COURT, "offence_article": "盗窃张某财物"}), {}, 422,
         "conviction.offence_article"),
        (conviction(conviction={"court": "410105199001011234", "offence_article": ARTICLE}), {}, 422,
         "conviction.court"),
        (conviction(subject=LAWYER | {"credit_code": CREDIT}), {}, 422, "subject.credit_code"),
        (conviction(subject={"kind": "lawyer", "name": NAME}), {}, 422, "subject.licence_number"),
        (conviction(victim="某某"), {}, 422, "victim"),
    ],
)  # fmt: skip
async def test_a_refusal_names_its_field_and_leaves_nothing(hands, connection, body, officer, status, field):
    answer = await hands.post("/v1/conduct-records", body, headers=hands.officer(**officer))
    assert (answer.status_code, answer.json().get("field")) == (status, field), answer.text
    for table in ("conduct_records", "outbox", "deadlines"):
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"assessment": {"year": 2026, "grade": "incompetent"}}, "assessment.year"),
        ({"assessment": {"year": 1979, "grade": "incompetent"}}, "assessment.year"),
        ({"assessment": {"year": 2025, "grade": "unqualified"}}, "assessment.grade"),
        ({"assessment": {"year": 2025, "grade": "good"}}, "assessment.grade"),
    ],
)
async def test_a_year_or_a_grade_that_cannot_be_is_refused(hands, changes, field):
    association = hands.officer("city-association", "410100", "zzlx")
    answer = await hands.post("/v1/conduct-records", failed(**changes), headers=association)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_one_judgment_is_recorded_once_however_its_brackets_are_written(hands, connection):
    bodies = [conviction(document_number=text) for text in (JUDGMENT, "(2026)豫01刑终12号", "［2026］豫01刑终12号")]
    answers = await asyncio.gather(*(hands.post("/v1/conduct-records", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert await connection.fetchval("SELECT count(*) FROM conduct_records") == 1
    assert await connection.fetchval("SELECT count(*) FROM deadlines") == 2
    key, body = str(uuid4()), conviction(document_number="（2026）豫01刑终13号")
    first, again = [await hands.post("/v1/conduct-records", body, key=key) for _ in range(2)]
    assert first.content == again.content


async def test_d19_a_retrial_takes_it_down_with_public_reasons_and_says_whether_in_time(hands, connection):
    shown = (await act(hands, await recorded(hands), "publication")).json()
    stranger = await act(hands, shown, "withdrawal", {}, headers=hands.officer(region="410300", code="ly"))
    assert stranger.status_code in (403, 422)
    assert (await fallen(hands, shown | {"version": 1})).status_code == 412
    done = await fallen(hands, shown, on="2026-06-08")
    assert (done.json()["state"], done.json()["withdrawal"]["in_time"]) == ("withdrawn", True)
    gone = await hands.http.get(f"{PUBLIC}/{shown['record_id']}")
    assert (gone.status_code, gone.json()["disclosure"]["class"]) == (410, "conviction")
    assert gone.json()["disclosure"]["reason_zh"] == "决定已被撤销，公示撤回"
    for secret in SECRETS:
        assert secret not in gone.text
    told = [(event.event_type.split(".")[-2], event.version) for event in await events(connection)]
    assert told == [("published", 1), ("withdrawn", 2)]
    unshown = await recorded(hands, conviction(document_number="（2026）豫01刑终14号"))
    assert (await fallen(hands, unshown, on="2026-06-01")).json()["withdrawal"]["in_time"] is None
    assert len(await events(connection)) == 2, "nobody outside knew of it"
    again = await fallen(hands, done.json(), on="2026-06-09")
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:already-withdrawn")


async def test_it_is_withheld_with_reasons_and_published_only_with_others(hands, connection):
    record = await recorded(hands)
    body = {"ground": "identifies-minor", "reasons": "被害人系未成年人，公开可能识别其身份。"}
    withheld = await act(hands, record, "withholding", body)
    assert (withheld.status_code, withheld.json()["state"]) == (200, "withheld")
    assert "未成年人，公开" not in withheld.text
    assert (await act(hands, withheld.json(), "withholding", body)).status_code == 409
    silent = await act(hands, withheld.json(), "publication")
    assert (silent.status_code, silent.json()["field"]) == (422, "ground")
    reasons = {"ground": "new-facts", "reasons": "裁判文书已依法公开。"}
    assert (await act(hands, withheld.json(), "publication", reasons)).status_code == 200
    lapsed = await connection.fetchval("SELECT count(*) FROM deadlines WHERE lapsed_on = '2026-06-10'")
    assert lapsed == 2


async def test_the_person_itself_reads_it_in_an_extract_and_nobody_else(hands):
    record = await recorded(hands)

    async def extract(number):
        himself = hands.issuer.headers(roles=["lawyer"], organisation_kind="lawyer", organisation_id=number)
        return (await hands.post("/v1/extracts", {}, headers=himself)).json()["others"]

    (found,) = await extract(LICENCE)
    assert (found["record_id"], found["kind"], found["published_on"]) == (record["record_id"], "conviction", None)
    assert await extract(LICENCE[:-1] + "7") == await extract(LICENCE[:1] + "1101" + LICENCE[5:]) == []


async def test_nothing_is_published_without_an_impact_assessment_or_before_it_took_effect(hands, connection):
    record = await recorded(hands)
    early = await act(hands, record, "publication", {"published_on": "2026-05-19"})
    assert (early.status_code, early.json()["field"]) == (422, "published_on")
    await connection.execute("TRUNCATE impact_assessments")
    await hands.assessed(scope=["administrative"])
    missing = await act(hands, record, "publication")
    assert (missing.status_code, missing.json()["type"]) == (409, "urn:yulu:problem:impact-assessment-missing")
    assert await events(connection) == []


async def test_of_two_officers_at_once_one_decides(hands, connection):
    record = await recorded(hands)
    body = {"ground": "no-social-impact", "reasons": "影响轻微。"}
    answers = await asyncio.gather(act(hands, record, "publication"), act(hands, record, "withholding", body))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    assert (await act(hands, record, "publication", tag="")).status_code in (412, 428)


async def test_d21_at_its_term_it_is_gone_with_the_timer_off_and_whatever_leads_to_its_subject_is_erased(
    hands, connection, discipline_dsn
):
    record = (await act(hands, await recorded(hands), "publication")).json()
    path, tag = f"/v1/conduct-records/{record['record_id']}", hands.officer()
    hands.on("2029-05-20T23:59:59")
    assert (await hands.http.get(path, headers=tag)).status_code == 200
    hands.on("2029-05-21T00:00:00")
    gone = await hands.http.get(path, headers=tag)
    assert (gone.status_code, gone.json()["gone_since"], gone.json()["rule"]) == (
        410, "2029-05-21", "discipline.display-serious",
    )  # fmt: skip
    assert (await hands.http.get(f"{PUBLIC}/{record['record_id']}")).status_code == 410
    assert (await hands.http.get("/v1/conduct-records", headers=tag)).json()["items"] == []
    assert (await fallen(hands, record, on="2029-05-20")).status_code == 410
    database = Database(discipline_dsn, source="/discipline")
    try:
        assert await erase_conduct_records(database, datetime(2029, 5, 20, 15, 59, tzinfo=UTC)) == 0
        assert await erase_conduct_records(database, datetime(2029, 5, 20, 16, tzinfo=UTC)) == 1
        assert await end_due(database, datetime(2029, 5, 20, 16, tzinfo=UTC)) == 1
    finally:
        await database.close()
    for table in ("conduct_records", "public_disclosures"):
        for row in await connection.fetch(f"SELECT t::text AS line FROM {table} t"):
            line = _ID.sub("", row["line"])  # an id may hold any digits
            for secret in (*SECRETS, "307", ARTICLE):
                assert secret not in line, (table, secret)
    assert (await hands.http.get(path, headers=tag)).status_code == 410


async def test_lists_page_within_the_readers_region_and_name_nobody(hands, connection):
    made = [await recorded(hands, conviction(document_number=f"（2026）豫01刑终{n}号")) for n in range(20, 25)]
    elsewhere = conviction(organ={"kind": "bureau", "region": "410300", "code": "ly"})
    other = await recorded(hands, elsewhere, headers=hands.officer(region="410300", code="ly"))
    seen, cursor = [], None
    while True:
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = await hands.http.get("/v1/conduct-records", params=query, headers=hands.officer())
        for secret in SECRETS:
            assert secret not in page.text
        seen += [item["record_id"] for item in page.json()["items"]]
        if (cursor := page.json()["next_cursor"]) is None:
            break
    assert sorted(seen) == sorted(record["record_id"] for record in made)
    department = hands.officer("department", "410000", "sft")
    whole = (await hands.http.get("/v1/conduct-records?state=recorded&kind=conviction", headers=department)).json()
    assert other["record_id"] in {item["record_id"] for item in whole["items"]}
    path = f"/v1/conduct-records/{made[0]['record_id']}"
    read = await hands.http.get(path, headers=hands.officer())
    assert (read.json()["what"]["conviction"]["court"], read.json()["subject"]["name"]) == (COURT, NAME)
    assert await connection.fetchval("SELECT count(*) FROM audit_log WHERE action = 'conduct-record-read'") == 1
    for stranger in (hands.officer(region="410300", code="ly"), hands.officer("association", "410000", "lx")):
        assert (await hands.http.get(path, headers=stranger)).status_code == 403
    assert (await hands.http.get(f"/v1/conduct-records/{uuid4()}", headers=hands.officer())).status_code == 404


async def test_personal_data_is_in_no_event_log_or_stored_answer(hands, connection, caplog):
    caplog.set_level("DEBUG")
    record = (await act(hands, await recorded(hands), "publication")).json()
    await fallen(hands, record)
    kept = b"".join(row["bytes"] for row in await connection.fetch("SELECT bytes FROM outbox"))
    answers = await connection.fetch("SELECT body, headers::text FROM idempotency_keys")
    stored = b"".join(row["body"] + row["headers"].encode() for row in answers)
    audited = await connection.fetch("SELECT a::text AS line FROM audit_log a")
    assert len(stored) > 1000
    for secret in SECRETS:
        assert secret.encode() not in kept + stored
        assert secret not in caplog.text
        assert not any(secret in row["line"] for row in audited)


async def test_the_database_itself_refuses_what_cannot_be(hands, connection):
    record = await recorded(hands)
    for broken in ("court = NULL", "grade = 'incompetent'", "licence_number = NULL", "withdrawn_on = effective_on",
                   "published_on = effective_on - 1", "kind = 'rumour'", "version = 0",
                   "display_to_on = effective_on", "withheld_on = '2026-06-01'"):  # fmt: skip
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute(f"UPDATE conduct_records SET {broken} WHERE record_id = $1", record["record_id"])


async def test_the_model_and_the_migration_agree(connection):
    model = {column.name: column.nullable for column in Base.metadata.tables["conduct_records"].columns}
    rows = await connection.fetch(
        "SELECT column_name, is_nullable = 'YES' AS nullable FROM information_schema.columns "
        "WHERE table_name = 'conduct_records'"
    )
    assert model == {row["column_name"]: row["nullable"] for row in rows}
