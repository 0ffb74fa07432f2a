"""What anybody may look up, and what he cannot tell apart."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from .conftest import Desk, good, problem


async def test_the_public_row_says_this_and_nothing_else(desk: Desk):
    firm = await desk.firm()
    lawyer = await desk.lawyer(firm, id_number="110105194912310038")
    answer = await desk.look_up(lawyer["licence_number"])
    assert good(answer) == {
        "name": "张三",
        "licence_number": lawyer["licence_number"],
        "category": {"code": 1, "zh": "专职律师", "en": "full-time"},
        "firm": {"name": firm["name"], "credit_code": firm["credit_code"]},
        "region": {"code": "410100", "zh": "郑州市", "en": "Zhengzhou"},
        "status": {"code": "practising", "zh": "执业", "en": "practising"},
        "first_licensed_on": "2012-03-01",
        "assessment": None,
        "disclosures": 0,
    }
    again = await desk.look_up(lawyer["licence_number"], **{"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


async def test_government_lawyers_and_numbers_never_given_out_look_the_same(desk: Desk):
    government = await desk.lawyer()
    answers = [
        await desk.look_up(number) for number in (government["licence_number"], "14101201210999999", "141012000001")
    ]
    bodies = [problem(answer, 404, "not-found") for answer in answers]
    for body in bodies:
        body.pop("correlation_id")
    assert bodies[0] == bodies[1] == bodies[2]


async def test_a_lawyer_who_joins_the_government_leaves_the_public_register(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    move = {"institution": "郑州市司法局", "region": "410100", "category": 6, "effective_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", move)
    problem(await desk.look_up(lawyer["licence_number"]), 404, "not-found")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("1410120121000000", "licence-number-length"),
        ("24101201210000001", "licence-number-kind"),
        ("14101201210a00001", "licence-number-characters"),
        ("14199201210000001", "licence-number-city"),
        ("14101201200000001", "licence-number-category"),
    ],
)
async def test_what_is_no_number_is_told_why(desk: Desk, number, kind):
    body = problem(await desk.look_up(number), 422, kind, "licence_number")
    assert number not in body["detail"]


async def test_a_firm_is_looked_up_by_its_credit_code(desk: Desk):
    firm = await desk.firm(county="410105")
    await desk.lawyer(firm)
    path = f"/v1/public/firms/{firm['credit_code']}"
    answer = await desk.http.get(path)
    head = good(answer).pop("head")
    assert good(answer) == {
        "name": firm["name"],
        "credit_code": firm["credit_code"],
        "kind": {"code": "general-partnership", "zh": "普通合伙", "en": "general partnership"},
        "region": {"code": "410100", "zh": "郑州市", "en": "Zhengzhou"},
        "county": {"code": "410105", "zh": "金水区"},
        "established_on": "2010-05-01",
        "status": {"code": "practising", "zh": "执业", "en": "practising"},
        "head": head,
        "assessment": None,
        "lawyers": len(await desk.connection.fetch("SELECT FROM practices WHERE firm_id::text = $1", firm["firm_id"])),
        "disclosures": 0,
    }
    assert (await desk.http.get(path, headers={"If-None-Match": answer.headers["etag"]})).status_code == 304
    past = await desk.http.get(path, params={"as_of": "2009-01-01"})
    assert good(past) == {"credit_code": firm["credit_code"], "as_of": "2009-01-01", "licensed": False}
    problem(await desk.http.get("/v1/public/firms/31410000MD09999990"), 422, "credit-code-check-digit", "credit_code")


async def test_spaces_and_full_width_digits_are_read_as_meant(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm(), licence_number="14101201210000055")
    assert good(await desk.look_up("14101 2012 1 0 ０００055"))["licence_number"] == lawyer["licence_number"]


async def test_look_ups_that_wait_for_the_database_are_told_to_whoever_watches_its_connections(desk: Desk):
    """Else the alert on exhausted connections is silent about those that the public waits for."""

    def told() -> float:
        of = {"database": "registry", "use": "look-ups"}
        found = REGISTRY.get_sample_value("yulu_database_connections_in_use", of)
        assert found is not None
        return found

    number = (await desk.lawyer(await desk.firm()))["licence_number"]
    async with desk.connection.transaction():
        await desk.connection.execute("LOCK TABLE public_lawyers IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(desk.look_up(number)) for _ in range(5)]
        async with asyncio.timeout(10):
            while told() < len(waiting):
                await asyncio.sleep(0.02)
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
    assert told() == 0
