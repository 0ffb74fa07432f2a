"""Who may do what with whose report: a matrix; another region's report is as none."""

from datetime import date
from uuid import uuid4

import pytest
from contracts.reporting import Reporter

from tests.integration.progress.reporting.desk import (
    ASSOCIATION,
    BUREAU,
    COLLEAGUE,
    DIVISION,
    KAIFENG,
    KAIFENG_BUREAU,
    OFFICER,
    PARTY,
    PROVINCE,
    ZHENGZHOU,
    Desk,
    Person,
    filled,
    reporter,
)

JULY = date(2026, 7, 1)
READER = Person("reader", ("plan-reader",), "department", PROVINCE)
FALSE_OFFICER = Person("officer-of-a-city", ("plan-officer",), "bureau", ZHENGZHOU)
COUNTY = Person("county", ("plan-reporter",), "county-bureau", "410102")
STRANGERS = {
    "no token": (None, 401), "reader": (READER, 403), "officer of a city": (FALSE_OFFICER, 403),
    "another city": (KAIFENG_BUREAU, 404), "association of the city": (ASSOCIATION, 404), "party": (PARTY, 404),
    "division": (DIVISION, 404), "county": (COUNTY, 404),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGERS)
async def test_strangers_to_a_report_neither_see_nor_change_it(desk: Desk, name: str) -> None:
    who, status = STRANGERS[name]
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    path = f"/reports/{form['report_id']}"
    answers = [
        await desk.get(path, who, expect=status),
        await desk.get(f"{path}/versions", who, expect=status),
        await desk.call("PUT", f"{path}/draft", who, body={"items": {}}, version=1, expect=status),
        await desk.call("POST", f"{path}/submission", who, body={}, version=1, expect=status),
        await desk.call("POST", f"{path}/corrections", who, body={"reason": "更正"}, version=1, expect=status),
    ]
    if status == 404:
        nothing = await desk.get(f"/reports/{uuid4()}", who, expect=404)
        without = [{k: v for k, v in each.items() if k != "correlation_id"} for each in (nothing, *answers)]
        assert all(each == without[0] for each in without)
    assert (await desk.stored(form)).version == 1


@pytest.mark.parametrize("who", [BUREAU, DIVISION, READER, FALSE_OFFICER, None], ids=str)
async def test_the_department_alone_decides_and_oversees(desk: Desk, who: Person | None) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026Q1")
    status = 401 if who is None else 403
    await desk.act(sent, "return", who, {"reason": "退回"}, expect=status)
    await desk.act(sent, "confirmation", who, expect=status)
    await desk.get("/reports/overview", who, expect=status)
    await desk.act(sent, "confirmation", OFFICER)


async def test_a_list_holds_the_own_organisations_reports_alone(desk: Desk) -> None:
    await desk.days_pass(JULY)
    for who, kind in (
        (BUREAU, "city-bureau"), (ASSOCIATION, "city-association"), (PARTY, "city-party-committee"),
        (DIVISION, "provincial-division"),
    ):  # fmt: skip
        items = (await desk.get("/reports?limit=200", who))["items"]
        assert items
        assert {(each["reporter"]["code"], each["region"]["code"]) for each in items} == {(kind, who.region)}
    assert (await desk.get(f"/reports?region={KAIFENG}", BUREAU))["items"] == []
    assert (await desk.get("/reports?reporter=city-association", BUREAU))["items"] == []
    assert (await desk.get("/reports", COUNTY))["items"] == []
    assert (await desk.get("/reports/due", COUNTY))["items"] == []
    await desk.get("/reports", READER, expect=403)
    await desk.get("/reports/due", OFFICER, expect=403)


async def test_the_department_reads_every_report_and_fills_in_none(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    assert await desk.get(f"/reports/{form['report_id']}", OFFICER) == form
    refused = await desk.save(form, filled(form, {}), OFFICER, expect=403)
    assert refused["type"].endswith("not-the-reporter")
    await desk.act(form, "corrections", OFFICER, {"reason": "更正"}, expect=409)


async def test_one_officer_who_also_reports_for_a_division_needs_a_colleague(desk: Desk) -> None:
    both = Person("both", ("plan-reporter", "plan-officer"), "department", PROVINCE)
    await desk.days_pass(JULY)
    [line] = (await desk.get("/reports?period=2026Q1&reporter=provincial-division", both))["items"]
    form = await desk.get(f"/reports/{line['report_id']}", both)
    draft = await desk.save(form, filled(form, {}), both)
    sent = await desk.act(draft, "submission", both)
    assert (await desk.act(sent, "confirmation", both, expect=403))["type"].endswith("same-officer")
    assert (await desk.act(sent, "return", both, {"reason": "退回"}, expect=403))["type"].endswith("same-officer")
    await desk.act(sent, "confirmation", COLLEAGUE)


async def test_every_kind_of_reporter_finds_its_report(desk: Desk) -> None:
    await desk.days_pass(JULY)
    for kind in Reporter:
        who = reporter(kind, PROVINCE if kind.is_provincial else ZHENGZHOU)
        form = await desk.find(who, "2026H1")
        assert form["reporter"]["code"] == kind.value
        assert (await desk.save(form, filled(form, {}), who))["state"]["code"] == "draft"
