"""Reactions to a penalty and its withdrawal, and the association's own decision."""

from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.outbox import Outbox
from contracts.discipline_events import SanctionDecided

from discipline_api.linkages.domain import Linkage, UndoGround, Undone, link_of, recorded


class Linkages(Protocol):
    async def region_of_member(self, case_id: UUID) -> str:
        """Whom the sanction is about is known here only; where he belongs, from his number."""

    async def add(self, linkage: Linkage, at: datetime) -> bool:
        """False where the sanction has its linkage already."""

    async def of_case_for_update(self, case_id: UUID) -> Linkage | None: ...
    async def save(self, linkage: Linkage) -> None: ...


async def when_sanction_is_decided_link_membership(
    linkages: Linkages, outbox: Outbox, event: SanctionDecided, *, now: datetime
) -> None:
    if (link := link_of(event.penalties)) is None:
        return
    region = await linkages.region_of_member(event.case_id)
    linkage, told = recorded(uuid4(), event, link, region=region)
    if await linkages.add(linkage, now):
        outbox.add(told)


async def when_sanction_is_withdrawn_undo_its_linkage(
    linkages: Linkages, outbox: Outbox, *, case_id: UUID, withdrawn_on: date
) -> None:
    """What the association has undone before stays as it decided."""
    linkage = await linkages.of_case_for_update(case_id)
    if linkage is None or linkage.undone is not None:
        return
    undone, event = linkage.undo(Undone(UndoGround.SOURCE_WITHDRAWN, withdrawn_on))
    await linkages.save(undone)
    outbox.add(event)


async def undo_by_decision(
    linkages: Linkages, outbox: Outbox, locked: Linkage, *, on: date, document_number: str, reason: str, by: str
) -> Linkage:
    decided = Undone(UndoGround.ASSOCIATION_DECIDED, on, document_number, reason, by)
    undone, event = locked.undo(decided)
    await linkages.save(undone)
    outbox.add(event)
    return undone
