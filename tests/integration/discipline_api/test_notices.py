"""What watchers are told: each change once, the record and never the person, and nothing that outlives a record."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from common.database import Database
from discipline_api.display.log import append
from discipline_api.display.shown import Change, Entry

from .conftest import CREDIT, FIRM_NAME, LICENCE, NAME
from .remarking import objected
from .watching import OTHER_LICENCE, acknowledged, bank, begin, firm, lawyer, notices, tick, told

WATCHES = "/v1/watches"
LATER = {
    "filed_on": "2027-03-02",
    "decided_on": "2027-06-01",
    "served_on": "2027-06-02",
    "from_on": "2027-06-02",
    "to_on": "2027-09-02",
}
OF_THE_FIRM = {
    "subject": {"kind": "firm", "credit_code": CREDIT, "name": FIRM_NAME},
    "conduct_code": "F50.1",
    "penalties": [{"kind": "warning"}],
    "from_on": None,
    "to_on": None,
}


@pytest.mark.parametrize(
    "watched",
    [
        {"what": "subject", "licence_number": LICENCE},
        {"what": "subject", "licence_number": LICENCE[:1] + "4103" + LICENCE[5:]},
        {"what": "region", "region": "410100"},
        {"what": "kind", "record_kind": "administrative"},
        {"what": "all"},
    ],
)
async def test_a_watcher_is_told_of_a_record_and_of_all_that_becomes_of_it(hands, discipline_dsn, watched):
    await begin(hands, **watched)
    case = await hands.published()
    record_id = case["case_id"]
    await tick(hands, discipline_dsn)
    assert await acknowledged(hands) == [("published", record_id)]
    await objected(hands, case)
    await tick(hands, discipline_dsn)
    assert await acknowledged(hands) == [("revised", record_id)]
    await hands.withdrawn(case)
    await tick(hands, discipline_dsn)
    assert await acknowledged(hands) == [("withdrawn", record_id)]
    await tick(hands, discipline_dsn)
    assert await told(hands) == []


async def test_a_watcher_of_one_record_is_told_of_that_one(hands, discipline_dsn):
    case, other = await hands.published(), await hands.published()
    await begin(hands, what="record", record_id=case["case_id"])
    for each in (other, case):
        await hands.withdrawn(each)
    await tick(hands, discipline_dsn)
    assert await told(hands) == [("withdrawn", case["case_id"])]


async def test_other_subjects_regions_and_kinds_are_not_told(hands, discipline_dsn):
    await begin(hands, what="subject", licence_number=OTHER_LICENCE)
    await begin(hands, what="subject", credit_code=CREDIT)
    await begin(hands, what="region", region="410300")
    await begin(hands, what="region", region="410000")
    await begin(hands, what="kind", record_kind="industry")
    await hands.withdrawn(await hands.published())
    await tick(hands, discipline_dsn)
    assert await told(hands) == []


async def test_a_lawyer_and_a_firm_are_told_of_what_is_about_themselves(hands, discipline_dsn):
    await begin(hands, headers=lawyer(hands), what="subject")
    await begin(hands, headers=firm(hands), what="subject")
    of_lawyer, of_firm = await hands.published(), await hands.published(**OF_THE_FIRM)
    await tick(hands, discipline_dsn)
    assert await told(hands, headers=lawyer(hands)) == [("published", of_lawyer["case_id"])]
    assert await told(hands, headers=firm(hands)) == [("published", of_firm["case_id"])]


async def test_a_notice_names_record_change_and_instant_and_nobody(hands, discipline_dsn):
    await begin(hands, what="subject", licence_number=LICENCE)
    await begin(hands, what="all")
    case = await hands.published()
    await tick(hands, discipline_dsn)
    answer = await hands.http.get(f"{WATCHES}/notices", headers=bank(hands))
    assert answer.json()["items"] == [
        {
            "kind": {"code": "published", "zh": "公示", "en": "published"},
            "at": "2026-06-10T04:00:00Z",
            "because": ["watched"],
            "record_id": case["case_id"],
            "leaf_index": 0,
            "watch_id": None,
        }
    ]
    assert not any(text in answer.text for text in (NAME, FIRM_NAME, LICENCE))


async def test_the_end_of_a_term_is_told_with_its_legal_instant_however_late_the_timer(hands, discipline_dsn):
    await begin(hands, what="subject", licence_number=LICENCE)
    case = await hands.published()
    await tick(hands, discipline_dsn)
    assert await acknowledged(hands) == [("published", case["case_id"])]
    hands.on("2027-05-02T08:00:00")
    await tick(hands, discipline_dsn)
    (item,) = (await notices(hands))["items"]
    assert (item["kind"]["code"], item["at"]) == ("ended", "2027-04-29T16:00:00Z")


async def test_each_change_is_told_once_however_many_timers_run(hands, connection, discipline_dsn):
    await begin(hands, what="all")
    await begin(hands, headers=bank(hands, subject="another"), what="region", region="410100")
    cases = [await hands.published() for _ in range(5)]
    await asyncio.gather(*(tick(hands, discipline_dsn) for _ in range(4)))
    await tick(hands, discipline_dsn)
    expected = [("published", case["case_id"]) for case in cases]
    assert await told(hands) == expected
    assert await told(hands, headers=bank(hands, subject="another")) == expected
    await connection.execute("UPDATE notice_progress SET next_leaf = 0")  # told anew from the beginning
    await tick(hands, discipline_dsn)
    assert await told(hands) == expected


async def test_notices_are_read_by_cursor_and_kept_until_they_are_acknowledged(hands, connection, discipline_dsn):
    await begin(hands, what="all")
    cases = [await hands.published() for _ in range(3)]
    await tick(hands, discipline_dsn)
    first = await notices(hands, limit=2)
    assert first["more"]
    assert await notices(hands, limit=2) == first  # reading acknowledges nothing
    rest = await notices(hands, cursor=first["cursor"])
    assert [item["record_id"] for item in first["items"] + rest["items"]] == [case["case_id"] for case in cases]
    assert await notices(hands, cursor=rest["cursor"]) == {"items": [], "cursor": rest["cursor"], "more": False}
    path, body = f"{WATCHES}/notices/acknowledgement", {"cursor": first["cursor"]}
    assert (await hands.post(path, body, headers=bank(hands))).json() == {"acknowledged": 2}
    assert (await hands.post(path, body, headers=bank(hands))).json() == {"acknowledged": 0}
    assert await told(hands) == [("published", cases[2]["case_id"])]
    assert await connection.fetchval("SELECT count(*) FROM notices") == 1


async def test_a_cursor_of_another_reader_is_none(hands, discipline_dsn):
    await begin(hands, what="all")
    await hands.published()
    await tick(hands, discipline_dsn)
    cursor = (await notices(hands))["cursor"]
    other = bank(hands, subject="another")
    assert (await notices(hands, headers=other)) == {"items": [], "cursor": None, "more": False}
    for answer in (
        await hands.http.get(f"{WATCHES}/notices", params={"cursor": cursor}, headers=other),
        await hands.post(f"{WATCHES}/notices/acknowledgement", {"cursor": cursor}, headers=other),
    ):
        assert (answer.status_code, answer.json()["field"]) == (400, "cursor")
    assert len(await told(hands)) == 1


async def test_a_watch_begun_later_is_told_of_what_comes_later(hands, discipline_dsn):
    case = await hands.published()
    hands.on("2026-06-10T12:00:30")
    await begin(hands, what="subject", licence_number=LICENCE)
    await begin(hands, what="all")
    await tick(hands, discipline_dsn)
    assert await told(hands) == []
    hands.on("2026-06-10T13:00:00")
    await hands.withdrawn(case)
    await tick(hands, discipline_dsn)
    assert await told(hands) == [("withdrawn", case["case_id"])]


async def test_after_a_record_has_gone_nothing_joins_it_to_its_subject(hands, connection, discipline_dsn):
    await begin(hands, what="subject", licence_number=LICENCE)
    await begin(hands, headers=lawyer(hands), what="subject")
    case = await hands.published()
    await tick(hands, discipline_dsn)
    assert await connection.fetchval("SELECT count(*) FROM watch_matches") == 2
    assert await connection.fetchval("SELECT count(*) FROM notices") == 2
    hands.on("2027-04-30T00:00:00")
    await tick(hands, discipline_dsn)
    # Nobody had fetched the first ones: they went with the record, and only its end is left to tell.
    assert await told(hands) == [("ended", case["case_id"])]
    assert await connection.fetchval("SELECT count(*) FROM watch_matches") == 0
    assert await acknowledged(hands) == await acknowledged(hands, headers=lawyer(hands))
    assert await connection.fetchval("SELECT count(*) FROM notices") == 0
    assert await connection.fetchval("SELECT count(*) FROM watches WHERE record_id IS NOT NULL") == 0


async def test_a_record_that_came_and_went_between_two_rounds_is_told_to_nobody_by_its_subject(hands, discipline_dsn):
    await begin(hands, what="subject", licence_number=LICENCE)
    await begin(hands, headers=bank(hands, subject="another"), what="region", region="410100")
    case = await hands.published()
    await hands.withdrawn(case)
    await tick(hands, discipline_dsn)
    assert await told(hands) == []
    assert await told(hands, headers=bank(hands, subject="another")) == [("withdrawn", case["case_id"])]


async def test_a_watch_that_has_ended_or_was_deleted_is_told_nothing(hands, connection, discipline_dsn):
    watch = await begin(hands, what="all")
    await begin(hands, headers=bank(hands, subject="another"), what="all")
    path = f"{WATCHES}/{watch['watch_id']}"
    assert (await hands.http.delete(path, headers=bank(hands) | {"If-Match": '"v1"'})).status_code == 204
    hands.on("2027-06-11T00:00:00")
    await hands.published(**LATER)
    await tick(hands, discipline_dsn)
    assert await told(hands) == []
    assert await told(hands, headers=bank(hands, subject="another")) == []
    assert await connection.fetchval("SELECT count(*) FROM watches") == 0


async def test_what_happened_while_a_watch_ran_is_told_also_after_its_end(hands, discipline_dsn):
    await begin(hands, what="all")
    hands.on("2027-06-10T23:59:00")
    case = await hands.published(**LATER)
    hands.on("2027-06-11T06:00:00")
    await tick(hands, discipline_dsn)
    assert await told(hands) == [("published", case["case_id"])]


async def test_an_owner_is_reminded_thirty_days_before_once_and_anew_after_a_renewal(hands, discipline_dsn):
    watch = await begin(hands, what="region", region="410300")
    hands.on("2027-05-11T23:59:59")
    await tick(hands, discipline_dsn)
    assert (await notices(hands))["items"] == []
    hands.on("2027-05-12T09:00:00")
    for _ in range(2):
        await tick(hands, discipline_dsn)
    (item,) = (await notices(hands))["items"]
    assert (item["kind"]["code"], item["watch_id"], item["record_id"]) == ("watch-ending", watch["watch_id"], None)
    assert (item["at"], item["because"]) == ("2027-05-11T16:00:00Z", [])
    assert "即将到期" in item["kind"]["zh"]
    await acknowledged(hands)
    await hands.post(f"{WATCHES}/{watch['watch_id']}/renew", None, headers=bank(hands), **{"If-Match": '"v1"'})
    await tick(hands, discipline_dsn)
    assert (await notices(hands))["items"] == []
    hands.on("2028-04-13T00:00:00")
    await tick(hands, discipline_dsn)
    assert [kind for kind, _ in await told(hands)] == ["watch-ending"]


async def test_nobody_is_reminded_of_a_watch_that_has_ended_meanwhile(hands, discipline_dsn):
    await begin(hands, what="all")
    hands.on("2027-06-11T00:00:00")
    await tick(hands, discipline_dsn)
    assert (await notices(hands))["items"] == []


async def test_notices_nobody_acknowledges_are_forgotten_after_ninety_days(hands, discipline_dsn):
    await begin(hands, what="all")
    await hands.published()
    await tick(hands, discipline_dsn)
    hands.on("2026-09-08T12:00:00")
    await tick(hands, discipline_dsn)
    assert len(await told(hands)) == 1
    hands.on("2026-09-08T12:00:01")
    await tick(hands, discipline_dsn)
    assert await told(hands) == []


async def test_many_changes_are_told_in_their_order_across_batches(hands, discipline_dsn):
    await begin(hands, what="all")
    database = Database(discipline_dsn, source="/discipline")
    at = datetime(2026, 6, 11, tzinfo=UTC)
    async with database.begin() as tx:
        await append(tx, [Entry(UUID(int=n), Change.PUBLISHED, at, bytes(32)) for n in range(450)])
    await database.close()
    hands.on("2026-06-12T00:00:00")
    await tick(hands, discipline_dsn)
    found, cursor = [], None
    while True:
        page = await notices(hands, limit=200, **({} if cursor is None else {"cursor": cursor}))
        found += [item["leaf_index"] for item in page["items"]]
        cursor = page["cursor"]
        if not page["more"]:
            break
    assert found == list(range(450))


async def test_watches_leave_nothing_in_the_outbox(hands, connection, discipline_dsn):
    before = await connection.fetchval("SELECT count(*) FROM outbox")
    watch = await begin(hands, what="subject", licence_number=LICENCE)
    await tick(hands, discipline_dsn)
    await hands.http.delete(f"{WATCHES}/{watch['watch_id']}", headers=bank(hands) | {"If-Match": '"v1"'})
    assert await connection.fetchval("SELECT count(*) FROM outbox") == before
