"""What strangers tried at the registry's files, pages and proposals."""

import asyncio

import pytest
from registry_api.files.encoding import csv_line

from tests.integration.registry.conftest import Desk, good, problem


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "＝1+1", "＋1", "－1", "＠SUM(1)", "\n=1"])
async def test_an_address_is_no_formula_in_a_file(text: str):
    assert csv_line({"address": text}).decode() == f'"\'{text}"\r\n'


async def test_of_officers_who_decide_at_once_one_decides(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    change = {"effective_on": "2026-06-01", "name": "李四"}
    proposed = await desk.patch(f"/v1/lawyers/{lawyer['lawyer_id']}", change, f'"v{lawyer["version"]}"')
    path = good(proposed, 202) and proposed.headers["location"]
    answers = await asyncio.gather(
        *(desk.post(f"{path}/approve", None, headers=desk.officer(desk=f"-{n}")) for n in range(3)),
        desk.post(f"{path}/withdraw", None),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_an_approval_that_is_repeated_is_no_answer_to_another_officer(desk: Desk):
    lawyer = await desk.lawyer(await desk.firm())
    change = {"effective_on": "2026-06-01", "name": "李四"}
    proposed = await desk.patch(f"/v1/lawyers/{lawyer['lawyer_id']}", change, f'"v{lawyer["version"]}"')
    approval = f"{proposed.headers['location']}/approve"
    key = {"Idempotency-Key": "the-same-key-for-everybody"}
    first, again = [await desk.post(approval, None, headers=desk.officer(desk="-2"), **key) for _ in range(2)]
    assert good(first) == good(again)
    problem(await desk.post(approval, None, headers=desk.officer(desk="-3"), **key), 409, "proposal-closed")
    elsewhere = desk.officer("bureau", "410300", desk="-2")
    problem(await desk.post(approval, None, headers=elsewhere, **key), 403, "forbidden")
