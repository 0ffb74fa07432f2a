"""The rules of the rights channel by their numbers in the domain note, as far as filing to closing goes."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.deadlines import rule, rules
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from contracts.working_days import SHANGHAI, Clock
from pydantic import ValidationError
from rights_api.complaints.clocks import ClockName, clocks_at_filing, handling_clock, reply_clock
from rights_api.complaints.domain import DecisionDateWrong, IllegalTransition, Status, file_complaint
from rights_api.complaints.fields import RefuseComplaint
from rights_api.complaints.routing import FilingRefused, Level, Matter, check, route

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


def matter(**changes):
    return Matter(
        **(
            {
                "kind": ComplaintKind.COMPLAINT,
                "identity_mode": IdentityMode.NAMED,
                "right": Right.MEET,
                "respondent": Respondent.DETENTION,
                "respondent_level": Level.CITY,
                "criminal": False,
                "hearing_in_progress": False,
                "registration_region": "410100",
                "incident_region": "410300",
            }
            | changes
        )
    )


def petition(**changes):
    return matter(**({"kind": ComplaintKind.PETITION, "criminal": True} | changes))


def refused(code, of):
    with pytest.raises(FilingRefused) as caught:
        check(of)
    assert caught.value.code == code
    return caught.value


PROCURATORATE = {Respondent.POLICE, Respondent.STATE_SEC, Respondent.PROC, Respondent.COURT, Respondent.DETENTION}


@pytest.mark.parametrize("respondent", Respondent)
def test_rr02_a_petition_is_open_against_these_organs_only(respondent):
    if respondent in PROCURATORATE:
        check(petition(respondent=respondent))
    else:
        refusal = refused("petition-respondent", petition(respondent=respondent))
        assert "维权申请" in refusal.zh


def test_rr02_a_petition_is_for_criminal_cases_only():
    assert refused("petition-criminal-only", petition(criminal=False)).field == "criminal"


def test_rr03_a_detention_centre_goes_to_the_execution_unit():
    assert "刑事执行检察" in route(petition()).zh
    assert "控告申诉检察" in route(petition(respondent=Respondent.COURT)).zh


@pytest.mark.parametrize("own", Level)
@pytest.mark.parametrize("target", Level)
def test_rr04_the_target_has_the_same_level_or_the_next_higher(own, target):
    ranks = list(Level)
    step = ranks.index(target) - ranks.index(own)
    case = petition(respondent_level=own, target_level=target)
    if step in (0, 1):
        check(case)
        assert target.zh in route(case).zh
    else:
        refused("petition-level", case)


def test_rr04_without_a_target_the_same_level_is_meant():
    assert "县级人民检察院" in route(petition(respondent_level=Level.COUNTY)).zh


def test_rr05_a_petition_is_due_ten_days_after_acceptance():
    clock = handling_clock(ComplaintKind.PETITION, MONDAY)
    assert clock.rule_id == "rights.with-procuratorate"
    assert clock.due_on == date(2026, 3, 12)
    assert clock.explanation["verified"]
    # The instant at which it is missed is the midnight that ends the day, in Shanghai.
    assert clock.due_at == datetime(2026, 3, 12, 16, 0, tzinfo=UTC)


def test_rr06_notice_is_due_two_working_days_after_the_decision():
    handling = handling_clock(ComplaintKind.PETITION, MONDAY)
    notice = reply_clock(ComplaintKind.PETITION, date(2026, 3, 6), handling)  # a Friday
    assert notice.due_on == date(2026, 3, 10)


def test_rr06_but_never_later_than_the_ten_days():
    handling = handling_clock(ComplaintKind.PETITION, MONDAY)
    notice = reply_clock(ComplaintKind.PETITION, date(2026, 3, 12), handling)
    assert notice.due_on == date(2026, 3, 12)
    assert notice.due_at == handling.due_at
    assert "不得迟于办结期限2026-03-12" in notice.explanation["zh"]


def test_rr06_the_cap_is_the_procuratorates_alone():
    handling = handling_clock(ComplaintKind.COMPLAINT, MONDAY)
    assert reply_clock(ComplaintKind.COMPLAINT, date(2026, 3, 12), handling).due_on == date(2026, 3, 16)


def test_rr07_the_first_day_is_not_counted_and_a_holiday_rolls():
    # Ten days after 2026-09-22 end on 10-02, inside the National Day holiday.
    clock = handling_clock(ComplaintKind.PETITION, datetime(2026, 9, 22, 10, 0, tzinfo=SHANGHAI))
    assert clock.explanation["counted"][0] == "2026-09-23"
    assert clock.explanation["counted"][-1] == "2026-10-02"
    assert clock.due_on == date(2026, 10, 8)
    assert [day["on"] for day in clock.explanation["rolled"]][-1] == "2026-10-07"


def test_rr08_hours_never_roll():
    night = datetime(2026, 10, 1, 2, 0, tzinfo=SHANGHAI)
    clocks = {clock.name: clock for clock in clocks_at_filing(matter(right=Right.PERSON), night)}
    assert clocks[ClockName.CONTACT].due_at == night + timedelta(hours=1)
    assert clocks[ClockName.CALL].due_at == night + timedelta(hours=2)
    assert rule("rights.meeting").deadline(night).due_at == datetime(2026, 10, 3, 3, 0, tzinfo=SHANGHAI)


def test_rr11_no_clock_is_that_of_petition_letters():
    handling = {kind: handling_clock(kind, MONDAY) for kind in ComplaintKind}
    used = [*clocks_at_filing(matter(right=Right.LIBERTY), MONDAY), *handling.values()]
    used += [reply_clock(kind, date(2026, 3, 6), handling[kind]) for kind in ComplaintKind]
    for clock in used:
        assert rule(clock.rule_id).value not in (15, 60)
        assert "信访" not in clock.explanation["zh"]
    assert not [row.id for row in rules().values() if row.id.startswith("rights.") and "信访" in row.source]


@pytest.mark.parametrize("left_out", ["ground", "text", "other_channel"])
def test_rr12_a_refusal_needs_ground_text_and_channel(left_out):
    body = {
        "ground": "not_lawyer",
        "text": "理由",
        "other_channel": {"organ": "司法局", "how": "电话"},
    }
    RefuseComplaint.model_validate(body)
    with pytest.raises(ValidationError):
        RefuseComplaint.model_validate({name: value for name, value in body.items() if name != left_out})


@pytest.mark.parametrize("ground", ["", "because", "NOT_LAWYER"])
def test_rr12_the_grounds_are_a_closed_list(ground):
    with pytest.raises(ValidationError):
        RefuseComplaint.model_validate({"ground": ground, "text": "t", "other_channel": {"organ": "o", "how": "h"}})


def test_rr13_the_association_of_registration_owns():
    complaint, event = file_complaint(uuid4(), matter(), MONDAY)
    assert (complaint.region, event.region) == ("410100", "410100")


def test_rr13_a_lawyer_registered_elsewhere_is_owned_where_it_happened():
    case = matter(registration_region=None)
    check(case)
    assert case.owner_region == "410300"


def test_nothing_in_henan_is_refused_with_the_right_channel():
    assert "注册地律师协会" in refused("outside-province", matter(registration_region=None, incident_region=None)).zh


@pytest.mark.parametrize("right", Right)
def test_rr14_person_liberty_and_removal_from_court_are_urgent(right):
    urgent = right in {Right.PERSON, Right.LIBERTY, Right.EXPEL}
    assert matter(right=right).fast_lane is urgent
    assert matter(right=right, hearing_in_progress=True).fast_lane


def test_a_report_to_discipline_inspection_is_not_filed_here():
    refused("kind-not-filed-here", matter(kind=ComplaintKind.DISCIPLINE))


@pytest.mark.parametrize("kind", [ComplaintKind.PETITION, ComplaintKind.RIGHTS_APP])
def test_an_anonymous_clue_cannot_be_an_application(kind):
    case = matter(kind=kind, identity_mode=IdentityMode.ANONYMOUS_CLUE, criminal=True)
    assert refused("clue-is-no-application", case).field == "identity_mode"


def test_an_anonymous_clue_starts_no_clock_and_is_announced_to_nobody():
    complaint, event = file_complaint(uuid4(), matter(identity_mode=IdentityMode.ANONYMOUS_CLUE), MONDAY)
    assert event is None
    assert (complaint.status, complaint.clocks) == (Status.CLUE, ())


def test_triage_takes_two_working_days_and_says_that_this_was_not_checked():
    (triage,) = clocks_at_filing(matter(), datetime(2026, 3, 6, 23, 30, tzinfo=SHANGHAI))  # a Friday night
    assert triage.due_on == date(2026, 3, 10)
    assert not triage.explanation["verified"]
    assert "尚未核对" in triage.explanation["zh"]


STEPS = {
    Status.ACCEPTED: lambda case, at: case.accept(at),
    Status.REFUSED: lambda case, at: case.refuse(RefusalGround.NOT_LAWYER, at),
    Status.REPLIED: lambda case, at: case.reply(at.date(), at),
    Status.CLOSED: lambda case, at: case.close(Outcome.CORRECTED, at),
}
PATHS = {
    Status.SUBMITTED: [],
    Status.ACCEPTED: [Status.ACCEPTED],
    Status.REFUSED: [Status.REFUSED],
    Status.REPLIED: [Status.ACCEPTED, Status.REPLIED],
    Status.CLOSED: [Status.ACCEPTED, Status.REPLIED, Status.CLOSED],
}
LEGAL = {
    (Status.SUBMITTED, Status.ACCEPTED),
    (Status.SUBMITTED, Status.REFUSED),
    (Status.ACCEPTED, Status.REPLIED),
    (Status.REPLIED, Status.CLOSED),
}


def in_state(status):
    mode = IdentityMode.ANONYMOUS_CLUE if status is Status.CLUE else IdentityMode.NAMED
    complaint, _ = file_complaint(uuid4(), matter(identity_mode=mode), MONDAY)
    for wanted in PATHS.get(status, []):
        complaint, _ = STEPS[wanted](complaint, MONDAY)
    assert complaint.status is status
    return complaint


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("wanted", STEPS)
def test_every_step_is_taken_from_its_own_state_only(status, wanted):
    before = in_state(status)
    if (status, wanted) in LEGAL:
        after, event = STEPS[wanted](before, MONDAY)
        assert (after.status, after.version, event.version) == (wanted, before.version + 1, before.version + 1)
    else:
        with pytest.raises(IllegalTransition) as caught:
            STEPS[wanted](before, MONDAY)
        assert caught.value.status is status


@pytest.mark.parametrize("days", [-1, 1])
def test_a_decision_lies_between_acceptance_and_today(days):
    with pytest.raises(DecisionDateWrong):
        in_state(Status.ACCEPTED).reply(MONDAY.date() + timedelta(days=days), MONDAY)


def test_every_clock_of_a_case_is_counted_by_a_rule_row():
    for name in ("rights.triage", "rights.with-organ", "rights.with-procuratorate", "rights.reply"):
        assert rule(name).clock in (Clock.WORKING, Clock.CALENDAR)
