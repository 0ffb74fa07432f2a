"""Who opens, moves and reads cases: the whole matrix, against a table written out by hand."""

from itertools import product

from common.auth import ROLES, Principal
from contracts.conduct import OrganKind
from discipline_api.permissions import Action, allowed

ORGANS = {
    "department": "410000",
    "bureau": "410100",
    "county-bureau": "410105",
    "association": "410000",
    "city-association": "410100",
}
READS = {
    "department": {"department", "bureau", "county-bureau"},
    "bureau": {"bureau", "county-bureau"},
    "county-bureau": {"county-bureau"},
    "association": {"association", "city-association"},
    "city-association": {"city-association"},
}
PROVINCE = {"department", "association"}


def principal(role, kind, region, code):
    return Principal(subject="s", organisation_kind=kind, organisation_id=code, region=region, roles=frozenset({role}))


def expected(action, kind, region, organ, place, code):
    """Of a discipline officer whose organisation has the code `own`; with another's region he has no right at all."""
    if not OrganKind(kind).acts_in(region):
        return False
    if action is Action.PROCEED:
        return kind == organ and region == place and code == "own"
    if action is Action.REVIEW_PROCEEDING:
        return (kind, organ, region) == ("association", "city-association", "410000")
    if action is Action.READ_PROCEEDING:
        return organ in READS[kind] and (region == "410000" if kind in PROVINCE else region == place)
    return False


def test_every_combination():
    seen = set()
    actions = (Action.PROCEED, Action.REVIEW_PROCEEDING, Action.READ_PROCEEDING, Action.READ_FILE)
    for role, kind, action, organ, code in product(sorted(ROLES), ORGANS, actions, OrganKind, ("own", "other")):
        for region, place in product((*ORGANS.values(), "410300", None), (ORGANS[organ], "410300")):
            may = allowed(principal(role, kind, region, "own"), action, organ, place, code)
            wanted = role == "discipline-officer" and expected(action, kind, region, organ, place, code)
            assert may is wanted, (role, kind, region, action, organ, place, code)
            seen.add((action, may))
    assert {action for action, may in seen if may} == set(actions) - {Action.READ_FILE}
