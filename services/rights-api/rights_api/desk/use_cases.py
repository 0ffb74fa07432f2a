"""Whose deadlines a reader sees, and which of them are at risk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from common.auth import Principal
from contracts.conduct import OrganKind

from rights_api.desk.domain import AtRisk, Open, Risk
from rights_api.permissions import sees_justice_cases, visible_region


@dataclass(frozen=True, slots=True)
class Seen:
    """`region` None: the whole province. Whoever is recused from a case sees none of its deadlines."""

    subject: str
    region: str | None
    justice_cases: bool
    kind: OrganKind | None = None


class Desk(Protocol):
    async def counts(self, seen: Seen, now: datetime, until: datetime) -> Sequence[AtRisk]: ...

    async def listed(
        self,
        seen: Seen,
        now: datetime,
        until: datetime,
        risks: Sequence[Risk],
        *,
        after: tuple[datetime, UUID] | None,
        limit: int,
    ) -> Sequence[Open]:
        """Those due first at the head."""


async def count_at_risk(
    desk: Desk, principal: Principal, region: str | None, now: datetime, within: timedelta
) -> Sequence[AtRisk]:
    """Of what he may list. Not for who runs the system: a count that moves with a complaint tells when it came in."""
    where = visible_region(principal, region)
    return await desk.counts(Seen(principal.subject, where, sees_justice_cases(principal)), now, now + within)


async def list_at_risk(
    desk: Desk,
    principal: Principal,
    *,
    region: str | None,
    kind: OrganKind | None,
    risks: Sequence[Risk],
    now: datetime,
    within: timedelta,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Open]:
    seen = Seen(principal.subject, visible_region(principal, region), sees_justice_cases(principal), kind)
    return await desk.listed(seen, now, now + within, risks or [*Risk], after=after, limit=limit)
