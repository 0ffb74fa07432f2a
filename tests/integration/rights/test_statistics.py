"""Yearly editions over HTTP: two officers, immutable, corrected by further editions, and open to everyone."""

import csv
import io
import random
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import httpx
import pytest
from rights_api.permissions import PERMISSIONS, Action

from tests.integration.rights.conftest import REFUSAL
from tests.support.differencing import Published

NOW = datetime(2027, 2, 10, 4, 0, tzinfo=UTC)
PROVINCE = {"kind": "association", "region": "410000"}


@pytest.fixture(autouse=True)
def now(time):
    time.now = NOW


@pytest.fixture
def cases(sql):
    """Puts concluded cases on record, as years of work would."""

    async def cases(number: int, *, seed: int = 1, year: int = 2026, **fixed: str) -> None:
        rnd = random.Random(seed)
        for _ in range(number):
            pick = {
                "right_code": rnd.choice(["MEET", "MEET", "FILE", "TRIAL"]),
                "respondent": rnd.choice(["POLICE", "DETENTION", "COURT"]),
                "region": rnd.choice(["410100", "410100", "410300"]),
                "outcome": rnd.choice(["corrected", "unfounded"]),
            } | fixed
            await insert(sql, **pick, ended=datetime(year, rnd.randint(1, 12), 20, tzinfo=UTC))

    return cases


async def insert(sql, *, right_code, respondent, region, outcome, ended):
    """A closed case, bypassing its steps: what is counted is the table."""
    filed = ended.replace(day=3)
    await sql.execute(
        """INSERT INTO complaints (complaint_id, key_digest, request_digest, receipt_digest, kind, identity_mode,
            right_code, respondent, respondent_level, criminal, hearing_in_progress, fast_lane, registration_region,
            owner_region, status, version, filed_at, changed_at, accepted_at, outcome, kek_id, wrapped_key,
            identity_sealed, facts_sealed)
        VALUES ($1, $2, $2, $2, 'COMPLAINT', 'named', $3, $4, 'city', false, false, false, $5, $5, 'CLOSED', 4, $6, $7,
            $6, $8, 'k', $2, $2, $2)""",
        uuid4(), uuid4().bytes, right_code, respondent, region, filed, ended, outcome,
    )  # fmt: skip


@pytest.fixture
def publish(http, officer):
    async def publish(year: int = 2026, **body: str) -> httpx.Response:
        """Prepared by one, released by the other."""
        prepared = await prepare_as(http, officer, "zhang", year, **body)
        assert prepared.status_code == 201, prepared.text
        return await release_as(http, officer, "li", prepared)

    return publish


async def prepare_as(http, officer, subject, year=2026, **body):
    headers = officer(**PROVINCE, subject=subject) | {"Idempotency-Key": uuid4().hex}
    return await http.post("/v1/statistics/editions", json={"year": year} | body, headers=headers)


async def release_as(http, officer, subject, prepared, **who):
    headers = officer(**(PROVINCE | who), subject=subject)
    headers |= {"Idempotency-Key": uuid4().hex, "If-Match": prepared.headers["etag"]}
    return await http.post(f"/v1/statistics/editions/{prepared.json()['edition_id']}/release", headers=headers)


async def test_everyone_reads_what_two_officers_have_released_and_nothing_before(http, officer, cases, publish):
    await cases(60)
    assert (await http.get("/v1/public/statistics/2026")).status_code == 404
    prepared = await prepare_as(http, officer, "zhang")
    assert prepared.status_code == 201, prepared.text
    assert (await http.get("/v1/public/statistics")).json() == []
    same = await release_as(http, officer, "zhang", prepared)
    assert (same.status_code, same.json()["type"].rpartition(":")[2]) == (403, "second-officer-needed")
    assert (await release_as(http, officer, "li", prepared, kind="department")).status_code == 200
    seen = await http.get("/v1/public/statistics/2026")
    assert seen.status_code == 200
    shown = seen.json()
    assert (shown["year"], shown["edition"], shown["released_on"]) == (2026, 1, "2027-02-10")
    assert shown["released_by_zh"] == "河南省司法厅"
    assert shown["parts"][0]["cases"] == 60
    assert list(shown["parts"][0]["by"]) == ["right", "respondent", "city", "outcome"]
    assert "zhang" not in seen.text
    again = await http.get("/v1/public/statistics/2026/1", headers={"If-None-Match": seen.headers["etag"]})
    assert again.status_code == 304
    listed = (await http.get("/v1/public/statistics")).json()
    assert [(entry["year"], entry["edition"], entry["newest"]) for entry in listed] == [(2026, 1, True)]


async def test_rr24_the_published_files_withstand_differencing_of_years_editions_and_formats(http, cases, publish):
    await cases(150)
    await cases(40, year=2025, seed=2)
    await cases(7, respondent="JUSTICE")
    assert (await publish()).status_code == 200
    assert (await publish(2025)).status_code == 200
    await cases(8, seed=3)
    assert (await publish(reason="late-entry")).status_code == 200
    editions = [(await http.get(f"/v1/public/statistics/{name}")).json() for name in ("2025/1", "2026/1", "2026/2")]
    for edition in editions:
        for part in edition["parts"]:
            published = Published.read(part)
            assert all(high - low >= 5 for low, high in published.bounds().values())
            assert not published.determined()
        assert edition["parts"][0]["cases"] is not None
    for old, new in zip(editions[1]["parts"], editions[2]["parts"], strict=True):
        before, after = Published.read(old).values, Published.read(new).values
        told = [cell for cell in after if after[cell] is not None]
        assert all(before[cell] is not None for cell in told)
        assert not [cell for cell in told if 0 < abs(after[cell] - before[cell]) < 5]
    assert editions[2]["reason"] == "late-entry"
    # The CSV tells no more than the JSON.
    for name, edition in (("2026/1", editions[1]), ("2026/2", editions[2])):
        answer = await http.get(f"/v1/public/statistics/{name}/csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        for part in edition["parts"]:
            lines = [row for row in rows if row["part"] == part["part"]]
            told = sorted(int(row["cases"]) for row in lines if row["cases"])
            assert told == sorted(v for v in Published.read(part).values.values() if v is not None)
            assert len(lines) == len(Published.read(part).values)


async def test_a_correction_by_few_cases_is_refused_and_the_first_edition_stays(http, officer, cases, publish):
    await cases(30)
    await publish()
    assert (await prepare_as(http, officer, "zhang")).json()["type"].endswith(":reason-missing")
    await cases(4, seed=5)
    small = await prepare_as(http, officer, "zhang", reason="late-entry")
    assert (small.status_code, small.json()["type"].rpartition(":")[2]) == (409, "correction-too-small")
    await cases(1, seed=6)
    assert (await publish(reason="late-entry")).status_code == 200
    first, newest = [(await http.get(f"/v1/public/statistics/2026{n}")).json() for n in ("/1", "")]
    assert (first["edition"], newest["edition"]) == (1, 2)
    assert (first["parts"][0]["cases"], newest["parts"][0]["cases"]) == (30, 35)


async def test_what_has_changed_since_it_was_prepared_is_prepared_anew(http, officer, cases):
    await cases(20)
    old = await prepare_as(http, officer, "zhang")
    await cases(1, seed=9)
    stale = await release_as(http, officer, "li", old)
    assert (stale.status_code, stale.json()["type"].rpartition(":")[2]) == (409, "figures-changed")
    new = await prepare_as(http, officer, "zhang")
    gone = await release_as(http, officer, "li", old)
    assert gone.status_code in (409, 412)
    assert (await release_as(http, officer, "li", new)).status_code == 200
    twice = await release_as(http, officer, "li", new)
    assert twice.status_code == 412


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE statistics_editions SET parts = '[]'",
        "UPDATE statistics_editions SET status = 'discarded'",
        "UPDATE statistics_editions SET released_at = now()",
        "DELETE FROM statistics_editions",
    ],
)
async def test_the_database_refuses_to_change_a_released_edition(sql, cases, publish, change):
    await cases(10)
    await publish()
    with pytest.raises(asyncpg.RestrictViolationError):
        await sql.execute(change)


async def test_the_database_refuses_one_officer_twice(http, officer, sql, cases):
    await cases(10)
    await prepare_as(http, officer, "zhang")
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute(
            "UPDATE statistics_editions SET status = 'released', released_at = now(), released_by = 'zhang',"
            " released_organ = 'association'"
        )


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"year": 2027}, "year-not-over", "year"),
        ({"year": 2023}, "year-not-over", "year"),
        ({"year": 2026, "reason": "late-entry"}, "nothing-to-correct", "reason"),
        ({"year": 2026, "reason": "boredom"}, "validation-failed", "reason"),
        ({"year": "二〇二六"}, "validation-failed", "year"),
        ({"year": 10**30}, "validation-failed", "year"),
        ({}, "validation-failed", "year"),
        ({"year": 2026, "parts": []}, "validation-failed", "parts"),
    ],
)
async def test_rubbish_is_refused_and_named(http, officer, body, code, field):
    headers = officer(**PROVINCE) | {"Idempotency-Key": uuid4().hex}
    answer = await http.post("/v1/statistics/editions", json=body, headers=headers)
    assert answer.status_code in (400, 422), answer.text
    assert answer.json()["type"].rpartition(":")[2] == code
    assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize("path", ["1999", "2026/0", "x", "2026/1/xlsx", "2026/99", "9" * 40])
async def test_addresses_of_no_edition_are_not_found_or_refused(http, path):
    assert (await http.get(f"/v1/public/statistics/{path}")).status_code in (404, 422)


KINDS = ["association", "department", "city-association", "bureau", "county-bureau", "court", "procuratorate", "system"]


@pytest.mark.parametrize("role", ["rights-officer", "discipline-officer", "operator", "auditor", "plan-reader"])
async def test_only_the_provinces_rights_officers_publish(http, issuer, role):
    for kind in KINDS:
        for region in ("410000", "410100"):
            may = role == "rights-officer" and kind in {"association", "department"} and region == "410000"
            headers = issuer.headers(roles=[role], organisation_kind=kind, region=region)
            listed = await http.get("/v1/statistics/editions", headers=headers)
            assert listed.status_code == (200 if may else 403), (role, kind, region)
            prepared = await http.post(
                "/v1/statistics/editions", json={"year": 2026}, headers=headers | {"Idempotency-Key": uuid4().hex}
            )
            assert prepared.status_code == (201 if may else 403), (role, kind, region)
            counted = await http.get("/v1/statistics?from=2026-01-01&to=2026-12-31&by=right", headers=headers)
            lists = Action.LIST in PERMISSIONS.get((role, kind), frozenset())
            acts = (region == "410000") is (kind in {"association", "department"})
            assert counted.status_code == (200 if lists and acts else 403), (role, kind, region)


async def test_a_case_counts_in_the_year_in_which_it_ended(http, officer, file, step, follow, sql, time, publish):
    """Taken through the channel itself; what is reported afterwards moves it into no other year."""
    time.at("2025-12-30T10:00:00")
    receipts = [(await file(respondent="COURT")).json()["receipt"] for _ in range(6)]
    time.at("2026-01-04T10:00:00")
    for row in await sql.fetch("SELECT complaint_id FROM complaints"):
        assert (await step(row["complaint_id"], "refusal", 1, REFUSAL)).status_code == 200
    time.now = NOW
    assert (await follow(receipts[0]))["status"] == "REFUSED"
    await sql.execute("UPDATE complaints SET changed_at = $1", NOW)
    assert (await publish()).status_code == 200
    assert (await publish(2025)).status_code == 200
    assert (await http.get("/v1/public/statistics/2026")).json()["parts"][0]["cases"] == 6
    assert (await http.get("/v1/public/statistics/2025")).json()["parts"][0]["cases"] is None


async def test_a_stranger_prepares_nothing(http):
    assert (await http.get("/v1/statistics/editions")).status_code == 401
    assert (await http.get("/v1/statistics?from=2026-01-01&to=2026-12-31&by=right")).status_code == 401


async def test_rr17_officers_count_what_they_may_list_and_justice_organs_nothing_against_themselves(
    http, officer, cases
):
    await cases(2, region="410100", respondent="POLICE", right_code="MEET")
    await cases(1, region="410300", respondent="POLICE", right_code="MEET")
    await cases(3, region="410100", respondent="JUSTICE", right_code="FILE")
    address = "/v1/statistics?from=2026-01-01&to=2026-12-31&by=respondent&by=city"

    async def seen(kind, region):
        answer = await http.get(address, headers=officer(kind=kind, region=region))
        assert answer.headers["cache-control"] == "no-store"
        return {tuple(cell["codes"]): cell["cases"] for cell in answer.json()["cells"]}, answer.json()["total"]

    assert await seen("association", "410000") == (
        {("JUSTICE", "410100"): 3, ("POLICE", "410100"): 2, ("POLICE", "410300"): 1},
        6,
    )
    assert await seen("city-association", "410100") == ({("JUSTICE", "410100"): 3, ("POLICE", "410100"): 2}, 5)
    assert await seen("bureau", "410100") == ({("POLICE", "410100"): 2}, 2)
    assert await seen("department", "410000") == ({("POLICE", "410100"): 2, ("POLICE", "410300"): 1}, 3)


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-02-01&to=2026-01-01&by=right",
        "from=2026-01-01&to=2026-12-31",
        "from=2026-01-01&to=2026-12-31&by=name",
        "from=2026-01-01&to=2026-12-31&by=right&by=right",
        "from=2026-01-01&to=2026-12-31&by=right&by=city&by=status&by=outcome",
        "from=1800-01-01&to=2026-12-31&by=right",
        "from=2026-01-01&to=2026-12-31&by=right&region=110000",
    ],
)
async def test_rubbish_questions_are_refused(http, officer, query):
    assert (await http.get(f"/v1/statistics?{query}", headers=officer(**PROVINCE))).status_code in (400, 422)
