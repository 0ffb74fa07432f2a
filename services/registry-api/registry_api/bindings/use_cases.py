"""Three things that a person says of himself, and the lawyer they agree with."""

import hmac
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Licensed:
    lawyer_id: UUID
    name: str
    licence_number: str
    """The present one, where an earlier one was asked for."""
    id_digest: bytes | None
    region: str


class Licences(Protocol):
    async def licensed(self, number: str) -> Licensed | None: ...


async def lawyer_of(licences: Licences, number: str, name: str, id_digest: bytes) -> Licensed | None:
    """None unless all three agree; a record without an ID number agrees with nobody."""
    found = await licences.licensed(number)
    if found is None or found.id_digest is None or found.name != name:
        return None
    return found if hmac.compare_digest(found.id_digest, id_digest) else None
