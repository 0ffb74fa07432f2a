"""Systems that have read a record are told of its correction, withdrawal and end, without ever having asked for it."""

import pytest

from .conftest import LICENCE
from .readers import PUBLIC, client, filed, followed, undertakes
from .remarking import objected
from .watching import acknowledged, begin, notices, tick, told

DEPARTMENT = {"kind": "department", "region": "410000", "code": "sft"}


async def revoked(hands):
    """Shown for 36 months."""
    officer = hands.officer(kind="department", region="410000", code="sft")
    await hands.assessed(officer, organ=DEPARTMENT)
    decision = hands.decision(
        organ=DEPARTMENT, conduct_code="L49.2", penalties=[{"kind": "revocation"}], from_on=None, to_on=None
    )
    case = (await hands.post("/v1/sanctions", decision, headers=officer)).json()
    answer = await hands.post(
        f"/v1/sanctions/{case['case_id']}/publication", {}, headers=officer, **{"If-Match": '"v1"'}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def overturned(hands, case, on):
    officer = hands.officer(kind="department", region="410000", code="sft")
    body = {"ground": "revoked", "document_number": "豫高法行终〔2028〕1号", "withdrawn_on": on}
    answer = await hands.post(
        f"/v1/sanctions/{case['case_id']}/withdrawal", body, headers=officer, **{"If-Match": f'"v{case["version"]}"'}
    )
    assert answer.status_code == 200, answer.text


async def by_id(hands, case, headers):
    return await hands.http.get(f"{PUBLIC}/{case['case_id']}", headers=headers)


async def by_number(hands, _, headers):
    return await hands.http.get(PUBLIC, params={"licence_number": LICENCE}, headers=headers)


async def from_the_list(hands, _, headers):
    return await hands.http.get(f"{PUBLIC}/list", headers=headers)


async def in_bulk(hands, _, headers):
    assert (await undertakes(hands, headers)).status_code in (201, 409)  # it holds already
    return await filed(hands, headers)


async def from_the_stream(hands, _, headers):
    return await followed(hands, headers=headers)


@pytest.mark.parametrize("reads", [by_id, by_number, from_the_list, in_bulk, from_the_stream])
async def test_a_system_that_fetched_a_record_in_month_1_is_told_once_of_its_withdrawal_in_month_20(
    hands, discipline_dsn, reads
):
    case = await revoked(hands)
    hands.on("2026-07-01T09:00:00")
    await reads(hands, case, client(hands))
    await reads(hands, case, client(hands))
    hands.on("2028-02-20T09:00:00")
    await tick(hands, discipline_dsn)
    await overturned(hands, case, "2028-02-20")
    for _ in range(2):
        await tick(hands, discipline_dsn)
    (item,) = (await notices(hands, headers=client(hands)))["items"]
    assert (item["kind"]["code"], item["record_id"]) == ("withdrawn", case["case_id"])
    assert item["because"] == ["read"]
    assert await told(hands, headers=client(hands, code="another")) == []
    await acknowledged(hands, headers=client(hands))
    await tick(hands, discipline_dsn)
    assert await told(hands, headers=client(hands)) == []


@pytest.mark.parametrize(
    ("read_at", "expected"),
    [("2026-06-20T00:00:00", ["withdrawn"]), ("2026-06-19T23:59:59", [])],
)
async def test_a_reading_is_followed_for_three_years_to_the_day(hands, connection, discipline_dsn, read_at, expected):
    case = await revoked(hands)
    await connection.execute(
        # Of the few records that are shown so long; this one is, for the sake of its last day.
        "UPDATE public_disclosures SET gone_on = '2030-01-01', gone_at = '2030-01-01T00:00:00+08:00'"
    )
    hands.on(read_at)
    await by_id(hands, case, client(hands))
    hands.on("2029-06-20T12:00:00")
    await overturned(hands, case, "2029-06-20")
    await tick(hands, discipline_dsn)
    assert [kind for kind, _ in await told(hands, headers=client(hands))] == expected


async def test_a_reader_is_told_of_corrections_and_of_the_end_but_of_nothing_before_he_read(hands, discipline_dsn):
    case = await hands.published()
    hands.on("2026-06-10T13:00:00")
    await objected(hands, case)
    hands.on("2026-06-10T14:00:00")
    await by_id(hands, case, client(hands))
    await tick(hands, discipline_dsn)
    assert await told(hands, headers=client(hands)) == []
    hands.on("2026-06-10T15:00:00")
    await objected(hands, case, ground="wrong-person")
    await tick(hands, discipline_dsn)
    assert await acknowledged(hands, headers=client(hands)) == [("revised", case["case_id"])]
    hands.on("2027-04-30T06:00:00")
    await tick(hands, discipline_dsn)
    assert await told(hands, headers=client(hands)) == [("ended", case["case_id"])]


async def test_a_reader_who_watches_as_well_is_told_once_with_both_reasons(hands, discipline_dsn):
    case = await hands.published()
    await by_id(hands, case, client(hands))
    hands.on("2026-06-10T13:00:00")
    await begin(hands, headers=client(hands), what="subject", licence_number=LICENCE)
    hands.on("2026-06-10T14:00:00")
    await hands.withdrawn(case)
    await tick(hands, discipline_dsn)
    (item,) = (await notices(hands, headers=client(hands)))["items"]
    assert (item["kind"]["code"], item["because"]) == ("withdrawn", ["watched", "read"])


async def test_the_public_and_persons_are_no_past_readers(hands, connection, discipline_dsn):
    case = await hands.published()
    await by_id(hands, case, {})
    await by_id(hands, case, hands.officer())
    await hands.withdrawn(case)
    await tick(hands, discipline_dsn)
    assert await connection.fetchval("SELECT count(*) FROM notices") == 0
