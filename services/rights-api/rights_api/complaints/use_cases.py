"""Commands on complaints. Each locks before it builds an event; what is secret is only handed through, to be sealed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.rights_taxonomy import Outcome, RefusalGround

from rights_api.complaints.domain import Complaint, file_complaint
from rights_api.complaints.routing import Matter


@dataclass(frozen=True, slots=True)
class Filing:
    """What arrived. `identity` and `facts` are shown by no repr: it may end up in a traceback."""

    matter: Matter
    key_digest: bytes
    request_digest: bytes
    facts: str = field(repr=False)
    identity: str | None = field(repr=False)


class Cases(Protocol):
    async def add(self, complaint: Complaint, filing: Filing, receipt_digest: bytes) -> bool:
        """False where the key, or by a chance of one in ten thousand billion the receipt, is taken."""

    async def save(self, complaint: Complaint, texts: Mapping[str, str], *, new_clocks: int = 0) -> None:
        """`texts` by place (refusal, reply, closure) are sealed with the case's key."""


async def file(
    filing: Filing, receipt_digest: bytes, cases: Cases, outbox: Outbox, *, complaint_id: UUID, at: datetime
) -> Complaint | None:
    """None where another request was faster: nothing was written."""
    complaint, event = file_complaint(complaint_id, filing.matter, at)
    if not await cases.add(complaint, filing, receipt_digest):
        return None
    if event is not None:
        outbox.add(event)
    return complaint


async def accept(complaint: Complaint, cases: Cases, outbox: Outbox, *, at: datetime) -> Complaint:
    after, event = complaint.accept(at)
    await cases.save(after, {}, new_clocks=1)
    outbox.add(event)
    return after


async def refuse(
    complaint: Complaint, cases: Cases, outbox: Outbox, *, ground: RefusalGround, reasons: str, at: datetime
) -> Complaint:
    """`reasons`: text and other channel, as one sealed document."""
    after, event = complaint.refuse(ground, at)
    await cases.save(after, {"refusal": reasons})
    outbox.add(event)
    return after


async def reply(
    complaint: Complaint, cases: Cases, outbox: Outbox, *, text: str, decided_on: date, at: datetime
) -> Complaint:
    after, event = complaint.reply(decided_on, at)
    await cases.save(after, {"reply": text}, new_clocks=1)
    outbox.add(event)
    return after


async def close(
    complaint: Complaint, cases: Cases, outbox: Outbox, *, outcome: Outcome, note: str | None, at: datetime
) -> Complaint:
    after, event = complaint.close(outcome, at)
    await cases.save(after, {} if note is None else {"closure": note})
    outbox.add(event)
    return after
