"""The watch over a refused meeting, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.refused_meetings import ActAtStake, MeetingGround, meeting_grounds
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, ProcuratorateUnit, procuratorate_unit
from contracts.working_days import OFFICIAL_CALENDAR, SHANGHAI
from hypothesis import given
from hypothesis import strategies as st
from rights_api.cases.routing import Level, Petition, check
from rights_api.clocks.domain import Bearer, Mark, Marked, Owner, State, begin
from rights_api.meetings.domain import (
    MOST_STEPS,
    Watch,
    WatchStatus,
    add_words,
    arrange,
    call,
    check_times,
    may,
    seen,
    violate,
    violated_at,
    withdraw,
)
from rights_api.meetings.views import hours_left
from rights_api.organs import Organ
from rights_api.refusals import Refused

ASKED = datetime(2026, 2, 13, 16, 20, tzinfo=SHANGHAI)
DUE = datetime(2026, 2, 15, 17, 0, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
UNLAWFUL = {"no-booking", "extra-papers", "consent-required", "bribery"}


def watch(**changes):
    recorded = changes.pop("recorded_at", ASKED + HOUR)
    return replace(
        Watch(
            meeting_id=uuid4(),
            kind=ComplaintKind.PETITION,
            identity_mode=IdentityMode.NAMED,
            level=Level.CITY,
            criminal=True,
            ground=MeetingGround.HOLIDAY,
            at_stake=None,
            registration_region="410100",
            incident_region="410300",
            centre_id=None,
            asked_at=ASKED,
            refused_at=ASKED,
            recorded_at=recorded,
            status=WatchStatus.RUNNING,
            version=1,
            changed_at=recorded,
        ),
        **changes,
    )


def clock_from(asked, rule_id="rights.meeting"):
    owner = Owner("meeting", uuid4(), Organ(OrganKind.CITY_ASSOCIATION, "410100"))
    return begin(owner, "meeting", rule_id, asked, OFFICIAL_CALENDAR, bearer=Bearer.RESPONDENT)


def test_rr08_the_48_hours_run_through_the_spring_festival():
    clock = clock_from(ASKED)
    assert OFFICIAL_CALENDAR.day(DUE.date()).is_worked is False
    assert clock.current.due_at == DUE
    assert (clock.current.explanation["skipped"], clock.current.explanation["rolled"]) == ([], [])
    assert violated_at(watch(), clock.current.due_at, DUE - MOMENT) is None
    assert violated_at(watch(), clock.current.due_at, DUE) == DUE
    assert seen(watch(), DUE, DUE - MOMENT) is WatchStatus.RUNNING
    assert seen(watch(), DUE, DUE) is WatchStatus.VIOLATED


@given(st.integers(0, 1088 * 24 * 60))
def test_rr08_whenever_it_is_asked_48_hours_and_what_is_left_of_the_first_are_given(minutes):
    asked = datetime(2024, 1, 1, tzinfo=SHANGHAI) + timedelta(minutes=minutes)
    given = clock_from(asked).current.due_at - asked.astimezone(UTC)
    assert timedelta(hours=48) < given <= timedelta(hours=49)


def test_rr10_bribery_is_no_ground_and_a_violation_at_once():
    row = meeting_grounds()[MeetingGround.BRIBERY]
    assert (row.lawful, row.violates_at_once, row.verified) == ("no", True, True)
    refused = watch(ground=MeetingGround.BRIBERY)
    assert violated_at(refused, DUE, refused.recorded_at) == refused.recorded_at


@pytest.mark.parametrize("ground", MeetingGround)
def test_only_grounds_that_no_law_knows_are_violations_at_once(ground):
    refused = watch(ground=ground)
    at_once = violated_at(refused, DUE, refused.recorded_at)
    assert at_once == (refused.recorded_at if ground.value in UNLAWFUL else None)
    row = meeting_grounds()[ground]
    assert row.told_zh.endswith("。")
    assert rule(row.rule).verified or not row.verified
    assert (row.basis == "law") is row.verified


def test_state_security_has_its_own_time_and_is_the_only_lawful_ground():
    lawful = {ground for ground, row in meeting_grounds().items() if row.lawful == "yes"}
    assert lawful == {MeetingGround.SECURITY_PERMISSION_REQUIRED}
    due = clock_from(ASKED, meeting_grounds()[MeetingGround.SECURITY_PERMISSION_REQUIRED].rule).current
    assert due.due_on.isoformat() == "2026-02-24", "three days, and a holiday at the end rolls"


def test_a_violation_is_never_older_than_our_knowledge_of_it():
    late = watch(recorded_at=DUE + HOUR)
    assert violated_at(late, DUE, DUE + HOUR) == DUE + HOUR


def test_it_becomes_a_petition_to_the_procuratorates_execution_unit():
    matter = watch(at_stake=ActAtStake.HEARING).matter
    check(matter)
    assert (matter.petition, matter.fast_lane, matter.owner_region) == (Petition.ACCUSATION, True, "410100")
    assert procuratorate_unit(matter.respondent) is ProcuratorateUnit.EXECUTION
    application = watch(kind=ComplaintKind.RIGHTS_APP, criminal=False, registration_region=None).matter
    check(application)
    assert (application.petition, application.fast_lane, application.owner_region) == (None, False, "410300")


def test_in_time_it_is_met_and_too_late_the_violation_stays():
    assert arrange(watch(), DUE - HOUR, DUE - MOMENT).status is WatchStatus.MET
    violated = violate(watch(), DUE)
    assert arrange(violated, DUE + HOUR, DUE + HOUR).status is WatchStatus.VIOLATED


@pytest.mark.parametrize("status", WatchStatus)
def test_what_may_be_done_is_what_is_told(status):
    now, there = DUE - HOUR, watch(status=status)

    def possible(act):
        try:
            act(there)
        except Refused:
            return False
        return True

    acts = {
        "arrangement": lambda w: arrange(w, now, now),
        "words": lambda w: add_words(w, now),
        "withdrawal": lambda w: withdraw(w, now),
    }
    assert {name for name, act in acts.items() if possible(act)} == set(may(status))
    assert possible(lambda w: violate(w, now)) is (status is WatchStatus.RUNNING)
    assert possible(lambda w: call(w, now)) is (status in {WatchStatus.RUNNING, WatchStatus.VIOLATED})


def test_times_follow_one_another_and_none_is_to_come():
    check_times(ASKED, ASKED, ASKED)
    for asked, refused, field in ((ASKED + HOUR, ASKED, "refused_at"), (ASKED, ASKED + 3 * HOUR, "refused_at")):
        with pytest.raises(Refused) as refusal:
            check_times(asked, refused, ASKED + 2 * HOUR)
        assert refusal.value.field == field
    for arranged in (ASKED - MOMENT, DUE + MOMENT):
        with pytest.raises(Refused, match=r"times-in-order|in-the-future"):
            arrange(watch(), arranged, DUE)


def test_a_watch_does_not_fill_the_disk():
    assert add_words(watch(version=MOST_STEPS - 1), DUE).version == MOST_STEPS
    with pytest.raises(Refused, match="too-many-steps"):
        add_words(watch(version=MOST_STEPS), DUE)


def test_the_respondents_deadline_is_overdue_but_no_organ_of_ours_missed_it():
    clock = clock_from(ASKED)
    assert clock.state(DUE) is State.OVERDUE
    warned = replace(clock, marks=(Marked(Mark.WARNED, clock.current.warn_at),))
    assert clock.next_at() == clock.current.warn_at
    assert (warned.next_at(), warned.overdue_at) == (None, None)
    met = replace(warned, marks=(*warned.marks, Marked(Mark.MET, DUE + HOUR)))
    assert met.state(DUE + HOUR) is State.MET_LATE


def test_hours_left_are_rounded_down():
    clock = clock_from(ASKED)
    assert hours_left(clock, DUE - timedelta(hours=1, seconds=-1)) == 0.9
    assert hours_left(clock, DUE - timedelta(hours=30)) == 30.0
    assert hours_left(clock, DUE) is None
