"""Bulk readers: what they undertake, what they get, when they get no more; the stream; and the log of who read what."""

import hashlib
from asyncio import gather
from uuid import UUID

import orjson
import pytest
from common.database import Database
from common.timers import run_once
from contracts.disclosure_copy import Change, Copy, NotAsCommitted
from discipline_api.app import TASKS
from discipline_api.display import log

from .readers import OTHERS, PUBLIC, client, filed, followed, lawyer, listed, tabled, undertakes

BULK = "/v1/disclosures/bulk.ndjson"
UNDERTAKINGS = "/v1/disclosure-undertakings"


async def run_timers(hands, dsn):
    database = Database(dsn, source="/discipline")
    try:
        return await run_once(database, hands.now, TASKS)
    finally:
        await database.close()


async def test_a_file_holds_what_is_on_display_as_it_was_committed_to(hands):
    reader = client(hands)
    await undertakes(hands, reader)
    cases = [(await hands.published(**lawyer(number, "钱一")))["case_id"] for number in OTHERS]
    answer = await hands.http.get(BULK, headers=reader)
    assert answer.headers["disclosure-log-size"] == "3"
    assert answer.headers["content-disposition"] == 'attachment; filename="disclosures-3.ndjson"'
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.headers["x-robots-tag"]
    lines = await filed(hands, reader)
    assert lines.keys() == set(cases)
    changes = {item["record_id"]: item for item in (await hands.http.get("/v1/disclosures/changes")).json()["changes"]}
    for case_id, line in lines.items():
        page = (await hands.http.get(f"{PUBLIC}/{case_id}")).content
        assert orjson.dumps(line["record"]) == page
        commitment = hashlib.sha256(bytes.fromhex(line["salt"]) + page).hexdigest()
        assert commitment == changes[case_id]["commitment"]
        assert {name: line[name] for name in ("leaf_index", "change", "at", "gone_at")} == {
            name: changes[case_id][name] for name in ("leaf_index", "change", "at", "gone_at")
        }


async def test_the_stream_tells_leaves_as_they_stand_in_the_tree(hands, discipline_dsn):
    case = await hands.published()
    await hands.withdrawn(case)
    items = (await hands.http.get("/v1/disclosures/changes")).json()["changes"]
    database = Database(discipline_dsn, source="/discipline")
    try:
        for item in items:
            entry = await log.entry_at(await database.pool(), item["leaf_index"])
            assert entry is not None
            assert Change.of(item).leaf() == entry.leaf()
    finally:
        await database.close()


async def test_spreadsheets_get_inert_cells_and_the_same_records(hands):
    reader = client(hands)
    await undertakes(hands, reader)
    for number, name in zip(OTHERS, ("=1+1", "＋钱一", '钱"一,'), strict=True):
        await hands.published(**lawyer(number, name))
    rows = await tabled(hands, reader)
    assert sorted(row["name"] for row in rows) == sorted(["'=1+1", "'+钱一", '钱"一,'])
    lines = await filed(hands, reader)
    assert {row["record_id"] for row in rows} == lines.keys()
    for row in rows:
        line = lines[row["record_id"]]
        assert row["licence_number"] == line["record"]["subject"]["licence_number"]
        assert row["organ"] == "郑州市司法局"
        assert (row["penalties"], row["conduct_code"], row["gone_on"]) == ("suspension", "L48.1", "2027-04-30")
        assert (row["leaf_index"], row["salt"], row["changed_at"]) == (
            str(line["leaf_index"]),
            line["salt"],
            line["at"],
        )
        assert row["log_size"] == "3"


async def test_nobody_reads_in_bulk_without_undertaking_to_delete(hands):
    await hands.published()
    assert (await hands.http.get(BULK)).status_code == 401
    for headers in (hands.officer(), hands.worker, client(hands, organisation_kind="company"), client(hands, roles=[])):
        assert (await hands.http.get(BULK, headers=headers)).status_code == 403
        assert (await undertakes(hands, headers)).status_code == 403
    for path in (BULK, "/v1/disclosures/bulk.csv"):
        refused = await hands.http.get(path, headers=client(hands))
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:undertaking-needed")
    await undertakes(hands, client(hands, "bank"))
    assert (await hands.http.get(BULK, headers=client(hands, "other"))).status_code == 409
    assert (await hands.http.get(BULK, headers=client(hands, "bank"))).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"accepted": False}, "accepted"),
        ({"text_version": 2}, "text_version"),
        ({"text_version": 0}, "text_version"),
        ({"contact": "x"}, "contact"),
        ({"organisation_name": ""}, "organisation_name"),
        ({"organisation_name": "电话13700001234"}, "organisation_name"),
        ({"purpose": "x"}, "purpose"),
    ],
)
async def test_an_undertaking_that_is_none_names_its_field(hands, change, field):
    answer = await undertakes(hands, client(hands), **change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert "13700001234" not in answer.text


async def test_an_undertaking_holds_a_year_and_is_renewed_near_its_end(hands):
    reader = client(hands)
    first = (await undertakes(hands, reader)).json()
    assert (first["from_on"], first["to_on"], first["in_force"]) == ("2026-06-10", "2027-06-10", True)
    hands.on("2027-05-10T12:00:00")
    early = await undertakes(hands, reader)
    assert (early.status_code, early.json()["type"]) == (409, "urn:yulu:problem:undertaking-in-force")
    assert "2027-05-11" in early.json()["detail"]
    hands.on("2027-05-11T12:00:00")
    second = (await undertakes(hands, reader)).json()
    assert (second["from_on"], second["to_on"], second["in_force"]) == ("2027-06-10", "2028-06-10", False)
    assert (await undertakes(hands, reader)).status_code == 409
    hands.on("2028-06-09T23:59:59")
    assert (await hands.http.get(BULK, headers=reader)).status_code == 200
    hands.on("2028-06-10T00:00:00")
    assert (await hands.http.get(BULK, headers=reader)).json()["type"] == "urn:yulu:problem:undertaking-needed"


async def test_two_undertakings_at_once_are_one(hands, connection):
    reader = client(hands)
    answers = await gather(*(undertakes(hands, reader) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert await connection.fetchval("SELECT count(*) FROM disclosure_undertakings") == 1


async def test_an_undertaking_repeated_with_its_key_is_one_and_its_stored_answer_names_nobody(hands, connection):
    reader, text = client(hands), (await hands.http.get(f"{UNDERTAKINGS}/text")).json()
    assert text["sha256"] == hashlib.sha256(text["zh"].encode()).hexdigest()
    body = {"organisation_name": "河南某征信公司", "text_version": 1, "accepted": True, "contact": "张三 13700001234"}
    answers = [await hands.post(UNDERTAKINGS, body, headers=reader, key="the same key") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert await connection.fetchval("SELECT count(*) FROM disclosure_undertakings") == 1
    for table in ("idempotency_keys", "disclosure_undertakings", "disclosure_readers", "audit_log", "outbox"):
        for row in await connection.fetch(f"SELECT t::text AS line FROM {table} t"):
            assert "13700001234" not in row["line"]
            assert "张三".encode().hex() not in row["line"]


async def test_contacts_are_read_by_the_client_itself_and_audited_for_the_department(hands, connection):
    undertaking = (await undertakes(hands, client(hands))).json()
    path = f"{UNDERTAKINGS}/{undertaking['undertaking_id']}"
    department = hands.officer("department", "410000", "sft")
    for headers in (client(hands), department):
        told = await hands.http.get(path, headers=headers)
        assert (told.status_code, told.json()["contact"]) == (200, "数据部 13700001234")
        assert told.headers["cache-control"] == "no-store"
        (line,) = (await hands.http.get(UNDERTAKINGS, headers=headers)).json()["items"]
        assert line["organisation_name"] == "河南某征信公司"
        assert "contact" not in line
    looked = await connection.fetch("SELECT actor FROM audit_log WHERE action = 'read-contact'")
    assert [row["actor"] for row in looked] == ["officer-of-sft"]
    assert (await hands.http.get(path, headers=client(hands, "other"))).status_code == 404
    assert (await hands.http.get(UNDERTAKINGS, headers=client(hands, "other"))).json()["items"] == []
    for headers in (hands.officer(), hands.worker):
        assert (await hands.http.get(path, headers=headers)).status_code == 403
        assert (await hands.http.get(UNDERTAKINGS, headers=headers)).status_code == 403


async def test_who_has_not_read_the_changes_for_a_week_gets_no_file_until_he_has(hands):
    reader = client(hands)
    await undertakes(hands, reader)
    await hands.published()
    assert len(await filed(hands, reader)) == 1
    hands.on("2026-06-17T12:00:00")
    assert len(await filed(hands, reader)) == 1
    hands.on("2026-06-17T12:00:01")
    refused = await hands.http.get(BULK, headers=reader)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:changes-not-fetched")
    await hands.http.get("/v1/disclosures/changes")
    await hands.http.get("/v1/disclosures/changes", headers=client(hands, "other"))
    await hands.http.get("/v1/disclosures/changes", params={"after": 9}, headers=reader)
    assert (await hands.http.get(BULK, headers=reader)).status_code == 409, "not he, or not from where he stands"
    await followed(hands, headers=reader)
    assert len(await filed(hands, reader)) == 1


async def test_who_has_not_fetched_tombstones_gets_no_file_until_he_has(hands):
    reader, first = client(hands), await hands.published()
    await undertakes(hands, reader)
    assert first["case_id"] in await filed(hands, reader)
    await hands.withdrawn(first)
    assert await filed(hands, reader) == {}, "within the day he may not have had the time"
    hands.on("2026-06-11T12:00:01")
    refused = await hands.http.get(BULK, headers=reader)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:tombstones-not-fetched")
    (undertaking,) = (await hands.http.get(UNDERTAKINGS, headers=reader)).json()["items"]
    whole = (await hands.http.get(f"{UNDERTAKINGS}/{undertaking['undertaking_id']}", headers=reader)).json()
    assert whole["owed"]["type"] == "tombstones-not-fetched"
    assert {row["rule"]: row["verified"] for row in whole["rules"]} == {
        "disclosures.changes-fetched": False,
        "disclosures.tombstones-fetched": False,
    }
    assert whole["changes_read_to"] == 1
    copy = Copy(after=0)
    await followed(hands, copy, headers=reader, limit=1)
    assert await filed(hands, reader) == {}
    whole = (await hands.http.get(f"{UNDERTAKINGS}/{undertaking['undertaking_id']}", headers=reader)).json()
    assert (whole["owed"], whole["changes_read_to"]) == (None, 2)


async def test_one_client_has_one_file_made_at_a_time(hands, connection):
    reader = client(hands)
    await undertakes(hands, reader)
    async with connection.transaction():
        await connection.execute("SELECT FROM disclosure_readers FOR UPDATE")
        refused = await hands.http.get(BULK, headers=reader)
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:yulu:problem:file-being-made")
    assert (await hands.http.get(BULK, headers=reader)).status_code == 200


async def test_a_copy_made_from_the_stream_holds_what_is_shown_and_forgets_what_is_not(hands, discipline_dsn):
    cases = [await hands.published(**lawyer(number, "钱一")) for number in OTHERS]
    copy = await followed(hands, limit=1)
    assert {str(record_id) for record_id in copy.records} == {case["case_id"] for case in cases}
    await hands.withdrawn(cases[1])
    hands.on("2026-06-11T12:00:00")
    await hands.published()
    await followed(hands, copy, limit=1)
    fresh = await followed(hands)
    shown = {UUID(item["case_id"]): orjson.dumps(item) for item in await listed(hands)}
    for held in (copy, fresh):
        assert {record_id: each.record for record_id, each in held.records.items()} == shown
    hands.on("2027-04-30T00:00:00")
    await run_timers(hands, discipline_dsn)
    items = (await hands.http.get("/v1/disclosures/changes")).json()["changes"]
    assert [item["change"] for item in items] == ["published"] * 3 + ["withdrawn", "published"] + ["ended"] * 3
    assert all(item["record"] is None and item["salt"] is None and item["gone_at"] is None for item in items)
    tombstones = {item["record_id"]: item["tombstone"] for item in items if item["tombstone"] is not None}
    assert len(tombstones) == 4
    assert tombstones[cases[1]["case_id"]]["disclosure"]["reason"] == "revoked"
    await followed(hands, copy)
    assert copy.records == {}


async def test_a_copy_takes_no_record_that_was_not_committed_to(hands):
    case = await hands.published()
    (item,) = (await hands.http.get("/v1/disclosures/changes")).json()["changes"]
    for forged in (
        item | {"record": item["record"] | {"decided_on": "2026-04-30"}},
        item | {"salt": "00" * 32},
        item | {"commitment": "00" * 32},
    ):
        copy = Copy()
        with pytest.raises(NotAsCommitted):
            copy.apply(Change.of(forged))
        assert copy.records == {}
    await hands.withdrawn(case)
    _, item = (await hands.http.get("/v1/disclosures/changes")).json()["changes"]
    with pytest.raises(NotAsCommitted):
        Copy().apply(Change.of(item | {"tombstone": item["tombstone"] | {"status": 404}}))


async def test_the_stream_is_one_change_per_line_where_that_is_asked_for(hands):
    for number in OTHERS:
        await hands.published(**lawyer(number, "钱一"))
    answer = await hands.http.get(
        "/v1/disclosures/changes", params={"limit": 2}, headers={"Accept": "application/x-ndjson"}
    )
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert (answer.headers["next-after"], answer.headers["disclosure-log-size"]) == ("1", "3")
    page = (await hands.http.get("/v1/disclosures/changes", params={"limit": 2})).json()
    assert [orjson.loads(line) for line in answer.content.splitlines()] == page["changes"]
    assert (page["next"], page["more"], page["log_size"]) == (1, True, 3)
    end = (await hands.http.get("/v1/disclosures/changes", params={"after": 2})).json()
    assert end == {"changes": [], "next": 2, "more": False, "log_size": 3}


@pytest.mark.parametrize(
    ("query", "field"),
    [({"after": -2}, "after"), ({"after": "x"}, "after"), ({"after": 2**63}, "after"), ({"limit": 1001}, "limit")],
)
async def test_a_bad_place_in_the_stream_names_its_field(hands, query, field):
    answer = await hands.http.get("/v1/disclosures/changes", params=query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_change_while_a_page_is_read_costs_no_record(hands):
    """A revision moves the record to a newer leaf: whoever reads on finds it there."""
    for number in OTHERS:
        await hands.published(**lawyer(number, "钱一"))
    copy = Copy()
    page = (await hands.http.get("/v1/disclosures/changes", params={"limit": 2})).json()
    for item in page["changes"]:
        copy.apply(Change.of(item))
    case = await hands.published()
    await hands.withdrawn(case)
    await followed(hands, copy)
    assert {str(record_id) for record_id in copy.records} == {item["case_id"] for item in await listed(hands)}
