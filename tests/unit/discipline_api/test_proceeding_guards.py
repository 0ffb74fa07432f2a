"""What stands before each step, guard by guard."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from contracts.benchmarks import default_items
from contracts.conduct import OrganKind, PenaltyKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.proceedings import ProceedingOutcome, RemedyOutcome, RemedyTrack
from discipline_api.organs import Organ
from discipline_api.proceedings.execution import owed
from discipline_api.proceedings.facts import Act, Actor, Instalment, Investigator, Payment, Penalising, Remedy, Vote
from discipline_api.proceedings.guards import Known
from discipline_api.proceedings.severity import exceeds, needs_hearing
from discipline_api.record.store_benchmarks import BenchmarkTable
from discipline_api.record.tariff import Imposed, MitigationGround
from discipline_api.refusals import NotCompetent, Refused

from .cases import DAY, MEMBERSHIP, SUSPENSION, WARNING, actor, attempt, case_in, fine, notice, ruling

PENALTY = ProceedingOutcome.PENALTY


def refusal(proceeding, step, **said):
    with pytest.raises(Refused) as caught:
        attempt(proceeding, step, **said)
    return caught.value


def refused_by(proceeding, step, **said):
    found = refusal(proceeding, step, **said)
    return found.extra["guard"], found.field


def decided(imposed=SUSPENSION, code="L48.1", **more):
    return {"outcome": PENALTY, "conduct_code": code, "penalties": imposed} | more


def ready(imposed=SUSPENSION, **facts):
    """Notified, the hearing let pass, deliberated on."""
    return case_in("DELIBERATED", notice=notice(imposed), deliberated_on=date(2026, 4, 15), **facts)


def test_d01_a_county_bureau_takes_no_step_of_a_penalty():
    for step in ("file", "investigate", "notify", "decide", "serve", "close"):
        found = refusal(case_in("ACCEPTED", OrganKind.COUNTY_BUREAU), step)
        assert isinstance(found, NotCompetent)
        assert found.extra == {"guard": "d01-county-only-proposes", "source": "律师法第五十二条", "verified": True}


def test_d02_a_bureau_neither_notifies_nor_decides_a_revocation_and_the_department_does():
    revocation = Imposed((Penalty.REVOCATION,))
    told = {"conduct_code": "L49.2", "penalties": revocation, "hearing_offered": True}
    assert refused_by(case_in("INVESTIGATED"), "notify", **told) == ("d02-authority", "details.penalties.0.kind")
    case = case_in("DELIBERATED", notice=notice(revocation, code="L49.2"), deliberated_on=date(2026, 4, 15))
    assert refused_by(case, "decide", **decided(revocation, "L49.2"))[0] == "d02-authority"
    assert attempt(case_in("INVESTIGATED", OrganKind.DEPARTMENT), "notify", **told).proceeding.state == "NOTIFIED"
    warning = {"conduct_code": "L48.1", "penalties": WARNING, "hearing_offered": False}
    assert refused_by(case_in("INVESTIGATED", OrganKind.DEPARTMENT), "notify", **warning)[0] == "d02-authority"


def test_d03_d04_the_tariff_of_the_conduct_binds_notice_and_decision():
    too_much = {"conduct_code": "L47.2", "penalties": fine(5001), "hearing_offered": True}
    assert refused_by(case_in("INVESTIGATED"), "notify", **too_much) == ("d03-tariff", "details.penalties.1.fine_yuan")
    short = Imposed((Penalty.SUSPENSION,), suspension_months=3)
    below = {"conduct_code": "L49.2", "penalties": short, "hearing_offered": True}
    assert refused_by(case_in("INVESTIGATED"), "notify", **below)[0] == "d03-tariff"
    with_ground = below | {"mitigation": MitigationGround.MERIT}
    assert attempt(case_in("INVESTIGATED"), "notify", **with_ground).proceeding.state == "NOTIFIED"
    assert refused_by(case_in("INVESTIGATED"), "notify", **(below | {"conduct_code": "L99"})) == (
        "d03-tariff", "details.conduct_code",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("act", "timely"),
    [
        ({"act_on": date(2024, 3, 1), "discovered_on": date(2026, 3, 1)}, True),
        ({"act_on": date(2024, 3, 1), "discovered_on": date(2026, 3, 2)}, False),
        ({"act_on": date(2020, 3, 1), "act_ended_on": date(2024, 3, 1), "discovered_on": date(2026, 3, 1)}, True),
        ({"act_on": date(2021, 3, 2), "discovered_on": date(2026, 3, 2), "grave_harm": True}, True),
        ({"act_on": date(2021, 3, 1), "discovered_on": date(2026, 3, 2), "grave_harm": True}, False),
    ],
)
def test_d10_an_act_not_discovered_in_two_years_or_five_where_harm_was_grave_is_not_filed(act, timely):
    case = case_in("ACCEPTED", act=None, filed_on=None)
    if timely:
        assert attempt(case, "file", **act).proceeding.state == "FILED"
    else:
        assert refused_by(case, "file", **act) == ("d10-limitation", "details.discovered_on")


def test_d10_what_the_investigation_finds_about_the_day_of_the_act_binds_the_decision():
    case = ready(act=Act(date(2024, 1, 1), date(2026, 3, 1)))
    assert refused_by(case, "decide", **decided()) == ("d10-limitation", "details.outcome")
    assert attempt(case, "decide", outcome=ProceedingOutcome.NONE).proceeding.state == "DECIDED"


def test_d11_a_decision_after_ninety_days_says_why_it_is_late():
    case = ready()
    late = {"on": date(2026, 6, 4), "today": date(2026, 6, 4)}
    assert attempt(case, "decide", on=date(2026, 6, 3), today=date(2026, 6, 4), **decided()).proceeding.told == 1
    assert refused_by(case, "decide", **late, **decided()) == ("d11-late-decision", "details.late_reason")
    assert attempt(case, "decide", **late, **decided(late_reason="鉴定耗时")).proceeding.state == "DECIDED"


def test_d13_no_penalty_without_prior_notice_nor_for_conduct_of_which_nothing_was_told():
    found = refusal(case_in("INVESTIGATED"), "decide", **decided())
    assert (found.extra["guard"], found.field, found.conflict) == ("d13-prior-notice", "details.outcome", True)
    assert refused_by(ready(), "decide", **decided(code="L48.2")) == ("d13-prior-notice", "details.conduct_code")
    assert attempt(case_in("INVESTIGATED"), "decide", outcome=ProceedingOutcome.UNPROVEN).proceeding.state == "DECIDED"


@pytest.mark.parametrize(
    ("imposed", "code", "subject"),
    [
        (SUSPENSION, "L48.1", SubjectKind.LAWYER),
        (fine(5000), "L47.2", SubjectKind.LAWYER),
        (Imposed((Penalty.FIRM_SUSPENSION,), suspension_months=1), "F50.1", SubjectKind.FIRM),
        (fine(30_000), "F50.1", SubjectKind.FIRM),
        (Imposed((Penalty.WARNING, Penalty.CONFISCATION), confiscated_yuan=6000), "L48.1", SubjectKind.LAWYER),
    ],
)
def test_d14_a_hearing_is_offered_before_suspension_or_a_large_fine(imposed, code, subject):
    told = {"conduct_code": code, "penalties": imposed}
    case = case_in("INVESTIGATED", subject=subject)
    assert refused_by(case, "notify", hearing_offered=False, **told) == (
        "d14-hearing-offered", "details.hearing_offered",
    )  # fmt: skip
    taken = attempt(case, "notify", hearing_offered=True, **told)
    assert [each.name for each in taken.begins] == ["hearing-request"]


def test_d14_a_small_fine_needs_no_hearing():
    assert not needs_hearing(fine(4999), SubjectKind.LAWYER)
    assert not needs_hearing(fine(29_999), SubjectKind.FIRM)
    told = {"conduct_code": "L48.1", "penalties": fine(4999), "hearing_offered": False}
    assert attempt(case_in("INVESTIGATED"), "notify", **told).begins == ()


@pytest.mark.parametrize(
    "facts", [{"heard_on": date(2026, 4, 10), "heard_notice": 0}, {"major": True}, {"complex": True}]
)
def test_d15_a_case_that_was_heard_or_is_major_or_complex_is_reviewed_legally_first(facts):
    case = replace(ready(**facts), state="NOTIFIED")
    people = {"participants": ("h-1", "h-2", "h-3")}
    assert refused_by(case, "deliberate", **people) == ("d15-legal-review", "step")
    assert refused_by(case, "decide", **decided()) == ("d15-legal-review", "step")
    reviewed = attempt(case, "review-legally", reviewer="l-1").proceeding
    assert attempt(reviewed, "deliberate", **people).proceeding.state == "DELIBERATED"


def test_d16_a_decision_does_not_exceed_the_notice_and_a_heavier_notice_needs_new_evidence():
    case = ready(fine(2000))
    assert refused_by(case, "decide", **decided(fine(2001))) == ("d16-not-heavier", "details.penalties")
    assert refused_by(case, "decide", **decided(SUSPENSION))[0] == "d16-not-heavier"
    assert attempt(case, "decide", **decided(fine(1000))).proceeding.state == "DECIDED"
    heavier = {"conduct_code": "L48.1", "penalties": SUSPENSION, "hearing_offered": True}
    assert refused_by(case, "notify", **heavier) == ("d16-not-heavier", "details.new_evidence")
    renewed = attempt(case, "notify", new_evidence="银行流水", **heavier).proceeding
    assert (renewed.state, renewed.facts.deliberated_on, renewed.facts.notice_number) == ("NOTIFIED", None, 1)


def test_d16_what_exceeds_what():
    told = Imposed((Penalty.SUSPENSION, Penalty.FINE), fine_yuan=1000, suspension_months=3)
    assert not exceeds(WARNING, told)
    assert not exceeds(told, told)
    assert not exceeds(Imposed((Penalty.SUSPENSION,), suspension_months=3), told)
    assert exceeds(Imposed((Penalty.SUSPENSION,), suspension_months=4), told)
    assert exceeds(Imposed((Penalty.SUSPENSION, Penalty.FINE), fine_yuan=1001, suspension_months=1), told)
    assert exceeds(Imposed((Penalty.WARNING, Penalty.CONFISCATION), confiscated_yuan=1), told)
    assert exceeds(Imposed((Penalty.REVOCATION,)), told)
    assert exceeds(fine(10), WARNING)


def test_d17_one_act_is_fined_once_and_by_the_higher_scale():
    case, told = case_in("INVESTIGATED"), {"conduct_code": "L48.1", "penalties": fine(900), "hearing_offered": False}
    other = UUID(int=9)
    assert refused_by(case, "notify", known=Known(fined_for_same_day=(other,)), **told) == (
        "d17-one-fine", "details.penalties",
    )  # fmt: skip
    excused = attempt(case, "notify", known=Known(fined_for_same_day=(other,)), another_act="另一委托", **told)
    assert excused.proceeding.state == "NOTIFIED"
    named = Known(fined_for_named_act=(other,))
    assert refused_by(case, "notify", known=named, another_act="另一委托", **told)[0] == "d17-one-fine"
    without = {"conduct_code": "L48.1", "penalties": WARNING, "hearing_offered": False}
    assert attempt(case, "notify", known=named, **without).proceeding.state == "NOTIFIED"
    lower = {
        "conduct_code": "L47.3",
        "penalties": fine(900),
        "hearing_offered": False,
        "also_conduct_codes": ("L48.3",),
    }
    assert refused_by(case, "notify", **lower) == ("d17-one-fine", "details.conduct_code")
    higher = lower | {"conduct_code": "L48.3", "also_conduct_codes": ("L47.3",)}
    assert attempt(case, "notify", **higher).proceeding.state == "NOTIFIED"


def test_a_serious_or_complex_penalty_is_deliberated_on_collectively():
    case = case_in("NOTIFIED", notice=notice())
    assert refused_by(case, "decide", **decided()) == (
        "collective-deliberation",
        "step",
    )  # 停止执业 is of the graver tier
    mild = case_in("NOTIFIED", notice=notice(WARNING, offered=False))
    assert attempt(mild, "decide", **decided(WARNING)).proceeding.state == "DECIDED"
    serious = case_in("NOTIFIED", notice=notice(WARNING, offered=False), serious=True)
    assert refused_by(serious, "decide", **decided(WARNING))[0] == "collective-deliberation"
    two = {"participants": ("h-1", "h-2", "h-2")}
    assert refused_by(case, "deliberate", **two) == ("enough-to-deliberate", "details.participants")


def test_two_certified_officers_investigate():
    case = case_in("FILED", investigators=())
    alone = (Investigator("i-1", "A-1"), Investigator("i-1", "A-1"))
    assert refused_by(case, "investigate", investigators=alone) == ("investigators", "details.investigators")
    bare = (Investigator("i-1", "A-1"), Investigator("i-2"))
    assert refused_by(case, "investigate", investigators=bare)[1] == "details.investigators.1.certificate_number"


def test_a_hearing_is_asked_for_in_five_working_days_and_announced_seven_before():
    case = case_in("NOTIFIED", notice=notice())
    asked = attempt(case, "request-hearing", on=date(2026, 4, 8)).proceeding
    assert asked.state == "HEARING_REQUESTED"
    assert refused_by(case, "request-hearing", on=date(2026, 4, 9)) == ("hearing-request-in-time", "on")
    unasked = case_in("NOTIFIED", notice=notice(WARNING, offered=False))
    assert refused_by(unasked, "request-hearing")[0] == "hearing-was-offered"
    held = {"hearing_noticed_on": date(2026, 4, 9), "panel": ("chair",)}
    assert refused_by(asked, "hold-hearing", on=date(2026, 4, 17), **held) == (
        "hearing-notice", "details.hearing_noticed_on",
    )  # fmt: skip
    assert attempt(asked, "hold-hearing", on=date(2026, 4, 20), **held).proceeding.state == "HEARD"
    own = held | {"panel": ("i-1",)}
    assert refused_by(asked, "hold-hearing", on=date(2026, 4, 20), **own)[0] == "hearing-not-by-investigators"


def test_nothing_is_decided_while_a_hearing_may_still_be_asked_for():
    case = case_in("NOTIFIED", notice=notice())
    people = {"participants": ("h-1", "h-2", "h-3")}
    assert refused_by(case, "deliberate", on=date(2026, 4, 8), **people) == ("hearing-settled", "on")
    assert attempt(case, "deliberate", on=date(2026, 4, 9), **people).proceeding.state == "DELIBERATED"
    waived = attempt(case, "waive-hearing", on=date(2026, 4, 3)).proceeding
    assert attempt(waived, "deliberate", on=date(2026, 4, 3), **people).proceeding.state == "DELIBERATED"


def test_d22_membership_is_suspended_or_cancelled_only_after_a_hearing_on_this_very_sanction_was_offered():
    city = OrganKind.CITY_ASSOCIATION
    vote = {
        "outcome": ProceedingOutcome.SANCTION, "conduct_code": "L48.1", "penalties": MEMBERSHIP,
        "committee": 9, "present": tuple("abcdef"), "in_favour": 6,
    }  # fmt: skip
    assert refused_by(case_in("INVESTIGATED", city), "vote", **vote) == ("d22-hearing-offered", "details.penalties")
    milder = Imposed((Penalty.PUBLIC_CENSURE,))
    assert attempt(case_in("INVESTIGATED", city), "vote", **(vote | {"penalties": milder})).proceeding.state == "VOTED"
    waived = {"hearing_waived_on": date(2026, 4, 20)}
    for_milder = case_in("WAIVED", city, notice=notice(milder), **waived)
    assert refused_by(for_milder, "vote", **vote)[0] == "d22-hearing-offered"
    assert (
        attempt(case_in("WAIVED", city, notice=notice(MEMBERSHIP), **waived), "vote", **vote).proceeding.state
        == "VOTED"
    )
    long = Imposed((Penalty.MEMBERSHIP_SUSPENSION,), suspension_months=13)
    assert refused_by(case_in("WAIVED", city, notice=notice(long), **waived), "vote", **(vote | {"penalties": long}))[
        0
    ] == ("d03-tariff")


def test_a_vote_needs_its_quorum_and_a_majority():
    vote = {"outcome": ProceedingOutcome.NONE, "committee": 9, "present": tuple("abcdef"), "in_favour": 4}
    case = case_in("INVESTIGATED", OrganKind.ASSOCIATION)
    assert attempt(case, "vote", **vote).proceeding.state == "VOTED"
    assert refused_by(case, "vote", **(vote | {"present": tuple("abcde")})) == ("quorum", "details.present")
    assert refused_by(case, "vote", **(vote | {"present": tuple("aabcde")}))[0] == "quorum"
    assert refused_by(case, "vote", **(vote | {"in_favour": 3})) == ("majority", "details.in_favour")
    assert refused_by(replace(case, recused=("a",)), "vote", **vote)[0] == "not-recused"


def test_membership_is_cancelled_by_the_province_once_revocation_was_recommended():
    cancelled = Imposed((Penalty.MEMBERSHIP_CANCELLATION,))
    vote = {
        "outcome": ProceedingOutcome.SANCTION, "conduct_code": "L48.1", "penalties": cancelled,
        "committee": 3, "present": ("a", "b"), "in_favour": 2,
    }  # fmt: skip
    facts = {"notice": notice(cancelled), "hearing_waived_on": date(2026, 4, 20)}
    case = case_in("WAIVED", OrganKind.ASSOCIATION, **facts)
    found = refusal(case, "vote", **vote)
    assert found.extra == {
        "guard": "revocation-recommended", "source": "会员违规行为处分规则第十八条", "verified": False,
    }  # fmt: skip
    recommended = attempt(case, "recommend-revocation").proceeding
    assert attempt(recommended, "vote", **vote).proceeding.state == "VOTED"
    assert refused_by(case_in("WAIVED", OrganKind.CITY_ASSOCIATION, **facts), "vote", **vote)[0] == "d02-authority"


def test_a_panel_has_three_to_five_members_and_no_investigator():
    case = case_in("HEARING_OFFERED", OrganKind.ASSOCIATION, notice=notice(MEMBERSHIP))
    held = {"hearing_noticed_on": date(2026, 4, 10), "panel": ("p-1", "p-2", "p-3")}
    assert refused_by(case, "hold-hearing", **held) == ("hearing-requested", "step")
    case = attempt(case, "request-hearing", on=date(2026, 4, 3)).proceeding
    assert attempt(case, "hold-hearing", **held).proceeding.state == "HEARD"
    for panel in (("p-1", "p-2"), ("p-1", "p-2", "p-2"), tuple("abcdef")):
        assert refused_by(case, "hold-hearing", **(held | {"panel": panel}))[0] == "hearing-panel"
    assert refused_by(case, "hold-hearing", **(held | {"panel": ("p-1", "p-2", "i-1")}))[0] == (
        "hearing-not-by-investigators"
    )


def test_nobody_reviews_who_voted():
    voted = Vote(date(2026, 4, 10), 3, ("m-1", "m-2"), 2, ProceedingOutcome.SANCTION, Penalising("L48.1", MEMBERSHIP))
    facts = {"vote": voted, "voters": voted.present, "ruling": ruling(MEMBERSHIP, ProceedingOutcome.SANCTION)}
    asked = attempt(case_in("SERVED", OrganKind.ASSOCIATION, **facts), "request-review").proceeding
    upheld = {"remedy_outcome": RemedyOutcome.UPHELD, "present": ("o-1", "o-2")}
    assert refused_by(asked, "decide-review", **upheld) == ("review-accepted", "step")
    accepted = attempt(asked, "accept-review").proceeding
    assert refused_by(accepted, "decide-review", **(upheld | {"present": ("o-1", "m-1")}))[0] == "review-committee"
    assert attempt(accepted, "decide-review", **upheld).proceeding.state == "REVIEW"


def test_a_late_fine_grows_by_three_per_cent_a_day_up_to_itself_and_not_while_a_remedy_is_pending():
    facts = case_in("EXECUTING", ruling=ruling(fine(1000)), fine_due_on=date(2026, 5, 10)).facts
    on = {day: owed(facts, date(2026, 5, day)).additional for day in (10, 11, 13)}
    assert on == {10: 0, 11: 30, 13: 90}
    assert owed(facts, date(2027, 1, 1)).outstanding == 2000
    pending = replace(facts, remedies=(Remedy(RemedyTrack.REVIEW, date(2026, 5, 12)),))
    assert owed(pending, date(2026, 6, 30)).additional == 30
    ended = replace(pending, remedies=(replace(pending.remedies[0], ended_on=date(2026, 5, 20)),))
    assert owed(ended, date(2026, 5, 22)).additional == 90
    paid = replace(facts, payments=(Payment(date(2026, 5, 12), 50_000),))
    assert owed(paid, date(2026, 5, 13)).additional == 30 + 15 + 15
    assert owed(paid, date(2026, 5, 13)).outstanding == 560
    parts = replace(facts, instalments=(Instalment(date(2026, 5, 10), 400), Instalment(date(2026, 6, 10), 600)))
    assert owed(parts, date(2026, 5, 12)).additional == 24
    assert [part.paid for part in owed(replace(parts, payments=paid.payments), DAY).parts] == [400, 100]


def test_an_officer_who_is_recused_takes_no_step_and_is_in_no_list():
    case = replace(case_in("FILED"), recused=("officer", "i-2"), handlers=())
    assert isinstance(refusal(case, "investigate"), NotCompetent)
    found = refused_by(
        case, "investigate", by=actor(OrganKind.BUREAU, "another"), investigators=case.facts.investigators
    )
    assert found == ("not-recused", "details.investigators")


def test_only_the_very_organ_moves_its_case_and_one_just_handed_over_that_of_its_region():
    other = Actor("officer", Organ(OrganKind.BUREAU, "410100", "another-organ"))
    assert refused_by(case_in("CLUE"), "accept", by=other) == ("competent-organ", "step")
    handed = replace(case_in("PROPOSED"), organ=Organ(OrganKind.BUREAU, "410100", ""), handlers=())
    taken = attempt(handed, "decline", by=other).proceeding
    assert (taken.organ.code, taken.handlers) == ("another-organ", ("officer",))
    elsewhere = Actor("officer", Organ(OrganKind.BUREAU, "410300", "ly"))
    assert refused_by(handed, "decline", by=elsewhere) == ("competent-organ", "step")


def test_days_follow_one_another_and_none_lies_ahead():
    case = case_in("CLUE", last_on=date(2026, 4, 1))
    assert refused_by(case, "accept", on=date(2026, 3, 31)) == ("dates-in-order", "on")
    assert refused_by(case, "accept", on=date(2026, 6, 2)) == ("dates-in-order", "on")


def test_a_decision_off_its_benchmark_gives_reasons_which_are_kept_sealed():
    table = BenchmarkTable(PenaltyKind.ADMINISTRATIVE, "默认", "default", None, None, dict(default_items()))
    [tier, *_] = [item.tier for item in table.items["L48.1"]]
    known = Known(benchmark=table)
    far = Imposed((Penalty.SUSPENSION,), suspension_months=6)
    case = case_in("DELIBERATED", notice=notice(far), deliberated_on=date(2026, 4, 15))
    assert refused_by(case, "decide", known=known, **decided(far, tier=tier)) == (
        "benchmark", "details.deviation_reasons",
    )  # fmt: skip
    assert refused_by(case, "decide", known=known, **decided(far, tier="nowhere")) == ("benchmark", "details.tier")
    taken = attempt(case, "decide", known=known, **decided(far, tier=tier, deviation_reasons="后果特别恶劣"))
    assert taken.data.texts()["deviation_reasons"] == "后果特别恶劣"
    assert "deviation_reasons" not in taken.data.codes()
