"""Which regions a list may cover for this caller."""

from common.auth import PROVINCE, Principal

from registry_api.permissions import Action, demand


def visible_region(principal: Principal, action: Action, asked: str | None) -> str | None:
    """The region to filter by; None means the whole province, for those whose token covers it."""
    if asked is None and principal.region != PROVINCE:
        asked = principal.region
    demand(principal, action, asked or PROVINCE)
    return asked
