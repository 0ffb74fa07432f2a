"""Who covers which region, and what odd claims give: nothing."""

import pytest
from common.auth import Principal, require
from common.http import Problem


@pytest.mark.parametrize(
    ("own", "region", "covered"),
    [
        ("410000", "410105", True), ("410000", "419001", True), ("410100", "410100", True), ("410100", "410105", True),
        ("410100", "410200", False), ("410100", "410000", False),
        ("410105", "410105", True), ("410105", "410100", False), ("410105", "410106", False), (None, "410100", False),
        # counties run directly by the province share the prefix 4190, which is no prefecture
        ("419001", "419002", False), ("419000", "419001", False),
    ],
)  # fmt: skip
def test_covers(own: str | None, region: str, covered: bool) -> None:
    assert Principal(subject="s", region=own).covers(region) is covered


def test_require_refuses_what_is_not_granted() -> None:
    officer = Principal(subject="s", region="410100", roles=frozenset({"registry-officer"}))
    require(officer, "registry-officer")
    require(officer, "registry-officer", "410105")
    for role, region in [("discipline-officer", None), ("registry-officer", "410200")]:
        with pytest.raises(Problem) as caught:
            require(officer, role, region)
        assert caught.value.status == 403


@pytest.mark.parametrize("roles", [None, "operator", {"operator": True}, ["root"], []])
def test_roles_that_are_no_list_of_ours_give_no_right(roles: object) -> None:
    assert Principal.from_claims({"sub": "s", "roles": roles}).roles == frozenset()


@pytest.mark.parametrize("kind", ["bureau", "county-bureau", "city-association"])
def test_an_organ_of_a_city_is_not_given_the_province(kind: str) -> None:
    def region(code: str) -> str | None:
        return Principal.from_claims({"sub": "s", "region": code, "organisation": {"kind": kind}}).region

    assert (region("410000"), region("410100")) == (None, "410100")


@pytest.mark.parametrize("kind", ["department", "association", "party-committee"])
def test_an_organ_of_the_province_is_not_given_a_city(kind: str) -> None:
    def region(code: str | None) -> str | None:
        return Principal.from_claims({"sub": "s", "region": code, "organisation": {"kind": kind}}).region

    assert (region("410000"), region("410100"), region("410122"), region(None)) == ("410000", None, None, None)
