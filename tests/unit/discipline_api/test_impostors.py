"""Practice without a licence: who is fined, within what bounds, and who must act instead."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from contracts.conduct import OrganKind
from contracts.impostors import Department, impostor_conduct, impostor_fine
from discipline_api.impostors.domain import Fined, ImpostorCase, Referral, report
from discipline_api.impostors.terms import Outcome, ReferralKind, ReferralResult, Source, Status, SuspectKind
from discipline_api.organs import Organ
from discipline_api.refusals import Refused
from hypothesis import given
from hypothesis import strategies as st

AT = datetime(2026, 6, 10, 4, tzinfo=UTC)
COUNTY = Organ(OrganKind.COUNTY_BUREAU, "410105", "")


def clue(**changes) -> ImpostorCase:
    told = {
        "organ": COUNTY, "source": Source.PUBLIC, "suspect_kind": SuspectKind.COMPANY, "conduct": ["in-lawyers-name"],
        "received_on": date(2026, 6, 10), "source_received_on": None, "at": AT,
    }  # fmt: skip
    return report(uuid4(), **(told | changes))


def opened(*conduct: str) -> ImpostorCase:
    return clue().open(conduct or ("in-lawyers-name",), AT)[0]


def fined(gains: str, fine: str, **changes) -> Fined:
    day = date(2026, 6, 10)
    return replace(Fined("金水司罚决字〔2026〕1号", "k", day, day, day, Decimal(gains), Decimal(fine)), **changes)


def referral(kind=ReferralKind.TRANSFER, department=Department.POLICE, **changes) -> Referral:
    return replace(Referral(uuid4(), kind, department, date(2026, 6, 10)), **changes)


TAKEN = {"acknowledged_on": date(2026, 6, 10)}


def code_of(call, *arguments) -> str:
    with pytest.raises(Refused) as caught:
        call(*arguments)
    return caught.value.code


@given(st.decimals(0, 10_000_000, places=2, allow_nan=False), st.decimals(0, 60_000_000, places=2, allow_nan=False))
def test_d24_the_fine_is_one_to_five_times_the_gains_and_nothing_where_there_are_none(gains, fine):
    decided = fined(str(gains), str(fine))
    if gains <= fine <= 5 * gains:
        assert opened().fine(decided, AT).fined == decided
        assert gains > 0 or fine == 0
    else:
        assert code_of(opened().fine, decided, AT) == "fine-out-of-bounds"


@pytest.mark.parametrize(
    ("gains", "fine", "allowed"),
    [
        ("0", "0", True), ("0", "0.01", False), ("0", "10000", False), ("10000", "9999.99", False),
        ("10000", "10000", True), ("10000", "50000", True), ("10000", "50000.01", False), ("0.01", "0.05", True),
    ],
)  # fmt: skip
def test_d24_at_its_bounds(gains, fine, allowed):
    assert impostor_fine().allows(Decimal(gains), Decimal(fine)) is allowed


def test_d24_comes_from_a_row_that_was_read():
    bounds = impostor_fine()
    assert (bounds.times_min, bounds.times_max, bounds.verified) == (1, 5, True)
    assert "第五十五条" in bounds.source


@pytest.mark.parametrize("code", impostor_conduct())
def test_only_acting_in_the_name_of_a_lawyer_is_punished_and_all_else_has_a_department(code):
    row = impostor_conduct()[code]
    assert row.by_bureau is (code == "in-lawyers-name")
    assert bool(row.transfer_to) is not row.by_bureau
    case = opened(code)
    if row.by_bureau:
        assert case.fine(fined("100", "100"), AT).fined is not None
    else:
        assert code_of(case.fine, fined("100", "100"), AT) == "not-in-lawyers-name"


def test_no_decision_without_notice_nor_before_the_case_and_only_one():
    case = opened()
    later = date(2026, 6, 11)
    assert code_of(case.fine, fined("1", "1", notified_on=later), AT) == "day-out-of-order"
    assert code_of(case.fine, fined("1", "1", notified_on=date(2026, 6, 9)), AT) == "day-out-of-order"
    assert code_of(case.fine, fined("1", "1", served_on=later), AT) == "day-out-of-order"
    decided = case.fine(fined("1", "1"), AT)
    assert code_of(decided.fine, fined("1", "1"), AT) == "decided-before"
    assert code_of(clue().fine, fined("1", "1"), AT) == "illegal-transition"


def test_what_is_not_ours_must_have_been_taken_by_its_department_before_the_end():
    case = opened("in-lawyers-name", "fraud-suspected").fine(fined("1", "1"), AT)
    assert code_of(case.close, Outcome.PENALISED, [], AT) == "not-transferred"
    assert code_of(case.close, Outcome.PENALISED, [referral()], AT) == "referrals-open"
    elsewhere = referral(department=Department.TAX, **TAKEN)
    assert code_of(case.close, Outcome.PENALISED, [elsewhere], AT) == "not-transferred"
    declined = referral(**TAKEN, result=ReferralResult.DECLINED, result_on=date(2026, 6, 10))
    assert code_of(case.close, Outcome.PENALISED, [declined], AT) == "not-transferred"
    closed, event = case.close(Outcome.PENALISED, [referral(**TAKEN)], AT)
    assert (closed.status, event.version, event.outcome) == (Status.CLOSED, 2, "penalised")
    assert (event.region, event.closed_on) == ("410100", date(2026, 6, 10))


@pytest.mark.parametrize(
    ("outcome", "referrals", "code"),
    [
        (Outcome.PENALISED, [], "outcome-does-not-fit"),
        (Outcome.TRANSFERRED, [], "nothing-transferred"),
        (Outcome.HANDLED_BY_DEPARTMENT, [referral(**TAKEN)], "no-department-acted"),
        (Outcome.NOT_ESTABLISHED, [referral(ReferralKind.JOINT_ACTION, **TAKEN)], "referrals-open"),
    ],
)
def test_an_end_must_fit_what_was_done(outcome, referrals, code):
    assert code_of(opened("fraud-suspected").close, outcome, referrals, AT) == code


def test_a_referral_is_acknowledged_once_and_answered_after():
    asked, today = referral(ReferralKind.JOINT_ACTION), date(2026, 6, 12)
    assert code_of(asked.tell, ReferralResult.ACTED, today, today) == "result-follows-acknowledgement"
    assert asked.tell(ReferralResult.TAKEN_BACK, today, today).open is False
    taken = asked.acknowledge(date(2026, 6, 11), today)
    assert taken.open
    assert code_of(taken.acknowledge, today, today) == "acknowledged-before"
    assert code_of(taken.tell, ReferralResult.TAKEN_BACK, today, today) == "result-follows-acknowledgement"
    assert code_of(taken.tell, ReferralResult.ACTED, date(2026, 6, 10), today) == "day-out-of-order"
    told = taken.tell(ReferralResult.ACTED, today, today)
    assert not told.open
    assert code_of(told.tell, ReferralResult.ACTED, today, today) == "result-told"


def test_events_name_only_their_own_record():
    case = clue()
    _, event = case.open(("in-lawyers-name",), AT)
    assert event.model_dump() == {
        "version": 1, "region": "410100", "impostor_case_id": case.case_id, "opened_on": date(2026, 6, 10),
    }  # fmt: skip
    assert isinstance(event.impostor_case_id, UUID)
