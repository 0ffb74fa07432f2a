"""Drawing up, reviewing, signing and withdrawing an edition."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

from common.events import Event
from common.feed import sm3
from contracts.working_days import local_date

from progress_api.bulletins.domain import Content
from progress_api.bulletins.use_cases import Issue, PaperKind, paper_of
from progress_api.editions.domain import (
    Edition,
    Signature,
    Step,
    Withdrawal,
    issue,
    review,
    send_back,
    supersede,
    withdraw,
)
from progress_api.papers.domain import Form
from progress_api.papers.rendering import render
from progress_api.refusals import Refused


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper of an edition, as signed."""

    kind: PaperKind
    form: Form
    body: bytes


class Editions(Protocol):
    async def get(self, edition_id: UUID, *, lock: bool = False) -> Edition: ...
    async def in_force(self, plan_id: str, period: str) -> Edition | None:
        """The public one of a period, locked."""
        ...

    async def next_number(self, plan_id: str, period: str) -> int: ...
    async def add(self, edition: Edition, content: bytes, positions: dict[str, int]) -> None: ...
    async def save(self, edition: Edition) -> None: ...
    async def document_number_taken(self, document_number: str) -> bool: ...
    async def keep_papers(self, edition_id: UUID, papers: Sequence[Printed]) -> None: ...


class Outbox(Protocol):
    def add(self, event: Event) -> None: ...


async def draft_edition(
    editions: Editions, content: Content, positions: dict[str, int], regional: Sequence[str], by: Step
) -> Edition:
    """The content is frozen here: whatever becomes known later belongs to another edition."""
    frozen = content.as_bytes()
    edition = Edition(
        edition_id=uuid4(),
        plan_id=content.plan_id,
        period=content.period,
        number=await editions.next_number(content.plan_id, content.period),
        as_of=content.as_of,
        regional=tuple(regional),
        digest=sm3(frozen).hex(),
        drafted=by,
    )
    await editions.add(edition, frozen, positions)
    return edition


async def review_edition(editions: Editions, edition: Edition, by: Step) -> Edition:
    after = review(edition, by)
    await editions.save(after)
    return after


async def return_edition(editions: Editions, edition: Edition, by: Step) -> Edition:
    after = send_back(edition, by)
    await editions.save(after)
    return after


async def sign_edition(editions: Editions, outbox: Outbox, edition: Edition, signature: Signature) -> Edition:
    """Public from the commit on; the one that was public for the period is superseded by the same commit."""
    before = await editions.in_force(edition.plan_id, edition.period)
    after, issued = issue(edition, signature, before)
    if await editions.document_number_taken(signature.document_number):
        raise Refused(
            "document-number-taken", "该发文字号已使用", "this document number has been used", field="document_number"
        )
    if before is not None:
        superseded, told = supersede(before, after)
        await editions.save(superseded)
        outbox.add(told)
    await editions.save(after)
    outbox.add(issued)
    return after


async def withdraw_edition(
    editions: Editions, outbox: Outbox, edition: Edition, *, by: str, at: datetime, reason: str
) -> Edition:
    after, event = withdraw(edition, Withdrawal(by, at, local_date(at), reason))
    await editions.save(after)
    outbox.add(event)
    return after


def issue_of(edition: Edition) -> Issue:
    """What the papers say of the signature."""
    if edition.signature is None:
        return Issue(edition.drafted.at, edition.digest, watermark="未签发 草稿")
    return Issue(edition.drafted.at, edition.digest, edition.signature.document_number, edition.signature.on)


def print_paper(edition: Edition, content: bytes, kind: PaperKind, form: Form, base_url: str) -> bytes:
    """Up to a second of CPU, so off the event loop; the same edition gives the same bytes."""
    return render(paper_of(kind, Content.from_bytes(content), issue_of(edition)), form, base_url)


def print_all(edition: Edition, content: bytes, base_url: str) -> list[Printed]:
    """As signed: kept, so that a later change of our templates changes nothing that was issued."""
    return [
        Printed(kind, form, print_paper(edition, content, kind, form, base_url)) for kind in PaperKind for form in Form
    ]


def day_of(period: str, today: date) -> date:
    """The last day of a month, or today while it lasts."""
    year, month = map(int, period.split("-"))
    following = date(year + month // 12, month % 12 + 1, 1)
    return min(date.fromordinal(following.toordinal() - 1), today)
