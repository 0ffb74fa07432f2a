"""A firm's rules: parents, days, suspension, what an end leaves behind."""

from datetime import date
from uuid import uuid4

import pytest
from contracts.registry_events import FirmKind, StandingKind
from registry_api.register.establishing import establish_firm
from registry_api.register.firm import FirmEndGround
from registry_api.register.refusals import Refused
from registry_api.register.standing import StandingFact

TODAY = date(2026, 6, 1)


def firm(kind: FirmKind = FirmKind.GENERAL_PARTNERSHIP, **more):
    terms = {"credit_code": "x", "name": "甲所", "kind": kind, "region": "410100", "from_on": date(2010, 1, 1)}
    return establish_firm(**(terms | {"today": TODAY} | more))[0]


def refused(code: str):
    return pytest.raises(Refused, match=f"^{code}:")


def test_only_branches_have_a_head_office_and_only_partnerships_open_branches():
    with refused("parent-required"):
        firm(FirmKind.BRANCH)
    with refused("parent-kind"):
        firm(FirmKind.BRANCH, parent=firm(FirmKind.INDIVIDUAL))
    with refused("parent-not-allowed"):
        firm(parent=firm())
    head = firm()
    assert firm(FirmKind.BRANCH, parent=head).period.parent_firm_id == head.firm_id
    assert firm(FirmKind.BRANCH, parent_credit_code="31110000X").period.parent_firm_id is None


def test_a_change_of_kind_closes_one_period_where_the_next_opens():
    before = firm()
    after, event = before.change(on=TODAY, today=TODAY, kind=FirmKind.SPECIAL_PARTNERSHIP)
    assert [p.to_on for p in after.periods] == [TODAY, None]
    assert (event.kind_before, event.kind, event.version) == ("general-partnership", "special-partnership", 2)
    assert after.change(on=TODAY, today=TODAY, kind=FirmKind.SPECIAL_PARTNERSHIP) == (after, None)


def test_d09_a_suspended_firm_may_not_rename_itself_nor_dissolve_but_may_lose_its_licence():
    fact = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 5, 1), date(2026, 7, 1))
    suspended, event = firm().record(fact)
    assert (event.key(), event.version, suspended.version) == (str(fact.fact_id), 1, firm().version)
    assert suspended.record(fact) == (suspended, None)
    with refused("firm-suspended"):
        suspended.change_details(on=TODAY, today=TODAY, name="乙所")
    with refused("firm-suspended"):
        suspended.end(FirmEndGround.DISSOLVED, on=TODAY, today=TODAY, practising=0, branches=0)
    ended, _ = suspended.end(FirmEndGround.LICENCE_REVOKED, on=TODAY, today=TODAY, practising=0, branches=0)
    assert ended.ended


@pytest.mark.parametrize(("left", "code"), [((1, 0), "firm-has-lawyers"), ((0, 1), "firm-has-branches")])
def test_an_end_leaves_nobody_behind(left, code):
    with refused(code):
        firm().end(FirmEndGround.OTHER, on=TODAY, today=TODAY, practising=left[0], branches=left[1])


def test_lawyers_practise_only_where_and_while_a_firm_may_employ_them():
    with refused("foreign-office-employs-no-lawyers"):
        firm(FirmKind.FOREIGN_OFFICE).check_takes_lawyers(TODAY)
    with refused("firm-not-active"):
        firm().check_takes_lawyers(date(2009, 12, 31))
    ended, _ = firm().end(FirmEndGround.OTHER, on=TODAY, today=TODAY, practising=0, branches=0)
    with refused("firm-not-active"):
        ended.check_takes_lawyers(TODAY)
