"""What anybody may look up, and what he cannot tell apart."""

import pytest

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


async def test_spaces_and_full_width_digits_are_read_as_meant(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm(), licence_number="14101201210000055")
    assert good(await desk.look_up("14101 2012 1 0 ０００055"))["licence_number"] == lawyer["licence_number"]
