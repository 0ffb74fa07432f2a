"""A file is made for a window of days; who fetches it for the platform has brought the platform up to date."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from discipline_api.credit.domain import CreditFile, Identity, check_identity, check_window
from discipline_api.organs import Organ
from discipline_api.record.domain import Sanction
from discipline_api.record.impact import ImpactAssessment, demand_covered
from discipline_api.record.use_cases import CREDIT_NODE_UPDATE


class Files(Protocol):
    async def between(self, from_on: date, to_on: date, now: datetime) -> tuple[CreditFile, list[UUID]]:
        """And the ids of those to be deleted."""


class Identities(Protocol):
    async def seal(self, case_id: UUID, identity: Identity, *, by: str, at: datetime) -> None: ...


class ImpactAssessments(Protocol):
    async def of(self, organ: Organ) -> Sequence[ImpactAssessment]: ...


class Clocks(Protocol):
    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...


async def make_file(
    files: Files, from_on: date, to_on: date, *, now: datetime, today: date
) -> tuple[CreditFile, list[UUID]]:
    check_window(from_on, to_on, today)
    return await files.between(from_on, to_on, now)


async def told_platform(clocks: Clocks, gone: Sequence[UUID], today: date) -> None:
    """The nodes have the update (河南省社会信用条例 42)."""
    for case_id in gone:
        await clocks.meet(case_id, CREDIT_NODE_UPDATE, today)


async def enter_identity(
    identities: Identities,
    assessments: ImpactAssessments,
    locked: Sanction,
    identity: Identity,
    *,
    by: str,
    now: datetime,
    today: date,
) -> None:
    """Sensitive data (个人信息保护法 28): only where an impact assessment of the organ covers it."""
    check_identity(locked, today)
    decision = locked.decision
    demand_covered(await assessments.of(decision.organ), decision.record_kind, today, identity_numbers=True)
    await identities.seal(locked.case_id, identity, by=by, at=now)
