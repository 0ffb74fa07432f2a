"""Who may do what here: one readable table, deny by default.

Who may receive which event is not decided here but in `contracts.entitlements`, for every way out alike.
"""

from enum import StrEnum

from common.auth import PROVINCE, Principal, forbidden
from contracts.entitlements import SYSTEM_KINDS


class Action(StrEnum):
    MANAGE_CLIENTS = "exchange:manage-clients"
    """Connect systems of other organs, suspend and reconnect them."""
    READ_CLIENTS = "exchange:read-clients"
    RECEIVE = "exchange:receive"
    """What a connected system does for itself: read its channels, keep its webhooks, read its own part of logs."""
    WATCH = "exchange:watch"
    """The operators' view, as far as the reader's rights reach."""
    OPERATE = "exchange:operate"
    """Redrive in bulk, acknowledge alarms."""
    DELIVER = "exchange:deliver"
    """The dispatcher: take deliveries and report their outcome."""


_DEPARTMENT = frozenset({"department"})
_OPERATING = _DEPARTMENT | {"system"}

PERMISSIONS: dict[str, tuple[frozenset[Action], frozenset[str]]] = {
    "operator": (frozenset({Action.MANAGE_CLIENTS, Action.READ_CLIENTS, Action.WATCH, Action.OPERATE}), _OPERATING),
    "auditor": (frozenset({Action.READ_CLIENTS, Action.WATCH}), _DEPARTMENT),
    "discipline-officer": (frozenset({Action.WATCH}), _DEPARTMENT),
    "stream-client": (frozenset({Action.RECEIVE}), SYSTEM_KINDS),
    "webhook-dispatcher": (frozenset({Action.DELIVER}), frozenset({"system"})),
}
"""Role → its actions, and the kinds of organisation in which it has them. Of the province, but for these:"""

_OF_ANY_REGION = frozenset({"stream-client", "webhook-dispatcher"})


def allowed(principal: Principal | None, action: Action) -> bool:
    if principal is None:
        return False
    return any(
        action in actions
        and principal.organisation_kind in kinds
        and (role in _OF_ANY_REGION or principal.region == PROVINCE)
        for role, (actions, kinds) in PERMISSIONS.items()
        if role in principal.roles
    )


def demand(principal: Principal, action: Action) -> None:
    """Raises the 403 problem unless the caller may do this."""
    if not allowed(principal, action):
        raise forbidden(principal, action.value)
