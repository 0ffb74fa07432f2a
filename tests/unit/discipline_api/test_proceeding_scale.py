"""A case beside the scale: what an earlier sanction makes of it (律师法 51), and where no tier fits."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from contracts.benchmarks import default_items
from contracts.conduct import OrganKind, PenaltyKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.proceedings import ProceedingOutcome
from discipline_api.organs import Organ
from discipline_api.proceedings.known import Known
from discipline_api.record.domain import Decision, Subject, decide
from discipline_api.record.store_benchmarks import BenchmarkTable
from discipline_api.record.tariff import Escalation, Imposed, MitigationGround
from discipline_api.refusals import Refused

from .cases import SUSPENSION, WARNING, Act, attempt, case_in, notice

EARLIER = Decision(
    organ=Organ(OrganKind.BUREAU, "410300", "ly"),
    document_number="洛司罚决字〔2025〕3号",
    subject=Subject(SubjectKind.LAWYER, "张三", licence_number="14101201010123456"),
    conduct_code="L48.2",
    imposed=WARNING,
    filed_on=date(2025, 7, 1),
    decided_on=date(2025, 9, 1),
    served_on=date(2025, 9, 3),
    from_on=date(2025, 9, 3),
    reasons="不按时出庭",
)
SUSPENDED = replace(EARLIER, imposed=SUSPENSION, to_on=date(2025, 12, 3))
TABLE = BenchmarkTable(PenaltyKind.ADMINISTRATIVE, "默认", "default", None, None, dict(default_items()))


def history(*decisions):
    return Known(history=tuple(decide(UUID(int=9), decision, date(2026, 1, 1))[0] for decision in decisions))


def notified(imposed, *decisions, **details):
    case = case_in("INVESTIGATED")
    told = {"conduct_code": "L48.1", "penalties": imposed, "hearing_offered": True} | details
    return attempt(case, "notify", known=history(*decisions), **told)


def refused(imposed, *decisions, **details):
    with pytest.raises(Refused) as caught:
        notified(imposed, *decisions, **details)
    return caught.value.code, caught.value.field


def test_d05_a_second_warning_within_a_year_is_refused_and_a_suspension_is_not():
    assert refused(WARNING, EARLIER) == ("repetition", "details.penalties")
    again = Imposed((Penalty.SUSPENSION,), suspension_months=4)
    assert notified(again, EARLIER, escalation=Escalation.REPEAT_WARNING).proceeding.state == "NOTIFIED"


def test_d05_after_the_year_a_warning_is_a_warning():
    late = Act(date(2026, 9, 4), date(2026, 9, 10))
    case = replace(case_in("INVESTIGATED", act=late, last_on=date(2026, 9, 20)), opened_on=date(2026, 9, 10))
    told = {"conduct_code": "L48.1", "penalties": WARNING, "hearing_offered": True}
    days = {"on": date(2026, 10, 9), "today": date(2026, 10, 9)}
    assert attempt(case, "notify", known=history(EARLIER), **days, **told).proceeding.state == "NOTIFIED"


def test_d06_a_second_suspension_within_two_years_is_refused():
    assert refused(SUSPENSION, SUSPENDED) == ("repetition", "details.penalties")
    assert notified(SUSPENSION, SUSPENDED, mitigation=MitigationGround.REMEDIED).proceeding.state == "NOTIFIED"


def test_a_repetition_rests_on_a_penalty_that_is_on_record():
    again = Imposed((Penalty.SUSPENSION,), suspension_months=4)
    assert refused(again, escalation=Escalation.REPEAT_WARNING) == ("repetition", "details.escalation")


@pytest.mark.parametrize(
    ("imposed", "fits"),
    [
        (Imposed((Penalty.SUSPENSION, Penalty.FINE), fine_yuan=5_000, suspension_months=8), True),
        (Imposed((Penalty.SUSPENSION, Penalty.FINE), fine_yuan=40_000, suspension_months=6), False),
    ],
)
def test_where_no_tier_is_named_it_lies_within_one_or_says_why_not(imposed, fits):
    told = notice(imposed, code="L49.4")
    case = case_in("DELIBERATED", notice=told, deliberated_on=date(2026, 4, 15))
    said = {"outcome": ProceedingOutcome.PENALTY, "conduct_code": "L49.4", "penalties": imposed}
    known = Known(benchmark=TABLE)
    if not fits:
        with pytest.raises(Refused) as caught:
            attempt(case, "decide", known=known, **said)
        assert (caught.value.code, caught.value.field) == ("benchmark", "details.deviation_reasons")
        said |= {"deviation_reasons": "违法所得较多"}
    assert attempt(case, "decide", known=known, **said).proceeding.state == "DECIDED"
