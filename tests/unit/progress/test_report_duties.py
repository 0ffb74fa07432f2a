"""Who owes what for which period: from the catalogue, from the day after a period, what is asked once until reached."""

from datetime import date, timedelta

import pytest
from contracts.regions import PROVINCE, REGIONS
from contracts.reporting import Frequency, Reporter, period, periods, reported
from progress_api.reporting.domain import Report, value_id
from progress_api.reporting.duties import ended_periods, owed

H1 = period(Frequency.HALF_YEARLY, date(2026, 6, 30))
Q2 = period(Frequency.QUARTERLY, date(2026, 6, 30))
YEAR = period(Frequency.YEARLY, date(2026, 12, 31))
ONCE = {about.indicator.id for about in reported().values() if about.frequency is Frequency.ONCE}


def by_reporter(reports: list[Report]) -> dict[tuple[Reporter, str], Report]:
    return {(report.reporter, report.region): report for report in reports}


@pytest.mark.parametrize(
    ("today", "names"),
    [
        (date(2026, 3, 31), []),
        (date(2026, 4, 1), ["2026Q1"]),
        (date(2026, 6, 30), ["2026Q1"]),
        (date(2026, 7, 1), ["2026Q1", "2026H1", "2026Q2"]),
        (date(2027, 1, 1), ["2026Q1", "2026H1", "2026Q2", "2026Q3", "2026", "2026H2", "2026Q4"]),
    ],
)
def test_a_period_is_asked_for_from_the_day_after_its_end(today, names):
    assert list(ended_periods(today)) == names


def test_periods_ended_before_the_first_asked_day_are_left_to_back_fill():
    assert all(found.until_on.year == 2026 for found in ended_periods(date(2030, 1, 1)).values())
    assert next(periods(Frequency.QUARTERLY)).until_on == date(2024, 3, 31)


def test_due_days_follow_the_frequency():
    assert [(str(found), found.due_on) for found in (Q2, H1, YEAR)] == [
        ("2026Q2", date(2026, 7, 15)), ("2026H1", date(2026, 7, 20)), ("2026", date(2027, 1, 31)),
    ]  # fmt: skip


def test_over_a_year_every_indicator_is_owed_for_every_region_and_period_exactly_once():
    rows = [
        (item.indicator_id, item.region, str(found))
        for found in ended_periods(date(2027, 1, 1)).values()
        for report in owed(found, reached=())
        for item in report.items
    ]
    assert len(rows) == len(set(rows))
    times = {Frequency.QUARTERLY: 4, Frequency.HALF_YEARLY: 2, Frequency.ONCE: 2, Frequency.YEARLY: 1}
    for about in reported().values():
        mine = [row for row in rows if row[0] == about.indicator.id]
        assert len(mine) == times[about.frequency] * len(about.regions), about.indicator.id
    assert len({value_id(indicator, region, ended_periods(date(2027, 1, 1))[name]) for indicator, region, name in rows}
               ) == len(rows)  # fmt: skip


def test_cities_report_their_own_region_and_their_provincial_counterpart_the_rows_of_the_province():
    found = by_reporter(owed(H1, reached=()))
    for region in REGIONS:
        items = found[Reporter.CITY_BUREAU, region].items
        assert {item.region for item in items} == {region}
        assert all(item.is_required and item.key == item.indicator_id for item in items)
    division = found[Reporter.PROVINCIAL_DIVISION, PROVINCE]
    beside = next(item for item in division.items if item.indicator_id == "M18-I2")
    assert beside.region == PROVINCE
    assert not beside.is_required
    assert ("M07-I1" in {item.indicator_id for item in found[Reporter.CITY_BUREAU, "410100"].items}) is True
    assert all(item.indicator_id != "M07-I1" for item in found[Reporter.CITY_BUREAU, "410200"].items)
    assert all(reporter.is_provincial == (region == PROVINCE) for reporter, region in found)


def test_a_provincial_reporter_has_a_row_per_region_in_one_report():
    association = by_reporter(owed(H1, reached=()))[Reporter.PROVINCIAL_ASSOCIATION, PROVINCE]
    rows = [item for item in association.items if item.indicator_id == "M09-I1"]
    assert [item.region for item in rows] == [*REGIONS, PROVINCE]
    assert rows[0].key == "M09-I1.410100"
    assert rows[-1].key == "M09-I1"
    assert [item.is_required for item in rows] == [True] * 18 + [False]
    [guide] = [item for item in association.items if item.indicator_id == "M14-I1"]
    assert guide.region == PROVINCE
    assert guide.is_required


def test_what_is_asked_once_is_asked_until_it_is_reached_there():
    party = Reporter.CITY_PARTY_COMMITTEE, "410100"
    before = by_reporter(owed(H1, reached=()))[party]
    assert {item.indicator_id for item in before.items} == {"M01-I2", "M02-I2", "M04-I1", "M04-I3"}
    after = by_reporter(owed(H1, reached={("M01-I2", "410100")}))
    assert {item.indicator_id for item in after[party].items} == {"M02-I2", "M04-I1", "M04-I3"}
    assert "M01-I2" in {item.indicator_id for item in after[Reporter.CITY_PARTY_COMMITTEE, "410200"].items}
    all_reached = {(indicator, "410100") for indicator in ONCE}
    assert party not in by_reporter(owed(H1, reached=all_reached))


def test_reaching_frees_from_nothing_that_is_asked_of_every_period():
    everything = {(about.indicator.id, region) for about in reported().values() for region in about.regions}
    assert {item.indicator_id for report in owed(Q2, reached=everything) for item in report.items} == {"M11-I1"}
    assert not ONCE & {item.indicator_id for report in owed(H1, reached=everything) for item in report.items}


def test_a_report_is_the_same_whoever_finds_it():
    first, second = owed(YEAR, reached=()), owed(YEAR, reached=())
    assert first == second
    assert len({report.report_id for report in first}) == len(first)
    other = {report.report_id for report in owed(H1, reached=())}
    assert not other & {report.report_id for report in first}


def test_it_is_overdue_from_the_day_after_the_due_day():
    report = owed(H1, reached=())[0]
    assert not report.is_overdue(H1.due_on)
    assert report.is_overdue(H1.due_on + timedelta(days=1))


def test_a_period_has_a_name_for_people() -> None:
    assert [each.zh for each in (YEAR, H1, Q2)] == ["2026年", "2026年上半年", "2026年第二季度"]


def test_nobody_is_late_before_he_was_asked() -> None:
    [first, *_] = periods(Frequency.QUARTERLY)
    days = first.due_on - first.until_on
    for on in (first.until_on + timedelta(days=1), first.due_on):
        assert first.asked(on) == first
    late = first.asked(first.due_on + timedelta(days=1))
    assert late.due_on == first.due_on + timedelta(days=1) + days
    assert (late.from_on, late.until_on, str(late)) == (first.from_on, first.until_on, str(first))
