"""Who may do what in the rights channel: one readable table, deny by default.

The channel belongs to bureaus and associations of the place of registration, above them to the department. Organs that
may be complained of see nothing of a case; a few have an account for the letters to their complaint unit. Filing and
following one's own case needs no right at all: the receipt is the right.
"""

from enum import StrEnum

from common.auth import PROVINCE, Principal, forbidden
from contracts.conduct import organ_kind
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
    DUTY = "rights:duty"
    """Keep the roster of one's organ, take over, see and acknowledge its alarms."""
    NOTIFY = "rights:notify"
    """Be handed what is to be sent, with its address."""
    REVIEW = "rights:review"
    """Decide on an objection to a reply."""
    WATCH_MEETINGS = "rights:watch-meetings"
    """See the watches over refused meetings, call the centre, keep the numbers of detention centres."""
    DICTATE = "rights:dictate"
    """File for a caller (电话代录)."""
    PUBLISH = "rights:publish"
    """Prepare or release the yearly statistics: two officers of the province."""
    ASSESS_IMPACT = "rights:assess-impact"
    """Put impact assessments of the whole channel on record: the province's own organs."""
    EVALUATE = "rights:evaluate"
    """Invite to a mutual evaluation."""
    LOAD_CALENDAR = "rights:load-calendar"
    """Load a list of holidays; open deadlines are dated again by it."""
    READ_MEETINGS = "rights:read-meetings"
    """Read meetings of the organs and their resolutions."""
    KEEP_FACILITIES = "rights:keep-facilities"
    """Register what organs of one's place offer to lawyers, verify it, and enter the figures of their months."""
    CONFER = "rights:confer"
    """Host meetings of the organs of one's own place, and sign their minutes."""
    KEEP_DIRECTORY = "rights:keep-directory"
    """Say to which unit of an organ letters go: the association of the place, the department."""
    ANSWER_TASKS = "rights:answer-tasks"
    """Of a listed organ alone: open the letters to its own unit, tell how far it is, answer."""


_CONFERRING = frozenset({Action.READ_MEETINGS, Action.CONFER})
_FACILITIES = frozenset({Action.KEEP_FACILITIES})
_INTAKE = (
    _CONFERRING
    | _FACILITIES
    | frozenset(
        {Action.LIST, Action.OPEN, Action.OPEN_SEALED, Action.DECIDE, Action.REPLY, Action.DUTY, Action.WATCH_MEETINGS}
    )
)
_HANDLER = _INTAKE - {Action.OPEN_SEALED}
_PUBLISHING = frozenset({Action.PUBLISH})
_EVALUATING = frozenset({Action.EVALUATE})
_DICTATING = frozenset({Action.DICTATE})
_KEEPING = frozenset({Action.KEEP_DIRECTORY})
_ABOVE = frozenset({Action.REVIEW, Action.LOAD_CALENDAR, Action.ASSESS_IMPACT})

LINKED_ORGANS = {
    "court": Respondent.COURT,
    "procuratorate": Respondent.PROC,
    "department": Respondent.JUSTICE,
    "bureau": Respondent.JUSTICE,
    "county-bureau": Respondent.JUSTICE,
    "administrative-organ": Respondent.ADMIN,
}
"""Kinds of organisation that may have an account or a system here, for the letters to their own complaint unit. Police,
state security and detention centres are never among them: they are written to and answer on paper."""

PERMISSIONS: dict[tuple[str, str], frozenset[Action]] = {
    ("rights-officer", "association"): _INTAKE | _ABOVE | _PUBLISHING | _EVALUATING | _KEEPING | _DICTATING,
    ("rights-officer", "city-association"): _INTAKE | _EVALUATING | _KEEPING | _DICTATING,
    ("rights-officer", "bureau"): _HANDLER,
    ("rights-officer", "department"): _HANDLER | _ABOVE | _PUBLISHING | _KEEPING,
    ("notifier", "system"): frozenset({Action.NOTIFY}),
    **{("linked-organ", kind): frozenset({Action.ANSWER_TASKS}) for kind in LINKED_ORGANS},
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
    """Somewhere at all. A token whose kind of organ does not act in its region contradicts itself, and gives nothing:
    a department of one city alone would read there what only the province's reviews.
    """
    kind = organ_kind(principal.organisation_kind)
    if kind is not None and not kind.acts_in(principal.region):
        return False
    return any(action in PERMISSIONS.get((role, principal.organisation_kind), frozenset()) for role in principal.roles)


def visible_region(principal: Principal, asked: str | None) -> str | None:
    """The region a list is restricted to; None means the whole province."""
    region = asked if asked is not None or principal.region == PROVINCE else principal.region
    if not has(principal, Action.LIST) or not principal.covers(region or PROVINCE):
        raise forbidden(principal, Action.LIST.value, region)
    return region


def sees_justice_cases(principal: Principal) -> bool:
    return principal.organisation_kind not in JUSTICE_ORGANS
