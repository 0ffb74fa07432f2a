"""Who may do what in the rights channel: one readable table, deny by default.

The channel belongs to bureaus and associations of the place of registration, above them to the department. Organs that
may be complained of (court, procuratorate, police) have no account here. Filing and following one's own case needs no
right at all: the receipt is the right.
"""

from enum import StrEnum

from common.auth import PROVINCE, Principal, forbidden
from contracts.rights_taxonomy import Respondent


class Action(StrEnum):
    LIST = "rights:list"
    """Metadata: what, where, when due; never who or what happened."""
    OPEN = "rights:open"
    """The facts, and the identity of a complainant who gave his name; each opening is logged."""
    OPEN_SEALED = "rights:open-sealed"
    """The identity of a complainant who asked for it to stay with intake."""
    DECIDE = "rights:decide"
    """Accept or refuse."""
    REPLY = "rights:reply"
    """Reply and close."""


_INTAKE = frozenset({Action.LIST, Action.OPEN, Action.OPEN_SEALED, Action.DECIDE, Action.REPLY})
_HANDLER = _INTAKE - {Action.OPEN_SEALED}

PERMISSIONS: dict[tuple[str, str], frozenset[Action]] = {
    ("rights-officer", "association"): _INTAKE,
    ("rights-officer", "city-association"): _INTAKE,
    ("rights-officer", "bureau"): _HANDLER,
    ("rights-officer", "department"): _HANDLER,
}
"""(role, kind of organisation) → actions, each within the region of the token."""

AT_INCIDENT_PLACE = frozenset({Action.LIST, Action.OPEN, Action.DECIDE})
"""What the place of the incident may do too, where the case is urgent."""

JUSTICE_ORGANS = frozenset({"department", "bureau", "county-bureau"})
"""Themselves the accused where the respondent is a justice organ: they then see nothing of the case."""


def allowed(
    principal: Principal,
    action: Action,
    *,
    owner_region: str,
    incident_region: str | None,
    fast_lane: bool,
    respondent: Respondent,
) -> bool:
    if is_hidden(principal, respondent):
        return False
    covered = principal.covers(owner_region) or (
        fast_lane and action in AT_INCIDENT_PLACE and incident_region is not None and principal.covers(incident_region)
    )
    return covered and has(principal, action)


def is_hidden(principal: Principal, respondent: Respondent) -> bool:
    """Answer as if there were no such case: a refusal would tell the accused that there is one."""
    return respondent is Respondent.JUSTICE and not sees_justice_cases(principal)


def has(principal: Principal, action: Action) -> bool:
    """Somewhere at all."""
    return any(action in PERMISSIONS.get((role, principal.organisation_kind), frozenset()) for role in principal.roles)


def visible_region(principal: Principal, asked: str | None) -> str | None:
    """The region a list is restricted to; None means the whole province."""
    region = asked if asked is not None or principal.region == PROVINCE else principal.region
    if not has(principal, Action.LIST) or not principal.covers(region or PROVINCE):
        raise forbidden(principal, Action.LIST.value, region)
    return region


def sees_justice_cases(principal: Principal) -> bool:
    return principal.organisation_kind not in JUSTICE_ORGANS
