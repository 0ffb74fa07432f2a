"""The whole matrix: role × organisation × region × action × organ, against a table written out by hand."""

from itertools import product

import pytest
from common.auth import ROLES, Principal
from common.http import Problem
from contracts.conduct import OrganKind
from discipline_api.permissions import PERMISSIONS, Action, allowed, demand, may, visible

KINDS = (
    "department", "bureau", "county-bureau", "association", "city-association", "court", "system", "public", "lawyer",
    "firm",
)  # fmt: skip
OF_SANCTIONS = (
    Action.RECORD, Action.PUBLISH, Action.WITHDRAW, Action.HANDLE_REMARKS, Action.READ, Action.READ_SUBJECT,
    Action.REMARK, Action.ENTER_COMPLAINT, Action.LIST_COMPLAINTS, Action.HANDLE_COMPLAINT,
    Action.LIST_IMPOSTORS, Action.HANDLE_IMPOSTORS,
)  # fmt: skip
"""The rights of other features are tested over HTTP, endpoint by endpoint."""
WRITES = {Action.RECORD, Action.PUBLISH, Action.WITHDRAW, Action.HANDLE_REMARKS}
IMPOSTORS = {Action.LIST_IMPOSTORS, Action.HANDLE_IMPOSTORS}
COMPLAINTS = {Action.ENTER_COMPLAINT, Action.LIST_COMPLAINTS, Action.HANDLE_COMPLAINT}
CITY = "410100"
COUNTY = "410102"
ELSEWHERE = "410300"
REGIONS = ("410000", CITY, COUNTY, ELSEWHERE, None)
COHERENT = {
    ("department", "410000"), ("association", "410000"), ("county-bureau", COUNTY),
    *((kind, region) for kind in ("bureau", "city-association") for region in (CITY, ELSEWHERE)),
}  # fmt: skip
ORGANS = {kind for kind, _ in COHERENT}
NUMBERS = {"lawyer": "14101201010123456", "firm": "31410000MD01234569"}


def principal(role, kind, region, code="own"):
    return Principal(subject="s", organisation_kind=kind, organisation_id=code, region=region, roles=frozenset({role}))


def about_complaints(kind, region, action, organ, organ_region):
    """Own kind and region, whatever the code; a county enters for its city; those above see metadata below them."""
    if kind == "county-bureau":
        return action is Action.ENTER_COMPLAINT and region == COUNTY and (organ, organ_region) == ("bureau", CITY)
    if kind in ("department", "bureau", "association", "city-association") and kind == organ and region == organ_region:
        return True
    above = (kind, organ) in (("department", "bureau"), ("association", "city-association"))
    return above and action is Action.LIST_COMPLAINTS and region == "410000"


def about_impostors(kind, region, action, organ, organ_region):
    """From the county up a bureau acts in its own place; the city's sees its counties', the department's all."""
    bureaus = ("bureau", "county-bureau")
    if action is Action.LIST_IMPOSTORS and kind in ("department", "bureau"):
        city = {COUNTY: CITY}.get(organ_region, organ_region)
        return organ in bureaus and region == ("410000" if kind == "department" else city)
    return kind in bureaus and kind == organ and region == organ_region


def expected(role, kind, region, action, organ, organ_region, organ_code):  # noqa: C901, PLR0911, PLR0912 -- the table, spelled out
    if kind in ORGANS and (kind, region) not in COHERENT:
        return False
    if role == "disclosure-client" and kind == "system":
        return action is Action.READ_IN_BULK and region == "410000"
    if role == "registry-reactions" and kind == "system":
        return action is Action.READ_SUBJECT and region == "410000"
    if role == "auditor" and action is Action.READ_AUDIT and region == "410000":
        return kind == "department" or (kind == "association" and organ in ("association", "city-association"))
    if action in COMPLAINTS | IMPOSTORS:
        of_these = about_complaints if action in COMPLAINTS else about_impostors
        return role == "discipline-officer" and of_these(kind, region, action, organ, organ_region)
    if role != "discipline-officer" or kind in ("county-bureau", "court", "system", "public", "lawyer", "firm"):
        return False
    own = kind == organ and region == organ_region and organ_code == "own"
    if own and action in WRITES:
        return True
    if action is Action.READ_READERS:
        return kind == "department" and region == "410000"
    if action is Action.SET_POLICY:
        return own and kind == "department"
    if action is Action.WITHDRAW and region == "410000":
        return (kind, organ) in (("department", "bureau"), ("association", "city-association"))
    if action is not Action.READ:
        return False
    if kind in ("department", "association") and region != "410000":
        return False
    if kind == "department":
        return True
    if kind == "association":
        return organ in ("association", "city-association")
    readable = ("bureau", "city-association") if kind == "bureau" else ("city-association",)
    return organ in readable and organ_region == region


def test_every_combination():
    seen = set()
    for role, kind, region, action, organ, organ_region, code in product(
        sorted(ROLES), KINDS, REGIONS, OF_SANCTIONS, OrganKind, ("410000", CITY, COUNTY), ("own", "other")
    ):
        found = allowed(principal(role, kind, region), action, organ, organ_region, code)
        wanted = expected(role, kind, region, action, organ, organ_region, code)
        assert found is wanted, (role, kind, region, action, organ, organ_region, code)
        seen.add(found)
    assert seen == {True, False}


def test_only_lawyers_and_firms_remark_and_no_organ_gives_them_a_right():
    for action in (Action.REMARK, Action.EXTRACT):
        holding = {
            (role, kind)
            for role, kind in product(sorted(ROLES), KINDS)
            if may(principal(role, kind, None, NUMBERS.get(kind, "own")), action)
        }
        assert holding == {("lawyer", "lawyer"), ("firm", "firm")}
        for kind, organ in product(("lawyer", "firm"), OrganKind):
            assert not allowed(principal(kind, kind, CITY, NUMBERS[kind]), action, organ, CITY, "own")


@pytest.mark.parametrize(
    ("role", "kind", "region", "code"),
    [
        ("discipline-officer", "department", CITY, "sft"),
        ("discipline-officer", "department", None, "sft"),
        ("discipline-officer", "bureau", "410000", "zz"),
        ("discipline-officer", "bureau", COUNTY, "zz"),
        ("discipline-officer", "bureau", None, "zz"),
        ("discipline-officer", "bureau", CITY, ""),
        ("discipline-officer", "county-bureau", CITY, "zm"),
        ("discipline-officer", "county-bureau", "410199", "zm"),
        ("discipline-officer", "city-association", COUNTY, "zzlx"),
        ("auditor", "association", CITY, "hnlx"),
        ("lawyer", "lawyer", CITY, ""),
        ("lawyer", "lawyer", CITY, NUMBERS["firm"]),
        ("firm", "firm", CITY, NUMBERS["lawyer"]),
        ("firm", "firm", CITY, "91410000MD01234569"),
    ],
)
def test_a_token_that_contradicts_itself_gives_no_right_at_all(role, kind, region, code):
    """Else a right that asks for no organ were open to it; and a county that claims its city saw all its counties."""
    assert [action for action in Action if may(principal(role, kind, region, code), action)] == []


def test_every_right_is_held_by_somebody_but_reading_a_file_which_only_an_assignment_gives():
    held = {grant.action for grants in PERMISSIONS.values() for grant in grants}
    assert set(Action) - held == {Action.READ_FILE}


def test_a_refusal_is_a_403_that_names_right_and_region():
    with pytest.raises(Problem) as caught:
        demand(principal("discipline-officer", "bureau", CITY), Action.RECORD, OrganKind.BUREAU, ELSEWHERE, "own")
    assert caught.value.status == 403
    assert caught.value.extra == {"right": "discipline:record", "region": ELSEWHERE}


def test_lists_show_what_single_reads_show():
    for kind, region in product(KINDS, ("410000", CITY, None)):
        reader = principal("discipline-officer", kind, region)
        readable = {
            (organ, place)
            for organ, place in product(OrganKind, ("410000", CITY, ELSEWHERE))
            if allowed(reader, Action.READ, organ, place, "other")
        }
        try:
            listed = {
                (organ, place)
                for shown in visible(reader)
                for organ, place in product(shown.organs, ("410000", CITY, ELSEWHERE))
                if shown.region in (None, place)
            }
        except Problem:
            listed = set()
        assert listed == readable, (kind, region)
