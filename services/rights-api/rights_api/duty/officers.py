"""Which organ an officer acts for: rosters and alarms belong to organs, not to regions."""

from common.auth import Principal, forbidden
from contracts.conduct import OrganKind

from rights_api.organs import Organ
from rights_api.permissions import Action, has


def own_organ(principal: Principal, action: Action) -> Organ:
    """Raises the 403 problem."""
    if not has(principal, action) or principal.region is None:
        raise forbidden(principal, action.value)
    try:
        return Organ(OrganKind(principal.organisation_kind), principal.region)
    except ValueError:
        raise forbidden(principal, action.value) from None


def oversees(principal_organ: Organ, organ: Organ) -> bool:
    """It, or the organ next above it."""
    return principal_organ in (organ, organ.next_higher)
