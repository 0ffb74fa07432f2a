"""The ladder of alarms, the days looked ahead, and what messages may say."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.conduct import OrganKind
from contracts.working_days import OFFICIAL_CALENDAR
from rights_api.alarms.domain import MOST_ATTEMPTS, check_acknowledges, tried_again_at
from rights_api.duty.domain import (
    About,
    Alarm,
    AlarmKind,
    AlarmStep,
    Channel,
    Rung,
    Seat,
    Step,
    answered_within,
    channels_for,
    days_looked_at,
    ladder,
    supervisor_of,
    told_when_overdue,
    told_when_warned,
)
from rights_api.duty.messages import Template, template_for
from rights_api.organs import Organ
from rights_api.refusals import NotCompetent, NotFound, Refused

CITY = Organ(OrganKind.CITY_ASSOCIATION, "410100")
PROVINCE = Organ(OrganKind.ASSOCIATION, "410000")
BUREAU = Organ(OrganKind.BUREAU, "410100")
DEPARTMENT = Organ(OrganKind.DEPARTMENT, "410000")
AT = datetime(2026, 10, 1, 2, 0, tzinfo=UTC)


def alarm(*steps, organ=CITY, justice=False, ended=None, kind=AlarmKind.FAST_LANE):
    numbered = tuple(
        AlarmStep(n, step, AT, rung and rung.organ, rung and rung.seat, subject, AT if step is Step.CALLED else None)
        for n, (step, rung, subject) in enumerate(steps, 1)
    )
    about = About("complaint", uuid4(), justice)
    return Alarm(uuid4(), "0" * 12, kind, organ, True, about, AT, ended, numbered)


def called(organ, seat, subject="li"):
    return (Step.CALLED, Rung(organ, seat), subject)


@pytest.mark.parametrize(
    ("organ", "climbs"),
    [(CITY, [CITY, PROVINCE]), (BUREAU, [BUREAU, DEPARTMENT]), (PROVINCE, [PROVINCE]), (DEPARTMENT, [DEPARTMENT])],
)
def test_an_alarm_climbs_from_duty_to_substitute_to_the_next_higher_organ(organ, climbs):
    assert [(rung.organ, rung.seat) for rung in ladder(organ, justice=False)] == [
        (each, seat) for each in climbs for seat in (Seat.ON_DUTY, Seat.SUBSTITUTE)
    ]


def test_rr25_what_is_overdue_is_told_to_the_next_higher_organ_and_the_justice_organ_beside():
    assert told_when_overdue(CITY, justice=False) == (CITY, PROVINCE, BUREAU)
    assert told_when_overdue(PROVINCE, justice=False) == (PROVINCE, DEPARTMENT)
    assert told_when_overdue(BUREAU, justice=False) == (BUREAU, DEPARTMENT)
    assert told_when_overdue(DEPARTMENT, justice=False) == (DEPARTMENT,)


@pytest.mark.parametrize("organ", [CITY, PROVINCE, BUREAU, DEPARTMENT])
def test_rr17_no_justice_organ_is_told_of_a_matter_against_one(organ):
    told = {told_when_warned(organ, justice=True), *told_when_overdue(organ, justice=True)}
    reached = {rung.organ.kind for each in told for rung in ladder(each, justice=True)}
    assert reached <= {OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION}


@pytest.mark.parametrize("organ", [BUREAU, DEPARTMENT])
def test_rr17_a_ladder_of_the_accused_cannot_even_be_built(organ):
    with pytest.raises(ValueError, match="told nothing"):
        ladder(organ, justice=True)


def test_each_rung_is_taken_once_a_round_and_a_round_begins_anew_when_exhausted():
    assert len(alarm().rungs_left) == 4
    two = alarm(called(CITY, Seat.ON_DUTY), (Step.NOBODY, Rung(CITY, Seat.SUBSTITUTE), None))
    assert two.rungs_left == (Rung(PROVINCE, Seat.ON_DUTY), Rung(PROVINCE, Seat.SUBSTITUTE))
    exhausted = alarm(called(CITY, Seat.ON_DUTY), (Step.EXHAUSTED, None, None))
    assert (len(exhausted.rungs_left), exhausted.rounds) == (4, 1)


def test_how_long_an_alarm_waits_is_a_row_of_the_rules():
    assert answered_within(AlarmKind.FAST_LANE, urgent=False) == timedelta(minutes=15)
    assert answered_within(AlarmKind.DEADLINE_WARNED, urgent=True) == timedelta(minutes=15)
    assert answered_within(AlarmKind.DEADLINE_OVERDUE, urgent=False) == timedelta(hours=2)
    assert answered_within(AlarmKind.DEADLINE_WARNED, urgent=False) == timedelta(hours=8)


def test_only_what_is_urgent_rings():
    both = (Channel.SMS, Channel.VOICE)
    assert channels_for(both, urgent=True) == both
    assert channels_for(both, urgent=False) == (Channel.SMS,)


@pytest.mark.parametrize(
    ("today", "until"),
    [
        (date(2026, 3, 2), date(2026, 3, 3)),  # Monday: Tuesday only
        (date(2026, 3, 6), date(2026, 3, 9)),  # Friday: to Monday
        (date(2026, 9, 30), date(2026, 10, 8)),  # National Day: seven days off, then Thursday
        (date(2026, 2, 14), date(2026, 2, 24)),  # a make-up Saturday before Spring Festival
        (date(2026, 2, 13), date(2026, 2, 14)),  # the Friday before: the Saturday is worked
    ],
)
def test_days_off_are_looked_at_on_the_last_day_worked_before_them(today, until):
    days = days_looked_at(today, OFFICIAL_CALENDAR)
    assert days[0] == today + timedelta(days=1)
    assert days[-1] == until
    assert all(not OFFICIAL_CALENDAR.day(day).is_worked for day in days[:-1])


def test_an_empty_roster_is_told_to_the_organ_above():
    assert [supervisor_of(organ) for organ in (CITY, BUREAU, PROVINCE)] == [PROVINCE, DEPARTMENT, PROVINCE]


@pytest.mark.parametrize("template", Template)
def test_a_message_holds_a_number_and_nothing_else(template):
    for sentence in template.text("123456789012"):
        assert "123456789012" in sentence
        assert "{" not in sentence
    for not_a_number in ("张三", "1234567890123456", "", "12345678901a"):
        with pytest.raises(ValueError, match="digits"):
            template.text(not_a_number)


def test_the_template_tells_how_urgent_and_never_what():
    assert template_for(AlarmKind.ROSTER_MISSING, urgent=False) is Template.ROSTER
    kinds = set(AlarmKind) - {AlarmKind.ROSTER_MISSING}
    assert {template_for(kind, urgent=True) for kind in kinds} == {Template.URGENT}
    assert {template_for(kind, urgent=False) for kind in kinds} == {Template.ORDINARY}


def test_a_delivery_is_tried_again_ever_later_until_it_expires():
    expires = AT + timedelta(hours=12)
    pauses = [tried_again_at(n, AT, expires) - AT for n in range(1, MOST_ATTEMPTS)]
    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(seconds=30)
    assert pauses[-1] == timedelta(minutes=15)
    assert tried_again_at(MOST_ATTEMPTS, AT, expires) is None
    assert tried_again_at(1, AT, AT + timedelta(seconds=30)) is None


class TestWhoAcknowledges:
    def test_who_was_called_and_who_is_on_duty_now(self):
        open_alarm = alarm(called(CITY, Seat.ON_DUTY, "li"))
        check_acknowledges(open_alarm, CITY, "li", {"wang"})
        check_acknowledges(open_alarm, CITY, "wang", {"wang"})
        with pytest.raises(NotCompetent):
            check_acknowledges(open_alarm, CITY, "zhao", {"wang"})

    def test_where_nobody_is_on_duty_any_officer_of_the_organ(self):
        check_acknowledges(alarm((Step.NOBODY, Rung(CITY, Seat.ON_DUTY), None)), CITY, "zhao", set())

    def test_an_organ_it_has_not_reached_sees_none(self):
        with pytest.raises(NotFound):
            check_acknowledges(alarm(called(CITY, Seat.ON_DUTY)), PROVINCE, "li", set())

    def test_once_by_the_same_never_by_another(self):
        steps = [called(CITY, Seat.ON_DUTY, "li"), (Step.ACKNOWLEDGED, Rung(CITY, Seat.ON_DUTY), "li")]
        ended = alarm(*steps, ended=AT)
        check_acknowledges(ended, CITY, "li", {"wang"})
        with pytest.raises(Refused, match="alarm-ended"):
            check_acknowledges(ended, CITY, "wang", {"wang"})

    def test_what_is_settled_needs_none(self):
        steps = [called(CITY, Seat.ON_DUTY, "li"), (Step.SETTLED, None, None)]
        with pytest.raises(Refused, match="is done"):
            check_acknowledges(alarm(*steps, ended=AT), CITY, "li", set())
