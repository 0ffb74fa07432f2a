"""Which system has read which record, by every way; that people are never logged; and for how long it is kept."""

from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import pytest
from common.database import Database
from discipline_api.disclosures.store import forget_reads

from .conftest import LICENCE, NAME
from .readers import OTHERS, PUBLIC, client, filed, followed, lawyer, undertakes

BULK = "/v1/disclosures/bulk.ndjson"
READS = "SELECT way, client, record_id, leaf_from, leaf_to, log_size FROM disclosure_reads ORDER BY read_id"


async def test_what_a_system_reads_is_logged_by_every_way_and_people_are_not(hands, connection):
    case, other = await hands.published(), await hands.published(**lawyer(OTHERS[0], "钱一"))
    reader = client(hands)
    await undertakes(hands, reader)
    asked = [
        ("GET", f"{PUBLIC}/{case['case_id']}", None),
        ("GET", f"{PUBLIC}?licence_number={LICENCE}", None),
        ("GET", f"{PUBLIC}?document_number={case['document_number']}", None),
        ("POST", f"{PUBLIC}/search", {"name": NAME, "firm_name": "河南秘名律师事务所"}),
        ("GET", f"{PUBLIC}/list", None),
        ("GET", "/v1/disclosures/changes?after=0", None),
        ("GET", BULK, None),
    ]
    nothing = [
        ("GET", f"{PUBLIC}?licence_number={OTHERS[2]}", None),
        ("GET", "/v1/disclosures/changes?after=1", None),
    ]
    for headers in ({}, hands.officer(), hands.issuer.headers(roles=["lawyer"], organisation_kind="lawyer")):
        for method, path, body in asked[:-1] + nothing:
            assert (await hands.http.request(method, path, json=body, headers=headers)).status_code == 200
    assert await connection.fetch(READS) == []
    for method, path, body in asked + nothing:
        assert (await hands.http.request(method, path, json=body, headers=reader)).status_code == 200
    ours, theirs = UUID(case["case_id"]), UUID(other["case_id"])
    logged = [tuple(row) for row in await connection.fetch(READS)]
    who = "client-of-bank"
    assert logged[:4] == [
        ("record", who, ours, None, None, None),
        ("query", who, ours, None, None, None),
        ("query", who, ours, None, None, None),
        ("search", who, ours, None, None, None),
    ]
    assert {row[2] for row in logged[4:6]} == {ours, theirs}
    assert [row[0] for row in logged[4:6]] == ["list", "list"]
    assert logged[6:] == [("changes", who, None, 1, 2, 2), ("bulk", who, None, 0, 2, 2)]
    for headers in (
        hands.worker,
        hands.issuer.headers(roles=["verification-client"], organisation_kind="bank", subject="verifier"),
    ):
        await hands.http.get(f"{PUBLIC}/{case['case_id']}", headers=headers)
    assert [row["client"] for row in (await connection.fetch(READS))[8:]] == ["registry", "verifier"]


async def test_a_token_that_is_not_valid_is_refused_and_not_taken_for_the_public(hands):
    case = await hands.published()
    for path in (f"{PUBLIC}/{case['case_id']}", f"{PUBLIC}?licence_number={LICENCE}", f"{PUBLIC}/list"):
        assert (await hands.http.get(path, headers={"Authorization": "Bearer nonsense"})).status_code == 401


async def test_the_view_says_who_read_a_record_whatever_the_way(hands, connection):
    readers = {code: client(hands, code) for code in ("early", "late", "single", "stream")}
    for headers in readers.values():
        await undertakes(hands, headers)
    await filed(hands, readers["early"])  # before there was anything
    case = await hands.published()
    await hands.http.get(f"{PUBLIC}/{case['case_id']}", headers=readers["single"])
    await filed(hands, readers["late"])
    await followed(hands, headers=readers["stream"])
    hands.on("2026-06-11T12:00:00")
    await hands.withdrawn(case)
    hands.on("2026-06-11T13:00:00")
    await filed(hands, readers["early"])
    await followed(hands, headers=readers["early"])
    rows = await connection.fetch(
        "SELECT client, way FROM disclosure_record_reads WHERE record_id = $1 ORDER BY client", UUID(case["case_id"])
    )
    assert [(row["client"], row["way"]) for row in rows] == [
        ("client-of-late", "bulk"),
        ("client-of-single", "record"),
        ("client-of-stream", "changes"),
    ]


async def test_the_read_log_cannot_be_rewritten_and_is_forgotten_after_three_years(hands, connection, discipline_dsn):
    case, reader = await hands.published(), client(hands)
    await undertakes(hands, reader)
    await hands.http.get(f"{PUBLIC}/{case['case_id']}", headers=reader)
    with pytest.raises(asyncpg.RestrictViolationError):
        await connection.execute("UPDATE disclosure_reads SET client = 'nobody'")
    with pytest.raises(asyncpg.CheckViolationError):
        await connection.execute("INSERT INTO disclosure_reads (at, client, organisation_kind, organisation_id, way) "
                                 "VALUES (now(), 'c', 'k', 'i', 'bulk')")  # fmt: skip
    database = Database(discipline_dsn, source="/discipline")
    try:
        for at, reads, undertakings in (
            (datetime(2029, 6, 10, 4, tzinfo=UTC), 1, 1),
            (datetime(2029, 6, 11, 4, tzinfo=UTC), 0, 1),
            (datetime(2030, 6, 10, 4, tzinfo=UTC), 0, 1),
            (datetime(2030, 6, 11, 4, tzinfo=UTC), 0, 0),
        ):
            await forget_reads(database, at)
            assert await connection.fetchval("SELECT count(*) FROM disclosure_reads") == reads, at
            assert await connection.fetchval("SELECT count(*) FROM disclosure_undertakings") == undertakings, at
    finally:
        await database.close()
