"""Deadlines over the holidays of 2024 to 2027: every explanation adds up, pauses and new lists included."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.deadlines import rule, rules
from contracts.working_days import OFFICIAL_CALENDAR, SHANGHAI, Clock, DayKind
from rights_api.calendars.domain import digest, redatings
from rights_api.clocks.domain import Bearer, Mark, Marked, Owner, State, Why, begin, date_again, date_of
from rights_api.clocks.holidays import HolidayList, LoadedCalendar
from rights_api.organs import association_of

OWNER = Owner("complaint", uuid4(), association_of("410100"))
DAY = timedelta(days=1)
COUNTED_IN_DAYS = [row.id for row in rules().values() if row.id.startswith("rights.") and row.unit == "days"]
DAYS = [date(2024, 1, 1) + n * DAY for n in range(0, 1300, 3)]  # to the middle of 2027
LIST_2027 = HolidayList(
    2027,
    "放假安排（试验）",
    {date(2027, 1, 1): "元旦", **{date(2027, 2, 5) + n * DAY: "春节" for n in range(8)}},
    frozenset({date(2027, 1, 31), date(2027, 2, 20)}),
)


@pytest.mark.parametrize("rule_id", COUNTED_IN_DAYS)
def test_every_explanation_adds_up(rule_id):
    row = rule(rule_id)
    for start in DAYS:
        told = row.deadline(start).explanation
        due_on = row.deadline(start).due_on
        assert len(told.counted) == row.value
        days = sorted([*told.counted, *(skipped.on for skipped in told.skipped)])
        # Day 0 is not counted; from the next day on every day is either counted or skipped, with a reason.
        assert days == [start + (n + 1) * DAY for n in range(len(days))], start
        end = told.counted[-1]
        assert due_on == (told.rolled[-1].on + DAY if told.rolled else end)
        assert all(skipped.on == end + n * DAY for n, skipped in enumerate(told.rolled))
        if row.clock is Clock.WORKING:
            assert all(OFFICIAL_CALENDAR.day(on).is_worked for on in told.counted)
            assert set(told.made_up) == {on for on in told.counted if OFFICIAL_CALENDAR.day(on).kind is DayKind.MAKE_UP}
        elif row.rolls:
            assert OFFICIAL_CALENDAR.day(due_on).is_worked


@pytest.mark.parametrize(
    ("rule_id", "start", "due_on"),
    [
        ("rights.triage", date(2024, 2, 8), date(2024, 2, 18)),  # Spring Festival, its make-up Sunday counts
        ("rights.triage", date(2024, 2, 28), date(2024, 3, 1)),  # over the leap day
        ("rights.with-organ", date(2024, 2, 19), date(2024, 2, 29)),
        ("rights.triage", date(2024, 12, 30), date(2025, 1, 2)),  # New Year's Day
        ("rights.letter", date(2025, 1, 27), date(2025, 2, 5)),  # Spring Festival 2025
        ("rights.triage", date(2025, 9, 26), date(2025, 9, 29)),  # Sunday 28 September is worked
        ("rights.needs-info", date(2025, 9, 30), date(2025, 10, 14)),  # eight days off, Saturday the 11th is worked
        ("rights.with-procuratorate", date(2026, 9, 22), date(2026, 10, 8)),
        ("rights.triage", date(2026, 2, 13), date(2026, 2, 24)),  # Saturday the 14th is worked
    ],
)
def test_dates_that_were_counted_by_hand(rule_id, start, due_on):
    assert rule(rule_id).deadline(start).due_on == due_on


def test_a_retaliation_watch_ends_on_the_last_day_of_february():
    dating = date_of(Why.BEGAN, "rights.retaliation-watch", date(2024, 2, 29), OFFICIAL_CALENDAR)
    assert dating.due_on == date(2025, 2, 28)


def test_2027_is_provisional_and_says_so():
    clock = begin(OWNER, "triage", "rights.triage", datetime(2027, 2, 4, 10, tzinfo=SHANGHAI), OFFICIAL_CALENDAR)
    assert clock.current.provisional
    assert "尚未公布" in clock.current.explanation["zh"]
    assert clock.current.due_on == date(2027, 2, 8)


def test_a_list_dates_again_by_adding_and_ends_the_doubt():
    start = datetime(2027, 2, 4, 10, tzinfo=SHANGHAI)
    clock = begin(OWNER, "triage", "rights.triage", start, OFFICIAL_CALENDAR)
    (found,) = redatings([clock], LoadedCalendar([LIST_2027]))
    assert (found.moves, found.dating.due_on, found.dating.provisional) == (True, date(2027, 2, 16), False)
    assert found.dating.why is Why.CALENDAR
    assert "春节" in found.dating.explanation["zh"]
    assert digest(LIST_2027, [found]) != digest(LIST_2027, [])


def test_what_was_met_in_time_is_not_dated_again():
    start = datetime(2027, 2, 4, 10, tzinfo=SHANGHAI)
    clock = begin(OWNER, "triage", "rights.triage", start, OFFICIAL_CALENDAR)
    met = replace(clock, marks=(Marked(Mark.MET, start.astimezone(UTC) + DAY),))
    assert redatings([met], LoadedCalendar([LIST_2027])) == []


def test_rr06_a_capped_deadline_follows_its_cap():
    start = datetime(2027, 1, 27, 10, tzinfo=SHANGHAI)
    handling = begin(OWNER, "handling", "rights.with-procuratorate", start, OFFICIAL_CALENDAR)
    reply = begin(OWNER, "reply", "rights.reply-procuratorate", date(2027, 2, 6), OFFICIAL_CALENDAR, cap=handling)
    assert reply.current.due_on == handling.current.due_on == date(2027, 2, 8)
    moved = {each.clock.name: each.dating for each in redatings([handling, reply], LoadedCalendar([LIST_2027]))}
    # Ten days end on 6 February, in the holiday: they roll to the 13th, a Saturday, and on to Monday the 15th.
    assert moved["handling"].due_on == date(2027, 2, 15)
    assert moved["reply"].due_on <= moved["handling"].due_on


def test_a_pause_takes_out_its_days_and_no_others():
    start = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    clock = begin(OWNER, "triage", "rights.triage", start, OFFICIAL_CALENDAR)
    paused = replace(clock, marks=(Marked(Mark.PAUSED, datetime(2026, 3, 3, 10, tzinfo=SHANGHAI)),))
    assert paused.state(datetime(2026, 3, 20, tzinfo=SHANGHAI)) is State.PAUSED
    assert paused.next_at() is None
    resumed = replace(paused, marks=(*paused.marks, Marked(Mark.RESUMED, datetime(2026, 3, 9, 10, tzinfo=SHANGHAI))))
    dating = date_again(resumed, Why.RESUMED, OFFICIAL_CALENDAR)
    # 3 March counts, the days of waiting do not; the second working day is the 10th.
    assert dating.due_on == date(2026, 3, 10)
    assert dating.explanation["counted"] == ["2026-03-03", "2026-03-10"]


@pytest.mark.parametrize("bearer", Bearer)
def test_a_deadline_warns_at_three_quarters_and_is_over_at_its_instant(bearer):
    start = datetime(2026, 10, 1, 2, 0, tzinfo=SHANGHAI)
    clock = begin(OWNER, "contact", "rights.fast-lane.contact", start, OFFICIAL_CALENDAR, bearer=bearer)
    late = State.EXPIRED if bearer is Bearer.PARTY else State.OVERDUE
    moment = timedelta(microseconds=1)
    assert clock.current.warn_at == start + timedelta(minutes=45)
    assert clock.state(clock.current.warn_at - moment) is State.RUNNING
    assert clock.state(clock.current.warn_at) is State.WARNED
    assert clock.state(start + timedelta(hours=1) - moment) is State.WARNED
    assert clock.state(start + timedelta(hours=1)) is late


def test_the_last_days_of_a_year_wait_for_the_next_list():
    calendar = LoadedCalendar([LIST_2027])
    assert calendar.day(date(2027, 12, 24)).official
    assert not calendar.day(date(2027, 12, 28)).official
    assert calendar.day(date(2026, 12, 28)).official
    assert not OFFICIAL_CALENDAR.day(date(2026, 12, 28)).official
