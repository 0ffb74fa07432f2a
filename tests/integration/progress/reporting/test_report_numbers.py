"""What confirmed reports make of the plan's numbers, and what the register puts beside a form."""

from datetime import date, timedelta

import pytest
from common.auth import Principal
from contracts.plan import plan
from contracts.regions import REGIONS
from contracts.report_events import ReportedValueConfirmed
from contracts.reporting import Reporter
from progress_api.views import value_view
from progress_store.queries import Policy

from tests.integration.progress.facts import Facts
from tests.integration.progress.reporting.desk import (
    ASSOCIATION,
    BUREAU,
    DIVISION,
    KAIFENG_BUREAU,
    OFFICER,
    PARTY,
    PROVINCE,
    ZHENGZHOU,
    Desk,
    filled,
    reporter,
)

JULY, NEXT_YEAR = date(2026, 7, 1), date(2027, 1, 1)
Q1_DUE = date(2026, 4, 15)


async def test_how_many_regions_lack_in_a_number_is_told_with_it(desk: Desk) -> None:
    """Who told the first half of the year and not the second owes a part of it."""
    await desk.days_pass(NEXT_YEAR)
    await desk.confirm(BUREAU, "2026H1", M18_I3={"amount": 30})
    await desk.confirm(BUREAU, "2026H2", M18_I3={"amount": 35})
    await desk.confirm(KAIFENG_BUREAU, "2026H1", M18_I3={"amount": 7})
    await desk.project()
    after_grace = date(2027, 2, 28)
    figures = await desk.figures("M18-I3", after_grace)
    assert (figures.value, ZHENGZHOU in figures.missing, "410200" in figures.missing) == (72, False, True)
    desk.at(after_grace)
    shown = value_view(
        plan().indicator("M18-I3"),
        figures,
        Policy.default("M18-I3"),
        {},
        Principal(subject="r", region=PROVINCE, organisation_kind="department", roles=frozenset({"plan-reader"})),
        as_of=after_grace,
        monthly=False,
    )
    assert (shown.value, shown.regions_asked, shown.regions_missing) == (72, 18, 17)


@pytest.mark.parametrize(("late", "in_time"), [(-1, 1), (0, 1), (1, 0)])
async def test_a_report_is_in_time_on_the_due_day_and_late_on_the_next(desk: Desk, late: int, in_time: int) -> None:
    await desk.days_pass(date(2026, 4, 1))
    desk.at(Q1_DUE + timedelta(days=late), hour=23)
    await desk.submit(BUREAU, "2026Q1")
    await desk.project()
    figures = await desk.figures("W2-I1", Q1_DUE + timedelta(days=2))
    assert figures.regions[ZHENGZHOU].numerator == in_time
    assert (figures.numerator, figures.denominator) == (in_time, 19)
    # On the due day itself nobody is late yet.
    assert (await desk.figures("W2-I1", Q1_DUE)).denominator == (1 if late <= 0 else 0)


async def test_a_return_does_not_make_a_report_late(desk: Desk) -> None:
    await desk.days_pass(date(2026, 4, 1))
    sent = await desk.submit(BUREAU, "2026Q1")
    await desk.act(sent, "return", OFFICER, {"reason": "核对"})
    desk.at(date(2026, 6, 1))
    form = await desk.find(BUREAU, "2026Q1")
    assert (form["overdue"], form["in_time"]) == (False, True)
    await desk.act(await desk.save(form, filled(form, {}), BUREAU), "submission", BUREAU)
    await desk.project()
    assert (await desk.figures("W2-I1", date(2026, 6, 2))).regions[ZHENGZHOU].numerator == 1


async def test_flows_of_a_year_add_up_and_stocks_do_not(desk: Desk) -> None:
    await desk.days_pass(NEXT_YEAR)
    await desk.confirm(BUREAU, "2026H1", M18_I3={"amount": 30}, M16_I3={"amount": 12})
    await desk.confirm(BUREAU, "2026H2", M18_I3={"amount": 35}, M16_I3={"amount": 15})
    await desk.confirm(KAIFENG_BUREAU, "2026H1", M18_I3={"kind": "nil"}, M16_I3={"amount": 1})
    await desk.project()
    summer, winter = date(2026, 8, 1), date(2027, 2, 1)
    assert (await desk.figures("M18-I3", summer)).regions[ZHENGZHOU].value == 30
    flow = await desk.figures("M18-I3", winter)
    assert (flow.value, flow.regions[ZHENGZHOU].value) == (65, 65)
    assert (await desk.figures("M16-I3", winter)).regions[ZHENGZHOU].value == 15
    # A nil report is a number of 0; who has not reported has none.
    nil = await desk.figures("M18-I3", summer)
    assert nil.regions["410200"].value == 0
    assert nil.regions["410300"].value is None
    assert "410200" not in nil.missing
    assert "410300" in nil.missing


async def test_what_is_reached_once_stays_and_is_asked_no_more(desk: Desk) -> None:
    await desk.days_pass(JULY)
    reached = {"yes": True, "reached_on": "2026-05-06", "document_number": "郑律党〔2026〕8号"}
    await desk.confirm(PARTY, "2026H1", M01_I2=reached)
    [told] = [e for e in await desk.events(ReportedValueConfirmed) if e.indicator_id == "M01-I2"]
    assert (told.amount, told.base, told.reached_on) == (1, None, date(2026, 5, 6))
    await desk.days_pass(NEXT_YEAR)
    assert {row["key"] for row in (await desk.find(PARTY, "2026H2"))["items"]} == {"M02-I2", "M04-I1", "M04-I3"}
    await desk.confirm(PARTY, "2026H2")
    await desk.project()
    figures = await desk.figures("M01-I2", date(2027, 3, 1))
    assert figures.regions[ZHENGZHOU].value == 1
    other = await desk.figures("M02-I2", date(2027, 3, 1))
    assert other.regions[ZHENGZHOU].value == 0


async def test_what_is_only_submitted_is_neither_reached_nor_a_number(desk: Desk) -> None:
    await desk.days_pass(JULY)
    reached = {"yes": True, "reached_on": "2026-05-06", "document_number": "郑律党〔2026〕8号"}
    await desk.submit(PARTY, "2026H1", M01_I2=reached)
    await desk.project()
    assert (await desk.figures("M01-I2", date(2026, 8, 1))).value is None
    await desk.days_pass(NEXT_YEAR)
    [row] = [row for row in (await desk.find(PARTY, "2026H2"))["items"] if row["key"] == "M01-I2"]
    assert (row["prefill"]["yes"], row["prefill"]["reached_on"]) == (True, "2026-05-06")


async def test_all_regions_and_the_province_make_the_number_complete(desk: Desk) -> None:
    await desk.days_pass(JULY)
    for region in REGIONS:
        await desk.confirm(reporter(Reporter.CITY_BUREAU, region), "2026Q1", M11_I1={"numerator": 3, "denominator": 4})
    await desk.project()
    complete = await desk.figures("M11-I1", date(2026, 8, 1))
    assert (complete.missing, complete.numerator, complete.denominator) == ((), 54, 72)
    await desk.confirm(DIVISION, "2026Q1", M11_I1={"numerator": 0, "denominator": 8})
    await desk.project()
    with_province = await desk.figures("M11-I1", date(2026, 8, 1))
    assert (with_province.numerator, with_province.denominator) == (54, 80)
    assert with_province.regions[PROVINCE].denominator == 8


async def test_the_province_reports_a_row_per_region_in_one_report(desk: Desk) -> None:
    await desk.days_pass(JULY)
    association = reporter(Reporter.PROVINCIAL_ASSOCIATION, PROVINCE)
    form = await desk.find(association, "2026H1")
    rows = filled(form, {"M09-I1.410100": {"amount": 2}, "M09-I1": {"kind": "not-applicable"}})
    await desk.act(await desk.act(await desk.save(form, rows, association), "submission", association),
                   "confirmation", OFFICER)  # fmt: skip
    told = {e.region: e for e in await desk.events(ReportedValueConfirmed) if e.indicator_id == "M09-I1"}
    assert told.keys() == REGIONS.keys()
    assert (told[ZHENGZHOU].amount, told["410200"].amount) == (2, 0)
    await desk.project()
    figures = await desk.figures("M09-I1", date(2026, 8, 1))
    assert (figures.value, figures.missing) == (2, ())


async def test_a_number_withdrawn_by_a_correction_is_told_as_none(desk: Desk) -> None:
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(DIVISION, "2026Q1", M11_I1={"numerator": 1, "denominator": 8})
    opened = await desk.act(confirmed, "corrections", DIVISION, {"reason": "省直无此类案件"}, expect=201)
    draft = await desk.save(opened, {"M11-I1": {"kind": "not-applicable"}}, DIVISION)
    await desk.act(await desk.act(draft, "submission", DIVISION), "confirmation", OFFICER)
    first, second = await desk.events(ReportedValueConfirmed)
    assert (first.amount, second.amount, second.version) == (1, None, 2)
    await desk.project()
    assert (await desk.figures("M11-I1", date(2026, 8, 1))).value is None


async def test_the_last_report_and_the_register_stand_beside_the_form(desk: Desk) -> None:
    facts = Facts(desk.connection)
    for _ in range(3):
        await facts.staff(await facts.firm(), 4)
    await facts.firm(from_on=date(2027, 1, 1))
    await desk.days_pass(NEXT_YEAR)
    form = await desk.find(reporter(Reporter.CITY_PARTY_COMMITTEE, ZHENGZHOU), "2026")
    rows = {row["key"]: row for row in form["items"]}
    [known] = rows["M03-I1"]["known"]
    assert (known["field"], known["number"], known["as_of"]) == ("denominator", 12, "2026-12-31")
    assert known["evidence"] == f"/v1/indicators/H1/evidence?as_of=2026-12-31&region={ZHENGZHOU}"
    assert rows["M03-I1"]["prefill"]["denominator"] == 12
    # Which firms they are stands in the rows of a closed indicator.
    assert [(each["number"], each["evidence"]) for each in rows["M04-I2"]["known"]] == [(3, None)]
    seen = await desk.get(known["evidence"].removeprefix("/v1"), OFFICER)
    assert len(seen["items"]) == 12
    # Kaifeng's register is empty: it contradicts nobody.
    kaifeng = await desk.find(reporter(Reporter.CITY_PARTY_COMMITTEE, "410200"), "2026")
    assert all(row["known"] == [] for row in kaifeng["items"])


async def test_the_rows_behind_a_reported_number_lead_to_where_it_comes_from(desk: Desk) -> None:
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(ASSOCIATION, "2026H1", M20_I4={"amount": 20})
    await desk.project()
    rows = (await desk.get("/indicators/M20-I4/evidence", OFFICER))["items"]
    [row] = [row for row in rows if row["amount"] == 20]
    value = await desk.get(row["href"].removeprefix("/v1"), OFFICER)
    assert value["report_id"] == confirmed["report_id"]


async def test_more_firms_than_on_record_want_an_explanation(desk: Desk) -> None:
    facts = Facts(desk.connection)
    for _ in range(3):
        await facts.firm()
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    rows = filled(form, {"M17-I2": {"amount": 4}, "M06-I3": {"numerator": 1, "denominator": 3}})
    draft = await desk.save(form, rows, BUREAU)
    refused = await desk.act(draft, "submission", BUREAU, expect=422)
    assert [error["field"] for error in refused["errors"]] == ["items.M17-I2.amount"]
    assert "3" in refused["errors"][0]["zh"]


async def test_a_jump_against_the_last_period_is_found_in_the_form(desk: Desk) -> None:
    await desk.days_pass(NEXT_YEAR)
    await desk.confirm(ASSOCIATION, "2026H1", M20_I4={"amount": 20})
    form = await desk.find(ASSOCIATION, "2026H2")
    [row] = [row for row in form["items"] if row["key"] == "M20-I4"]
    assert (row["last"]["period"], row["last"]["answer"]["amount"], row["prefill"]["amount"]) == ("2026H1", 20, 20)
    draft = await desk.save(form, filled(form, {"M20-I4": {"amount": 9}}), ASSOCIATION)
    refused = await desk.act(draft, "submission", ASSOCIATION, expect=422)
    assert {error["field"] for error in refused["errors"]} == {"items.M20-I4.amount"}
    assert len(refused["errors"]) == 2
