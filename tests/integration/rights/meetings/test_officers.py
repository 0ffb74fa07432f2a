"""Officers beside a watch: lists without persons, calls on record, the list of centres, filing for a caller."""

from uuid import uuid4

import pytest

from tests.integration.rights.conftest import NAME, filing
from tests.integration.rights.meetings.conftest import CENTRE, CENTRE_NAME, WORDS, refusal

CALL = {"called": "centre", "result": "promised"}


async def listed(http, headers, **query):
    answer = await http.get("/v1/meeting-watches", headers=headers, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_running_watches_urgent_ones_first_page_by_page(record, http, officer, sql, timers, time):
    await record(asked_at="2026-02-13T10:00:00+08:00")
    await record(asked_at="2026-02-13T09:00:00+08:00")
    await record(asked_at="2026-02-13T16:00:00+08:00", at_stake="minor")
    await record(ground="bribery")
    seen, cursor = [], None
    while True:
        page = await listed(http, officer(), limit=1, **({} if cursor is None else {"cursor": cursor}))
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [(item["urgent"], item["asked_at"][11:16]) for item in seen] == [
        (True, "08:00"),
        (False, "01:00"),
        (False, "02:00"),
    ]
    text = str(seen)
    assert not any(marker in text for marker in (NAME, WORDS, CENTRE_NAME))
    assert seen[0]["hours_left"] == 48.4
    time.at("2026-02-15 18:00")
    assert {item["status"] for item in (await listed(http, officer()))["items"]} == {"VIOLATED"}, "before the timer"
    await timers()
    assert (await listed(http, officer()))["items"] == []


@pytest.mark.parametrize(
    ("kind", "region", "sees"),
    [
        ("city-association", "410100", True),
        ("city-association", "410300", True),
        ("city-association", "410200", False),
        ("bureau", "410300", True),
        ("bureau", "410500", False),
        ("association", "410000", True),
        ("department", "410000", True),
    ],
)
async def test_a_watch_is_seen_where_it_happened_and_where_he_is_registered(
    record, http, officer, sql, kind, region, sees
):
    await record()
    meeting = await sql.fetchval("SELECT meeting_id FROM refused_meetings")
    headers = officer(kind, region)
    assert bool((await listed(http, headers))["items"]) is sees
    one = await http.get(f"/v1/meeting-watches/{meeting}", headers=headers)
    assert one.status_code == (200 if sees else 404)
    called = await http.post(
        f"/v1/meeting-watches/{meeting}/calls", json=CALL, headers=headers | {"Idempotency-Key": uuid4().hex}
    )
    assert called.status_code == (201 if sees else 404)


STRANGERS = [
    {},
    {"roles": ["operator"], "kind": "department", "region": "410000"},
    {"roles": ["discipline-officer"]},
    {"kind": "court"},
    {"kind": "procuratorate"},
    {"roles": ["linked-organ"], "kind": "procuratorate"},
    {"roles": ["notifier"], "kind": "system", "region": "410000"},
    {"kind": "county-bureau"},
]


@pytest.mark.parametrize("who", STRANGERS)
async def test_nobody_else_sees_calls_keeps_or_dictates(record, http, officer, sql, who):
    await record()
    meeting = await sql.fetchval("SELECT meeting_id FROM refused_meetings")
    headers = officer(**who) if who else {}
    expected = {403} if who else {401}
    posts = {
        f"/v1/meeting-watches/{meeting}/calls": CALL,
        "/v1/detention-centres": CENTRE,
        "/v1/refused-meetings/dictations": refusal(),
        "/v1/complaints/dictations": filing(),
    }
    for path, body in posts.items():
        answer = await http.post(path, json=body, headers=headers | {"Idempotency-Key": uuid4().hex})
        assert {answer.status_code} == expected, path
    centres = ("/v1/detention-centres", f"/v1/detention-centres/{uuid4()}")
    for path in ("/v1/meeting-watches", f"/v1/meeting-watches/{meeting}", *centres):
        assert {(await http.get(path, headers=headers)).status_code} == expected, path
    counted = await sql.fetchrow(
        "SELECT (SELECT count(*) FROM refused_meetings), (SELECT count(*) FROM complaints),"
        " (SELECT count(*) FROM detention_centres), (SELECT count(*) FROM refused_meeting_steps)"
    )
    assert tuple(counted) == (1, 0, 0, 1)


@pytest.mark.parametrize("kind", ["bureau", "department"])
async def test_justice_organs_do_not_dictate(post, kind):
    region = "410000" if kind == "department" else "410100"
    for path, body in (("refused-meetings", refusal()), ("complaints", filing())):
        answer = await post(f"/v1/{path}/dictations", body, kind=kind, region=region)
        assert answer.status_code == 403


async def test_a_call_is_on_record_and_the_lawyer_sees_by_which_office(record, post, watched, http, officer, sql):
    receipt = (await record()).json()["receipt"]
    meeting = await sql.fetchval("SELECT meeting_id FROM refused_meetings")
    path, key = f"/v1/meeting-watches/{meeting}/calls", uuid4().hex
    for _ in range(2):
        assert (await post(path, CALL, key=key, subject="officer-li")).status_code == 201
    (step,) = [s for s in (await watched(receipt))["steps"] if s["step"] == "called"]
    assert (step["organ_zh"], step["called_zh"], step["result_zh"]) == ("郑州市律师协会", "看守所", "答应安排")
    assert await sql.fetchval("SELECT subject FROM refused_meeting_steps WHERE step = 'called'") == "officer-li"
    for rubbish in ({}, {"called": "minister", "result": "promised"}, CALL | {"note": "张三"}, CALL | {"result": ""}):
        assert (await post(path, rubbish)).status_code == 422
    assert (await post(f"/v1/meeting-watches/{uuid4()}/calls", CALL)).status_code == 404


async def test_the_list_of_centres_is_kept_by_their_region_and_public(post, http, officer):
    made = await post("/v1/detention-centres", CENTRE, region="410300")
    assert (made.status_code, made.headers["etag"]) == (201, '"v1"')
    path = f"/v1/detention-centres/{made.json()['centre_id']}"
    public = await http.get("/v1/public/detention-centres", params={"region": "410300"})
    assert [centre["name"] for centre in public.json()] == ["洛阳市第一看守所"]
    everywhere = await http.get("/v1/public/detention-centres")
    assert made.json() in everywhere.json(), "officers choose of all"
    assert (await post("/v1/detention-centres", CENTRE)).status_code == 403

    async def put(body, version, **who):
        return await http.put(path, json=body, headers=officer(**({"region": "410300"} | who)) | {"If-Match": version})

    assert (await put(CENTRE, '"v1"', region="410100")).status_code == 403
    assert (await put(CENTRE | {"region": "410100"}, '"v1"')).status_code == 403, "not into another's list"
    changed = await put(CENTRE | {"telephone": "0379-60000009"}, '"v1"')
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert (await put(CENTRE, '"v1"')).status_code == 412
    assert (await put(CENTRE | {"listed": False}, '"v2"')).status_code == 200
    assert (await http.get("/v1/public/detention-centres", params={"region": "410300"})).json() == []
    # Off the public list, it is still there for who keeps it, as it is now.
    keeper = officer(region="410300")
    [kept] = (await http.get("/v1/detention-centres", headers=keeper)).json()
    read = await http.get(path, headers=keeper)
    assert (read.json(), read.headers["etag"], read.json()["listed"]) == (kept, '"v3"', False)
    assert (await http.get("/v1/detention-centres", headers=officer(region="410100"))).json() == []
    for asked in (path, "/v1/detention-centres?region=410300"):
        assert (await http.get(asked, headers=officer(region="410100"))).status_code == 403
    missing = await http.put(
        f"/v1/detention-centres/{uuid4()}", json=CENTRE, headers=officer(region="410300") | {"If-Match": '"v1"'}
    )
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"telephone": "13912345678"}, "telephone"),
        ({"procuratorate_telephone": "+8613912345678"}, "procuratorate_telephone"),
        ({"name": "张三"}, "name"),
        ({"name": "张三13900000000看守所"}, "name"),
        ({"procuratorate": "a"}, "procuratorate"),
        ({"level": "national"}, "level"),
        ({"region": "410000"}, "region"),
    ],
)
async def test_a_centre_has_no_mobile_numbers_and_no_persons(post, changes, field):
    answer = await post("/v1/detention-centres", CENTRE | changes, region="410300")
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_centre_taken_off_the_list_or_of_another_region_is_not_named(post, http, officer, record):
    centre = (await post("/v1/detention-centres", CENTRE, region="410300")).json()["centre_id"]
    chosen = {"centre_id": centre, "centre_name": None, "level": None}
    assert (await record(**chosen)).status_code == 201
    assert (await record(**chosen, incident_region="410100")).status_code == 422
    headers = officer(region="410300") | {"If-Match": '"v1"'}
    await http.put(f"/v1/detention-centres/{centre}", json=CENTRE | {"listed": False}, headers=headers)
    assert (await record(**chosen)).status_code == 422


async def test_a_dictated_meeting_is_the_callers_and_the_officer_gets_no_access(post, http, officer, watched, sql):
    key = str(uuid4())
    first = await post("/v1/refused-meetings/dictations", refusal(), key=key, subject="officer-li")
    again = await post("/v1/refused-meetings/dictations", refusal(), key=key, subject="officer-li")
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json()["receipt"] == again.json()["receipt"]
    assert first.headers["cache-control"] == "no-store"
    other = await post("/v1/refused-meetings/dictations", refusal(), key=key, subject="officer-wang")
    assert other.status_code == 422, "the key is the first officer's"
    row = await sql.fetchrow("SELECT dictated_by, meeting_id FROM refused_meetings")
    assert row["dictated_by"] == "officer-li"
    step = await sql.fetchrow("SELECT by, subject FROM refused_meeting_steps")
    assert tuple(step) == ("officer", "officer-li")
    assert (await watched(first.json()["receipt"]))["steps"][0]["organ_zh"] == "郑州市律师协会"
    (item,) = (await listed(http, officer(subject="officer-li")))["items"]
    assert item["dictated"] is True
    assert await sql.fetchval("SELECT count(*) FROM idempotency_keys") == 0, "no answer with a receipt is kept"


async def test_a_dictated_complaint_must_be_taken_like_any_other(post, http, officer, follow, sql):
    key = str(uuid4())
    filed = await post("/v1/complaints/dictations", filing(), key=key, subject="officer-li")
    assert filed.status_code == 201, filed.text
    repeated = await post("/v1/complaints/dictations", filing(), key=key, subject="officer-li")
    assert repeated.json() == filed.json()
    assert (await follow(filed.json()["receipt"]))["status"] == "TRIAGE"
    case = await sql.fetchval("SELECT complaint_id FROM complaints WHERE dictated_by = 'officer-li'")
    headers = officer(subject="officer-li")
    seen = await http.get(f"/v1/complaints/{case}", headers=headers)
    assert (seen.json()["dictated"], seen.json()["assigned"]) == (True, False)
    opened = await http.get(f"/v1/complaints/{case}", headers=headers | {"Access-Purpose": "triage"})
    assert opened.status_code == 403
    own = await http.post("/v1/complaints", json=filing(), headers={"Idempotency-Key": key})
    assert own.status_code == 422, "the key is the officer's"
    assert await sql.fetchval("SELECT count(*) FROM complaints") == 1
