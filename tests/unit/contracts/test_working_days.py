from datetime import UTC, date, datetime, timedelta

import pytest
from contracts.working_days import (
    SHANGHAI,
    Basis,
    Clock,
    Day,
    DayKind,
    OfficialCalendar,
    Pause,
    SkipReason,
    deadline,
    months_after,
)
from hypothesis import given
from hypothesis import strategies as st

PLAIN = Basis("某法第一条")
ROLLING = Basis("某法第一条", rolls=True)
DAYS = st.dates(date(2024, 1, 1), date(2026, 12, 31))
CALENDAR = OfficialCalendar()


def working(start, limit, **options):
    return deadline(start, limit, Clock.WORKING, PLAIN, **options)


def calendar(start, limit, basis=ROLLING):
    return deadline(start, limit, Clock.CALENDAR, basis)


def all_days_of(result):
    told = result.explanation
    return [*told.counted, *(day.on for day in (*told.skipped, *told.rolled))]


@given(DAYS, st.integers(1, 90), st.sampled_from([Clock.WORKING, Clock.CALENDAR]), st.booleans())
def test_every_explanation_adds_up(start, limit, clock, rolls):
    result = deadline(start, limit, clock, Basis("某法第一条", rolls=rolls))
    told = result.explanation
    assert len(told.counted) == limit
    days = all_days_of(result)
    assert start not in days
    assert len(days) == len(set(days)) + bool(told.rolled)
    # One place for every day up to the end. Where the end rolled, its first day off was counted as the last of the
    # limit too, and the day it rolled to is the end, not a counted day.
    every_day = {start + timedelta(days=n) for n in range(1, (result.due_on - start).days + 1)}
    assert set(days) == (every_day - {result.due_on} if told.rolled else every_day)
    assert set(told.made_up) <= set(told.counted)
    if clock is Clock.WORKING:
        assert all(CALENDAR.day(on).is_worked for on in told.counted)
        assert not any(CALENDAR.day(day.on).is_worked for day in told.skipped)
        assert told.counted[-1] == result.due_on
    elif rolls:
        assert CALENDAR.day(result.due_on).is_worked


@given(DAYS, st.integers(1, 60))
def test_one_more_day_never_ends_earlier(start, limit):
    assert working(start, limit).due_on < working(start, limit + 1).due_on
    assert calendar(start, limit).due_on <= calendar(start, limit + 1).due_on


@given(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)), st.integers(0, 100))  # noqa: DTZ001 - zone follows
def test_hours_never_roll(naive, hours):
    start = naive.replace(tzinfo=SHANGHAI)
    result = deadline(start, hours, Clock.HOURS, ROLLING)
    assert result.due_at - start == timedelta(hours=hours)
    assert not result.provisional


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        # Spring Festival 2024: 10 to 17 February off, the 4th and 18th (Sundays) worked.
        (date(2024, 2, 8), 1, date(2024, 2, 9)),
        (date(2024, 2, 9), 1, date(2024, 2, 18)),
        (date(2024, 2, 2), 1, date(2024, 2, 4)),
        # 2025: 28 January to 4 February off, 26 January and 8 February worked.
        (date(2025, 1, 24), 3, date(2025, 2, 5)),
        (date(2025, 2, 7), 1, date(2025, 2, 8)),
        # 2026: 15 to 23 February off, the 14th and 28th worked.
        (date(2026, 2, 13), 1, date(2026, 2, 14)),
        (date(2026, 2, 13), 2, date(2026, 2, 24)),
        (date(2026, 2, 24), 4, date(2026, 2, 28)),
        # National Day 2026: 1 to 7 October off, 20 September and 10 October worked.
        (date(2026, 9, 18), 1, date(2026, 9, 20)),
        (date(2026, 9, 30), 3, date(2026, 10, 10)),
        # Leap day 2024 is a Thursday like any other; a year later there is none.
        (date(2024, 2, 28), 1, date(2024, 2, 29)),
        (date(2025, 2, 28), 1, date(2025, 3, 3)),
    ],
)
def test_working_days_around_holidays(start, limit, due):
    assert working(start, limit).due == due


def test_the_sentence_names_what_was_skipped_and_what_was_worked():
    told = working(date(2026, 2, 11), 7).explanation
    assert told.made_up == (date(2026, 2, 14),)
    assert {(day.name_zh, day.name_en) for day in told.skipped} == {("春节", "Spring Festival")}
    assert told.zh == (
        "自2026年2月11日起算（当日不计），共7个工作日，跳过春节（2月15日至2月23日），计入调休上班日2月14日，"
        "至2026年2月27日届满。依据：某法第一条。"
    )
    assert "skipping Spring Festival (2026-02-15 to 2026-02-23)" in told.en
    assert "the last day is 2026-02-27" in told.en


def test_a_calendar_period_ending_on_national_day_rolls_only_where_the_rule_says_so():
    rolled = calendar(date(2026, 9, 21), 10)
    assert rolled.due == date(2026, 10, 8)
    assert [day.on.day for day in rolled.explanation.rolled] == [1, 2, 3, 4, 5, 6, 7]
    assert "顺延" in rolled.explanation.zh
    assert calendar(date(2026, 9, 21), 10, PLAIN).due == date(2026, 10, 1)


def test_a_calendar_period_ending_on_a_make_up_sunday_ends_there():
    assert calendar(date(2026, 9, 10), 10).due == date(2026, 9, 20)


def test_across_the_year_end_a_deadline_is_provisional_and_says_so():
    result = working(date(2026, 12, 28), 5)
    assert result.provisional
    assert result.due == date(2027, 1, 4)  # by weekends alone: new year's day is not known to be off
    assert "暂按周末推算" in result.explanation.zh
    assert "Provisional" in result.explanation.en
    assert not working(date(2026, 12, 14), 5).provisional


def test_a_calendar_period_is_provisional_only_where_its_end_depends_on_the_list():
    assert not calendar(date(2026, 12, 1), 60, PLAIN).provisional
    assert calendar(date(2026, 12, 1), 60).provisional
    assert not calendar(date(2026, 12, 1), 7).provisional


def test_the_last_days_of_december_wait_for_the_next_list():
    assert CALENDAR.day(date(2026, 12, 24)).official
    assert not CALENDAR.day(date(2026, 12, 25)).official
    assert CALENDAR.day(date(2025, 12, 31)).official


def test_another_calendar_may_stand_in():
    class NewYear2027:
        def day(self, on: date) -> Day:
            if on == date(2027, 1, 1):
                return Day(on, DayKind.HOLIDAY, holiday_zh="元旦", holiday_en="New Year's Day")
            return Day(on, DayKind.WEEKEND if on.weekday() >= 5 else DayKind.WORKDAY)

    result = working(date(2026, 12, 28), 5, calendar=NewYear2027())
    assert result.due == date(2027, 1, 5)
    assert not result.provisional


def test_a_pause_stops_the_clock_and_is_told():
    pause = Pause(date(2026, 3, 3), date(2026, 3, 6))
    result = working(date(2026, 3, 2), 2, pauses=[pause])
    assert result.due == date(2026, 3, 9)
    assert [day.on.day for day in result.explanation.skipped if day.reason is SkipReason.PAUSE] == [3, 4, 5]
    assert len(result.explanation.counted) == 2


def test_forty_eight_hours_run_through_spring_festival():
    start = datetime(2026, 2, 16, 10, 20, tzinfo=SHANGHAI)
    assert deadline(start, 48, Clock.HOURS, PLAIN).due == start + timedelta(hours=48)
    legal = deadline(start, 48, Clock.HOURS, Basis("刑事诉讼法", excludes_first_hour=True))
    assert legal.due == datetime(2026, 2, 18, 11, 0, tzinfo=SHANGHAI)


def test_the_start_day_is_the_day_in_shanghai():
    late_evening_utc = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)  # already 3 March in Henan
    assert working(late_evening_utc, 1).due == date(2026, 3, 4)


def test_a_day_is_over_at_midnight_in_shanghai():
    result = working(date(2026, 3, 2), 1)
    midnight = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)
    assert result.due_at == midnight
    assert not result.is_late_at(midnight - timedelta(microseconds=1))
    assert result.is_late_at(midnight)
    assert result.is_met_on(date(2026, 3, 3))
    assert not result.is_met_on(date(2026, 3, 4))


def test_what_makes_no_sense_is_refused():
    naive = datetime(2026, 3, 2, 10, 0)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="time zone"):
        working(naive, 1)
    with pytest.raises(ValueError, match="before it begins"):
        working(date(2026, 3, 2), 0)
    with pytest.raises(TypeError, match="instant"):
        deadline(date(2026, 3, 2), 48, Clock.HOURS, PLAIN)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 31), 1, date(2027, 1, 31)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 3, 1), 3, date(2026, 6, 1)),
        (date(2025, 12, 15), 12, date(2026, 12, 15)),
    ],
)
def test_months_end_on_the_corresponding_day_or_the_last(start, months, end):
    assert months_after(start, months) == end
