"""Who may see and do what: each region its own work, organs of the province the province's; the department steers."""

from common.auth import PROVINCE, Principal, forbidden
from contracts.deliverables import DeliverableScope, scopes
from contracts.plan import Deliverable, UnknownPlanId, plan
from contracts.reporting import Reporter

from progress_api.permissions import Action, allowed, steers
from progress_api.refusals import NotFound, Refused

_CITY_ORGANS = frozenset(reporter.organisation_kind for reporter in Reporter if not reporter.is_provincial)
_PROVINCIAL_ORGANS = frozenset(reporter.organisation_kind for reporter in Reporter if reporter.is_provincial)


def visible(principal: Principal, scope: DeliverableScope) -> bool:
    """What the province as a whole owes every reader of values may see; a region's work that region and above."""
    return scope is None or principal.covers(scope)


def demand_visible(principal: Principal, scope: DeliverableScope) -> None:
    if scope is not None and not visible(principal, scope):
        raise forbidden(principal, Action.READ_VALUES.value, scope)


def works_on(principal: Principal, scope: DeliverableScope) -> bool:
    """Adds evidence and says delivered: for the work of one's own region, or of the province, alone."""
    if scope is None:
        own = principal.region == PROVINCE and principal.organisation_kind in _PROVINCIAL_ORGANS
        return own and (allowed(principal, Action.REPORT) or steers(principal))
    own = principal.region == scope and principal.organisation_kind in _CITY_ORGANS
    return own and allowed(principal, Action.REPORT)


def demand_work(principal: Principal, scope: DeliverableScope) -> None:
    if not works_on(principal, scope):
        raise forbidden(principal, Action.REPORT.value, scope or PROVINCE)


def deliverable_of(deliverable_id: str) -> Deliverable:
    try:
        return plan().deliverable(deliverable_id)
    except UnknownPlanId:
        raise NotFound("方案中没有这项任务成果。", "The plan has no such deliverable.") from None


def scope_of(deliverable: Deliverable, region: str | None) -> DeliverableScope:
    """The scope that a request means; raises Refused where the deliverable is not asked of it."""
    known = scopes(deliverable.id)
    if region in known:
        return region
    if region is None:
        raise Refused(
            "region-missing",
            "该任务成果由各地区分别完成，请指定地区",
            "Each region owes this deliverable for itself: name the region",
            field="region",
        )
    raise Refused(
        "not-of-this-region",
        "该任务成果不由这一地区承担",
        "This deliverable is not asked of this region",
        field="region",
    )
