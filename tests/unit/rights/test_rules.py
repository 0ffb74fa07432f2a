"""The rules of the rights channel by their numbers in the domain note, as far as filing to closing goes."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from contracts.conduct import OrganKind
from contracts.deadlines import rule, rules
from contracts.rights_proceedings import rights_clocks, rights_machine, rights_steps
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from contracts.working_days import OFFICIAL_CALENDAR, SHANGHAI, Clock
from pydantic import ValidationError
from rights_api.cases.deadlines import FAST_LANE, owner_of, rule_of
from rights_api.cases.domain import Actor, Details, GuardRefused, IllegalTransition, Status, file_complaint, take
from rights_api.cases.routing import FilingRefused, Level, Matter, check, route
from rights_api.clocks.domain import Bearer, begin
from rights_api.complaints.step_fields import RefuseComplaint
from rights_api.organs import association_of

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


def clock_of(of, name, start, cap=None):
    """As a case of this matter begins it."""
    info = rights_clocks()[name]
    case = file_complaint(uuid4(), of, MONDAY)
    rule_id = rule_of(info, petition=case.is_petition)
    capped = cap if case.is_petition and info.cap_petition else None
    return begin(owner_of(case), name, rule_id, start, OFFICIAL_CALENDAR, bearer=Bearer(info.bearer), cap=capped)


def clocks_at_filing(of, at):
    names = ("triage", *(FAST_LANE if of.fast_lane else ()))
    return [clock_of(of, name, at) for name in names]


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
    clock = clock_of(petition(), "handling", MONDAY)
    assert clock.rule_id == "rights.with-procuratorate"
    assert clock.current.due_on == date(2026, 3, 12)
    assert clock.current.explanation["verified"]
    # The instant at which it is missed is the midnight that ends the day, in Shanghai.
    assert clock.current.due_at == datetime(2026, 3, 12, 16, 0, tzinfo=UTC)


def test_rr06_notice_is_due_two_working_days_after_the_decision():
    handling = clock_of(petition(), "handling", MONDAY)
    notice = clock_of(petition(), "reply", date(2026, 3, 6), handling)  # a Friday
    assert notice.current.due_on == date(2026, 3, 10)


def test_rr06_but_never_later_than_the_ten_days():
    handling = clock_of(petition(), "handling", MONDAY)
    notice = clock_of(petition(), "reply", date(2026, 3, 12), handling)
    assert notice.current.due_on == date(2026, 3, 12)
    assert notice.current.due_at == handling.current.due_at
    assert "不得迟于办结期限2026-03-12" in notice.current.explanation["zh"]


def test_rr06_the_cap_is_the_procuratorates_alone():
    handling = clock_of(matter(), "handling", MONDAY)
    assert clock_of(matter(), "reply", date(2026, 3, 12), handling).current.due_on == date(2026, 3, 16)


def test_rr07_the_first_day_is_not_counted_and_a_holiday_rolls():
    # Ten days after 2026-09-22 end on 10-02, inside the National Day holiday.
    told = clock_of(petition(), "handling", datetime(2026, 9, 22, 10, 0, tzinfo=SHANGHAI)).current
    assert told.explanation["counted"][0] == "2026-09-23"
    assert told.explanation["counted"][-1] == "2026-10-02"
    assert told.due_on == date(2026, 10, 8)
    assert [day["on"] for day in told.explanation["rolled"]][-1] == "2026-10-07"


def test_rr08_hours_never_roll():
    night = datetime(2026, 10, 1, 2, 0, tzinfo=SHANGHAI)
    due = {clock.name: clock.current.due_at for clock in clocks_at_filing(matter(right=Right.PERSON), night)}
    assert {name: due[name] - night for name in FAST_LANE} == {
        "contact": timedelta(hours=1),
        "call": timedelta(hours=2),
        "province": timedelta(hours=4),
        "national": timedelta(hours=24),
    }
    assert rule("rights.meeting").deadline(night).due_at == datetime(2026, 10, 3, 3, 0, tzinfo=SHANGHAI)


def test_rr11_no_clock_is_that_of_petition_letters():
    used = {row for info in rights_machine().clocks for row in (info.rule, info.rule_petition) if row is not None}
    assert len(used) >= 10
    assert not [row for row in used if rule(row).value in (15, 60) or "信访" in rule(row).source]
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


def test_rr12_absence_from_a_register_is_no_ground():
    details = Details(ground=RefusalGround.NOT_LAWYER)
    with pytest.raises(GuardRefused) as caught:
        act(in_state(Status.TRIAGE), "refuse", details)
    assert caught.value.field == "confirmed_by"
    confirmed = Details(ground=RefusalGround.NOT_LAWYER, confirmed_by="豫司律证〔2026〕1号")
    assert act(in_state(Status.TRIAGE), "refuse", confirmed).refusal_ground is RefusalGround.NOT_LAWYER


def test_rr13_the_association_of_registration_owns():
    complaint = file_complaint(uuid4(), matter(), MONDAY)
    assert (complaint.region, complaint.organ.kind) == ("410100", OrganKind.CITY_ASSOCIATION)


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


def test_triage_takes_two_working_days_and_says_that_this_was_not_checked():
    (triage,) = clocks_at_filing(matter(), datetime(2026, 3, 6, 23, 30, tzinfo=SHANGHAI))  # a Friday night
    assert triage.current.due_on == date(2026, 3, 10)
    assert not triage.current.explanation["verified"]
    assert "尚未核对" in triage.current.explanation["zh"]


OFFICER = Actor("officer", "li", association_of("410100"))
ABOVE = Actor("officer", "wang", association_of("410000"))
SAYS = {
    "refuse": Details(ground=RefusalGround.NOT_PRACTICE_RELATED),
    "hand-over": Details(to_region="410200"),
    "record-decision": Details(decided_on=MONDAY.date(), received_on=MONDAY.date()),
    "close": Details(outcome=Outcome.CORRECTED, evidence=True),
}
PATHS = {
    Status.TRIAGE: [],
    Status.NEEDS_INFO: ["request-info"],
    Status.ACCEPTED: ["accept"],
    Status.REFUSED: ["refuse"],
    Status.TRANSFERRED: ["transfer"],
    Status.WITH_ORGAN: ["accept", "send"],
    Status.DECIDED: ["accept", "send", "record-decision"],
    Status.REPLIED: ["accept", "send", "record-decision", "reply"],
    Status.REVIEW: ["accept", "send", "record-decision", "reply", "object"],
    Status.MONITORING: ["accept", "send", "record-decision", "reply", "monitor"],
    Status.CLOSED: ["accept", "send", "record-decision", "reply", "close"],
}


def act(case, step, details=None, *, clocks=()):
    actor = ABOVE if step.endswith("-objection") else OFFICER
    said = details or SAYS.get(step, Details())
    if step == "object":
        clocks = (clock_of(case.matter, "objection", MONDAY),)
    return take(case, step, said, actor=actor, clocks=clocks, at=MONDAY)


def in_state(status):
    """The urgent variant, for which every step is open somewhere."""
    changes = {"right": Right.PERSON}
    if status is Status.CLUE:
        changes["identity_mode"] = IdentityMode.ANONYMOUS_CLUE
    if status is Status.WITH_PROC:
        changes |= {"kind": ComplaintKind.PETITION, "criminal": True}
    case = file_complaint(uuid4(), matter(**changes), MONDAY)
    for step in PATHS.get(Status.WITH_ORGAN if status is Status.WITH_PROC else status, []):
        case = act(case, step)
    assert case.status is status
    return case


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("step", rights_steps())
def test_every_step_is_taken_from_its_own_states_only(status, step):
    before, declared = in_state(status), rights_steps()[step]
    if status.value in declared.from_ and not (step == "request-info" and before.info_asked):
        after = act(before, step)
        wanted = declared.leads_to(status.value, petition=before.is_petition)
        assert (after.status.value, after.version) == (wanted, before.version + 1)
    else:
        with pytest.raises(IllegalTransition) as caught:
            act(before, step)
        assert caught.value.extra["state"] == status.value


def test_the_states_of_the_code_are_those_of_the_declared_machine():
    declared = {(state.id, state.zh, state.en) for state in rights_machine().states}
    assert {(status.value, status.zh, status.en) for status in Status} == declared


def test_every_guard_and_clock_that_is_declared_stands_before_or_is_begun_by_a_step():
    steps = rights_steps().values()
    assert {guard.id for guard in rights_machine().guards} == {guard for step in steps for guard in step.guards}
    begun = {begins.clock for step in steps for begins in step.begins} | {"triage", *FAST_LANE}
    assert {clock.id for clock in rights_machine().clocks} == begun


@pytest.mark.parametrize("days", [-1, 1])
def test_a_decision_lies_between_acceptance_and_today(days):
    on = MONDAY.date() + timedelta(days=days)
    with pytest.raises(GuardRefused) as caught:
        act(in_state(Status.WITH_ORGAN), "record-decision", Details(decided_on=on, received_on=on))
    assert caught.value.field == "decided_on"


def test_more_is_asked_for_once():
    again = act(in_state(Status.NEEDS_INFO), "supply-info")
    with pytest.raises(GuardRefused):
        act(again, "request-info")


def test_no_facts_is_a_ground_only_after_they_were_asked_for():
    ground = Details(ground=RefusalGround.NO_FACTS_AFTER_REQUEST)
    with pytest.raises(GuardRefused):
        act(in_state(Status.TRIAGE), "refuse", ground)
    assert act(act(in_state(Status.NEEDS_INFO), "go-on-without"), "refuse", ground).status is Status.REFUSED


def test_nothing_is_closed_while_the_complainant_may_object():
    case = in_state(Status.REPLIED)
    running = clock_of(case.matter, "objection", MONDAY)
    with pytest.raises(GuardRefused):
        act(case, "close", clocks=(running,))


def test_a_correction_needs_evidence_and_a_refusal_to_correct_the_organs_inspection():
    case = in_state(Status.MONITORING)
    with pytest.raises(GuardRefused):
        act(case, "close", Details(outcome=Outcome.CORRECTED))
    refused_to = Details(outcome=Outcome.REFUSED_TO_CORRECT)
    with pytest.raises(GuardRefused):
        act(case, "close", refused_to)
    assert act(act(case, "refer-to-inspection"), "close", refused_to).outcome is Outcome.REFUSED_TO_CORRECT


def test_an_objection_is_reviewed_by_the_next_higher_organ():
    with pytest.raises(GuardRefused):
        take(in_state(Status.REVIEW), "uphold-objection", Details(), actor=OFFICER, clocks=(), at=MONDAY)


def test_every_clock_of_a_case_is_counted_by_a_rule_row():
    for name in ("rights.triage", "rights.with-organ", "rights.with-procuratorate", "rights.reply"):
        assert rule(name).clock in (Clock.WORKING, Clock.CALENDAR)
