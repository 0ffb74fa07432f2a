"""Roles of the plan under tokens that contradict themselves."""

import pytest
from common.auth import Principal
from progress_api.permissions import PERMISSIONS, Action, allowed

KINDS = {
    "department": ("410000", "410100"),
    "association": ("410000", "410100"),
    "party-committee": ("410000", "410122"),
    "bureau": ("410100", "410000"),
    "county-bureau": ("410122", "410000"),
    "city-association": ("410100", "410000"),
    "city-party-committee": ("410100", "410000"),
}
"""Of each kind a region of its own level, and one that it cannot have."""


def held(role: str, kind: str, region: str) -> set[Action]:
    claims = {"sub": "s", "region": region, "organisation": {"kind": kind}, "roles": [role]}
    return {action for action in Action if allowed(Principal.from_claims(claims), action)}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", sorted(PERMISSIONS.keys() - {"operator"}))
def test_a_region_of_another_level_gives_nothing(role: str, kind: str) -> None:
    own, other = KINDS[kind]
    assert held(role, kind, own) == PERMISSIONS[role]
    assert held(role, kind, other) == set()
