"""What is late, what is open when, and what figures are computed from."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.facilities import FacilityKind
from contracts.rights_taxonomy import Respondent
from contracts.working_days import SHANGHAI
from rights_api.facilities.domain import (
    Hours,
    Span,
    Verification,
    Weekday,
    file_access_is_late,
    meeting_is_late,
    victim_permission_is_late,
)
from rights_api.facilities.figures import Counts, Indicator, Row, by_region, check, covers, row_of
from rights_api.refusals import Refused


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_rr08_a_meeting_after_49_hours_by_the_clock_is_late_holiday_or_not():
    asked = at("2026-10-01 02:00")  # National Day; the hour of the asking is not counted
    due = at("2026-10-03 03:00")
    assert not meeting_is_late(asked, due)
    assert meeting_is_late(asked, due + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("asked", "in_time", "late"),
    [
        ("2026-03-02 09:00", "2026-03-05 23:59", "2026-03-06 00:00"),  # Monday: Tuesday, Wednesday, Thursday
        ("2026-03-05 17:59", "2026-03-10 23:59", "2026-03-11 00:00"),  # Thursday: over the weekend
        ("2026-09-29 09:00", "2026-10-09 23:59", "2026-10-10 00:00"),  # over the holiday, 10-01 to 10-07
    ],
)
def test_rr09_access_to_the_file_after_more_than_three_working_days_is_a_violation(asked, in_time, late):
    assert not file_access_is_late(at(asked), at(in_time))
    assert file_access_is_late(at(asked), at(late))


def test_leave_to_approach_the_victim_is_answered_within_five_days_and_a_holiday_rolls():
    assert not victim_permission_is_late(at("2026-03-02 09:00"), at("2026-03-09 23:59"))  # day 5 is a Saturday
    assert victim_permission_is_late(at("2026-03-02 09:00"), at("2026-03-10 00:00"))
    assert victim_permission_is_late(at("2026-03-09 09:00"), at("2026-03-17 00:00"))


def test_exceptions_stand_before_the_week_and_a_day_that_nobody_named_is_closed():
    monday, holiday = (Span("09:00", "12:00"),), (Span("10:00", "11:00"),)
    hours = Hours({Weekday.MONDAY: monday}, {date(2026, 3, 9): holiday, date(2026, 3, 16): ()})
    assert [hours.on(date(2026, 3, day)) for day in (2, 3, 9, 16)] == [monday, (), holiday, ()]


def test_a_verification_holds_for_six_months():
    assert Verification("wang", date(2026, 1, 31)).expires_on == date(2026, 7, 31)


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        (Counts(meetings=3, meetings_in_time=4), "meetings_in_time"),
        (Counts(file_accesses=3, remote_meetings=1), "remote_meetings"),
        (Counts(file_accesses=3, file_online=4), "file_online"),
        (Counts(meetings=0, median_wait_hours=2.0), "median_wait_hours"),
    ],
)
def test_a_part_is_never_greater_than_its_whole(counts, field):
    with pytest.raises(Refused) as caught:
        check(counts)
    assert caught.value.field == field


def test_an_organ_that_does_not_tell_the_part_is_not_in_the_whole_either():
    of = row_of(Indicator.MEETINGS_IN_TIME)
    assert of(Counts(meetings=10, meetings_in_time=9)) == (9, 10)
    assert of(Counts(meetings=10)) is None
    assert of(Counts(meetings=0, meetings_in_time=0)) is None


def test_sums_are_over_organs_and_every_region_stands_there():
    rows = [
        Row(uuid4(), region, Respondent.DETENTION, "看守所", None, a, b)
        for region, a, b in (("410100", 1, 10), ("410100", 9, 10), ("410300", 0, 1))
    ]
    whole, regions = by_region(rows)
    assert (whole.numerator, whole.denominator, whole.percent) == (10, 21, 47.62)
    assert (regions["410100"].percent, regions["410300"].percent, regions["410200"].percent) == (50.0, 0.0, None)
    assert len(regions) == 18


def test_either_facility_is_enough():
    assert covers({FacilityKind.GREEN_CHANNEL})
    assert not covers({FacilityKind.READING_ROOM, FacilityKind.FAST_MEETING})
