"""Who may do what in the registry: one readable table, deny by default.

The law gives first licences, changes and ends to the city bureau with the department above it (律师法 6, 18-22), lists
of merit to the department; county bureaus and associations look on. What each proposes and decides: cases.competence.
"""

from enum import StrEnum

from common.auth import Principal, forbidden


class Action(StrEnum):
    READ = "registry:read"
    READ_STANDING = "registry:read-standing"
    PROPOSE = "registry:propose"
    DECIDE = "registry:decide"
    READ_PROPOSALS = "registry:read-proposals"
    VIEW_ID_NUMBER = "registry:view-id-number"
    READ_ID_NUMBER_VIEWS = "registry:read-id-number-views"
    ORDER_FILES = "registry:order-files"
    IMPORT = "registry:import"
    IMPORT_UNAPPROVED = "registry:import-unapproved"
    RECONCILE = "registry:reconcile"
    SETTLE_DIFFERENCES = "registry:settle-differences"
    RECOGNISE = "registry:recognise"
    OPEN_CAMPAIGN = "registry:open-campaign"
    GRADE_FIRMS = "registry:grade-firms"
    GRADE_LAWYERS = "registry:grade-lawyers"
    PUBLISH_GRADES = "registry:publish-grades"
    READ_ASSESSMENTS = "registry:read-assessments"
    WRITE_INTERNS = "registry:write-interns"
    WRITE_SUPERVISORS = "registry:write-supervisors"
    ASK_HONOURS = "registry:ask-honours"
    READ_CONFLICTS = "registry:read-conflicts"
    CLOSE_CONFLICTS = "registry:close-conflicts"
    VERIFY_BATCH = "registry:verify-batch"
    BIND_ACCOUNTS = "registry:bind-accounts"
    """Learn whether a number, a name and an ID number are one lawyer's."""


_ASSOCIATION = frozenset({Action.READ, Action.GRADE_LAWYERS, Action.READ_ASSESSMENTS, Action.WRITE_INTERNS})

PERMISSIONS: dict[tuple[str, str], frozenset[Action]] = {
    ("registry-officer", "department"): frozenset(
        {
            Action.READ,
            Action.READ_STANDING,
            Action.PROPOSE,
            Action.DECIDE,
            Action.READ_PROPOSALS,
            Action.VIEW_ID_NUMBER,
            Action.READ_ID_NUMBER_VIEWS,
            Action.ORDER_FILES,
            Action.IMPORT,
            Action.RECONCILE,
            Action.SETTLE_DIFFERENCES,
            Action.RECOGNISE,
            Action.OPEN_CAMPAIGN,
            Action.GRADE_FIRMS,
            Action.PUBLISH_GRADES,
            Action.READ_ASSESSMENTS,
            Action.WRITE_SUPERVISORS,
            Action.READ_CONFLICTS,
            Action.CLOSE_CONFLICTS,
            Action.VERIFY_BATCH,
        }
    ),
    ("registry-officer", "bureau"): frozenset(
        {
            Action.READ,
            Action.READ_STANDING,
            Action.PROPOSE,
            Action.DECIDE,
            Action.READ_PROPOSALS,
            Action.VIEW_ID_NUMBER,
            Action.IMPORT,
            Action.SETTLE_DIFFERENCES,
            Action.RECOGNISE,
            Action.GRADE_FIRMS,
            Action.PUBLISH_GRADES,
            Action.READ_ASSESSMENTS,
            Action.WRITE_SUPERVISORS,
            Action.READ_CONFLICTS,
            Action.CLOSE_CONFLICTS,
            Action.VERIFY_BATCH,
        }
    ),
    ("registry-officer", "county-bureau"): frozenset({Action.READ}),
    # Associations assess lawyers and keep the interns.
    ("registry-officer", "association"): _ASSOCIATION,
    ("registry-officer", "city-association"): _ASSOCIATION,
    ("discipline-officer", "department"): frozenset({Action.READ, Action.READ_STANDING}),
    ("discipline-officer", "bureau"): frozenset({Action.READ, Action.READ_STANDING}),
    ("discipline-officer", "association"): frozenset({Action.READ}),
    ("discipline-officer", "city-association"): frozenset({Action.READ}),
    ("rights-officer", "department"): frozenset({Action.READ}),
    ("rights-officer", "bureau"): frozenset({Action.READ}),
    ("rights-officer", "association"): frozenset({Action.READ}),
    ("rights-officer", "city-association"): frozenset({Action.READ}),
    # The daily export of the licensing system, where the approval was given.
    ("licensing-system", "system"): frozenset({Action.IMPORT, Action.IMPORT_UNAPPROVED, Action.RECONCILE}),
    ("discipline-reactions", "system"): frozenset({Action.ASK_HONOURS}),
    ("identity-client", "system"): frozenset({Action.BIND_ACCOUNTS}),
    # Other systems ask in bulk what everybody may ask one by one.
    ("verification-client", "system"): frozenset({Action.VERIFY_BATCH}),
    ("verification-client", "court"): frozenset({Action.VERIFY_BATCH}),
    ("verification-client", "procuratorate"): frozenset({Action.VERIFY_BATCH}),
}
"""(role, kind of organisation) → actions, each within the region of the token. Feeds and parked events: contracts."""


def allowed(principal: Principal, action: Action, region: str) -> bool:
    return principal.covers(region) and any(
        action in PERMISSIONS.get((role, principal.organisation_kind), frozenset()) for role in principal.roles
    )


def demand_anywhere(principal: Principal, action: Action) -> None:
    """For what shows of every region only what the public may see of it; of his own, whichever it is, he needs it."""
    if principal.region is None or not allowed(principal, action, principal.region):
        raise forbidden(principal, action.value)


def demand(principal: Principal, action: Action, region: str) -> None:
    """Raises the 403 problem unless the caller may do this to records of this region."""
    if not allowed(principal, action, region):
        raise forbidden(principal, action.value, region)
