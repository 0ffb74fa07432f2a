"""Rosters, telephones, addresses and hand-overs, holidays included; and who may do what."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from tests.integration.rights.duty.conftest import (
    ADDRESSES,
    BUREAU,
    CITY,
    DEPARTMENT,
    EMAIL,
    PROVINCE,
    TELEPHONE,
)

OFFICE = "0371-65991234"
NOTE = "交接独特标记：今晚看守所来电两次"


async def test_a_range_is_set_at_once_holidays_included_and_marked(call):
    body = {"on_duty": "li", "substitute": "wang", "from_on": "2026-10-01", "to_on": "2026-10-11"}
    assert (await call("POST", "/v1/duty/rosters", json=body)).status_code == 201
    seen = (await call("GET", "/v1/duty/rosters", params={"from_on": "2026-10-07", "to_on": "2026-10-12"})).json()
    assert [(item["day"]["kind"], item["on_duty"], item["substitute"]) for item in seen["items"]] == [
        ("holiday", "li", "wang"),
        ("workday", "li", "wang"),
        ("workday", "li", "wang"),
        ("make-up", "li", "wang"),
        ("weekend", "li", "wang"),
        ("workday", None, None),
    ]
    assert seen["items"][0]["day"]["holiday_zh"] == "国庆节"
    assert seen["gaps"] == ["2026-10-12"]


async def test_each_change_is_a_version_and_none_is_lost(call, sql):
    path = "/v1/duty/rosters/2026-10-05"
    assert (await call("GET", path)).headers["etag"] == '"v0"'
    assert (await call("PUT", path, version=0, json={"on_duty": "li"})).status_code == 200
    assert (await call("PUT", path, version=0, json={"on_duty": "zhao"})).status_code == 412
    assert (await call("PUT", path, json={"on_duty": "zhao"})).status_code == 428
    second = await call("PUT", path, version=1, subject="chief", json={"on_duty": "zhao", "substitute": "li"})
    assert (second.headers["etag"], second.json()["set_by"]) == ('"v2"', "chief")
    assert (await call("PUT", path, version=2, json={"on_duty": None})).json()["staffed"] is False
    versions = (await call("GET", f"{path}/versions")).json()["items"]
    assert [(item["version"], item["on_duty"], item["substitute"]) for item in versions] == [
        (1, "li", None),
        (2, "zhao", "li"),
        (3, None, None),
    ]
    for statement in ("UPDATE duty_rosters SET on_duty = 'x'", "DELETE FROM duty_rosters"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement)


async def test_days_that_have_a_roster_are_changed_only_when_asked(call):
    body = {"on_duty": "li", "from_on": "2026-10-03", "to_on": "2026-10-04"}
    await call("POST", "/v1/duty/rosters", json=body)
    again = body | {"on_duty": "zhao", "to_on": "2026-10-06"}
    refused = await call("POST", "/v1/duty/rosters", json=again)
    assert (refused.status_code, refused.json()["field"]) == (409, "replace")
    assert refused.json()["days"] == ["2026-10-03", "2026-10-04"]
    changed = (await call("POST", "/v1/duty/rosters", json=again | {"replace": True})).json()
    assert [item["version"] for item in changed["items"]] == [2, 2, 1, 1]


async def test_two_officers_at_once_leave_one_roster(call):
    body = {"from_on": "2026-10-03", "to_on": "2026-10-20"}
    answers = await asyncio.gather(
        *(call("POST", "/v1/duty/rosters", json=body | {"on_duty": who}) for who in ("li", "zhao", "wang"))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


RUBBISH = [
    ({"from_on": "2026-09-30"}, "from_on"),
    ({"to_on": "2028-01-01"}, "body"),
    ({"from_on": "2027-12-30", "to_on": "2028-01-01"}, "from_on"),
    ({"from_on": "2026-10-09"}, "body"),
    ({"substitute": "li"}, "body"),
    ({"on_duty": "李四"}, "on_duty"),
    ({"on_duty": None}, "on_duty"),
    ({"on_duty": "x\u0000"}, "on_duty"),
    ({"from_on": 1}, "from_on"),
    ({"from_on": "1759248000"}, "from_on"),
    ({"holiday": True}, "holiday"),
]


async def test_rubbish_is_refused_by_name_and_nothing_is_set(call, sql):
    for body, field in RUBBISH:
        sent = {"on_duty": "li", "from_on": "2026-10-03", "to_on": "2026-10-04"} | body
        answer = await call("POST", "/v1/duty/rosters", json=sent)
        assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
        assert answer.json()["detail"]
        assert answer.json()["detail_en"]
    assert await sql.fetchval("SELECT count(*) FROM duty_rosters") == 0


async def test_any_officer_learns_whom_to_ring_and_nobody_the_persons_own_number(call, on_roster):
    await on_roster(CITY, "li")
    assert (await call("PUT", "/v1/duty/telephone", version=0, json={"telephone": OFFICE})).status_code == 200
    seen = await call("GET", "/v1/duty/on-duty", BUREAU, params={"region": "410100"})
    assert seen.json()["day"]["kind"] == "holiday"
    assert [(item["organ"]["kind"], item["staffed"], item["telephone"]) for item in seen.json()["items"]] == [
        ("city-association", True, OFFICE),
        ("bureau", False, None),
    ]
    everything = await call("GET", "/v1/duty/on-duty", DEPARTMENT)
    assert len(everything.json()["items"]) == 38
    for text in (seen.text, everything.text):
        assert "li" not in [item.strip('"') for item in text.replace(":", ",").split(",")]
        assert TELEPHONE not in text


async def test_a_persons_number_is_no_telephone_of_an_office(call):
    answer = await call("PUT", "/v1/duty/telephone", version=0, json={"telephone": TELEPHONE})
    assert answer.status_code == 422


async def test_addresses_are_sealed_replaced_and_shown_to_nobody(call, sql, log):
    body = {"subject": "li", "addresses": ADDRESSES}
    first = await call("PUT", "/v1/duty/contacts", version=0, json=body)
    assert first.json() == {"subject": "li", "version": 1, "channels": ["sms", "voice", "email"]}
    assert (await call("PUT", "/v1/duty/contacts", version=0, json=body)).status_code == 412
    shown = await call("GET", "/v1/duty/contacts")
    assert shown.json()["items"] == [first.json()]
    refused = await call(
        "PUT", "/v1/duty/contacts", version=1, json={"subject": "li", "addresses": {"sms": f"{TELEPHONE}x"}}
    )
    assert (refused.status_code, refused.json()["field"]) == (422, "addresses.sms")
    await call("PUT", "/v1/duty/contacts", version=1, json={"subject": "li", "addresses": {}})
    assert (await call("GET", "/v1/duty/contacts")).json()["items"][0]["channels"] == []
    stored = "".join([str(row) for row in await sql.fetch("SELECT * FROM duty_contacts")])
    for text in (first.text, shown.text, refused.text, stored, log.getvalue()):
        assert TELEPHONE not in text
        assert EMAIL not in text


async def test_the_hand_over_note_goes_to_the_next_on_duty_and_is_taken_over(call, on_roster, time, sql, log):
    await on_roster(CITY, "li", "wang")
    time.pass_(days=2)  # nobody on duty on the 2nd
    await on_roster(CITY, "zhao")
    time.pass_(days=-2)
    body = {"on": "2026-10-01", "note": NOTE}
    assert (await call("POST", "/v1/duty/hand-overs", subject="zhao", json=body)).status_code == 403
    written = await call("POST", "/v1/duty/hand-overs", subject="wang", json=body)
    assert written.status_code == 201
    assert NOTE not in written.text
    path = f"/v1/duty/hand-overs/{written.json()['hand_over_id']}"
    listed = await call("GET", "/v1/duty/hand-overs", subject="anybody")
    assert NOTE not in listed.text
    assert [item["taken_by"] for item in listed.json()["items"]] == [None]
    assert (await call("GET", path, subject="anybody")).status_code == 403
    assert (await call("POST", f"{path}/taking-over", subject="li")).status_code == 403
    time.pass_(days=2)
    opened = await call("GET", path, subject="zhao")
    assert (opened.json()["note"], opened.headers["cache-control"]) == (NOTE, "no-store")
    for _ in range(2):
        taken = await call("POST", f"{path}/taking-over", subject="zhao")
        assert (taken.status_code, taken.json()["taken_by"]) == (200, "zhao")
    assert (await call("GET", "/v1/duty/hand-overs")).json()["items"] == []
    looks = await sql.fetch("SELECT subject FROM hand_over_looks")
    assert [row["subject"] for row in looks] == ["zhao"]
    stored = "".join([str(row) for row in await sql.fetch("SELECT * FROM hand_overs")])
    assert NOTE not in stored + log.getvalue()
    for table in ("hand_overs", "hand_over_looks", "hand_over_takings"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(f"DELETE FROM {table}")


async def test_hand_overs_are_paged_without_gap_or_repetition(call, on_roster, time):
    await on_roster(CITY, "li")
    written = []
    for number in range(5):
        time.pass_(minutes=1)
        answer = await call(
            "POST", "/v1/duty/hand-overs", subject="li", json={"on": "2026-10-01", "note": f"note {number}"}
        )
        written.append(answer.json()["hand_over_id"])
    seen, cursor = [], None
    while True:
        page = await call("GET", "/v1/duty/hand-overs", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [item["hand_over_id"] for item in page.json()["items"]]
        cursor = page.json()["next_cursor"]
        if cursor is None:
            break
    assert seen == written


async def test_a_note_nobody_took_over_by_nine_is_an_alarm(call, on_roster, time, tick, alarms):
    await on_roster(CITY, "li", days=2)
    await call("POST", "/v1/duty/hand-overs", subject="li", json={"on": "2026-10-01", "note": NOTE})
    time.pass_(hours=30)  # 08:00 of the next day
    await tick()
    assert await alarms() == []
    time.pass_(hours=1)
    await tick()
    await tick()
    assert [item["kind"] for item in await alarms()] == ["hand-over"]
    hand_over_id = (await call("GET", "/v1/duty/hand-overs")).json()["items"][0]["hand_over_id"]
    await call("POST", f"/v1/duty/hand-overs/{hand_over_id}/taking-over", subject="li")
    await tick()
    assert await alarms() == []


READS = ["/v1/duty/on-duty", "/v1/duty/rosters/2026-10-05", "/v1/duty/telephone", "/v1/duty/contacts", "/v1/alarms"]


OTHERS = [
    {"kind": "court", "region": "410100"},
    {"kind": "procuratorate", "region": "410100"},
    {"kind": "county-bureau", "region": "410102"},
    {"kind": "lawyer", "region": "410100"},
    {"kind": "city-association", "region": "410000"},
    {"kind": "association", "region": "410100"},
    {"kind": "city-association", "region": None},
    {"roles": ["discipline-officer"]},
    {"roles": ["notifier"], "kind": "system", "region": "410000"},
    {"roles": []},
]


async def test_others_have_no_roster_and_see_none(http, officer, sql):
    body = {"on_duty": "li", "from_on": "2026-10-03", "to_on": "2026-10-04"}
    for who in OTHERS:
        headers = officer(**who) | {"Idempotency-Key": uuid4().hex, "If-Match": "*"}
        answers = [await http.get(path, headers=headers) for path in READS]
        answers += [
            await http.post("/v1/duty/rosters", json=body, headers=headers),
            await http.put("/v1/duty/rosters/2026-10-05", json={"on_duty": "li"}, headers=headers),
            await http.put("/v1/duty/telephone", json={"telephone": OFFICE}, headers=headers),
            await http.put("/v1/duty/contacts", json={"subject": "li", "addresses": {}}, headers=headers),
            await http.post("/v1/duty/hand-overs", json={"on": "2026-10-01", "note": "n"}, headers=headers),
            await http.post(f"/v1/alarms/{uuid4()}/acknowledgement", headers=headers),
        ]
        assert {answer.status_code for answer in answers} == {403}, who
    for table in ("duty_rosters", "duty_telephones", "duty_contacts", "hand_overs"):
        assert await sql.fetchval(f"SELECT count(*) FROM {table}") == 0


async def test_without_a_token_nothing_is_open(http):
    for path in READS:
        assert (await http.get(path)).status_code == 401


READERS = [
    (CITY, True),
    (PROVINCE, True),
    (BUREAU, False),
    (DEPARTMENT, False),
    (("city-association", "410200"), False),
]


async def test_who_sits_is_shown_to_the_organ_and_the_one_above(call, on_roster):
    await on_roster(CITY, "li")
    of_city = {"organ_kind": "city-association", "region": "410100"}
    for reader, allowed in READERS:
        answer = await call("GET", "/v1/duty/rosters/2026-10-01", reader, params=of_city)
        assert answer.status_code == (200 if allowed else 403), reader
        assert ("li" in answer.text) is allowed
        mismatched = await call("GET", "/v1/duty/rosters/2026-10-01", reader, params=of_city | {"region": "410000"})
        assert (mismatched.status_code, mismatched.json()["field"]) == (422, "region")


ADDRESSES_OF_RUBBISH = [
    ("/v1/duty/rosters/0001-01-01", 422, "on"),
    ("/v1/duty/rosters/tomorrow", 422, "on"),
    ("/v1/duty/rosters?from_on=2026-10-01", 422, "to_on"),
    ("/v1/duty/rosters?from_on=2026-10-02&to_on=2026-10-01", 422, "to_on"),
    ("/v1/duty/rosters?from_on=2026-10-01&to_on=2027-10-01", 422, "to_on"),
    ("/v1/duty/rosters?from_on=9999-12-31&to_on=9999-12-31", 422, "from_on"),
    ("/v1/duty/on-duty?on=2199-12-31", 422, "on"),
    ("/v1/duty/on-duty?region=%00", 422, "region"),
    ("/v1/duty/on-duty?organ_kind=police", 422, "organ_kind"),
    ("/v1/duty/hand-overs?cursor=x", 400, "cursor"),
    ("/v1/alarms?cursor=WyJoYW5kLW92ZXJzIl0", 400, "cursor"),
    ("/v1/alarms?limit=0", 422, "limit"),
    ("/v1/alarms/not-an-id", 422, "alarm_id"),
]


async def test_rubbish_in_an_address_is_refused_by_name(call):
    for path, status, field in ADDRESSES_OF_RUBBISH:
        answer = await call("GET", path)
        assert (answer.status_code, answer.json().get("field")) == (status, field), (path, answer.text)
    for path in (f"/v1/alarms/{uuid4()}", f"/v1/duty/hand-overs/{uuid4()}"):
        assert (await call("GET", path)).status_code == 404
