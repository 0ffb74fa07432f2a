"""What names somebody in a case, sealed under a data key of its own, and how cases of one subject are found."""

from typing import Any
from uuid import UUID

from common.secrecy.keys import hmac_sm3
from common.secrecy.sealing import CaseSealer, KeyVault
from contracts.identifiers import unchanging

from discipline_api.record.domain import Subject
from discipline_api.record.sealed_subject import sealed


class Seals:
    """`likeness` is the key by which equal numbers are recognised without being stored."""

    def __init__(self, vault: KeyVault, likeness: bytes) -> None:
        self._vault, self._likeness = vault, likeness

    def new(self, proceeding_id: UUID, subject: Subject) -> dict[str, Any]:
        """The columns of a new case."""
        sealer, wrapped = self._vault.new_case(proceeding_id)
        return {
            "kek_id": self._vault.kek_id,
            "wrapped_key": wrapped,
            "subject_sealed": sealed(sealer, subject),
            "subject_key": self.key_of(subject),
        }

    def of(self, proceeding_id: UUID, wrapped: bytes) -> CaseSealer:
        return self._vault.case(proceeding_id, wrapped)

    def key_of(self, subject: Subject) -> bytes:
        """A lawyer's by the digits that no move rewrites."""
        lawyer = subject.licence_number
        number = unchanging(lawyer) if lawyer is not None else subject.credit_code or ""
        return hmac_sm3(self._likeness, b"subject of a proceeding", subject.kind.value.encode(), number.encode())
