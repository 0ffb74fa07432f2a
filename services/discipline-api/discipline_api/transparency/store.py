"""Reads the log and the rows on display; writes nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from common.merkle import Span

from discipline_api.display import log
from discipline_api.display.log import Reader, entry_of
from discipline_api.transparency.domain import Leaf, Logged

_SIZE = "SELECT size FROM disclosure_log_head"
_LEAVES = """
SELECT leaf_index, record_id, change, at, commitment FROM disclosure_log
WHERE leaf_index >= $1 AND leaf_index < $2 ORDER BY leaf_index"""
# One statement, one snapshot: salt and leaf are of the same change.
_LOGGED = """
SELECT l.leaf_index, l.record_id, l.change, l.at, l.commitment, p.gone_at, p.tombstone, p.body, p.salt
FROM public_disclosures p JOIN disclosure_log l USING (leaf_index) WHERE p.case_id = $1"""


class SqlLog:
    """Fulfils `Log`."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def size(self) -> int:
        size: int = (await self._reader.fetchrow(_SIZE))["size"]
        return size

    async def root(self, size: int) -> bytes:
        return await log.root(self._reader, size)

    async def hashes(self, spans: Sequence[Span]) -> list[bytes]:
        return await log.spans(self._reader, spans)

    async def leaves(self, first: int, limit: int) -> list[Leaf]:
        return [_leaf(row) for row in await self._reader.fetch(_LEAVES, first, first + limit)]

    async def logged(self, record_id: UUID) -> Logged | None:
        row = await self._reader.fetchrow(_LOGGED, record_id)
        if row is None:
            return None
        return Logged(record_id, _leaf(row), row["gone_at"], row["tombstone"], row["body"], row["salt"])


def _leaf(row: Any) -> Leaf:
    return Leaf(row["leaf_index"], entry_of(row))
