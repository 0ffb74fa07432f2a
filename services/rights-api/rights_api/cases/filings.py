"""What is filed, and how it lies in its row: identity and facts sealed to the office, which alone opens them."""

from dataclasses import dataclass, field
from uuid import UUID

from rights_api.cases.routing import Matter
from rights_api.keys.vault import CaseVault


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed. `identity` and `facts` are shown by no repr: it may end up in a traceback."""

    matter: Matter
    key_digest: bytes
    request_digest: bytes
    facts: str = field(repr=False)
    identity: str | None = field(repr=False)
    commitment: bytes | None = None
    """What its proof commits to; None where it is filed without one."""
    dictated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Sealed:
    """A filing as it lies in its row; it goes from a watch into the case unopened."""

    key_digest: bytes
    request_digest: bytes
    receipt_digest: bytes
    commitment: bytes | None
    kek_id: str
    wrapped_key: bytes
    identity_sealed: bytes | None
    facts_sealed: bytes
    dictated_by: str | None


def seal(vault: CaseVault, case_id: UUID, filing: Filing, receipt_digest: bytes) -> Sealed:
    _, wrapped_key = vault.new_case(case_id)
    return Sealed(
        key_digest=filing.key_digest,
        request_digest=filing.request_digest,
        receipt_digest=receipt_digest,
        commitment=filing.commitment,
        kek_id=vault.kek_id,
        wrapped_key=wrapped_key,
        identity_sealed=None if filing.identity is None else vault.box(case_id, "identity", filing.identity),
        facts_sealed=vault.box(case_id, "facts", filing.facts),
        dictated_by=filing.dictated_by,
    )
