"""Loading, confirming and withdrawing documents with targets of regions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import uuid4

from common.outbox import Outbox
from contracts.plan_events import RegionTargetsIssued, RegionTargetsWithdrawn
from contracts.regions import PROVINCE

from progress_api.decompositions.domain import Head, Line, TargetDocument, check_document, confirm, withdraw


class Documents(Protocol):
    async def add(self, document: TargetDocument) -> None: ...

    async def save(self, document: TargetDocument) -> None: ...


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts, at which instant of which day of law."""

    by: str
    at: datetime
    today: date


async def enter(documents: Documents, head: Head, lines: Sequence[Line], act: Act) -> TargetDocument:
    """All of it or nothing; it holds once another officer has confirmed it."""
    check_document(head, lines, today=act.today)
    document = TargetDocument(uuid4(), 1, 0, head, tuple(lines), act.by, act.at)
    await documents.add(document)
    return document


async def issue(documents: Documents, outbox: Outbox, before: TargetDocument, act: Act) -> TargetDocument:
    after = confirm(before, by=act.by, at=act.at)
    await documents.save(after)
    outbox.add(
        RegionTargetsIssued(
            version=after.events,
            region=PROVINCE,
            document_id=after.document_id,
            indicators=after.indicators,
            issued_on=after.head.issued_on,
            from_on=after.head.from_on,
        )
    )
    return after


async def take_back(
    documents: Documents, outbox: Outbox, before: TargetDocument, *, on: date, reason: str, act: Act
) -> TargetDocument:
    after = withdraw(before, by=act.by, at=act.at, on=on, reason=reason, today=act.today)
    await documents.save(after)
    if after.events > before.events:
        outbox.add(
            RegionTargetsWithdrawn(
                version=after.events, region=PROVINCE, document_id=after.document_id, withdrawn_on=on
            )
        )
    return after
