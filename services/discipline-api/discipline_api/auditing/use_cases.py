"""A question to the audit log leaves an entry, like any look at a file."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

from common.audit_chain import HEAD_TYPE
from common.auth import Principal
from common.signing import Signer

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import Linked
from discipline_api.auditing.domain import Asked, Head, Verified
from discipline_api.permissions import Action, Visible


class Audit(Protocol):
    async def search(
        self, visible: Sequence[Visible] | None, asked: Asked, *, before: int | None, limit: int
    ) -> list[Linked]: ...

    async def verify(self) -> Verified: ...

    async def head_of(self, day: date | None) -> Head | None: ...


def entry_of(principal: Principal, asked: Asked, at: datetime) -> Entry:
    """What was asked stands in it, so that who looks for somebody's traces leaves one."""
    filters: Mapping[str, Any] = {
        "actor": asked.actor,
        "outcome": asked.outcome,
        "from": asked.from_at and asked.from_at.astimezone(UTC).isoformat(),
        "to": asked.to_at and asked.to_at.astimezone(UTC).isoformat(),
    }
    told = "; ".join(f"{name}={value}" for name, value in filters.items() if value is not None)
    return Entry.by(principal, Action.READ_AUDIT.value, "audit", asked.object_id or "-", at=at, reason=told or None)


def signed(signer: Signer, head: Head, issuer: str) -> str:
    return signer.jws(
        {
            "iss": issuer,
            "log": "discipline.audit",
            "day": head.day.isoformat(),
            "seq": head.seq,
            "hash": head.hash.hex(),
            "hash_alg": "SM3",
            "taken_at": head.taken_at.astimezone(UTC).isoformat(),
        },
        HEAD_TYPE,
    )
