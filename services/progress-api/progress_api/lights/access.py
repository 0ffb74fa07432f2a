"""How far a reader sees of the lights, and which numbers behind them are withheld."""

from common.auth import PROVINCE, Principal
from contracts.entitlements import may_read_standing_of
from contracts.lights import LightOf
from contracts.plan import plan
from contracts.regions import REGIONS

from progress_api.lights.domain import Scope
from progress_api.readings.domain import Readings


def visible_regions(principal: Principal) -> frozenset[str | None] | None:
    """None for all: organs of the province; a region reads itself and the province (None in the set)."""
    if principal.region == PROVINCE:
        return None
    own = {principal.region} if principal.region in REGIONS else set()
    return frozenset({None, *own})


def may_see(principal: Principal, region: str | None) -> bool:
    visible = visible_regions(principal)
    return visible is None or region in visible


def withholds_numbers(principal: Principal, scope: Scope, readings: Readings) -> bool:
    """A region's count without the suspended, set beside the one with them, tells how many are suspended there."""
    if scope.region is None or scope.of not in (LightOf.TARGET, LightOf.INDICATOR):
        return False
    indicator_id = plan().target(scope.id).indicator if scope.of is LightOf.TARGET else scope.id
    return readings.tells_suspended(indicator_id) and not may_read_standing_of(principal, scope.region)
