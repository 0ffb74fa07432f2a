"""What an officer said in his own words stays out of the chain, which stands for ever; they go with their file.

The chain holds their id and a salted digest: as long as they are there, they can be shown to be those he said.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from uuid import UUID, uuid4

from common.database import Tx
from common.secrecy.sealing import KeyVault
from sqlalchemy import text

_ADD = text("""
INSERT INTO audit_words (words_id, owner_id, wrapped_key, sealed)
VALUES (:words_id, :owner_id, :wrapped_key, :sealed)""")
_READ = text("SELECT words_id, wrapped_key, sealed FROM audit_words WHERE words_id = ANY(:ids)")
_FORGET = text("DELETE FROM audit_words WHERE owner_id = ANY(:ids)")
_REASON = re.compile(r"(?:^|; )words ([0-9a-f-]{36}) sm3 ([0-9a-f]{64})$")
_SALT_BYTES = 16
_PLACE = "words"


class SqlWords:
    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def say(self, owner_id: UUID, words: str) -> str:
        """Keeps them with the file of `owner_id`; answers what stands for them as the reason of an entry."""
        words_id, salt = uuid4(), os.urandom(_SALT_BYTES)
        salted = salt + words.encode()
        sealer, wrapped_key = self._vault.new_case(words_id)
        sealed = sealer.seal_bytes(_PLACE, salted)
        values = {"words_id": words_id, "owner_id": owner_id, "wrapped_key": wrapped_key, "sealed": sealed}
        await self._session.execute(_ADD, values)
        return f"words {words_id} sm3 {_digest(salted)}"

    async def said(self, reasons: Sequence[str | None]) -> dict[str, str]:
        """By reason, as far as the words are still there and are those that were said."""
        found = {match[1]: (reason, match[2]) for reason in reasons if reason and (match := _REASON.search(reason))}
        opened = {}
        for row in (await self._session.execute(_READ, {"ids": [UUID(each) for each in found]})).mappings():
            words_id = UUID(int=row["words_id"].int)
            salted = self._vault.case(words_id, bytes(row["wrapped_key"])).open_bytes(_PLACE, bytes(row["sealed"]))
            reason, digest = found[str(words_id)]
            if _digest(salted) == digest:
                opened[reason] = salted[_SALT_BYTES:].decode()
        return opened


async def forget_words(tx: Tx, owner_ids: Sequence[UUID]) -> None:
    await tx.session.execute(_FORGET, {"ids": list(owner_ids)})


def _digest(salted: bytes) -> str:
    return hashlib.new("sm3", salted).hexdigest()
