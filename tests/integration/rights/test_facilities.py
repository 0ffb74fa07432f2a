"""The register of facilities: two officers, versions, outages, open data, figures and who may do what."""

import asyncio
import csv
import io
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.support.directory import documented_fields

DAY = "2026-03-02"
PLACE = {"region": "410100", "organ_kind": "DETENTION", "name": "郑州市第一看守所", "address": "郑州市某路1号"}
CONTENT = {
    "status": "open",
    "count": 6,
    "opened_on": "2026-01-05",
    "hours": [
        {"weekday": 2, "spans": [{"opens": "14:00", "closes": "17:30"}, {"opens": "09:00", "closes": "12:00"}]},
        {"weekday": 1, "spans": [{"opens": "09:00", "closes": "12:00"}]},
    ],
    "exceptions": [{"on": "2026-04-04", "spans": []}],
    "channels": [{"kind": "telephone", "where": "0371-12345678"}],
    "not_monitored": True,
    "no_booking_needed": False,
    "document_number": "郑公监〔2026〕12号",
    "document_date": "2026-01-04",
}


@pytest.fixture
def send(http, officer, time):
    time.at(f"{DAY} 10:00")

    async def send(
        method: str, path: str, body: Any = None, *, version: int | None = None, key: str | None = None, **who: Any
    ) -> Any:
        headers = officer(**who)
        if method == "POST":
            headers |= {"Idempotency-Key": key or uuid4().hex}
        if version is not None:
            headers |= {"If-Match": f'"v{version}"'}
        return await http.request(method, f"/v1/{path}", json=body, headers=headers)

    return send


@pytest.fixture
def place(send):
    async def place(**changes: Any) -> str:
        region = changes.get("region", "410100")
        made = await send("POST", "facility-organs", PLACE | changes, region=region)
        assert made.status_code == 201, made.text
        return made.json()["organ_code"]

    return place


@pytest.fixture
def facility(send, place):
    """Registered by the officer `li`."""

    async def facility(kind: str = "meeting-room", *, organ: str | None = None, region: str = "410100", **more: Any):
        organ = organ or await place(region=region)
        body = CONTENT | {"organ_code": organ, "kind": kind} | more
        made = await send("POST", "facilities", body, region=region, subject="li")
        assert made.status_code == 201, made.text
        return made.json()

    return facility


async def events(sql: asyncpg.Connection) -> list[str]:
    types = await sql.fetch("SELECT event_type FROM outbox ORDER BY id")
    return [row["event_type"].removeprefix("lawyers.rights.facility.") for row in types]


async def test_what_is_registered_is_told_and_a_change_is_a_new_version(send, place, sql):
    organ = await place()
    body = CONTENT | {"organ_code": organ, "kind": "meeting-room"}
    made, again = [await send("POST", "facilities", body, key="once-and-again") for _ in range(2)]
    assert (made.status_code, again.status_code) == (201, 201)
    assert made.json() == again.json()
    assert made.headers["etag"] == '"v1"'
    told = made.json()
    assert told["from_on"] == DAY, "without another day, from today on"
    assert [each["weekday"] for each in told["hours"]] == [1, 2]
    assert told["hours"][1]["spans"][0] == {"opens": "09:00", "closes": "12:00"}
    second = await send("POST", "facilities", body)
    assert (second.status_code, second.json()["field"]) == (409, "kind")

    path = f"facilities/{told['facility_id']}"
    changed = CONTENT | {"status": "limited", "count": 4}
    assert (await send("PUT", path, changed)).status_code == 428
    assert (await send("PUT", path, changed, version=7)).status_code == 412
    after = await send("PUT", path, changed, version=1)
    assert (after.status_code, after.json()["status"], after.headers["etag"]) == (200, "limited", '"v2"')
    assert (await send("PUT", path, changed, version=1)).status_code == 412
    history = (await send("GET", f"{path}/history")).json()
    assert [(each["revision"], each["count"]) for each in history["revisions"]] == [(2, 4), (1, 6)]
    assert await events(sql) == ["registered.v1", "changed.v1"]
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute("UPDATE facility_versions SET count = 9")


async def test_another_officer_verifies_and_the_verification_expires(send, facility, time, http):
    made = await facility()
    path, today = f"facilities/{made['facility_id']}", {"verified_on": DAY}
    assert made["verification"]["state"] == "none"
    own = await send("POST", f"{path}/verifications", today, version=1, subject="li")
    assert (own.status_code, own.json()["type"]) == (403, "urn:yulu:problem:own-entry")
    early = await send("POST", f"{path}/verifications", {"verified_on": "2026-03-01"}, version=1, subject="wang")
    assert (early.status_code, early.json()["field"]) == (422, "verified_on")
    given = await send("POST", f"{path}/verifications", today, version=1, subject="wang", kind="bureau")
    assert given.status_code == 201, given.text
    assert given.json()["verification"] == {
        "state": "valid", "state_zh": "已核验", "verified_by": "wang", "verified_on": DAY, "expires_on": "2026-09-02",
    }  # fmt: skip

    async def public() -> tuple[bool, str]:
        (told,) = (await http.get("/v1/public/facilities")).json()["facilities"]
        assert told.keys() == documented_fields("rights-facilities")
        return told["verified"], told["verified_zh"]

    time.at("2026-09-02 23:59")
    assert await public() == (True, "已核验")
    time.at("2026-09-03 00:00")
    assert await public() == (False, "未核验（核验已过期）")
    again = await send("POST", f"{path}/verifications", {"verified_on": "2026-09-03"}, version=2, subject="wang")
    assert again.status_code == 201
    assert await public() == (True, "已核验")
    changed = await send("PUT", path, CONTENT, version=3, subject="wang")
    assert changed.json()["verification"]["state"] == "none", "nobody has verified the new version"


async def test_the_database_refuses_ones_own_verification_and_an_unknown_that_is_no_answer(facility, sql):
    made = await facility()
    with pytest.raises(asyncpg.CheckViolationError, match="two_officers"):
        await sql.execute(
            "INSERT INTO facility_verifications SELECT facility_id, 2, 1, entered_by, entered_by, '2026-03-02', now() "
            "FROM facility_versions WHERE facility_id = $1::uuid",
            made["facility_id"],
        )
    with pytest.raises(asyncpg.CheckViolationError, match="unknown"):
        await sql.execute(
            "INSERT INTO facility_versions SELECT facility_id, 2, organ_kind, kind, 'unknown', count, opened_on, "
            "from_on, hours, channels, NULL, NULL, NULL, document_number, document_date, 'x', now() "
            "FROM facility_versions"
        )


async def test_only_a_prisons_remote_meeting_may_be_unknown(send, place):
    prison, detention = await place(organ_kind="PRISON", name="某监狱"), await place()
    body = CONTENT | {"kind": "remote-meeting", "status": "unknown"}
    assert (await send("POST", "facilities", body | {"organ_code": prison})).status_code == 201
    other = await send("POST", "facilities", body | {"organ_code": detention})
    assert (other.status_code, other.json()["field"]) == (422, "status")


async def test_an_outage_begins_and_ends_and_stays_on_record(send, facility, sql, http):
    made = await facility()
    path = f"facilities/{made['facility_id']}"
    body = {"reason": "maintenance", "began_at": "2026-03-01T09:00:00+08:00", "expected_until": "2026-03-05"}
    future = await send("POST", f"{path}/outages", body | {"began_at": "2026-03-02T10:01:00+08:00"}, version=1)
    assert (future.status_code, future.json()["field"]) == (422, "began_at")
    begun = await send("POST", f"{path}/outages", body, version=1)
    assert begun.status_code == 201, begun.text
    outage = begun.json()["outage"]["outage_id"]
    assert (await send("POST", f"{path}/outages", body, version=2)).status_code == 409
    (told,) = (await http.get("/v1/public/facilities")).json()["facilities"]
    assert (told["outage"]["reason"], told["outage"]["expected_until"]) == ("maintenance", "2026-03-05")
    before = await send("POST", f"{path}/outages/{outage}/end", {"ended_at": "2026-03-01T08:00:00+08:00"}, version=2)
    assert (before.status_code, before.json()["field"]) == (422, "ended_at")
    ended = await send("POST", f"{path}/outages/{outage}/end", {"ended_at": "2026-03-02T09:00:00+08:00"}, version=2)
    assert (ended.status_code, ended.json()["outage"]) == (200, None)
    history = (await send("GET", f"{path}/history")).json()
    assert [(each["reason"], each["ended_at"]) for each in history["outages"]] == [
        ("maintenance", "2026-03-02T01:00:00Z")
    ]
    assert await events(sql) == ["registered.v1", "outage-began.v1", "outage-ended.v1"]
    versions = await sql.fetch("SELECT entity_version FROM outbox ORDER BY id")
    assert [row[0] for row in versions] == [1, 2, 3]


async def test_of_two_officers_at_once_one_changes_it_and_the_other_reads_again(send, facility, sql):
    path = f"facilities/{(await facility())['facility_id']}"
    answers = await asyncio.gather(
        send("PUT", path, CONTENT | {"count": 7}, version=1, subject="li"),
        send("PUT", path, CONTENT | {"count": 8}, version=1, subject="wang"),
        send("POST", f"{path}/verifications", {"verified_on": DAY}, version=1, subject="zhao"),
    )
    assert sorted(answer.status_code for answer in answers)[1:] == [412, 412]
    assert await sql.fetchval("SELECT version FROM facilities") == 2


async def test_open_data_needs_no_account_and_names_no_officer(send, facility, http):
    await facility()
    await facility("green-channel", region="410300", status="closed")
    answer = await http.get("/v1/public/facilities")
    assert answer.status_code == 200
    assert {each["region"] for each in answer.json()["facilities"]} == {"410100", "410300"}
    assert "来源" in answer.json()["licence_zh"]
    assert "li" not in [value for each in answer.json()["facilities"] for value in each.values()]
    assert "document_number" not in answer.text
    same = await http.get("/v1/public/facilities", headers={"If-None-Match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    one = (await http.get("/v1/public/facilities", params={"region": "410300"})).json()["facilities"]
    assert [each["kind"] for each in one] == ["green-channel"]
    assert (await http.get("/v1/public/facilities", params={"organ_kind": "COURT"})).json()["facilities"] == []

    table = await http.get("/v1/public/facilities.csv", params={"region": "410100"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    (line,) = csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))
    assert (line["organ_name"], line["status"], line["verified"]) == (PLACE["name"], "open", "false")
    assert line["hours"] == "周一 09:00-12:00；周二 09:00-12:00、14:00-17:30"
    assert line["exceptions"] == "2026-04-04 不开放"
    same = await http.get(
        "/v1/public/facilities.csv", params={"region": "410100"}, headers={"If-None-Match": table.headers["etag"]}
    )
    assert same.status_code == 304


async def test_a_place_keeps_its_code_and_is_left_when_nothing_in_it_is_open(send, facility, http):
    made = await facility()
    code = made["organ"]["organ_code"]
    words = {"name": "郑州市第一看守所（新址）", "address": "郑州市新路2号"}
    twin = await send("POST", "facility-organs", PLACE)
    assert (twin.status_code, twin.json()["field"]) == (409, "name")
    moved = await send("PUT", f"facility-organs/{code}", words, version=1)
    assert (moved.status_code, moved.json()["organ_code"], moved.headers["etag"]) == (200, code, '"v2"')
    ending = await send("PUT", f"facility-organs/{code}", words | {"ended_on": DAY}, version=2)
    assert (ending.status_code, ending.json()["field"]) == (409, "ended_on")
    await send("PUT", f"facilities/{made['facility_id']}", CONTENT | {"status": "closed"}, version=1)
    assert (await send("PUT", f"facility-organs/{code}", words | {"ended_on": DAY}, version=2)).status_code == 200
    assert (await http.get("/v1/public/facilities")).json()["facilities"] == []
    late = await send("POST", "facilities", CONTENT | {"organ_code": code, "kind": "rest-room"})
    assert late.status_code == 409


MONTH = {
    "month": "2026-02", "meetings": 100, "meetings_in_time": 90, "median_wait_hours": 20.5, "remote_meetings": 25,
    "file_accesses": 10, "file_in_time": 9, "file_online": 4, "source": "郑州市第一看守所月报",
}  # fmt: skip


async def test_figures_are_corrected_by_versions_and_make_the_indicators(send, facility, place, sql):
    covered = (await facility())["organ"]["organ_code"]
    await facility("green-channel", organ=await place(name="郑州市中级人民法院", organ_kind="COURT"), status="closed")
    await place(organ_kind="PRISON", name="某监狱")  # no 办案机关 of the definition
    elsewhere = await place(region="410300", name="洛阳市看守所")
    path = f"facility-organs/{covered}/figures"
    assert (await send("POST", path, MONTH)).status_code == 201
    assert (await send("POST", path, MONTH)).status_code == 409
    assert (await send("POST", path, MONTH | {"month": "2026-03"})).json()["field"] == "month", "it is not over"
    other = {"month": "2026-02", "meetings": 50, "meetings_in_time": 10, "source": "月报"}
    await send("POST", f"facility-organs/{elsewhere}/figures", other, region="410300")

    correction = {name: value for name, value in MONTH.items() if name != "month"} | {"meetings_in_time": 95}
    assert (await send("PUT", f"{path}/2026-02", correction, version=9)).status_code == 412
    assert (await send("PUT", f"{path}/2026-02", correction, version=1)).json()["version"] == 2
    assert await sql.fetchval("SELECT count(*) FROM facility_figures WHERE month = '2026-02-01'") == 3

    asked = "from=2026-01&to=2026-02"
    told = (await send("GET", f"facility-indicators?{asked}", kind="department", region="410000")).json()
    total = {each["indicator"]: each["total"] for each in told}
    assert {name: (each["numerator"], each["denominator"], each["percent"]) for name, each in total.items()} == {
        "coverage": (1, 3, 33.33),
        "meetings-in-time": (105, 150, 70.0),
        "file-access-in-time": (9, 10, 90.0),
        "remote-share": (25, 100, 25.0),
        "online-share": (4, 10, 40.0),
    }
    assert all(len(each["regions"]) == 18 for each in told)
    by = {each["region"]: each["percent"] for each in told[1]["regions"]}
    assert (by["410100"], by["410300"], by["410200"]) == (95.0, 20.0, None)

    rows, cursor = [], ""
    for _ in range(2):
        page = (
            await send(
                "GET", told[1]["rows"].removeprefix("/v1/") + f"&limit=1{cursor}", kind="association", region="410000"
            )
        ).json()
        rows += page["items"]
        cursor = f"&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert sorted((row["name"], row["month"], row["numerator"], row["denominator"]) for row in rows) == [
        ("洛阳市看守所", "2026-02", 10, 50), ("郑州市第一看守所", "2026-02", 95, 100),
    ]  # fmt: skip
    own = (await send("GET", f"facility-indicators?{asked}")).json()
    assert (own[1]["total"]["denominator"], len(own[1]["regions"])) == (100, 1), "a city sees its own"


@pytest.mark.parametrize(
    ("who", "allowed"),
    [
        ({}, True),
        ({"kind": "bureau"}, True),
        ({"kind": "association", "region": "410000"}, True),
        ({"kind": "department", "region": "410000"}, True),
        ({"region": "410300"}, False),
        ({"kind": "bureau", "region": "410300"}, False),
        ({"kind": "firm"}, False),
        ({"kind": "court"}, False),
        ({"roles": ["discipline-officer"]}, False),
    ],
)
async def test_the_register_is_kept_by_officers_of_the_region(send, facility, who, allowed):
    made = await facility()
    code = made["organ"]["organ_code"]
    path = f"facilities/{made['facility_id']}"
    calls = [
        ("POST", "facility-organs", PLACE | {"name": "另一看守所"}),
        ("GET", f"facility-organs/{code}", None),
        ("PUT", f"facility-organs/{code}", {"name": "看守所", "address": "某路"}),
        ("POST", "facilities", CONTENT | {"organ_code": code, "kind": "rest-room"}),
        ("GET", path, None),
        ("GET", f"{path}/history", None),
        ("POST", f"{path}/verifications", {"verified_on": DAY}),
        ("POST", f"{path}/outages", {"reason": "other", "began_at": f"{DAY}T08:00:00+08:00"}),
        ("PUT", path, CONTENT),
        ("POST", f"facility-organs/{code}/figures", MONTH),
        ("GET", "facilities?region=410100", None),
        ("GET", "facility-organs?region=410100", None),
        ("GET", "facility-indicators?from=2026-01&to=2026-02&region=410100", None),
    ]
    versions = {f"facility-organs/{code}": 1, f"{path}/verifications": 1, f"{path}/outages": 2, path: 3}
    for method, address, body in calls:
        version = versions.get(address) if method != "GET" else None
        answer = await send(method, address, body, version=version, **who)
        assert (answer.status_code < 300, answer.status_code != 403) == (allowed, allowed), f"{address}: {answer.text}"


async def test_rubbish_names_its_field(send, place):
    organ = await place()
    body = CONTENT | {"organ_code": organ, "kind": "meeting-room"}
    for changes, field in (
        ({"kind": "sauna"}, "kind"),
        ({"status": "unknown"}, "status"),
        ({"count": -1}, "count"),
        ({"from_on": "2026-03-03"}, "from_on"),
        ({"opened_on": "2026-03-03"}, "opened_on"),
        ({"document_date": "2026-03-03"}, "document_date"),
        ({"document_number": "=1+1"}, "document_number"),
        ({"channels": [{"kind": "telephone", "where": "王所长 139-0000-8888"}]}, "channels.0.where"),
        ({"hours": [{"weekday": 8, "spans": []}]}, "hours.0.weekday"),
        ({"hours": [{"weekday": 1, "spans": [{"opens": "12:00", "closes": "09:00"}]}]}, "hours.0.spans.0"),
        ({"hours": [{"weekday": 1, "spans": [{"opens": "25:00", "closes": "26:00"}]}]}, "hours.0.spans.0.opens"),
        ({"extra": 1}, "extra"),
    ):
        answer = await send("POST", "facilities", body | changes)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    overlapping = [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:00", "closes": "13:00"}]
    answer = await send("POST", "facilities", body | {"hours": [{"weekday": 1, "spans": overlapping}]})
    assert answer.json()["field"] == "hours.0.spans"
    for changes, field in (({"region": "410000"}, "region"), ({"organ_kind": "PRIVATE"}, "organ_kind"),
                           ({"name": ""}, "name"), ({"address": "\n"}, "address")):  # fmt: skip
        answer = await send("POST", "facility-organs", PLACE | changes, kind="association", region="410000")
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    for changes, field in (({"month": "2026-13"}, "month"), ({"meetings_in_time": 101}, "meetings_in_time")):
        answer = await send("POST", f"facility-organs/{organ}/figures", MONTH | changes)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    for query, field in (("from=2026-02&to=2026-01", "to"), ("from=x&to=2026-01", "from")):
        answer = await send("GET", f"facility-indicators?{query}")
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert (await send("GET", f"facilities/{uuid4()}")).status_code == 404
