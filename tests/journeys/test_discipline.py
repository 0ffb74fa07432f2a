"""A decision of discipline is a fact: standing follows from it, in the register and in the plan."""

import pytest

from tests.journeys.actors import eventually
from tests.journeys.conftest import BUREAU, DEPARTMENT
from tests.journeys.made_up import days_ago, document_number, today

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture(scope="module")
def just_large(zhengzhou, department, written):
    """A firm of exactly 100, and its first lawyers."""
    firm = zhengzhou.registers_firm()
    written()
    before = department.counts()
    zhengzhou.fills(firm, 96)
    lawyers = [zhengzhou.registers_lawyer(firm) for _ in range(4)]
    eventually(lambda: _changed(before, department.counts()) == {**_all("H1", 100), **_all("M05-I1", 1)})
    return lawyers


def _all(indicator, step):
    return {f"{indicator} {policy}": step for policy in ("licence-held", "not-suspended")}


def _changed(before, after):
    return {name: after[name] - before[name] for name in before if after[name] != before[name]}


@pytest.fixture
def status(public):
    def status(lawyer):
        return public.read("registry", f"/v1/public/lawyers/{lawyer['licence_number']}")["status"]["zh"]

    return status


ONE_LESS_UNLESS_SUSPENDED_COUNT = {"H1 not-suspended": -1, "M05-I1 not-suspended": -1}


def test_a_suspension_shows_publicly_and_lowers_only_the_counts_without_the_suspended_until_it_is_withdrawn(
    just_large, zhengzhou, department, status
):
    lawyer, before = just_large[0], department.counts()
    case = zhengzhou.decides(lawyer, BUREAU)
    eventually(lambda: status(lawyer) == "停止执业")
    eventually(lambda: _changed(before, department.counts()) == ONE_LESS_UNLESS_SUSPENDED_COUNT)
    zhengzhou.withdraws(case)
    eventually(lambda: status(lawyer) == "执业")
    eventually(lambda: department.counts() == before)


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_overlapping_suspensions_withdrawn_in_either_order_the_last_one_restores(
    first, just_large, zhengzhou, department, status
):
    lawyer, before = just_large[1], department.counts()
    cases = [zhengzhou.decides(lawyer, BUREAU, from_on=days_ago(days).isoformat()) for days in (30, 10)]

    def both_known():
        facts = department.read("registry", f"/v1/lawyers/{lawyer['lawyer_id']}/timeline")["standing"]
        return sum(not withdrawn for withdrawn in {f["fact_id"]: f["withdrawn"] for f in facts}.values()) == 2

    eventually(both_known)
    eventually(lambda: _changed(before, department.counts()) == ONE_LESS_UNLESS_SUSPENDED_COUNT)
    zhengzhou.withdraws(cases.pop(first))
    eventually(lambda: not both_known())
    assert status(lawyer) == "停止执业"
    assert _changed(before, department.counts()) == ONE_LESS_UNLESS_SUSPENDED_COUNT
    zhengzhou.withdraws(cases.pop())
    eventually(lambda: status(lawyer) == "执业")
    eventually(lambda: department.counts() == before)


def test_a_revocation_ends_counting_under_both_readings(just_large, department, status):
    lawyer, before = just_large[3], department.counts()
    case = department.decides(
        lawyer, DEPARTMENT, conduct_code="L49.4", penalties=[{"kind": "revocation"}],
        served_on=days_ago(1).isoformat(), document_number=document_number("豫司罚决字"),
    )  # fmt: skip
    eventually(lambda: status(lawyer) == "吊销")
    eventually(lambda: _changed(before, department.counts()) == {**_all("H1", -1), **_all("M05-I1", -1)})
    department.withdraws(case)
    eventually(lambda: department.counts() == before)


def test_a_publication_in_time_counts_in_m12_i1_and_one_that_is_late_only_in_its_denominator(
    zhengzhou, department, public
):
    def share():
        found = department.read("progress", "/v1/indicators/M12-I1")
        return found["numerator"], found["denominator"]

    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    in_time, due = share()
    late = zhengzhou.decides(lawyer, BUREAU, conduct_code="L47.1", penalties=[{"kind": "warning"}])
    eventually(lambda: share() == (in_time, due + 1))
    # Decided in the same breath: published today it is in time.
    day = today().isoformat()
    prompt = zhengzhou.decides(
        lawyer, BUREAU, conduct_code="L47.1", penalties=[{"kind": "warning"}], decided_on=day, served_on=day,
        from_on=day,
    )  # fmt: skip
    zhengzhou.assesses(BUREAU)
    for case in (prompt, late):
        zhengzhou.publishes(case)
    eventually(lambda: share() == (in_time + 1, due + 2))
    rows = {row["case_id"]: row for row in department.evidence("M12-I1")}
    assert rows[prompt["case_id"]]["published_on"] == day
    found = public.read("discipline", f"/v1/public/disclosures/{prompt['case_id']}")
    assert found["subject"]["licence_number"] == lawyer["licence_number"]
