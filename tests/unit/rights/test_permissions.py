"""Who may do what: the whole matrix, written out a second time as people would say it."""

import itertools

import pytest
from common.auth import ROLES, Principal
from contracts.rights_taxonomy import Respondent
from rights_api.permissions import LINKED_ORGANS, Action, allowed, has

KINDS = [
    "department",
    "bureau",
    "county-bureau",
    "association",
    "city-association",
    "court",
    "procuratorate",
    "administrative-organ",
    "police",
    "state-security",
    "detention-centre",
    "system",
    "lawyer",
    "public",
]


HOMES = {"bureau": "410100", "city-association": "410100", "county-bureau": "410122"}
"""Where a kind of organ acts; every other one in the whole province."""

ABOVE = {Action.REVIEW, Action.LOAD_CALENDAR, Action.ASSESS_IMPACT}


def principal(role="rights-officer", kind="city-association", region="410100"):
    return Principal(subject="s", organisation_kind=kind, region=region, roles=frozenset({role}))


def may(who, action, *, owner="410100", incident="410300", fast_lane=False, respondent=Respondent.POLICE):
    return allowed(
        who, action, owner_region=owner, incident_region=incident, fast_lane=fast_lane, respondent=respondent
    )


@pytest.mark.parametrize(("role", "kind", "action"), list(itertools.product(sorted(ROLES), KINDS, Action)))
def test_only_rights_officers_of_bureaus_associations_and_the_department_act(role, kind, action):
    expected = role == "rights-officer" and kind in {"department", "bureau", "association", "city-association"}
    if action is Action.OPEN_SEALED:
        expected = expected and kind in {"association", "city-association"}
    if action in ABOVE:
        expected = expected and kind in {"association", "department"}
    if action is Action.PUBLISH:
        expected = expected and kind in {"association", "department"}
    if action in {Action.EVALUATE, Action.DICTATE}:
        expected = expected and kind in {"association", "city-association"}
    if action is Action.KEEP_DIRECTORY:
        expected = expected and kind != "bureau"
    if action is Action.ANSWER_TASKS:
        linked = {"court", "procuratorate", "department", "bureau", "county-bureau", "administrative-organ"}
        expected = role == "linked-organ" and kind in linked
    if action is Action.NOTIFY:
        expected = (role, kind) == ("notifier", "system")
    home = HOMES.get(kind, "410000")
    assert may(principal(role, kind, home), action, owner=HOMES.get(kind, "410100")) is expected


@pytest.mark.parametrize("kind", ["police", "public-security", "state-security", "detention-centre", "prison"])
def test_rr17_police_and_state_security_may_nothing_whatever_their_token_says(kind):
    for roles in (frozenset({"linked-organ"}), ROLES):
        token = Principal(subject="s", organisation_kind=kind, organisation_id="gaj-1", region="410000", roles=roles)
        assert not any(has(token, action) for action in Action)


def test_rr17_a_linked_organ_may_nothing_but_answer():
    for kind in LINKED_ORGANS:
        token = principal("linked-organ", kind, HOMES.get(kind, "410000"))
        assert [action for action in Action if has(token, action)] == [Action.ANSWER_TASKS]


@pytest.mark.parametrize(
    ("kind", "region"),
    [
        *itertools.product(("department", "association"), ("410100", "410122", None)),
        *itertools.product(("bureau", "city-association"), ("410000", "410122", None)),
        *itertools.product(("county-bureau",), ("410000", "410100", None)),
    ],
)
def test_a_token_whose_organ_does_not_act_in_its_region_gives_nothing(kind, region):
    token = Principal(subject="s", organisation_kind=kind, organisation_id="x", region=region, roles=ROLES)
    assert not any(has(token, action) for action in Action)


@pytest.mark.parametrize("action", Action)
def test_another_region_may_nothing(action):
    assert not may(principal(region="410200"), action)
    assert not may(principal(region=None), action)


@pytest.mark.parametrize("action", Action)
def test_rr14_the_place_of_an_urgent_incident_may_open_and_accept_but_not_reply(action):
    there = principal(region="410300")
    assert not may(there, action)
    assert may(there, action, fast_lane=True) is (action in {Action.LIST, Action.OPEN, Action.DECIDE})
    assert not may(principal(region="410200"), action, fast_lane=True)


@pytest.mark.parametrize(("kind", "action"), list(itertools.product(KINDS, Action)))
def test_rr17_justice_organs_see_nothing_of_a_complaint_against_one(kind, action):
    expected = kind in {"association", "city-association"} and (
        action not in {*ABOVE, Action.PUBLISH} or kind == "association"
    )
    expected = expected and action not in {Action.NOTIFY, Action.ANSWER_TASKS}
    home = HOMES.get(kind, "410000")
    assert may(principal(kind=kind, region=home), action, respondent=Respondent.JUSTICE) is expected
