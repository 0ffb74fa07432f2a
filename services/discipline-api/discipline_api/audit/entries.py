"""What an entry says, and how it is chained. It names the caller and the object, never a person a file is about."""

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum

import orjson
from common.auth import Principal
from cryptography.hazmat.primitives import hashes

GENESIS = bytes(32)


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """`action` is a right or the name of a step; `reason` what the caller gave, a code or a sentence."""

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
            organisation_id=principal.organisation_id,
            region=principal.region,
            action=action,
            object_kind=object_kind,
            object_id=str(object_id),
            reason=reason,
            outcome=outcome,
        )


def chained(previous: bytes, seq: int, entry: Entry) -> bytes:
    """SM3 over the hash before, the place in the chain and the entry, its keys sorted."""
    digest = hashes.Hash(hashes.SM3())
    digest.update(previous)
    digest.update(seq.to_bytes(8, "big"))
    digest.update(orjson.dumps(asdict(entry), option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z))
    return digest.finalize()
