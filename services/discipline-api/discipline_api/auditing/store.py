"""Questions to the audit log, and the table of its heads by day."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from common.database import Database, Tx
from contracts.working_days import local_date
from sqlalchemy import text

from discipline_api.audit.store import COLUMNS, Linked, first_break, head, link, linked_of
from discipline_api.auditing.domain import Asked, Head, Verified
from discipline_api.permissions import Visible

_SEARCH = f"""
SELECT seq, hash, {COLUMNS} FROM audit_log WHERE seq < :before AND ({{}})
  AND (CAST(:object_id AS text) IS NULL OR object_id = :object_id)
  AND (CAST(:actor AS text) IS NULL OR actor = :actor)
  AND (CAST(:outcome AS text) IS NULL OR outcome = :outcome)
  AND (CAST(:from_at AS timestamptz) IS NULL OR at >= :from_at)
  AND (CAST(:to_at AS timestamptz) IS NULL OR at < :to_at)
ORDER BY seq DESC LIMIT :limit"""
_WITHIN = """
organisation_kind = ANY(CAST(:kinds_{0} AS text[])) AND (CAST(:region_{0} AS text) IS NULL OR region = :region_{0})"""
_TAKE = text("""
INSERT INTO audit_heads (day, seq, hash, taken_at) SELECT :day, seq, hash, :now FROM audit_head
ON CONFLICT DO NOTHING RETURNING day""")
_HEADS = "SELECT day, seq, hash, taken_at FROM audit_heads"
_LATEST = text(f"{_HEADS} WHERE CAST(:day AS date) IS NULL OR day <= :day ORDER BY day DESC LIMIT 1")
_CONTRADICTED = text("""
SELECT h.day, h.seq, h.hash, h.taken_at FROM audit_heads h LEFT JOIN audit_log l ON l.seq = h.seq
WHERE h.seq > 0 AND l.hash IS DISTINCT FROM h.hash ORDER BY h.day LIMIT 1""")
_UNLINKED_SINCE = text("SELECT min(at) FROM audit_log WHERE seq IS NULL")
_LAST = 2**63 - 1


class SqlAudit:
    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def search(
        self, visible: Sequence[Visible] | None, asked: Asked, *, before: int | None, limit: int
    ) -> list[Linked]:
        """Newest first; `visible` None shows every organisation's entries, and nobody's."""
        within, parameters = _scope(visible)
        parameters |= {
            "before": _LAST if before is None else before,
            "object_id": asked.object_id,
            "actor": asked.actor,
            "outcome": asked.outcome,
            "from_at": asked.from_at,
            "to_at": asked.to_at,
            "limit": limit,
        }
        rows = await self._tx.session.execute(text(_SEARCH.format(within)), parameters)
        return [linked_of(row) for row in rows.mappings()]

    async def verify(self) -> Verified:
        broken = await first_break(self._tx)
        seq, digest = await head(self._tx)
        contradicted = (await self._tx.session.execute(_CONTRADICTED)).mappings().one_or_none()
        waiting = await self._tx.session.scalar(_UNLINKED_SINCE)
        return Verified(seq, digest, broken, None if contradicted is None else _head(contradicted), waiting)

    async def head_of(self, day: Any | None) -> Head | None:
        """The newest head, or the newest of a day or before."""
        row = (await self._tx.session.execute(_LATEST, {"day": day})).mappings().one_or_none()
        return None if row is None else _head(row)


def _scope(visible: Sequence[Visible] | None) -> tuple[str, dict[str, Any]]:
    if visible is None:
        return "true", {}
    parameters: dict[str, Any] = {}
    for number, each in enumerate(visible):
        parameters |= {f"kinds_{number}": sorted(each.organs), f"region_{number}": each.region}
    return " OR ".join(f"({_WITHIN.format(number)})" for number in range(len(visible))), parameters


def _head(row: Any) -> Head:
    return Head(row["day"], row["seq"], bytes(row["hash"]), row["taken_at"])


async def take_head(database: Database, now: datetime) -> int:
    """A timer's task: the first look at the time on a day in China keeps the chain's end as the head of that day."""
    await link(database, now)
    async with database.begin() as tx:
        return len((await tx.session.execute(_TAKE, {"day": local_date(now), "now": now})).all())
