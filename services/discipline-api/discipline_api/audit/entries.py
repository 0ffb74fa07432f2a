"""What an entry says. It names the caller and the object, never a person a file is about."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from common.auth import Principal


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """`action` is a right or the name of a step; `reason` a code; of what the caller said himself, where
    it is kept (`words`).
    """

    at: datetime
    actor: str
    organisation_kind: str
    organisation_id: str
    region: str | None
    action: str
    object_kind: str
    object_id: str
    reason: str | None = None
    outcome: Outcome = Outcome.DONE

    @classmethod
    def by(
        cls,
        principal: Principal,
        action: str,
        object_kind: str,
        object_id: object,
        *,
        at: datetime,
        reason: str | None = None,
        outcome: Outcome = Outcome.DONE,
    ) -> "Entry":
        return cls(
            at=at,
            actor=principal.subject,
            organisation_kind=principal.organisation_kind,
            organisation_id=principal.loggable_organisation,
            region=principal.region,
            action=action,
            object_kind=object_kind,
            object_id=str(object_id),
            reason=reason,
            outcome=outcome,
        )
