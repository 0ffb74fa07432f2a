"""Sealed texts in PostgreSQL. Plain text never reaches a statement; erasing deletes key and texts together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from common.database import Tx
from common.secrecy.sealing import KeyVault
from sqlalchemy import text

_BEGIN = text("INSERT INTO sealed_keys (owner_id, kek_id, wrapped_key) VALUES (:owner_id, :kek_id, :wrapped_key)")
_KEY = text("SELECT wrapped_key FROM sealed_keys WHERE owner_id = :owner_id")
_NEXT = text("SELECT coalesce(max(ordinal), 0) + 1 FROM sealed_texts WHERE owner_id = :owner_id")
_WRITE = text("""
INSERT INTO sealed_texts (owner_id, ordinal, place, sealed, at, key_digest)
VALUES (:owner_id, :ordinal, :place, :sealed, :at, :key_digest)""")
_READ = "SELECT ordinal, place, sealed, at FROM sealed_texts WHERE owner_id = :owner_id"
_OF_PLACES = text(f"{_READ} AND (CAST(:places AS text[]) IS NULL OR place = ANY(:places)) ORDER BY ordinal")
_OF_KEY = text(f"{_READ} AND key_digest = :key_digest")
_COUNT = text("SELECT count(*) FROM sealed_texts WHERE owner_id = :owner_id AND place = :place")
_ERASE = [text(f"DELETE FROM {table} WHERE owner_id = ANY(:ids)") for table in ("sealed_texts", "sealed_keys")]


@dataclass(frozen=True, slots=True)
class Opened:
    """A text, opened."""

    place: str
    at: datetime
    text: str = field(repr=False)


class SqlSealed:
    """The owner's row is locked by the caller before he writes: ordinals follow one another."""

    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def begin(self, owner_id: UUID) -> None:
        """A key of its own."""
        _, wrapped_key = self._vault.new_case(owner_id)
        parameters = {"owner_id": owner_id, "kek_id": self._vault.kek_id, "wrapped_key": wrapped_key}
        await self._session.execute(_BEGIN, parameters)

    async def write(
        self, owner_id: UUID, place: str, plain: str, at: datetime, *, key_digest: bytes | None = None
    ) -> None:
        """`key_digest`: of the client's key, for what may be sent twice."""
        sealer = self._vault.case(owner_id, await self._key(owner_id))
        ordinal = await self._session.scalar(_NEXT, {"owner_id": owner_id})
        await self._session.execute(
            _WRITE,
            {
                "owner_id": owner_id,
                "ordinal": ordinal,
                "place": place,
                "sealed": sealer.seal(f"{place} {ordinal}", plain),
                "at": at,
                "key_digest": key_digest,
            },
        )

    async def read(self, owner_id: UUID, places: Sequence[str] | None = None) -> list[Opened]:
        """In the order in which they were written; of all places unless some are named."""
        return await self._opened(owner_id, _OF_PLACES, {"places": None if places is None else list(places)})

    async def written(self, owner_id: UUID, key_digest: bytes) -> Opened | None:
        """What came with this key before. Ask with the owner locked."""
        found = await self._opened(owner_id, _OF_KEY, {"key_digest": key_digest})
        return found[0] if found else None

    async def count(self, owner_id: UUID, place: str) -> int:
        return int(await self._session.scalar(_COUNT, {"owner_id": owner_id, "place": place}) or 0)

    async def _opened(self, owner_id: UUID, query: Any, parameters: dict[str, Any]) -> list[Opened]:
        sealer = self._vault.case(owner_id, await self._key(owner_id))
        rows = await self._session.execute(query, parameters | {"owner_id": owner_id})
        return [Opened(r.place, r.at, sealer.open(f"{r.place} {r.ordinal}", bytes(r.sealed))) for r in rows]

    async def _key(self, owner_id: UUID) -> bytes:
        return bytes(await self._session.scalar(_KEY, {"owner_id": owner_id}))


async def erase_sealed(tx: Tx, owner_ids: Sequence[UUID]) -> None:
    for statement in _ERASE:
        await tx.session.execute(statement, {"ids": list(owner_ids)})
