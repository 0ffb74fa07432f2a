"""Who may open a case's file: the right of his organ, and his seat at the case."""

from itertools import product
from uuid import uuid4

import pytest
from common.auth import ROLES, Principal
from common.http import Problem
from contracts.conduct import OrganKind, PenaltyKind
from discipline_api.files.access import Desk, demand_list, demand_seat, may_open
from discipline_api.permissions import Action, allowed

KINDS = [*OrganKind, "court", "system", "public", "lawyer", "firm"]
FILES = (Action.HANDLE_FILES, Action.OPEN_ORIGINAL)
CITY, ELSEWHERE = "410100", "410300"


def officer(kind="bureau", region=CITY, code="zz", role="discipline-officer", subject="me"):
    return Principal(
        subject=subject, organisation_kind=kind, organisation_id=code, region=region, roles=frozenset({role})
    )


def desk(kind=OrganKind.BUREAU, region=CITY, code="zz", handlers=("me",), recused=()):
    return Desk(
        uuid4(), PenaltyKind.ADMINISTRATIVE, kind, region, code, region, None, frozenset(handlers), frozenset(recused),
        ended=False, conduct_code=None,
    )  # fmt: skip


def test_only_the_very_organ_has_the_right():
    seen = set()
    for role, kind, region, code, action, organ, place in product(
        sorted(ROLES), KINDS, ("410000", CITY, ELSEWHERE, None), ("zz", "other", ""), FILES, OrganKind, ("410000", CITY)
    ):
        may = allowed(officer(kind, region, code, role), action, organ, place, "zz")
        own = kind == organ and region == place and code == "zz"
        assert may is (role == "discipline-officer" and own and organ.acts_in(region))
        seen.add(may)
    assert seen == {True, False}


def test_a_case_that_its_organ_has_not_taken_up_is_on_nobodys_desk():
    assert not may_open(officer(code="zz"), Action.HANDLE_FILES, desk(code=""))
    assert not may_open(officer("department", "410000"), Action.HANDLE_FILES, desk())


@pytest.mark.parametrize(
    ("handlers", "recused"), [((), ()), (("other",), ()), (("me",), ("me",)), (("other",), ("me",))]
)
def test_without_a_seat_the_right_opens_nothing(handlers, recused):
    for action in FILES:
        demand_seat(officer(), action, desk())
        with pytest.raises(Problem) as caught:
            demand_seat(officer(), action, desk(handlers=handlers, recused=recused))
        assert caught.value.status == 403


def test_whoever_supervises_sees_the_list_and_nobody_else():
    assert demand_list(officer(), desk()) is True
    for supervisor in (officer(subject="head"), officer(code="other", subject="x"), officer("department", "410000")):
        assert demand_list(supervisor, desk()) is False
    for stranger in (
        officer(region=ELSEWHERE), officer("association", "410000"), officer("city-association"), officer("court"),
        officer(role="auditor"), officer("department", "410000", subject="gone"), officer(subject="gone"),
    ):  # fmt: skip
        with pytest.raises(Problem):
            demand_list(stranger, desk(recused=("gone",)))
