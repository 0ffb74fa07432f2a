"""Commands on complaints. Each is given the locked complaint; what is secret is only handed through, to be sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.working_days import local_date

from discipline_api.clocks.domain import Owner, Running, begin
from discipline_api.complaints.domain import OPEN, Complaint
from discipline_api.complaints.routing import acceptance_rule
from discipline_api.complaints.terms import Clock, Outcome, Recipient, RefusalGround, ReviewOutcome, Status, Step
from discipline_api.refusals import Refused

_ASSOCIATIONS = frozenset({OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION})


@dataclass(frozen=True, slots=True)
class Marks:
    """Keyed digests by which two complaints are found to be about, or by, the same one."""

    subject: frozenset[bytes]
    complainant: frozenset[bytes]


class Complaints(Protocol):
    async def add(self, complaint: Complaint, marks: Marks) -> None: ...

    async def save(self, complaint: Complaint) -> None:
        """Raises where somebody changed it since it was read."""

    async def note(self, complaint: Complaint, step: Step, on: date) -> None:
        """What the complainant sees has happened."""

    async def joined_to(self, complaint_id: UUID) -> Sequence[Complaint]:
        """Locked."""


class Texts(Protocol):
    async def begin(self, owner_id: UUID) -> None: ...

    async def write(
        self, owner_id: UUID, place: str, plain: str, at: datetime, *, key_digest: bytes | None = None
    ) -> None: ...


class Clocks(Protocol):
    async def begin(self, running: Running) -> None: ...
    async def meet(self, owner_id: UUID, name: str, on: date) -> None: ...
    async def lapse(self, owner_id: UUID, on: date, name: str | None = None) -> None: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Where complaints and their deadlines are kept, and the instant of the act."""

    complaints: Complaints
    clocks: Clocks
    now: datetime

    @property
    def today(self) -> date:
        return local_date(self.now)

    async def start(self, complaint: Complaint, clock: Clock, rule_id: str, on: date) -> None:
        organ = complaint.receiver if clock is Clock.FORWARD_ACKNOWLEDGEMENT else None
        keeper = organ or complaint.organ
        owner = Owner("complaint", complaint.complaint_id, keeper.kind, keeper.region, keeper.code)
        await self.clocks.begin(begin(owner, clock.value, rule_id, on))

    async def start_acceptance(self, complaint: Complaint, on: date) -> None:
        await self.start(complaint, Clock.ACCEPTANCE, acceptance_rule(complaint.organ.kind), on)

    async def start_handling(self, complaint: Complaint) -> None:
        await self.start(complaint, Clock.HANDLING, "complaint.handling", self.today)

    async def save(self, complaint: Complaint, step: Step) -> Complaint:
        await self.complaints.save(complaint)
        await self.complaints.note(complaint, step, self.today)
        return complaint


@dataclass(frozen=True, slots=True)
class WritingDesk(Desk):
    """A desk where words are written, too."""

    texts: Texts

    async def write(self, complaint_id: UUID, place: str, text: str, *, key_digest: bytes | None = None) -> None:
        await self.texts.write(complaint_id, place, text, self.now, key_digest=key_digest)


async def file(desk: WritingDesk, complaint: Complaint, texts: Mapping[str, str], marks: Marks) -> None:
    await desk.complaints.add(complaint, marks)
    await desk.texts.begin(complaint.complaint_id)
    for place, text in texts.items():
        await desk.write(complaint.complaint_id, place, text)
    await desk.complaints.note(complaint, Step.FILED, complaint.matter.received_on)
    await desk.start_acceptance(complaint, complaint.matter.received_on)


async def ask_supplement(desk: WritingDesk, locked: Complaint, text: str) -> Complaint:
    """The organ's clock stops; it begins anew with what is supplied, or when the time for that is over."""
    after = locked.ask_supplement(desk.now)
    await desk.write(locked.complaint_id, "supplement-request", text)
    await desk.clocks.lapse(locked.complaint_id, desk.today, Clock.ACCEPTANCE)
    await desk.start_acceptance(after, after.supplement_until or desk.today)
    return await desk.save(after, Step.SUPPLEMENT_ASKED)


async def supplement(desk: WritingDesk, locked: Complaint, text: str, *, key_digest: bytes | None = None) -> Complaint:
    after = locked.supplement(desk.now)
    await desk.write(locked.complaint_id, "supplement", text, key_digest=key_digest)
    await desk.clocks.lapse(locked.complaint_id, desk.today, Clock.ACCEPTANCE)
    await desk.start_acceptance(after, desk.today)
    return await desk.save(after, Step.SUPPLEMENTED)


async def accept(desk: Desk, locked: Complaint) -> Complaint:
    after = locked.accept(desk.now)
    await desk.clocks.meet(locked.complaint_id, Clock.ACCEPTANCE, desk.today)
    await desk.start_handling(after)
    return await desk.save(after, Step.ACCEPTED)


async def refuse(
    desk: WritingDesk,
    locked: Complaint,
    *,
    ground: RefusalGround,
    channel: str,
    reasons: str | None,
    reasons_for_joined: str | None,
    refused_on: date,
    by: str,
) -> Complaint:
    """Whoever gave no name gets ground and channel by his receipt, but no letter with reasons."""
    after = locked.refuse(ground, channel, refused_on, by, desk.now)
    if (reasons is None) is not locked.anonymous:
        raise Refused(
            "reasons-for-the-named",
            "实名投诉不予受理须说明理由；匿名投诉不出具说明理由书",
            "a named complainant is given reasons, an anonymous one no letter",
            field="reasons",
        )
    await desk.clocks.meet(locked.complaint_id, Clock.ACCEPTANCE, desk.today)
    if reasons is not None:
        await desk.write(locked.complaint_id, "refusal", reasons)
        if locked.organ.kind in _ASSOCIATIONS:
            await desk.start(after, Clock.REFUSAL_REASONS, "industry.refusal-reasons", refused_on)
            await desk.clocks.meet(locked.complaint_id, Clock.REFUSAL_REASONS, desk.today)
    await _tell_joined(desk, locked, "refusal", reasons_for_joined, field="reasons_for_joined")
    return await desk.save(after, Step.REFUSED)


async def join(desk: Desk, locked: Complaint, into: Complaint) -> Complaint:
    """The officer's decision: nothing is joined, or dropped, by itself. The receipt goes on working."""
    after = locked.join(into, desk.now)
    if await desk.complaints.joined_to(locked.complaint_id):
        raise Refused("has-joined", "已有其他投诉并入本件", "others are joined to this one", conflict=True)
    await desk.clocks.lapse(locked.complaint_id, desk.today)
    return await desk.save(after, Step.JOINED)


async def forward(desk: WritingDesk, locked: Complaint, *, to: Recipient, region: str | None, text: str) -> Complaint:
    """`text` is what goes along: sanitised, and all that the receiver reads unless the complainant agreed to more."""
    after = locked.forward(to, region, desk.now)
    await desk.write(locked.complaint_id, "forward", text)
    await desk.clocks.lapse(locked.complaint_id, desk.today)
    await desk.start(after, Clock.FORWARD_ACKNOWLEDGEMENT, "complaint.forward-acknowledgement", desk.today)
    return await desk.save(after, Step.FORWARDED)


async def acknowledge(desk: WritingDesk, locked: Complaint, *, on: date, receipt: str) -> Complaint:
    """`receipt`: the receiver's number and who took it."""
    after = locked.acknowledge(on, desk.now)
    await desk.write(locked.complaint_id, "acknowledgement", receipt)
    await desk.clocks.meet(locked.complaint_id, Clock.FORWARD_ACKNOWLEDGEMENT, on)
    if after.status is Status.RECEIVED:
        await desk.start_acceptance(after, on)
        for other in await desk.complaints.joined_to(locked.complaint_id):
            moved = replace(
                other,
                organ=after.organ,
                withheld=other.withheld or not other.matter.consent,
                version=other.version + 1,
                changed_at=desk.now,
            )
            await desk.complaints.save(moved)
    return await desk.save(after, Step.ACKNOWLEDGED)


async def send_back(desk: Desk, locked: Complaint) -> Complaint:
    after = locked.send_back(desk.now)
    await desk.clocks.lapse(locked.complaint_id, desk.today, Clock.FORWARD_ACKNOWLEDGEMENT)
    if after.status in OPEN:
        await desk.start_acceptance(after, desk.today)
    else:
        await desk.start_handling(after)
    return await desk.save(after, Step.RETURNED)


async def link_proceeding(desk: Desk, locked: Complaint, proceeding_id: UUID) -> Complaint:
    after = locked.link_proceeding(proceeding_id, desk.now)
    await desk.complaints.save(after)
    await desk.clocks.meet(locked.complaint_id, Clock.HANDLING, desk.today)
    return after


async def note_proceeding(
    desk: Desk, locked: Complaint, *, filed_on: date | None = None, decided_on: date | None = None
) -> Complaint:
    """The linked case has been filed or decided: dates only; with the decision the time for telling it begins."""
    after = locked
    if filed_on is not None and after.proceeding_filed_on is None:
        after = await _noted(desk, after.note_filed(filed_on, desk.now), Step.PROCEEDING_FILED, filed_on)
    if decided_on is not None and after.decided_on is None and after.status is Status.ACCEPTED:
        after = await _noted(desk, after.note_decided(decided_on, desk.now), Step.PROCEEDING_DECIDED, decided_on)
        await desk.start(after, Clock.FEEDBACK, "complaint.feedback", decided_on)
    return after


async def tell_result(
    desk: WritingDesk,
    locked: Complaint,
    *,
    outcome: Outcome,
    text: str,
    text_for_joined: str | None,
    decided_on: date,
    served_on: date | None,
    by: str,
) -> Complaint:
    after = locked.tell_result(outcome, decided_on, served_on, by, desk.now)
    if locked.decided_on is None:
        await desk.start(after, Clock.FEEDBACK, "complaint.feedback", decided_on)
    for clock in (Clock.HANDLING, Clock.FEEDBACK):
        await desk.clocks.meet(locked.complaint_id, clock, desk.today)
    await desk.write(locked.complaint_id, "result", text)
    await _tell_joined(desk, locked, "result", text_for_joined, field="text_for_joined")
    return await desk.save(after, Step.RESULT_TOLD)


async def ask_review(desk: WritingDesk, locked: Complaint, text: str, *, key_digest: bytes | None = None) -> Complaint:
    """Whoever handled it lets go of it: another officer answers."""
    after = replace(locked.ask_review(desk.now), assigned_to=None)
    await desk.write(locked.complaint_id, "review-request", text, key_digest=key_digest)
    await desk.start(after, Clock.REVIEW_ANSWER, "complaint.review-answer", desk.today)
    return await desk.save(after, Step.REVIEW_ASKED)


async def answer_review(
    desk: WritingDesk, locked: Complaint, *, outcome: ReviewOutcome, text: str, text_for_joined: str | None
) -> Complaint:
    after = locked.answer_review(outcome, desk.now)
    await desk.clocks.meet(locked.complaint_id, Clock.REVIEW_ANSWER, desk.today)
    await desk.write(locked.complaint_id, "review-answer", text)
    await _tell_joined(desk, locked, "review-answer", text_for_joined, field="text_for_joined")
    if outcome is ReviewOutcome.OVERTURNED:
        await desk.start_handling(after)
        return await desk.save(after, Step.OVERTURNED)
    await desk.complaints.note(after, Step.UPHELD, desk.today)
    return await _closed(desk, after)


async def close(desk: Desk, locked: Complaint) -> Complaint:
    return await _closed(desk, locked.close(desk.now))


async def settle(desk: Desk, locked: Complaint) -> bool:
    """The timer's part: what has closed by itself is written."""
    after = locked.as_of(desk.today)
    if after is locked:
        return False
    await _closed(desk, replace(after, changed_at=desk.now))
    return True


async def _closed(desk: Desk, after: Complaint) -> Complaint:
    await desk.clocks.lapse(after.complaint_id, desk.today)
    await desk.complaints.save(after)
    await desk.complaints.note(after, Step.CLOSED, after.closed_on or desk.today)
    for other in await desk.complaints.joined_to(after.complaint_id):
        ended = other.close_with(after)
        await desk.complaints.save(ended)
        await desk.complaints.note(ended, Step.CLOSED, after.closed_on or desk.today)
    return after


async def _noted(desk: Desk, after: Complaint, step: Step, on: date) -> Complaint:
    await desk.complaints.save(after)
    await desk.complaints.note(after, step, on)
    return after


async def _tell_joined(desk: WritingDesk, main: Complaint, place: str, text: str | None, *, field: str) -> None:
    """Those who complained of the same are told in words of their own, so that none reads what is another's."""
    joined = await desk.complaints.joined_to(main.complaint_id)
    if bool(joined) is not (text is not None):
        raise Refused(
            "text-for-joined",
            f"有{len(joined)}件投诉并入本件：须另写给这些投诉人的答复" if joined else "没有并入的投诉，不填此项",
            f"{len(joined)} complaints are joined to this one: write what they are told"
            if joined
            else "none is joined to this one",
            field=field,
        )
    for other in joined:
        await desk.write(other.complaint_id, place, text or "")
