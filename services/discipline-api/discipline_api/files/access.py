"""Who may open the file of a case: its handlers, at the organ that has it, unless recused. Supervisors see the list."""

from dataclasses import dataclass
from uuid import UUID

from common.auth import Principal, forbidden
from contracts.conduct import OrganKind, PenaltyKind

from discipline_api.permissions import Action, allowed, demand


@dataclass(frozen=True, slots=True)
class Desk:
    """What access to a case's file depends on. The organ's code is empty until it has taken the case up."""

    proceeding_id: UUID
    kind: PenaltyKind
    organ_kind: OrganKind
    organ_region: str
    organ_code: str
    region: str
    """One of the 18 or the province, also where a county bureau has it."""
    county_region: str | None
    """Of the county bureau that began it."""
    handlers: frozenset[str]
    recused: frozenset[str]
    ended: bool
    conduct_code: str | None


def demand_seat(principal: Principal, action: Action, desk: Desk) -> None:
    """Raises the 403 problem, which is audited, unless the caller handles this case for its organ."""
    demand(principal, action, desk.organ_kind, desk.organ_region, desk.organ_code)
    if principal.subject in desk.recused or principal.subject not in desk.handlers:
        raise forbidden(principal, action.value, desk.organ_region)


def may_open(principal: Principal, action: Action, desk: Desk) -> bool:
    seated = principal.subject in desk.handlers and principal.subject not in desk.recused
    return seated and allowed(principal, action, desk.organ_kind, desk.organ_region, desk.organ_code)


def demand_list(principal: Principal, desk: Desk) -> bool:
    """Whether the caller handles the case; else he must supervise its organ, and is not told what names anybody."""
    if may_open(principal, Action.HANDLE_FILES, desk):
        return True
    if principal.subject in desk.recused:
        raise forbidden(principal, Action.READ_PROCEEDING.value, desk.region)
    for kind, region in (
        (desk.organ_kind, desk.organ_region),
        (desk.organ_kind, desk.region),
        (OrganKind.COUNTY_BUREAU, desk.county_region),
    ):
        if region is not None and allowed(principal, Action.READ_PROCEEDING, kind, region, desk.organ_code):
            return False
    raise forbidden(principal, Action.READ_PROCEEDING.value, desk.region)
