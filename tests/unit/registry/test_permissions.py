"""The whole matrix: role by organisation by action by region; whatever is not written here is refused."""

import itertools

import pytest
from common.auth import ROLES, Principal
from registry_api.permissions import PERMISSIONS, Action, allowed

KINDS = (
    "department", "bureau", "county-bureau", "association", "city-association", "court", "procuratorate", "system",
    "lawyer", "public",
)  # fmt: skip
STANDING = {Action.READ, Action.READ_STANDING}
BUREAU = {
    Action.READ_STANDING,
    Action.READ,
    Action.PROPOSE,
    Action.DECIDE,
    Action.READ_PROPOSALS,
    Action.VIEW_ID_NUMBER,
    Action.IMPORT,
    Action.SETTLE_DIFFERENCES,
    Action.RECOGNISE,
    Action.GRADE_FIRMS,
    Action.PUBLISH_GRADES,
    Action.READ_ASSESSMENTS,
    Action.READ_CONFLICTS,
    Action.CLOSE_CONFLICTS,
    Action.VERIFY_BATCH,
    Action.WRITE_SUPERVISORS,
}
ASSOCIATION = {Action.READ, Action.GRADE_LAWYERS, Action.READ_ASSESSMENTS, Action.WRITE_INTERNS}
EXPECTED = {
    ("registry-officer", "department"): set(Action)
    - ASSOCIATION
    - {Action.IMPORT_UNAPPROVED, Action.ASK_HONOURS, Action.BIND_ACCOUNTS}
    | {Action.READ, Action.READ_ASSESSMENTS},
    ("registry-officer", "bureau"): BUREAU,
    ("registry-officer", "county-bureau"): {Action.READ},
    **{("registry-officer", kind): ASSOCIATION for kind in ("association", "city-association")},
    **{
        (role, kind): {Action.READ}
        for role in ("discipline-officer", "rights-officer")
        for kind in ("department", "bureau", "association", "city-association")
    },
    **{("discipline-officer", kind): STANDING for kind in ("department", "bureau")},
    ("discipline-reactions", "system"): {Action.ASK_HONOURS},
    ("identity-client", "system"): {Action.BIND_ACCOUNTS},
    ("licensing-system", "system"): {Action.IMPORT, Action.IMPORT_UNAPPROVED, Action.RECONCILE},
    **{("verification-client", kind): {Action.VERIFY_BATCH} for kind in ("system", "court", "procuratorate")},
}


@pytest.mark.parametrize(("role", "kind"), list(itertools.product(sorted(ROLES), KINDS)))
def test_what_a_role_of_an_organisation_may_do(role, kind):
    principal = Principal(subject="x", organisation_kind=kind, region="410100", roles=frozenset({role}))
    may = {action for action in Action if allowed(principal, action, "410100")}
    assert may == EXPECTED.get((role, kind), set())
    assert not any(allowed(principal, action, "410300") for action in Action)
    assert not any(allowed(principal, action, "410000") for action in Action)


def test_the_province_covers_all_and_nobody_without_a_region_anything():
    department = Principal(subject="x", organisation_kind="department", region="410000", roles={"registry-officer"})
    nowhere = department.model_copy(update={"region": None})
    assert allowed(department, Action.DECIDE, "419001")
    assert not allowed(nowhere, Action.READ, "410100")


def test_the_table_names_only_known_roles_and_kinds():
    assert {role for role, _ in PERMISSIONS} <= ROLES
    assert {kind for _, kind in PERMISSIONS} <= set(KINDS)
