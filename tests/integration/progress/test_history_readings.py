"""Histories across a change of reading: nobody learns from the difference who, or how many, are suspended."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from common.database import Database
from fastapi import FastAPI

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import TODAY, Facts
from tests.integration.progress.plan_officers import DEPARTMENT, READER, SECOND, Ask, Officer, asking
from tests.integration.progress.test_history import project, tell

AGO = [TODAY - timedelta(days=n) for n in range(30)]
REGISTRY_OFFICER = Officer("reg-1", "registry-officer", "department", "410000")


@pytest.fixture
async def ask(
    app: FastAPI, client: httpx.AsyncClient, issuer: RunningIssuer, facts: Facts, database: Database
) -> AsyncIterator[Ask]:
    emptied = "TRUNCATE public.reading_choices; TRUNCATE shown_last; UPDATE shown_progress SET told_until = NULL;"
    await facts.connection.execute(f"{emptied} DELETE FROM outbox; DELETE FROM shown_values")
    yield asking(app, client, issuer)
    await facts.connection.execute("TRUNCATE public.reading_choices")


async def choose(ask: Ask, target: str, value: str, from_on: date) -> None:
    entered = await ask(
        "POST /readings/choices",
        {"parameter": "count_suspended_lawyers", "target": target, "value": value, "from_on": from_on.isoformat(),
         "document_number": "豫司文〔2026〕20号", "document_issuer": "河南省司法厅",
         "document_date": from_on.isoformat()},
        expect=201,
    )  # fmt: skip
    await ask(f"POST /readings/choices/{entered['choice_id']}/confirmation", who=SECOND, expect=201, if_match='"v1"')


async def suspended(facts: Facts) -> Any:
    """One of two lawyers of Zhengzhou."""
    lawyer = await facts.practice(from_on=date(2025, 1, 1))
    await facts.practice(from_on=date(2025, 1, 1))
    await facts.standing(lawyer, date(2025, 6, 1))
    return lawyer


async def test_what_changed_between_two_readings_does_not_name_the_suspended(ask: Ask, facts: Facts) -> None:
    lawyer = await suspended(facts)
    await choose(ask, "T1", "not-suspended", AGO[10])
    await choose(ask, "T1", "licence-held", AGO[2])
    where = f"GET /indicators/H1/changes?from_on={AGO[5]}&until_on={TODAY}"
    for who in (DEPARTMENT, READER):
        await ask(where, who=who, expect=403)
    [named] = (await ask(where, who=REGISTRY_OFFICER))["items"]
    assert str(lawyer) in named["events"]["href"]
    # Within one reading everybody reads on.
    assert (await ask(f"GET /indicators/H1/changes?from_on={AGO[1]}"))["items"] == []


async def test_head_counts_before_and_after_another_reading_stay_withheld(ask: Ask, facts: Facts) -> None:
    firm = await facts.firm()
    [lawyer, *_] = await facts.staff(firm, 100)
    await facts.standing(lawyer, date(2025, 6, 1))
    await choose(ask, "T3", "licence-held", AGO[2])
    where = f"GET /indicators/M05-I1/changes?from_on={AGO[5]}&until_on={TODAY}"
    opened = await ask(where, who=REGISTRY_OFFICER)
    [item] = opened["items"]
    assert [side and side["headcount"] for side in (item["before"], item["after"])] in ([99, 100], [None, 100])
    found = await ask(where)
    assert found["columns_withheld"] == ["headcount", "headcount_of_branches"]
    [item] = found["items"]
    assert {side["headcount"] for side in (item["before"], item["after"]) if side} == {None}


async def test_what_a_region_was_shown_is_no_second_reading_of_it(ask: Ask, facts: Facts, database: Database) -> None:
    await suspended(facts)
    await choose(ask, "T1", "not-suspended", AGO[10])
    await tell(database)
    await project(database)
    own = f"GET /indicators/H1/history?region=410100&from_on={AGO[1]}"
    assert (await ask(own, who=REGISTRY_OFFICER))["points"][0]["shown"]["value"] == 1
    await ask(own, expect=403)
    other = f"{own}&count_suspended=licence-held"
    for who in (DEPARTMENT, REGISTRY_OFFICER):
        point = (await ask(other, who=who))["points"][0]
        assert (point["value"], point["shown"], point["revised"]) == (2, None, False)
        rows = await ask("GET " + point["evidence"].removeprefix("/v1"), who=who)
        assert len(rows["items"]) == point["value"], "under the same reading"
    # A later choice corrects the first from its day on; what had been shown under that stays what it was.
    await choose(ask, "T1", "licence-held", AGO[10])
    point = (await ask(own))["points"][0]
    assert (point["value"], point["shown"]) == (2, None)
    point = (await ask(own, who=REGISTRY_OFFICER))["points"][0]
    assert (point["value"], point["shown"]["value"]) == (2, 1)
