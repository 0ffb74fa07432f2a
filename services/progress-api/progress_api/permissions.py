"""Who may do what here: one readable table, deny by default.

The catalogue of the plan is public. How far a reader of values sees of one indicator is `contracts.entitlements`'.
"""

from enum import StrEnum

from common.auth import PROVINCE, Principal, forbidden
from common.auth.principal import CITY_ORGANISATIONS, PROVINCIAL_ORGANISATIONS
from contracts.entitlements import may_operate


class Action(StrEnum):
    READ_VALUES = "progress:read-values"
    REBUILD = "progress:rebuild"
    REPORT = "progress:report"
    """Fill in, send and correct the reports that one's own organisation owes (填报)."""
    READ_SUPERVISION = "progress:read-supervision"
    """Notices and inspections: the department all, an organisation those that concern itself."""
    COMPARE = "progress:compare"
    """Regions beside one another."""
    STEER = "progress:steer"
    """The department's work on the plan: confirm and return reports, milestones, targets of regions, tables, lights by
    hand, notices, inspections, drafts."""
    SIGN = "progress:sign"
    """Release what is to be public or final (审核、签发)."""


PERMISSIONS: dict[str, frozenset[Action]] = {
    "plan-reporter": frozenset({Action.READ_VALUES, Action.READ_SUPERVISION, Action.COMPARE, Action.REPORT}),
    "plan-officer": frozenset({Action.READ_VALUES, Action.READ_SUPERVISION, Action.COMPARE, Action.STEER}),
    "plan-signer": frozenset({Action.READ_VALUES, Action.READ_SUPERVISION, Action.COMPARE, Action.STEER, Action.SIGN}),
    "plan-reader": frozenset({Action.READ_VALUES, Action.READ_SUPERVISION, Action.COMPARE}),
    "registry-officer": frozenset({Action.READ_VALUES}),
    "discipline-officer": frozenset({Action.READ_VALUES}),
    "rights-officer": frozenset({Action.READ_VALUES}),
    "operator": frozenset({Action.READ_VALUES, Action.REBUILD}),
}
"""Role → actions. Positions and parked events belong to operators too: `common.feed_api.parked`."""

_ORGANISATIONS = CITY_ORGANISATIONS | PROVINCIAL_ORGANISATIONS


def allowed(principal: Principal | None, action: Action) -> bool:
    return principal is not None and any(
        action in PERMISSIONS.get(role, ()) and _holds(principal, role) for role in principal.roles
    )


def _holds(principal: Principal, role: str) -> bool:
    """In an organisation in which there is such a role, of a region: a token that contradicts itself has none."""
    if role == "operator":
        return may_operate(principal)
    return principal.organisation_kind in _ORGANISATIONS and principal.region is not None


def demand(principal: Principal, action: Action) -> None:
    """Raises the 403 problem unless the caller may do this."""
    if not allowed(principal, action) or (action in DEPARTMENT_ONLY and not is_department(principal)):
        raise forbidden(principal, action.value)


DEPARTMENT_ONLY = frozenset({Action.COMPARE, Action.STEER, Action.SIGN})
"""Whatever the role says, these belong to the department."""


def is_department(principal: Principal) -> bool:
    return principal.organisation_kind == "department" and principal.region == PROVINCE


def steers(principal: Principal) -> bool:
    """An officer of the department who works on the plan."""
    return allowed(principal, Action.STEER) and is_department(principal)
