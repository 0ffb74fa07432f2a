"""Repetition (律师法 51): D05 to D07, to the day."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.discipline_events import Penalty, SubjectKind
from discipline_api.organs import Organ
from discipline_api.record.domain import Decision, Subject, Withdrawal, decide
from discipline_api.record.repeat import repetitions
from discipline_api.record.tariff import Escalation, Imposed

TODAY = date(2026, 11, 20)
WARNING = Decision(
    organ=Organ(OrganKind.BUREAU, "410100", "zz"),
    document_number="郑司罚决字〔2026〕1号",
    subject=Subject(SubjectKind.LAWYER, "张三", licence_number="14101201010123456"),
    conduct_code="L48.1",
    imposed=Imposed((Penalty.WARNING,)),
    filed_on=date(2025, 3, 3),
    decided_on=date(2025, 5, 6),
    served_on=date(2025, 5, 9),
    from_on=date(2025, 5, 9),
    reasons="私自收取费用",
)
SUSPENSION = replace(WARNING, imposed=Imposed((Penalty.SUSPENSION,), suspension_months=3), to_on=date(2025, 8, 9))
FIRM = replace(
    WARNING,
    subject=Subject(SubjectKind.FIRM, "某某律师事务所", credit_code="31410000MD01234566"),
    conduct_code="F50.1",
    imposed=Imposed((Penalty.FIRM_SUSPENSION,), suspension_months=3),
    to_on=date(2025, 8, 9),
)


def sanction(decision):
    return decide(UUID(int=1), decision, TODAY)[0]


@pytest.mark.parametrize(
    ("act_on", "repeats"),
    [(date(2025, 5, 8), False), (date(2025, 5, 9), True), (date(2026, 5, 9), True), (date(2026, 5, 10), False)],
)
def test_d05_a_warning_within_a_year_leads_to_a_suspension(act_on, repeats):
    found = repetitions([sanction(WARNING)], act_on)
    assert [each.escalation for each in found] == ([Escalation.REPEAT_WARNING] if repeats else [])


@pytest.mark.parametrize(
    ("act_on", "repeats"),
    [(date(2025, 5, 8), False), (date(2025, 6, 1), True), (date(2027, 8, 9), True), (date(2027, 8, 10), False)],
)
def test_d06_a_suspension_grade_act_during_it_or_within_two_years_after_leads_to_revocation(act_on, repeats):
    found = repetitions([sanction(SUSPENSION)], act_on)
    assert [each.escalation for each in found] == ([Escalation.REPEAT_SUSPENSION] if repeats else [])


def test_d07_a_firm_likewise_after_its_own_suspension():
    (found,) = repetitions([sanction(FIRM)], date(2026, 1, 1))
    assert (found.escalation, found.until_on) == (Escalation.REPEAT_SUSPENSION, date(2027, 8, 9))
    assert "应当吊销" in found.sentence[0]


def test_a_withdrawn_decision_and_an_industry_sanction_repeat_nothing():
    fallen = replace(
        sanction(WARNING), withdrawal=Withdrawal(WithdrawalGround.REVOKED, "豫行终〔2025〕1号", date(2025, 9, 1))
    )
    industry = replace(
        WARNING, organ=Organ(OrganKind.CITY_ASSOCIATION, "410100", "lx"), imposed=Imposed((Penalty.INDUSTRY_WARNING,))
    )
    assert repetitions([fallen, sanction(industry)], date(2025, 10, 1)) == []


def test_the_graver_consequence_is_told_first():
    found = repetitions([sanction(WARNING), sanction(SUSPENSION)], date(2026, 1, 1))
    assert [each.escalation for each in found] == [Escalation.REPEAT_SUSPENSION, Escalation.REPEAT_WARNING]
