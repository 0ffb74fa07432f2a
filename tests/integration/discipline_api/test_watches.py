"""Watches over HTTP: whose they are, what they may be of, how long they run."""

import asyncio
import io
import logging
from uuid import UUID, uuid4

import pytest
from common.telemetry import configure_logging

from .conftest import CREDIT, LICENCE, NAME
from .watching import OTHER_LICENCE, bank, begin, firm, lawyer, look, told

WATCHES = "/v1/watches"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"what": "subject", "licence_number": LICENCE}, {"subject_kind": "lawyer"}),
        ({"what": "subject", "credit_code": CREDIT}, {"subject_kind": "firm"}),
        ({"what": "region", "region": "410100"}, {"region": "410100"}),
        ({"what": "region", "region": "410000"}, {"region": "410000"}),
        ({"what": "kind", "record_kind": "industry"}, {"record_kind": "industry"}),
        ({"what": "all"}, {}),
    ],
)
async def test_a_system_watches_for_one_year(hands, body, shown):
    answer = await hands.post(WATCHES, body, headers=bank(hands))
    assert answer.status_code == 201, answer.text
    watch = answer.json()
    fields = ("record_id", "subject_kind", "region", "record_kind")
    assert {name: watch[name] for name in fields} == dict.fromkeys(fields) | shown
    assert watch["what"]["code"] == body["what"]
    assert (watch["ends"]["last_day"], watch["ends"]["reminder_on"]) == ("2027-06-10", "2027-05-12")
    assert (watch["ends"]["rule"], watch["ends"]["verified"]) == ("watches.term", False)
    assert "并非法定" in watch["ends"]["zh"]
    assert (answer.headers["etag"], answer.headers["cache-control"]) == ('"v1"', "no-store")
    assert answer.headers["location"] == f"{WATCHES}/{watch['watch_id']}"
    assert (await look(hands, watch["watch_id"])).json() == watch
    assert (await hands.http.get(WATCHES, headers=bank(hands))).json()["items"] == [watch]


async def test_no_number_is_stored_answered_or_logged(hands, connection):
    stream = io.StringIO()
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    configure_logging("discipline-api", "DEBUG", stream)
    try:
        for body in ({"what": "subject", "licence_number": LICENCE}, {"what": "subject", "credit_code": CREDIT}):
            for headers in (bank(hands), hands.officer()):
                answer = await hands.post(WATCHES, body, headers=headers)
                assert LICENCE not in answer.text
                assert CREDIT not in answer.text
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    assert "access_refused" in stream.getvalue()
    assert LICENCE not in stream.getvalue()
    assert CREDIT not in stream.getvalue()
    tables = [row["tablename"] for row in await connection.fetch("SELECT * FROM pg_tables WHERE schemaname = 'public'")]
    for table in tables:
        for row in await connection.fetch(f'SELECT * FROM "{table}"'):
            raw = [bytes(value) if isinstance(value, bytes) else str(value).encode() for value in row.values()]
            assert not any(number.encode() in value for number in (LICENCE, CREDIT) for value in raw), table


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "validation-failed", "what"),
        ({"what": "person", "licence_number": LICENCE}, "validation-failed", "what"),
        ({"what": "subject", "name": NAME}, "validation-failed", "name"),
        ({"what": "subject"}, "value-missing", "licence_number"),
        ({"what": "subject", "licence_number": LICENCE, "credit_code": CREDIT}, "value-out-of-place", "credit_code"),
        ({"what": "subject", "licence_number": "123"}, "validation-failed", "licence_number"),
        ({"what": "subject", "credit_code": "123"}, "validation-failed", "credit_code"),
        ({"what": "region"}, "value-missing", "region"),
        ({"what": "region", "region": "110000"}, "validation-failed", "region"),
        ({"what": "region", "region": "410100", "record_kind": "industry"}, "value-out-of-place", "record_kind"),
        ({"what": "kind"}, "value-missing", "record_kind"),
        ({"what": "kind", "record_kind": "rumour"}, "validation-failed", "record_kind"),
        ({"what": "all", "region": "410100"}, "value-out-of-place", "region"),
        ({"what": "record"}, "value-missing", "record_id"),
        ({"what": "record", "record_id": "x"}, "validation-failed", "record_id"),
        ({"what": "record", "record_id": str(uuid4())}, "record-not-shown", "record_id"),
    ],
)
async def test_what_cannot_be_watched_names_its_field(hands, connection, body, code, field):
    answer = await hands.post(WATCHES, body, headers=bank(hands))
    assert (answer.status_code, answer.json()["type"]) == (422, f"urn:yulu:problem:{code}"), answer.text
    assert answer.json()["field"] == field
    assert await connection.fetchval("SELECT count(*) FROM watches") == 0


async def test_only_a_record_on_display_can_be_watched_by_its_id(hands):
    case = await hands.published()
    assert (await begin(hands, what="record", record_id=case["case_id"]))["record_id"] == case["case_id"]
    gone = await hands.published()
    await hands.withdrawn(gone)
    for record_id in (gone["case_id"], (await hands.recorded())["case_id"]):
        answer = await hands.post(WATCHES, {"what": "record", "record_id": record_id}, headers=bank(hands))
        assert answer.json()["type"] == "urn:yulu:problem:record-not-shown"


async def test_a_lawyer_and_a_firm_watch_themselves_and_nothing_else(hands):
    for headers, kind in ((lawyer(hands), "lawyer"), (firm(hands), "firm")):
        watch = await begin(hands, headers=headers, what="subject")
        assert watch["subject_kind"] == kind
    for headers, body, field in (
        (lawyer(hands), {"what": "all"}, "what"),
        (lawyer(hands), {"what": "record", "record_id": str(uuid4())}, "what"),
        (lawyer(hands), {"what": "subject", "licence_number": OTHER_LICENCE}, "licence_number"),
        (lawyer(hands), {"what": "subject", "credit_code": CREDIT}, "credit_code"),
        (firm(hands), {"what": "subject", "licence_number": LICENCE}, "licence_number"),
    ):
        answer = await hands.post(WATCHES, body, headers=headers)
        assert (answer.json()["type"], answer.json()["field"]) == ("urn:yulu:problem:own-only", field), answer.text


async def test_a_lawyer_keeps_his_watch_when_his_number_is_rewritten(hands):
    watch = await begin(hands, headers=lawyer(hands), what="subject")
    moved = lawyer(hands, licence=LICENCE[:1] + "4103" + LICENCE[5:], subject="another account")
    assert [item["watch_id"] for item in (await hands.http.get(WATCHES, headers=moved)).json()["items"]] == [
        watch["watch_id"]
    ]


@pytest.mark.parametrize(
    "rights",
    [
        {"roles": ["discipline-officer"], "organisation_kind": "bureau", "region": "410100"},
        {"roles": ["verification-client"], "organisation_kind": "public"},
        {"roles": [], "organisation_kind": "system"},
        {"roles": ["lawyer"], "organisation_kind": "firm", "organisation_id": CREDIT},
        {"roles": ["lawyer"], "organisation_kind": "lawyer", "organisation_id": ""},
        {"roles": ["lawyer"], "organisation_kind": "lawyer", "organisation_id": "no number"},
        {"roles": ["firm"], "organisation_kind": "firm", "organisation_id": ""},
    ],
)
async def test_others_have_no_watches(hands, rights):
    headers = hands.issuer.headers(**rights)
    assert (await hands.post(WATCHES, {"what": "all"}, headers=headers)).status_code == 403
    for path in (WATCHES, f"{WATCHES}/notices", f"{WATCHES}/{uuid4()}"):
        assert (await hands.http.get(path, headers=headers)).status_code == 403
        assert (await hands.http.get(path)).status_code == 401


async def test_anothers_watch_is_not_there(hands, connection):
    watch = await begin(hands, what="all")
    path, other = f"{WATCHES}/{watch['watch_id']}", bank(hands, subject="another bank")
    tag = {"If-Match": '"v1"'}
    answers = [
        await hands.http.get(path, headers=other),
        await hands.post(f"{path}/renew", None, headers=other, **tag),
        await hands.http.delete(path, headers=other | tag),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await hands.http.get(WATCHES, headers=other)).json()["items"] == []
    assert await connection.fetchval("SELECT version FROM watches") == 1


async def test_the_same_watch_is_begun_once_also_by_two_at_a_time(hands, connection):
    answers = await asyncio.gather(
        *(hands.post(WATCHES, {"what": "region", "region": "410100"}, headers=bank(hands)) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {
        "urn:yulu:problem:watch-exists"
    }
    assert await connection.fetchval("SELECT count(*) FROM watches") == 1
    key = str(uuid4())
    twice = [await hands.post(WATCHES, {"what": "all"}, headers=bank(hands), key=key) for _ in range(2)]
    assert twice[0].content == twice[1].content
    assert await connection.fetchval("SELECT count(*) FROM watches") == 2


async def test_a_renewal_runs_a_year_from_the_day_it_is_made(hands):
    watch = await begin(hands, what="all")
    path = f"{WATCHES}/{watch['watch_id']}/renew"
    hands.on("2027-06-10T23:59:59")
    assert (await hands.post(path, None, headers=bank(hands))).status_code == 428
    assert (await hands.post(path, None, headers=bank(hands), **{"If-Match": '"v7"'})).status_code == 412
    renewed = await hands.post(path, None, headers=bank(hands), **{"If-Match": '"v1"'})
    assert (renewed.status_code, renewed.headers["etag"]) == (200, '"v2"')
    assert renewed.json()["ends"]["last_day"] == "2028-06-10"
    assert (await hands.post(path, None, headers=bank(hands), **{"If-Match": '"v1"'})).status_code == 412


async def test_two_renewals_at_once_are_one(hands):
    watch = await begin(hands, what="all")
    path = f"{WATCHES}/{watch['watch_id']}/renew"
    answers = await asyncio.gather(
        *(hands.post(path, None, headers=bank(hands), **{"If-Match": '"v1"'}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]


async def test_what_has_ended_is_gone_and_can_be_begun_anew(hands, connection):
    watch = await begin(hands, what="all")
    hands.on("2027-06-11T00:00:00")
    assert (await look(hands, watch["watch_id"])).status_code == 404
    assert (await hands.http.get(WATCHES, headers=bank(hands))).json()["items"] == []
    renewal = await hands.post(
        f"{WATCHES}/{watch['watch_id']}/renew", None, headers=bank(hands), **{"If-Match": '"v1"'}
    )
    assert renewal.status_code == 404
    again = await begin(hands, what="all")
    assert again["watch_id"] != watch["watch_id"]
    assert await connection.fetchval("SELECT array_agg(watch_id) FROM watches") == [UUID(again["watch_id"])]


async def test_a_watch_is_deleted_with_what_it_matched(hands, connection):
    await hands.published()
    watch = await begin(hands, what="subject", licence_number=LICENCE)
    assert await connection.fetchval("SELECT count(*) FROM watch_matches") == 1
    path = f"{WATCHES}/{watch['watch_id']}"
    assert (await hands.http.delete(path, headers=bank(hands))).status_code == 428
    assert (await hands.http.delete(path, headers=bank(hands) | {"If-Match": '"v2"'})).status_code == 412
    assert (await hands.http.delete(path, headers=bank(hands) | {"If-Match": '"v1"'})).status_code == 204
    assert (await look(hands, watch["watch_id"])).status_code == 404
    assert await connection.fetchval("SELECT count(*) FROM watch_matches") == 0


async def test_ones_watches_come_in_pages_newest_first(hands):
    codes = ("410100", "410200", "410300")
    for day, region in enumerate(codes, start=11):
        hands.on(f"2026-06-{day}T09:00:00")
        await begin(hands, what="region", region=region)
    first = (await hands.http.get(WATCHES, params={"limit": 2}, headers=bank(hands))).json()
    second = await hands.http.get(WATCHES, params={"cursor": first["next_cursor"]}, headers=bank(hands))
    assert [item["region"] for item in first["items"] + second.json()["items"]] == ["410300", "410200", "410100"]


async def test_a_watch_stands_in_the_audit_log_without_its_subject(hands, connection):
    watch = await begin(hands, what="subject", licence_number=LICENCE)
    row = await connection.fetchrow("SELECT * FROM audit_log WHERE object_id = $1", watch["watch_id"])
    assert (row["action"], row["object_kind"], row["reason"]) == ("discipline:watch", "watch", "subject")
    assert LICENCE not in str(dict(row))


@pytest.mark.parametrize("cursor", ["x", "AAAAAAAAAAAAAAAAAAAAAA", "é", "=" * 100])
async def test_a_cursor_that_is_none_of_ones_own_is_refused(hands, cursor):
    for answer in (
        await hands.http.get(f"{WATCHES}/notices", params={"cursor": cursor}, headers=bank(hands)),
        await hands.post(f"{WATCHES}/notices/acknowledgement", {"cursor": cursor}, headers=bank(hands)),
    ):
        assert (answer.status_code, answer.json()["field"]) == (400, "cursor"), answer.text
    assert (await told(hands)) == []
