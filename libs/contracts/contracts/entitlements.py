"""Who may receive which event type of which region: one table for HTTP, streams, webhooks and Kafka. Deny by default.

Here stand those inside, who read feeds; what is released to those outside, who read channels, is its other half, as
data: `contracts.releases`.

Nameless is not anonymous: kind, region and hour can be a name to whoever can join, so rights events, discipline events
and a person's standing go to the organ that owns them and to our own workers only. Rights events to the workers alone:
a complaint may be against a justice organ, whose officers must not learn of it, and the event does not say against whom
it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from common.auth import PROVINCE, Principal
from common.events import EVENTS

import contracts.discipline_events
import contracts.exchange_events
import contracts.progress_events
import contracts.registry_events
import contracts.registry_list_events
import contracts.report_events
import contracts.rights_events
from contracts.plan import Source, plan

REGISTRY = contracts.registry_events.TOPIC
DISCIPLINE = contracts.discipline_events.TOPIC
RIGHTS = contracts.rights_events.TOPIC
PROGRESS = contracts.progress_events.TOPIC
EXCHANGE = contracts.exchange_events.TOPIC
TOPICS = (REGISTRY, DISCIPLINE, RIGHTS, PROGRESS, EXCHANGE)

STANDING_EVENTS = frozenset(
    {
        contracts.registry_events.LawyerStandingRecorded.event_type,
        contracts.registry_events.FirmStandingRecorded.event_type,
        contracts.registry_events.StandingConflictOpened.event_type,
        contracts.registry_events.StandingConflictClosed.event_type,
        contracts.registry_list_events.AssessmentGraded.event_type,
        contracts.report_events.ClosedValuesShown.event_type,
    }
)
"""Events that tell of a sanction, of an assessment that is not public, or of closed indicators day by day."""

RESOLUTION_EVENTS = frozenset(
    {
        contracts.registry_events.RegistryParkedEventResolved.event_type,
        contracts.discipline_events.DisciplineParkedEventResolved.event_type,
        contracts.progress_events.ProgressParkedEventResolved.event_type,
        contracts.exchange_events.ExchangeParkedEventResolved.event_type,
    }
)
"""They give place and region of an event in another service's feed: for readers of everything only."""


class Scope(StrEnum):
    OWN_REGION = "own-region"
    ALL_REGIONS = "all-regions"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """A role may receive events of `topic` (`sensitive`: those of STANDING_EVENTS too) within `scope`.

    ALL_REGIONS needs a token of the province, OWN_REGION one of a region.
    `whole_feed`: may also see heads, positions and digests, and so verify the chain.
    `organisation_kinds`: empty means any.
    """

    role: str
    topic: str
    scope: Scope
    sensitive: bool
    whole_feed: bool
    organisation_kinds: frozenset[str] = frozenset()


_DEPARTMENT = frozenset({"department"})
_BUREAUS = _DEPARTMENT | {"bureau"}
_SYSTEM = frozenset({"system"})
_OPERATING = _DEPARTMENT | _SYSTEM
_ONLOOKERS = frozenset({"county-bureau", "association", "city-association"})

READ_WHOLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "progress-projector": (REGISTRY, DISCIPLINE, RIGHTS, PROGRESS),
        "registry-reactions": (DISCIPLINE,),
        "discipline-reactions": (DISCIPLINE,),
        "exchange-releases": (REGISTRY, PROGRESS),
        # What it reads it tells each reader as far as that one may, and operators where every feed stands.
        "exchange-api": TOPICS,
        # Verifies feeds from outside; none of our processes is that.
        "feed-verifier": TOPICS,
    }
)
"""Who reads feeds whole, by role, by HTTP and on Kafka: our own processes, and the tool that verifies."""

ENTITLEMENTS: tuple[Entitlement, ...] = (
    *(
        Entitlement(role, topic, Scope.ALL_REGIONS, True, True, _SYSTEM)
        for role, topics in READ_WHOLE.items()
        for topic in topics
    ),
    Entitlement("registry-officer", REGISTRY, Scope.OWN_REGION, True, True, _BUREAUS),
    Entitlement("registry-officer", REGISTRY, Scope.OWN_REGION, False, True, _ONLOOKERS),
    Entitlement("plan-reader", REGISTRY, Scope.OWN_REGION, sensitive=False, whole_feed=True),
    Entitlement("operator", REGISTRY, Scope.ALL_REGIONS, False, True, _OPERATING),
    Entitlement("operator", PROGRESS, Scope.ALL_REGIONS, False, True, _OPERATING),
    Entitlement("operator", EXCHANGE, Scope.ALL_REGIONS, False, True, _OPERATING),
    # City organs of discipline use their desks: the position of a whole feed would tell of other cities. Of rights even
    # the department does: its desk leaves out the complaints against justice organs (RR17), a feed cannot.
    Entitlement("discipline-officer", DISCIPLINE, Scope.ALL_REGIONS, True, True, _DEPARTMENT),
)


def _held(principal: Principal | None, topic: str) -> list[Entitlement]:
    if principal is None:
        return []
    return [
        entitlement
        for entitlement in ENTITLEMENTS
        if entitlement.topic == topic
        and entitlement.role in principal.roles
        and (not entitlement.organisation_kinds or principal.organisation_kind in entitlement.organisation_kinds)
        and (principal.region == PROVINCE or (entitlement.scope is Scope.OWN_REGION and principal.region is not None))
    ]


SYSTEM_KINDS = frozenset({"system", "court", "procuratorate", "administrative-organ", "association", "bureau"})
"""Kinds of organisation whose systems may be connected as a `stream-client`: they read channels, never feeds."""

PUBLIC_CHANNEL = "public.events"


def shared_channel(organ_code: str) -> str:
    """What is released to one organ's systems: a sequence and a chain of its own, and a topic of that name."""
    return f"shared.{organ_code}.events"


def may_read_channel(principal: Principal | None, channel: str) -> bool:
    """The public one is everybody's, without a token too; a shared one its own organ's systems'."""
    if channel == PUBLIC_CHANNEL:
        return True
    return (
        principal is not None
        and "stream-client" in principal.roles
        and principal.organisation_kind in SYSTEM_KINDS
        and channel == shared_channel(principal.organisation_id)
    )


def may_read_feed(principal: Principal | None, topic: str) -> bool:
    return any(entitlement.whole_feed for entitlement in _held(principal, topic))


def may_read_event(principal: Principal | None, event_type: str, region: str) -> bool:
    declared = EVENTS.get(event_type)
    if principal is None or declared is None:
        return False
    sensitive, resolution = event_type in STANDING_EVENTS, event_type in RESOLUTION_EVENTS
    return any(
        (entitlement.sensitive or not (sensitive or resolution))
        and (entitlement.scope is Scope.ALL_REGIONS or not resolution)
        and (entitlement.scope is Scope.ALL_REGIONS or principal.region in (PROVINCE, region))
        for entitlement in _held(principal, declared.topic)
    )


class IndicatorScope(StrEnum):
    """How far a reader with a token sees of one indicator."""

    PROVINCE_MONTHLY = "province-monthly"  # the province's value at the end of last month, of enough cases
    OWN_REGION = "own-region"  # and evidence, any day and the number of his own region
    OWN_REGION_OPEN = "own-region-open"  # the province's value on any day; evidence and number of his own region
    ALL_REGIONS = "all-regions"  # everything


@dataclass(frozen=True, slots=True)
class IndicatorRight:
    """The role that may read evidence, other days and regions of an indicator, or of all indicators of a measure."""

    of: str
    role: str


INDICATOR_RIGHTS: tuple[IndicatorRight, ...] = (
    IndicatorRight("M12", "discipline-officer"),
    IndicatorRight("M13", "rights-officer"),
    IndicatorRight("M14-I3", "discipline-officer"),
    IndicatorRight("M15", "rights-officer"),
    IndicatorRight("M23-I3", "discipline-officer"),
)
"""Indicators that stand here are closed to everyone else but for PROVINCE_MONTHLY; the province's value of the others
is open to all readers.

A value that moved with every event would date single cases to whoever asks often enough.
The department sees all regions, bureaus and associations their own; no other organisation has the right.
"""

_OF_EACH_REGION_ALONE = frozenset({Source.CITY_REPORT, Source.PROGRESS_EVENT})
"""What regions report, and how they are followed up: each reads its own, organs of the province read all."""

SMALLEST_DENOMINATOR = 5
"""Below it a share of closed indicators could be traced to single cases."""

SMALLEST_MEDIAN = 10
"""A median is itself one of the cases: it needs more of them."""


def _guards(indicator_id: str) -> list[IndicatorRight]:
    return [right for right in INDICATOR_RIGHTS if indicator_id == right.of or indicator_id.startswith(f"{right.of}-")]


def may_operate(principal: Principal) -> bool:
    """Set events aside, redrive and resume: our operators, of the department or as a system, for the whole province."""
    return principal.has("operator", PROVINCE) and principal.organisation_kind in _OPERATING


def may_watch(principal: Principal) -> bool:
    """How far consumers are and what is parked, bytes included: exchange-api, which shows operators their part."""
    return principal.has("exchange-api") and principal.organisation_kind in _SYSTEM


def may_read_standing(principal: Principal) -> bool:
    """Also lists without the suspended: set beside the same list with them, they name who is suspended."""
    return any(entitlement.sensitive for entitlement in _held(principal, REGISTRY))


def may_read_standing_of(principal: Principal, region: str) -> bool:
    """Also numbers without the suspended: subtracted from those with them, they tell how many are suspended there."""
    return may_read_event(principal, contracts.registry_events.LawyerStandingRecorded.event_type, region)


def is_closed_indicator(indicator_id: str) -> bool:
    return bool(_guards(indicator_id))


def indicator_scope(principal: Principal, indicator_id: str) -> IndicatorScope:
    """For a reader who may read values at all."""
    guards = _guards(indicator_id)
    if not guards:
        apart = plan().indicator(indicator_id).source in _OF_EACH_REGION_ALONE and principal.region != PROVINCE
        return IndicatorScope.OWN_REGION_OPEN if apart else IndicatorScope.ALL_REGIONS
    known = principal.organisation_kind in _BUREAUS | _ONLOOKERS
    if not known or not any(right.role in principal.roles for right in guards):
        return IndicatorScope.PROVINCE_MONTHLY
    if principal.organisation_kind in _DEPARTMENT and principal.region == PROVINCE:
        return IndicatorScope.ALL_REGIONS
    return IndicatorScope.OWN_REGION
