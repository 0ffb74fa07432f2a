"""Drawing up, reviewing and signing the freeze and its addenda."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID, uuid4

from common.events import Event
from common.feed import sm3
from common.local_time import local_date

from progress_api.bulletins.use_cases import Issue
from progress_api.closing.domain import Closing, ClosingKind, review, send_back, sign
from progress_api.closing.lateness import Addendum, differences, public_differences
from progress_api.closing.papers import paper_of_addendum, paper_of_report
from progress_api.closing.record import FinalReport, Record
from progress_api.editions.domain import Signature, Step
from progress_api.freezes import plan_frozen
from progress_api.papers.domain import Form, Paper
from progress_api.papers.rendering import render
from progress_api.refusals import Refused


@dataclass(frozen=True, slots=True)
class Written:
    """What a closing holds, as bytes: all of it, and what is published."""

    record: bytes
    report: bytes


@dataclass(frozen=True, slots=True)
class Printed:
    """A paper as signed."""

    form: Form
    body: bytes


class Closings(Protocol):
    async def get(self, closing_id: UUID, *, lock: bool = False) -> Closing: ...
    async def freeze_of(self, plan_id: str) -> Closing | None:
        """The signed one."""
        ...

    async def addenda_of(self, plan_id: str) -> Sequence[Closing]:
        """The signed ones, the first first."""
        ...

    async def written(self, closing_id: UUID) -> Written: ...
    async def add(self, closing: Closing, written: Written) -> None: ...
    async def save(self, closing: Closing) -> None: ...
    async def document_number_taken(self, document_number: str) -> bool: ...
    async def keep_papers(self, closing_id: UUID, papers: Sequence[Printed]) -> None: ...


class Outbox(Protocol):
    def add(self, event: Event) -> None: ...


async def demand_unfrozen(closings: Closings, plan_id: str) -> None:
    if await closings.freeze_of(plan_id) is not None:
        raise plan_frozen()


async def frozen(closings: Closings, plan_id: str) -> Closing:
    """Raises Refused where nothing has been frozen yet."""
    found = await closings.freeze_of(plan_id)
    if found is None:
        raise Refused(
            "plan-not-frozen", "方案尚未收官定格", "the plan has not been frozen yet", field="plan_id", conflict=True
        )
    return found


async def draft_freeze(closings: Closings, record: Record, report: FinalReport, by: Step) -> Closing:
    """What is recorded between the draft and the signature is late already: it belongs into an addendum, or, where the
    officers want it in the freeze, into another draft.
    """
    return await _draft(closings, record, ClosingKind.FREEZE, by, Written(record.as_bytes(), report.as_bytes()))


async def draft_addendum(closings: Closings, record: Record, report: FinalReport, by: Step) -> Closing:
    """record, report: of the frozen day, as known now. Raises Refused where nothing new is known."""
    freeze = await frozen(closings, record.plan_id)
    whole, public = await beside(closings, freeze, record, report, local_date(by.at))
    before = await closings.addenda_of(record.plan_id)
    told = Addendum.from_bytes((await closings.written(before[-1].closing_id)).record).differences if before else ()
    if whole.differences == told:
        raise Refused(
            "nothing-late",
            "与定格内容（及最近一次补充说明）相比没有新情况",
            "nothing has become known since the freeze, or since the last addendum",
            conflict=True,
        )
    return await _draft(closings, freeze, ClosingKind.ADDENDUM, by, Written(whole.as_bytes(), public.as_bytes()))


async def beside(
    closings: Closings, closing: Closing, record: Record, report: FinalReport, today: date
) -> tuple[Addendum, Addendum]:
    """What differs between a freeze, drafted or signed, and its day as known now: all of it, and what is public."""
    written = await closings.written(closing.closing_id)
    content = report.content
    known = {
        "plan_id": closing.plan_id,
        "plan_zh": content.plan_zh,
        "plan_en": content.plan_en,
        "issuer_zh": content.issuer_zh,
        "as_of": closing.as_of,
        "known_on": today,
        "freeze_number": "" if closing.signature is None else closing.signature.document_number,
        "freeze_digest": closing.digest,
    }
    return (
        Addendum(**known, differences=differences(Record.from_bytes(written.record), record)),
        Addendum(**known, differences=public_differences(FinalReport.from_bytes(written.report), report)),
    )


async def _draft(
    closings: Closings, freeze: Closing | Record, kind: ClosingKind, by: Step, written: Written
) -> Closing:
    """freeze: what it is of, or stands beside."""
    closing = Closing(
        closing_id=uuid4(),
        plan_id=freeze.plan_id,
        kind=kind,
        as_of=freeze.as_of,
        digest=sm3(written.record).hex(),
        report_digest=sm3(written.report).hex(),
        drafted=by,
    )
    await closings.add(closing, written)
    return closing


async def review_closing(closings: Closings, closing: Closing, by: Step) -> Closing:
    after = review(closing, by)
    await closings.save(after)
    return after


async def return_closing(closings: Closings, closing: Closing, by: Step) -> Closing:
    after = send_back(closing, by)
    await closings.save(after)
    return after


async def sign_closing(closings: Closings, outbox: Outbox, closing: Closing, signature: Signature) -> Closing:
    """In force for every room from the commit on. The caller holds the plan's freeze alone."""
    number = None
    if closing.kind is ClosingKind.FREEZE:
        await demand_unfrozen(closings, closing.plan_id)
    else:
        before = await closings.addenda_of(closing.plan_id)
        if before and before[-1].signed.at > closing.drafted.at:
            raise Refused(
                "later-addendum-signed",
                "拟稿之后已签发另一份补充说明，请重新拟稿",
                "another addendum has been signed since this was drafted; draw it up again",
                conflict=True,
            )
        number = len(before) + 1
    after, event = sign(closing, signature, number)
    if await closings.document_number_taken(signature.document_number):
        raise Refused(
            "document-number-taken", "该发文字号已使用", "this document number has been used", field="document_number"
        )
    await closings.save(after)
    outbox.add(event)
    return after


def paper_of(closing: Closing, report: bytes, freeze_report: bytes) -> Paper:
    """freeze_report: what was published of the freeze; the same bytes where it is the freeze's own paper."""
    signed = closing.signature
    issue = Issue(
        closing.drafted.at,
        closing.report_digest,
        None if signed is None else signed.document_number,
        None if signed is None else signed.on,
        watermark="" if signed else "未签发 草稿",
    )
    if closing.kind is ClosingKind.FREEZE:
        return paper_of_report(FinalReport.from_bytes(report), issue)
    content = FinalReport.from_bytes(freeze_report).content
    return paper_of_addendum(Addendum.from_bytes(report), content, issue, closing.number)


def print_all(closing: Closing, report: bytes, freeze_report: bytes, base_url: str) -> list[Printed]:
    """As signed: kept, so that a later change of our templates changes nothing. CPU: for a thread."""
    paper = paper_of(closing, report, freeze_report)
    return [Printed(form, render(paper, form, base_url)) for form in Form]
