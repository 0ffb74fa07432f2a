"""Who may do what here: one readable table, deny by default.

The catalogue of the plan is public. How far a reader of values sees of one indicator is `contracts.entitlements`'.
"""

from enum import StrEnum

from common.auth import Principal, forbidden


class Action(StrEnum):
    READ_VALUES = "progress:read-values"
    REBUILD = "progress:rebuild"


PERMISSIONS: dict[str, frozenset[Action]] = {
    "plan-reader": frozenset({Action.READ_VALUES}),
    "registry-officer": frozenset({Action.READ_VALUES}),
    "discipline-officer": frozenset({Action.READ_VALUES}),
    "rights-officer": frozenset({Action.READ_VALUES}),
    "operator": frozenset({Action.READ_VALUES, Action.REBUILD}),
}
"""Role → actions. Positions and parked events belong to operators too: `common.feed_api.parked`."""


def allowed(principal: Principal | None, action: Action) -> bool:
    return principal is not None and any(action in PERMISSIONS.get(role, ()) for role in principal.roles)


def demand(principal: Principal, action: Action) -> None:
    """Raises the 403 problem unless the caller may do this."""
    if not allowed(principal, action):
        raise forbidden(principal, action.value)
