"""Which organ proposes and which decides: the whole table, and nobody beside it."""

import pytest
from common.auth import Principal
from registry_api.app import changes_of
from registry_api.cases.competence import COMPETENCE, ChangeKind, may_decide, may_propose
from registry_api.firms.changes import CHANGES as FIRMS
from registry_api.lawyers.changes import CHANGES as LAWYERS

FILED = {ChangeKind.FIRM_FILING, ChangeKind.LAWYER_DETAILS}


def officer(kind: str, region: str = "410100", role: str = "registry-officer") -> Principal:
    return Principal(subject="x", organisation_kind=kind, region=region, roles=frozenset({role}))


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_bureaus_propose_and_the_department_decides_what_is_more_than_a_filing(kind: ChangeKind):
    for organ, region in (("department", "410000"), ("bureau", "410100")):
        assert may_propose(officer(organ, region), kind, "410100")
        assert may_decide(officer(organ, region), kind, "410100") == (organ == "department" or kind in FILED)


@pytest.mark.parametrize("kind", list(ChangeKind))
def test_nobody_else_proposes_or_decides_anything(kind: ChangeKind):
    strangers = [officer(organ) for organ in ("county-bureau", "association", "city-association", "system", "public")]
    strangers += [officer("bureau", role=role) for role in ("discipline-officer", "rights-officer", "operator")]
    strangers += [
        officer("bureau", "410300"),
        officer("bureau", "410000"),
        officer("department", None),  # a token without a region
    ]
    strangers[-2] = officer("bureau", "410102")
    assert not [one for one in strangers if may_propose(one, kind, "410100") or may_decide(one, kind, "410100")]


def test_every_kind_has_its_row_and_every_change_its_kind():
    assert set(COMPETENCE) == set(ChangeKind)
    declared = changes_of(*FIRMS, *LAWYERS)
    assert {kind: change.kind for kind, change in declared.items()} == {kind: kind for kind in declared}
    for change in declared.values():
        assert change.effective in change.body.model_fields, "a proposal has a day of effect"
        assert {"document_number", "reason"} <= set(change.body.model_fields)
