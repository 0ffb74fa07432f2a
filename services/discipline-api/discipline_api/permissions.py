"""Who may do what with which organ's sanctions: one readable table, deny by default.

An organ records, publishes and withdraws its own decisions; the body above it may withdraw them (行政复议法 28). County
bureaus only supervise and propose (律师法 52). Whom a sanction is about is told to our own workers alone. A lawyer or
firm remarks on records about itself; the organ whose record it is handles such remarks. A complaint is handled by the
organ it is addressed or was forwarded to; those above see its dates.

A token that contradicts itself gives no right at all: a city's bureau with the province, a county's with its city, an
organ without its code, a lawyer without a licence number. Else a right that asks for no organ would be open to it.
"""

from dataclasses import dataclass
from enum import StrEnum

from common.auth import PROVINCE, Principal, forbidden
from contracts.conduct import OrganKind, organ_kind
from contracts.counties import COUNTIES
from contracts.identifiers import CreditCode, InvalidIdentifier, recognise_licence


class Action(StrEnum):
    RECORD = "discipline:record"
    PUBLISH = "discipline:publish"
    WITHDRAW = "discipline:withdraw"
    SET_POLICY = "discipline:set-policy"
    READ_CREDIT_FILE = "discipline:read-credit-file"
    READ = "discipline:read"
    READ_SUBJECT = "discipline:read-subject"
    HANDLE_FILES = "files:handle"  # of a case that is assigned to him: `files.access` asks that too
    OPEN_ORIGINAL = "files:open-original"
    READ_AUDIT = "audit:read"
    LOAD_BENCHMARK = "discipline:load-benchmark"
    COMPARE = "discipline:compare"  # a proposed sanction with decided cases
    READ_DRIFT = "discipline:read-drift"
    READ_IN_BULK = "discipline:read-disclosures-in-bulk"
    READ_READERS = "discipline:read-disclosure-readers"
    RECORD_TALK = "discipline:record-talk"  # 约谈、谈话提醒
    READ_TALKS = "discipline:read-talks"
    CHECK_REPETITION = "discipline:check-repetition"  # earlier sanctions of a subject, wherever imposed (律师法 51)
    READ_STATISTICS = "discipline:read-statistics"
    WATCH = "discipline:watch"
    EXTRACT = "discipline:extract"  # of a lawyer or a firm about itself, or by its authorisation
    READ_LINKAGES = "discipline:read-linkages"  # what penalties mean for membership
    UNDO_LINKAGE = "discipline:undo-linkage"
    REMARK = "discipline:remark"
    HANDLE_REMARKS = "discipline:handle-remarks"
    ENTER_COMPLAINT = "complaints:enter"
    TRANSFER_COMPLAINT = "complaints:transfer"
    """Pass on what another organ's system has sent, for whichever organ it belongs to."""
    LIST_COMPLAINTS = "complaints:list"
    """Metadata: which organ has it, since when, until when; never who or what happened."""
    HANDLE_COMPLAINT = "complaints:handle"
    """Assign, declare an interest; and for the officer it is assigned to, open and decide."""
    LIST_IMPOSTORS = "impostors:list"
    HANDLE_IMPOSTORS = "impostors:handle"
    """Enter clues, open what is sealed, act: the bureau of the place, from the county up (律师法 55)."""

    PROCEED = "discipline:proceed"  # open a case, take its steps, assign and recuse
    REVIEW_PROCEEDING = "discipline:review-proceeding"  # the steps of the review committee above
    READ_PROCEEDING = "discipline:read-proceeding"  # where a case stands; never its subject or its texts
    READ_FILE = "discipline:read-file"  # all of it; granted by assignment, case by case, and to no role


class Reach(StrEnum):
    OWN_ORGAN = "own-organ"  # the very organ that the token names
    OWN_REGION = "own-region"  # organs of the token's region
    PROVINCE = "province"  # all organs, for a token of the whole province
    OWN_RECORD = "own-record"  # records about the very number that the token names, whatever the organ
    OWN_KIND = "own-kind"  # the organ of the token's kind in its region: those who complain know no organ's code
    CITY_ABOVE = "city-above"  # organs of the city to which the token's county belongs
    COUNTIES_BELOW = "counties-below"  # organs of the token's city and of its counties


@dataclass(frozen=True, slots=True)
class Grant:
    action: Action
    organs: frozenset[OrganKind]
    reach: Reach


_ALL_ORGANS = frozenset(OrganKind)
_BUREAUS = frozenset({OrganKind.BUREAU, OrganKind.COUNTY_BUREAU})

_WATCH = Grant(Action.WATCH, _ALL_ORGANS, Reach.PROVINCE)
_ABOUT_ITSELF = tuple(Grant(action, _ALL_ORGANS, Reach.OWN_RECORD) for action in (Action.REMARK, Action.EXTRACT))


_DECIDES = (Action.RECORD, Action.PUBLISH, Action.WITHDRAW, Action.HANDLE_REMARKS)
_FILES = (Action.HANDLE_FILES, Action.OPEN_ORIGINAL)


def _own(kind: OrganKind, actions: tuple[Action, ...] = (*_DECIDES, *_FILES)) -> tuple[Grant, ...]:
    return tuple(Grant(action, frozenset({kind}), Reach.OWN_ORGAN) for action in actions)


def _prevents(kind: OrganKind, sees: frozenset[OrganKind], reach: Reach) -> tuple[Grant, ...]:
    """Talks are held by every organ, a county's too; what they were about is seen by it and by the organ above."""
    return (
        Grant(Action.RECORD_TALK, frozenset({kind}), Reach.OWN_ORGAN),
        Grant(Action.READ_TALKS, sees, reach),
        Grant(Action.READ_STATISTICS, sees, reach),
    )


_JUSTICE = frozenset({OrganKind.DEPARTMENT, OrganKind.BUREAU, OrganKind.COUNTY_BUREAU})
_ASSOCIATIONS = frozenset({OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION})
_REPETITION = Grant(Action.CHECK_REPETITION, _ALL_ORGANS, Reach.OWN_REGION)


def _complaints(kind: OrganKind) -> tuple[Grant, ...]:
    """An organ handles what is addressed, or was forwarded, to it."""
    actions = (Action.ENTER_COMPLAINT, Action.LIST_COMPLAINTS, Action.HANDLE_COMPLAINT)
    return tuple(Grant(action, frozenset({kind}), Reach.OWN_KIND) for action in actions)


_OF_IMPOSTORS = frozenset({OrganKind.BUREAU, OrganKind.COUNTY_BUREAU})

PERMISSIONS: dict[tuple[str, str], tuple[Grant, ...]] = {
    ("discipline-officer", "department"): (
        *_prevents(OrganKind.DEPARTMENT, _JUSTICE | _ASSOCIATIONS, Reach.PROVINCE),
        _REPETITION,
        *_own(OrganKind.DEPARTMENT),
        Grant(Action.SET_POLICY, frozenset({OrganKind.DEPARTMENT}), Reach.OWN_ORGAN),
        Grant(Action.READ_CREDIT_FILE, frozenset({OrganKind.DEPARTMENT}), Reach.PROVINCE),
        Grant(Action.WITHDRAW, frozenset({OrganKind.BUREAU}), Reach.PROVINCE),
        Grant(Action.READ_READERS, _ALL_ORGANS, Reach.PROVINCE),
        Grant(Action.READ, _ALL_ORGANS, Reach.PROVINCE),
        Grant(Action.READ_LINKAGES, _ASSOCIATIONS, Reach.PROVINCE),
        Grant(Action.LOAD_BENCHMARK, frozenset({OrganKind.DEPARTMENT}), Reach.PROVINCE),
        Grant(Action.READ_DRIFT, frozenset({OrganKind.DEPARTMENT}), Reach.PROVINCE),
        Grant(Action.COMPARE, _ALL_ORGANS, Reach.PROVINCE),
        *_complaints(OrganKind.DEPARTMENT),
        Grant(Action.LIST_COMPLAINTS, frozenset({OrganKind.BUREAU}), Reach.PROVINCE),
        Grant(Action.LIST_IMPOSTORS, _OF_IMPOSTORS, Reach.PROVINCE),
        Grant(Action.PROCEED, frozenset({OrganKind.DEPARTMENT}), Reach.OWN_ORGAN),
        Grant(Action.READ_PROCEEDING, _BUREAUS | {OrganKind.DEPARTMENT}, Reach.PROVINCE),
    ),
    ("discipline-officer", "bureau"): (
        *_prevents(OrganKind.BUREAU, frozenset({OrganKind.BUREAU, OrganKind.COUNTY_BUREAU}), Reach.OWN_REGION),
        _REPETITION,
        Grant(Action.COMPARE, _ALL_ORGANS, Reach.OWN_REGION),
        *_own(OrganKind.BUREAU),
        Grant(Action.READ_LINKAGES, _ASSOCIATIONS, Reach.OWN_REGION),
        Grant(Action.READ, frozenset({OrganKind.BUREAU, OrganKind.CITY_ASSOCIATION}), Reach.OWN_REGION),
        *_complaints(OrganKind.BUREAU),
        Grant(Action.HANDLE_IMPOSTORS, frozenset({OrganKind.BUREAU}), Reach.OWN_KIND),
        Grant(Action.LIST_IMPOSTORS, _OF_IMPOSTORS, Reach.COUNTIES_BELOW),
        Grant(Action.PROCEED, frozenset({OrganKind.BUREAU}), Reach.OWN_ORGAN),
        Grant(Action.READ_PROCEEDING, _BUREAUS, Reach.OWN_REGION),
    ),
    ("discipline-officer", "association"): (
        *_prevents(OrganKind.ASSOCIATION, _ASSOCIATIONS, Reach.PROVINCE),
        Grant(Action.LOAD_BENCHMARK, frozenset({OrganKind.ASSOCIATION}), Reach.PROVINCE),
        Grant(Action.READ_DRIFT, frozenset({OrganKind.ASSOCIATION}), Reach.PROVINCE),
        Grant(Action.COMPARE, _ALL_ORGANS, Reach.PROVINCE),
        *_own(OrganKind.ASSOCIATION),
        Grant(Action.READ_LINKAGES, _ASSOCIATIONS, Reach.PROVINCE),
        Grant(Action.UNDO_LINKAGE, _ASSOCIATIONS, Reach.PROVINCE),
        Grant(Action.WITHDRAW, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
        Grant(Action.READ, frozenset({OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
        *_complaints(OrganKind.ASSOCIATION),
        Grant(Action.LIST_COMPLAINTS, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
        Grant(Action.PROCEED, frozenset({OrganKind.ASSOCIATION}), Reach.OWN_ORGAN),
        Grant(Action.REVIEW_PROCEEDING, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
        Grant(Action.READ_PROCEEDING, frozenset({OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
    ),
    ("discipline-officer", "city-association"): (
        *_prevents(OrganKind.CITY_ASSOCIATION, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.OWN_REGION),
        Grant(Action.COMPARE, _ALL_ORGANS, Reach.OWN_REGION),
        *_own(OrganKind.CITY_ASSOCIATION),
        Grant(Action.READ_LINKAGES, _ASSOCIATIONS, Reach.OWN_REGION),
        Grant(Action.UNDO_LINKAGE, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.OWN_REGION),
        Grant(Action.READ, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.OWN_REGION),
        *_complaints(OrganKind.CITY_ASSOCIATION),
        Grant(Action.PROCEED, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.OWN_ORGAN),
        Grant(Action.READ_PROCEEDING, frozenset({OrganKind.CITY_ASSOCIATION}), Reach.OWN_REGION),
    ),
    ("discipline-officer", "county-bureau"): (
        *_prevents(OrganKind.COUNTY_BUREAU, frozenset({OrganKind.COUNTY_BUREAU}), Reach.OWN_REGION),
        # People turn to the nearest bureau; what it writes down goes to the city.
        Grant(Action.ENTER_COMPLAINT, frozenset({OrganKind.BUREAU}), Reach.CITY_ABOVE),
        Grant(Action.HANDLE_IMPOSTORS, frozenset({OrganKind.COUNTY_BUREAU}), Reach.OWN_KIND),
        Grant(Action.LIST_IMPOSTORS, frozenset({OrganKind.COUNTY_BUREAU}), Reach.OWN_KIND),
        Grant(Action.PROCEED, frozenset({OrganKind.COUNTY_BUREAU}), Reach.OWN_ORGAN),
        Grant(Action.READ_PROCEEDING, frozenset({OrganKind.COUNTY_BUREAU}), Reach.OWN_REGION),
        *_own(OrganKind.COUNTY_BUREAU, _FILES),
    ),
    # An auditor reads what organisations of these kinds did and were refused; the department's reads all.
    ("auditor", "department"): (Grant(Action.READ_AUDIT, _ALL_ORGANS, Reach.PROVINCE),),
    ("auditor", "association"): (
        Grant(Action.READ_AUDIT, frozenset({OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION}), Reach.PROVINCE),
    ),
    # Who reads by machine is also told what becomes of what he has read; a lawyer or a firm watches itself.
    ("credit-platform", "system"): (Grant(Action.READ_CREDIT_FILE, frozenset({OrganKind.DEPARTMENT}), Reach.PROVINCE),),
    ("disclosure-client", "system"): (Grant(Action.READ_IN_BULK, _ALL_ORGANS, Reach.PROVINCE), _WATCH),
    ("registry-reactions", "system"): (Grant(Action.READ_SUBJECT, _ALL_ORGANS, Reach.PROVINCE),),
    ("exchange-api", "system"): (Grant(Action.TRANSFER_COMPLAINT, _ALL_ORGANS, Reach.PROVINCE),),
    ("licensing-system", "system"): (_WATCH,),
    ("verification-client", "system"): (_WATCH,),
    ("verification-client", "court"): (_WATCH,),
    ("verification-client", "procuratorate"): (_WATCH,),
    ("lawyer", "lawyer"): (*_ABOUT_ITSELF, _WATCH),
    ("firm", "firm"): (*_ABOUT_ITSELF, _WATCH),
}
"""(role, kind of organisation) → what it may do with the sanctions of which organs."""


@dataclass(frozen=True, slots=True)
class Visible:
    """Sanctions of these organs, in one region or (None) in all."""

    organs: frozenset[OrganKind]
    region: str | None


def _is_coherent(principal: Principal) -> bool:
    """Region and number are such as its kind of organisation has; of courts and systems neither is asked."""
    kind, number = principal.organisation_kind, principal.organisation_id
    if (organ := organ_kind(kind)) is not None:
        return bool(number) and organ.acts_in(principal.region)
    try:
        if kind == "lawyer":
            recognise_licence(number)
        elif kind == "firm":
            CreditCode.parse_firm(number, allow_wrong_check_digit=True)
    except InvalidIdentifier:
        return False
    return True


def _grants(principal: Principal, action: Action) -> list[Grant]:
    if not _is_coherent(principal):
        return []
    return [
        grant
        for role in principal.roles
        for grant in PERMISSIONS.get((role, principal.organisation_kind), ())
        if grant.action is action
    ]


def _reaches(grant: Grant, principal: Principal, organ: OrganKind, region: str, code: str) -> bool:
    own_region = principal.region == region
    own_kind = own_region and principal.organisation_kind == organ
    mine, theirs = COUNTIES.get(principal.region or ""), COUNTIES.get(region)
    return {
        Reach.PROVINCE: principal.region == PROVINCE,
        Reach.OWN_REGION: own_region,
        Reach.OWN_KIND: own_kind,
        Reach.OWN_ORGAN: own_kind and principal.organisation_id == code,
        Reach.CITY_ABOVE: mine is not None and mine.region == region,
        Reach.COUNTIES_BELOW: principal.region == (region if theirs is None else theirs.region),
        Reach.OWN_RECORD: False,
    }[grant.reach]


def allowed(principal: Principal, action: Action, organ: OrganKind, region: str, code: str) -> bool:
    return any(
        organ in grant.organs and _reaches(grant, principal, organ, region, code)
        for grant in _grants(principal, action)
    )


def demand(principal: Principal, action: Action, organ: OrganKind, region: str, code: str) -> None:
    """Raises the 403 problem, which is logged, unless the caller may do this to a sanction of this organ."""
    if not allowed(principal, action, organ, region, code):
        raise forbidden(principal, action.value, region)


def demand_any(principal: Principal, action: Action) -> None:
    """For what concerns no sanction yet: a caller without the right learns not even that there is none."""
    if not _grants(principal, action):
        raise forbidden(principal, action.value)


def may(principal: Principal, action: Action) -> bool:
    """Whether the caller has this right over anything at all."""
    return bool(_grants(principal, action))


def visible(principal: Principal, action: Action = Action.READ) -> list[Visible]:
    """What a list may show; raises the 403 problem where that is nothing."""
    demand_any(principal, action)
    shown = [
        Visible(grant.organs, None if grant.reach is Reach.PROVINCE else principal.region)
        for grant in _grants(principal, action)
        if grant.reach is not Reach.OWN_RECORD and (grant.reach is not Reach.PROVINCE or principal.region == PROVINCE)
    ]
    if not shown or principal.region is None:
        raise forbidden(principal, action.value, PROVINCE)
    return shown
