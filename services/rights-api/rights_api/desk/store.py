"""Reads deadlines as they are dated now. Compares with the time it is given: no timer need have been there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.conduct import OrganKind
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.clocks.domain import State
from rights_api.desk.domain import AtRisk, Open, Risk
from rights_api.desk.use_cases import Seen
from rights_api.organs import Organ

# The last dating stands. A clock whose last pause has no end stands still: it is at no risk. Whoever is recused from a
# case does not see its deadlines either.
_OPEN = """
SELECT c.clock_id, c.owner_kind, c.owner_id, c.organ_kind, c.organ_region, c.name, c.rule_id, c.urgent,
    d.due_at, d.warn_at, d.provisional
FROM clocks c
CROSS JOIN LATERAL (
    SELECT due_at, warn_at, provisional FROM clock_dates
    WHERE clock_id = c.clock_id ORDER BY revision DESC LIMIT 1) d
WHERE c.bearer = 'organ'
    AND NOT EXISTS (SELECT FROM clock_marks m WHERE m.clock_id = c.clock_id AND m.mark IN ('met', 'lapsed'))
    AND coalesce((
        SELECT m.mark FROM clock_marks m WHERE m.clock_id = c.clock_id AND m.mark IN ('paused', 'resumed')
        ORDER BY m.ordinal DESC LIMIT 1), 'resumed') = 'resumed'
    AND (CAST(:region AS text) IS NULL OR c.organ_region = :region)
    AND (CAST(:kind AS text) IS NULL OR c.organ_kind = :kind)
    AND (:justice OR NOT c.justice)
    AND NOT EXISTS (SELECT FROM recusals r WHERE r.complaint_id = c.owner_id AND r.subject = :subject)"""
_COUNTS = text(f"""
SELECT organ_kind, organ_region,
    count(*) AS open,
    count(*) FILTER (WHERE warn_at <= :now AND due_at > :now) AS warned,
    count(*) FILTER (WHERE due_at > :now AND due_at <= :until) AS due,
    count(*) FILTER (WHERE due_at <= :now) AS overdue,
    count(*) FILTER (WHERE due_at <= :now AND urgent) AS urgent_overdue,
    min(due_at) FILTER (WHERE due_at > :now) AS next_due_at
FROM ({_OPEN}) o GROUP BY organ_kind, organ_region ORDER BY organ_region, organ_kind""")
_AT_RISK = {
    Risk.OVERDUE: "due_at <= :now",
    Risk.WARNED: "warn_at <= :now AND due_at > :now",
    Risk.DUE: "due_at > :now AND due_at <= :until",
}
_LIST = """
SELECT * FROM ({open}) o WHERE ({risk})
    AND (CAST(:after_at AS timestamptz) IS NULL OR (due_at, clock_id) > (:after_at, :after_id))
ORDER BY due_at, clock_id LIMIT :limit"""


class SqlDesk:
    """Fulfils `Desk`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def counts(self, seen: Seen, now: datetime, until: datetime) -> list[AtRisk]:
        rows = await self._session.execute(_COUNTS, _parameters(seen, now, until))
        return [AtRisk(_organ(r), r.open, r.warned, r.due, r.overdue, r.urgent_overdue, r.next_due_at) for r in rows]

    async def listed(
        self,
        seen: Seen,
        now: datetime,
        until: datetime,
        risks: Sequence[Risk],
        *,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> list[Open]:
        risk = " OR ".join(f"({_AT_RISK[each]})" for each in risks)
        at, clock_id = (None, None) if after is None else after
        rows = await self._session.execute(
            text(_LIST.format(open=_OPEN, risk=risk)),
            _parameters(seen, now, until) | {"after_at": at, "after_id": clock_id, "limit": limit},
        )
        return [
            Open(
                clock_id=UUID(int=r.clock_id.int),
                owner_kind=r.owner_kind,
                owner_id=UUID(int=r.owner_id.int),
                organ=_organ(r),
                name=r.name,
                rule_id=r.rule_id,
                urgent=r.urgent,
                due_at=r.due_at,
                provisional=r.provisional,
                state=State.OVERDUE if r.due_at <= now else State.WARNED if r.warn_at <= now else State.RUNNING,
            )
            for r in rows
        ]


def _parameters(seen: Seen, now: datetime, until: datetime) -> dict[str, Any]:
    return {
        "subject": seen.subject,
        "region": seen.region,
        "kind": seen.kind and seen.kind.value,
        "justice": seen.justice_cases,
        "now": now,
        "until": until,
    }


def _organ(row: Any) -> Organ:
    return Organ(next(kind for kind in OrganKind if kind.value == row.organ_kind), row.organ_region)
