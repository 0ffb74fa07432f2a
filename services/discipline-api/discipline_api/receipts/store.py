"""Receipts as slow hashes, and the short sessions they open."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from common.database import Tx
from sqlalchemy import text

Kind = Literal["complaint", "impostor-clue"]
SESSION_LIFETIME = timedelta(minutes=15)

_ADD = text("""
INSERT INTO receipts (object_id, kind, key_digest, request_digest, receipt_digest)
VALUES (:object_id, :kind, :key_digest, :request_digest, :receipt_digest)
ON CONFLICT DO NOTHING RETURNING object_id""")
_BY_KEY = text("SELECT object_id, kind, request_digest FROM receipts WHERE key_digest = :key_digest")
_SWEEP = text("DELETE FROM receipt_sessions WHERE expires_at <= :now")
_OPEN = text("""
INSERT INTO receipt_sessions (token_digest, object_id, expires_at)
VALUES (:token_digest, (SELECT object_id FROM receipts WHERE receipt_digest = :receipt_digest AND kind = :kind),
    :expires_at) RETURNING object_id""")
_SESSION = text("""
SELECT s.object_id FROM receipt_sessions s JOIN receipts r USING (object_id)
WHERE s.token_digest = :token_digest AND s.expires_at > :now AND r.kind = :kind""")
_CLOSE = text("DELETE FROM receipt_sessions WHERE object_id = ANY(:object_ids)")


@dataclass(frozen=True, slots=True)
class Keyed:
    """What is stored of the client's key and of what he sent with it: digests under keys of ours."""

    kind: Kind
    key_digest: bytes
    request_digest: bytes


class SqlReceipts:
    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def add(self, object_id: UUID, keyed: Keyed, receipt_digest: bytes) -> bool:
        """False where the key, or by a chance of one in ten thousand billion the receipt, is taken.

        A concurrent repetition waits here for the first to end.
        """
        added = await self._session.scalar(
            _ADD,
            {
                "object_id": object_id,
                "kind": keyed.kind,
                "key_digest": keyed.key_digest,
                "request_digest": keyed.request_digest,
                "receipt_digest": receipt_digest,
            },
        )
        return added is not None

    async def by_key(self, key_digest: bytes) -> tuple[UUID, Keyed] | None:
        row = (await self._session.execute(_BY_KEY, {"key_digest": key_digest})).one_or_none()
        if row is None:
            return None
        return UUID(int=row.object_id.int), Keyed(row.kind, key_digest, bytes(row.request_digest))

    async def open_session(
        self, kind: Kind, token_digest: bytes, receipt_digest: bytes, *, now: datetime
    ) -> tuple[UUID | None, datetime]:
        """No object for a wrong receipt, for which the same work is done and a dead row written."""
        await self._session.execute(_SWEEP, {"now": now})
        expires_at = now + SESSION_LIFETIME
        opened = await self._session.scalar(
            _OPEN,
            {
                "token_digest": token_digest,
                "receipt_digest": receipt_digest,
                "kind": kind,
                "expires_at": expires_at,
            },
        )
        return None if opened is None else UUID(int=opened.int), expires_at

    async def by_session(self, kind: Kind, token_digest: bytes, *, now: datetime) -> UUID | None:
        found = await self._session.scalar(_SESSION, {"token_digest": token_digest, "kind": kind, "now": now})
        return None if found is None else UUID(int=found.int)

    async def close_sessions(self, object_ids: list[UUID]) -> None:
        await self._session.execute(_CLOSE, {"object_ids": object_ids})
