"""What a reader may be shown of standing on a day. Every read of the registry asks here, and shows no more.

With the right to standing (Action.READ_STANDING, in the region of the record): everything, withdrawn facts included.
Everybody else learns of a sanction only while it is in force, as of today. Of any other day, and once the sanction has
ended or been withdrawn, he learns whether the licence held: a suspended lawyer still has one.
"""

from dataclasses import dataclass
from datetime import date

from contracts.registry_events import StandingKind

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.standing import LICENCE_REVOKED, Standing, StandingFact, standing_on

_LICENSED = frozenset({Standing.PRACTISING, Standing.SUSPENDED})


@dataclass(frozen=True, slots=True)
class Disclosed:
    """`standing` and `facts` are None where this reader may not be shown them for this day."""

    licensed: bool
    standing: Standing | None
    facts: tuple[StandingFact, ...] | None


def disclose(
    entity: Lawyer | Firm, day: date, *, today: date, entitled: bool, as_recorded_now: bool = True
) -> Disclosed:
    """`entity` carries the facts as recorded at the position asked for; for those not entitled, the current ones:
    what was known before a withdrawal would tell of what was withdrawn.
    """
    intervals = entity.practices if isinstance(entity, Lawyer) else entity.periods
    if entitled:
        standing = standing_on(day, intervals, entity.facts)
        return Disclosed(standing in _LICENSED, standing, entity.facts)
    # A revocation that is yet to begin, or was withdrawn, must not shine through either.
    known = tuple(fact for fact in entity.facts if not fact.withdrawn and fact.from_on <= today)
    standing = standing_on(day, intervals, known)
    if standing is Standing.REVOKED and not _revoked(day, known) and _withdrawn_revocation(entity.facts):
        standing = Standing.ENDED
    return Disclosed(standing in _LICENSED, standing if day == today and as_recorded_now else None, None)


def ground_shown(ground: str | None, shown: Disclosed) -> str | None:
    """The ground on which a licence ended, unless it is a sanction that this reader is not shown for this day."""
    told = shown.facts is not None or shown.standing is Standing.REVOKED
    return ground if told or ground != LICENCE_REVOKED else None


def _revoked(day: date, facts: tuple[StandingFact, ...]) -> bool:
    return any(fact.kind is StandingKind.REVOCATION and fact.holds_on(day) for fact in facts)


def _withdrawn_revocation(facts: tuple[StandingFact, ...]) -> bool:
    return any(fact.kind is StandingKind.REVOCATION and fact.withdrawn for fact in facts)
