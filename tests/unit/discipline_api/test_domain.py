"""A sanction's dates, deadlines, terms, and what its events say."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import Penalty, SubjectKind
from contracts.registry_events import StandingKind
from discipline_api.organs import Organ
from discipline_api.record.domain import (
    Decision,
    Subject,
    Withdrawal,
    check_in_term,
    decide,
    publish,
    withdraw,
)
from discipline_api.record.publicity import DisplayClass, term_of
from discipline_api.record.tariff import Imposed
from discipline_api.refusals import Refused, TermOver

CASE = UUID(int=1)
TODAY = date(2026, 6, 10)
LAWYER = Subject(SubjectKind.LAWYER, "张三", licence_number="14101201010123456", firm_name="某某律师事务所")
DECISION = Decision(
    organ=Organ(OrganKind.BUREAU, "410100", "zz"),
    document_number="郑司罚决字〔2026〕12号",
    subject=LAWYER,
    conduct_code="L48.1",
    imposed=Imposed((Penalty.SUSPENSION,), suspension_months=3),
    filed_on=date(2026, 2, 2),
    decided_on=date(2026, 4, 29),
    served_on=date(2026, 5, 6),
    from_on=date(2026, 5, 6),
    to_on=date(2026, 8, 6),
    reasons="私自收取费用",
)
CENSURE = replace(
    DECISION,
    organ=Organ(OrganKind.CITY_ASSOCIATION, "410100", "zzlx"),
    imposed=Imposed((Penalty.PUBLIC_CENSURE,)),
    to_on=None,
    from_on=date(2026, 6, 1),
)


def refused(**changes):
    with pytest.raises(Refused) as caught:
        decide(CASE, replace(DECISION, **changes), TODAY)
    return caught.value.code, caught.value.field


def test_the_decision_tells_its_interval_and_its_last_days():
    sanction, event = decide(CASE, DECISION, TODAY)
    assert (event.version, event.region, event.organ_kind) == (1, "410100", "bureau")
    assert (event.from_on, event.to_on) == (date(2026, 5, 6), date(2026, 8, 6))
    assert sanction.standing_kind is StandingKind.SUSPENSION
    assert event.decision_due_on == date(2026, 5, 3)
    assert event.publish_due_on == sanction.due_on("publication")


def test_d11_the_ninety_days_are_calendar_days_and_lateness_shows():
    late = replace(DECISION, filed_on=date(2026, 1, 28))
    sanction, event = decide(CASE, late, TODAY)
    assert event.decision_due_on == date(2026, 4, 28)
    assert "decision" in sanction.overdue(TODAY)
    assert "decision" not in decide(CASE, DECISION, TODAY)[0].overdue(TODAY)


def test_d12_d18_seven_working_days_skip_the_may_holidays_and_say_so():
    sanction, event = decide(CASE, DECISION, TODAY)
    # 30 April; 1-5 May off; 6, 7, 8 May; Saturday 9 May is worked in exchange; 11, 12 May.
    assert event.publish_due_on == date(2026, 5, 12)
    kept = sanction.deadlines["publication"]
    assert kept["clock"] == "working"
    assert "劳动节" in kept["zh"]
    assert kept["article"] in kept["zh"]
    assert kept["verified"] is True
    assert sanction.deadlines["decision"]["clock"] == "calendar"


def test_d18_an_unpublished_sanction_is_overdue_from_the_day_after():
    sanction, _ = decide(CASE, DECISION, TODAY)
    assert "publication" not in sanction.overdue(date(2026, 5, 12))
    assert "publication" in sanction.overdue(date(2026, 5, 13))


def test_d19_a_withdrawal_is_due_within_three_working_days_with_its_reason():
    sanction, _ = decide(CASE, DECISION, TODAY)
    fallen, event = withdraw(
        sanction, Withdrawal(WithdrawalGround.REVOKED, "豫司复决字〔2026〕1号", date(2026, 6, 5)), TODAY
    )
    assert (event.version, event.ground, event.withdrawn_on) == (2, "revoked", date(2026, 6, 5))
    assert fallen.deadlines["withdrawal"]["due_on"] == "2026-06-10"
    with pytest.raises(Refused, match="already"):
        withdraw(fallen, Withdrawal(WithdrawalGround.VOID, "x1", TODAY), TODAY)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"from_on": date(2026, 5, 5)}, ("effect-before-service", "from_on")),
        ({"served_on": date(2026, 4, 28)}, ("dates-out-of-order", "served_on")),
        ({"decided_on": date(2026, 2, 1)}, ("dates-out-of-order", "decided_on")),
        ({"served_on": date(2026, 6, 11), "from_on": date(2026, 6, 11)}, ("date-in-the-future", "served_on")),
        ({"from_on": date(2027, 5, 7)}, ("date-in-the-future", "from_on")),
        ({"to_on": date(2026, 8, 5)}, ("term-does-not-fit", "to_on")),
        ({"to_on": date(2026, 8, 8)}, ("term-does-not-fit", "to_on")),
        ({"to_on": None}, ("term-does-not-fit", "to_on")),
        ({"imposed": Imposed((Penalty.WARNING,))}, ("term-without-suspension", "to_on")),
        ({"conduct_code": "L99"}, ("conduct-code-unknown", "conduct_code")),
        ({"organ": Organ(OrganKind.BUREAU, "410000", "zz")}, ("organ-region-mismatch", "organ.region")),
        ({"organ": Organ(OrganKind.COUNTY_BUREAU, "410102", "zy")}, ("organ-without-authority", "organ.kind")),
    ],
)
def test_d26_effects_start_with_service_and_dates_follow_one_another(changes, expected):
    assert refused(**changes) == expected


def test_d26_an_industry_sanction_is_recorded_once_effective_and_published_not_before():
    with pytest.raises(Refused) as caught:
        decide(CASE, replace(CENSURE, from_on=date(2026, 6, 11)), TODAY)
    assert caught.value.field == "from_on"
    sanction, _ = decide(CASE, CENSURE, TODAY)
    with pytest.raises(Refused, match="not before 2026-06-01"):
        publish(sanction, None, date(2026, 5, 31), date(2026, 5, 31))
    published, event = publish(sanction, None, date(2026, 6, 1), date(2026, 6, 1))
    assert (published.state, event.version) == ("published", 2)


def test_a_suspension_may_begin_later_and_its_dates_stand_as_decided():
    later = replace(DECISION, from_on=date(2026, 7, 1), to_on=date(2026, 10, 2))
    assert decide(CASE, later, TODAY)[1].to_on == date(2026, 10, 2)


@pytest.mark.parametrize("penalty", [Penalty.ADMONITION, Penalty.INDUSTRY_WARNING, Penalty.CIRCULATED_CRITICISM])
def test_lighter_industry_sanctions_are_not_public(penalty):
    sanction, _ = decide(CASE, replace(CENSURE, imposed=Imposed((penalty,))), TODAY)
    with pytest.raises(Refused) as caught:
        publish(sanction, None, TODAY, TODAY)
    assert (caught.value.code, caught.value.conflict) == ("not-public-by-class", True)
    assert "publication" not in sanction.overdue(date(2027, 1, 1))


def test_what_is_withdrawn_is_not_published_and_nothing_is_published_twice():
    sanction, _ = decide(CASE, DECISION, TODAY)
    published, _ = publish(sanction, None, TODAY, TODAY)
    with pytest.raises(Refused, match="already"):
        publish(published, None, TODAY, TODAY)
    fallen, _ = withdraw(sanction, Withdrawal(WithdrawalGround.UNLAWFUL, "x1", TODAY), TODAY)
    with pytest.raises(Refused, match="withdrawn"):
        publish(fallen, None, TODAY, TODAY)


def test_d21_the_term_follows_the_gravest_class_and_no_term_passes_five_years():
    decided = date(2024, 1, 31)
    minor = term_of(Imposed((Penalty.WARNING,)), decided, None)
    assert (minor.display, minor.display_to_on) == (DisplayClass.MINOR, date(2024, 5, 1))
    ordinary = term_of(Imposed((Penalty.WARNING, Penalty.FINE)), decided, None)
    assert (ordinary.display, ordinary.display_to_on) == (DisplayClass.ORDINARY, date(2025, 2, 1))
    serious = term_of(Imposed((Penalty.REVOCATION,)), decided, None)
    assert (serious.display, serious.display_to_on) == (DisplayClass.SERIOUS, date(2027, 2, 1))
    assert not serious.rule.verified
    for penalty in Penalty:
        assert term_of(Imposed((penalty,)), decided, None).display_to_on <= date(2029, 2, 1)


def test_d21_a_suspension_is_shown_until_it_ends():
    term = term_of(Imposed((Penalty.SUSPENSION,), suspension_months=12), date(2026, 1, 5), date(2027, 3, 1))
    assert (term.display_to_on, term.extended_by_suspension) == (date(2027, 3, 1), True)
    assert term.record_to_on == date(2029, 3, 2)


def test_the_term_is_over_on_its_day_and_not_before():
    sanction, _ = decide(CASE, DECISION, TODAY)
    check_in_term(sanction, date(2027, 4, 29))
    with pytest.raises(TermOver):
        check_in_term(sanction, date(2027, 4, 30))


def test_a_record_is_kept_as_long_as_a_repetition_counts():
    assert term_of(Imposed((Penalty.WARNING,)), date(2026, 1, 5), None).record_to_on == date(2027, 1, 6)
