"""What complainants and officers see."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.complaint_routes import Channel, channels
from contracts.conduct import OrganKind
from contracts.discipline_events import SubjectKind
from pydantic import BaseModel

from discipline_api.clocks.domain import Running, explained, view
from discipline_api.complaints.domain import OPEN, Complaint
from discipline_api.complaints.routing import Route
from discipline_api.complaints.store import Alike
from discipline_api.complaints.terms import (
    Clock,
    IdentityMode,
    Outcome,
    Recipient,
    RefusalGround,
    ReviewOutcome,
    Source,
    Status,
    Step,
)
from discipline_api.organs import Organ
from discipline_api.receipts.intake import Receipt
from discipline_api.sealed.store import Opened

Deadlines = list[dict[str, Any]]


class OrganView(BaseModel):
    kind: OrganKind
    region: str
    name_zh: str

    @classmethod
    def of(cls, organ: Organ) -> Self:
        return cls(kind=organ.kind, region=organ.region, name_zh=organ.name_zh)


class ChannelView(BaseModel):
    code: str
    name_zh: str
    name_en: str
    how_zh: str
    how_en: str
    url: str | None

    @classmethod
    def of(cls, channel: Channel, urls: dict[str, str]) -> Self:
        url = None if channel.service is None else f"{urls[channel.service]}{channel.path}"
        return cls(
            code=channel.code,
            name_zh=channel.zh,
            name_en=channel.en,
            how_zh=channel.how_zh,
            how_en=channel.how_en,
            url=url,
        )


class RouteView(BaseModel):
    """Whose matter it is, why, and when an answer is due; behind a wrong door, the right channels."""

    wrong_door: str | None
    organ: OrganView | None
    zh: str
    en: str
    source: str
    verified: bool
    answer: dict[str, Any] | None
    channels: list[ChannelView]

    @classmethod
    def of(cls, route: Route, received_on: date, urls: dict[str, str]) -> Self:
        named = [ChannelView.of(channel, urls) for channel in route.channels]
        besides_zh = "".join(f"{sentence}。" for sentence in route.besides_zh)
        besides_en = "".join(f" {sentence.capitalize()}." for sentence in route.besides_en)
        answer = None if route.answer_rule is None else explained(route.answer_rule, received_on)
        if route.organ is None or answer is None:
            ways_zh = "、".join(channel.name_zh for channel in named)
            ways_en = "; ".join(channel.name_en for channel in named)
            zh = f"本渠道不受理：{route.because_zh}。请改走：{ways_zh}。"
            en = f"Not the right door: {route.because_en}. Turn to: {ways_en}."
        else:
            zh = f"由{route.organ.name_zh}受理：{route.because_zh}。至迟{answer['due_on']}答复是否受理。{besides_zh}"
            en = f"This goes to {route.organ.name_zh}, because {route.because_en}."
            en += f" Whether it is accepted is answered by {answer['due_on']}.{besides_en}"
        return cls(
            wrong_door=None if route.door is None else route.door.code,
            organ=None if route.organ is None else OrganView.of(route.organ),
            zh=zh,
            en=en,
            source=route.source,
            verified=route.verified,
            answer=answer,
            channels=named,
        )


class FiledView(Receipt):
    """Derived anew for a repetition, never stored."""

    status: Status
    status_zh: str
    filed_at: datetime
    received_on: date
    organ: OrganView
    deadlines: Deadlines

    @classmethod
    def of(cls, complaint: Complaint, receipt: str, clocks: Iterable[Running], now: datetime) -> Self:
        return cls(
            receipt=receipt,
            status=complaint.status,
            status_zh=complaint.status.zh,
            filed_at=complaint.filed_at,
            received_on=complaint.matter.received_on,
            organ=OrganView.of(complaint.organ),
            deadlines=[_told(clock, now) for clock in clocks],
        )


class StepView(BaseModel):
    step: Step
    zh: str
    en: str
    on: date

    @classmethod
    def of(cls, step: Step, on: date) -> Self:
        return cls(step=step, zh=step.zh, en=step.en, on=on)


class TextView(BaseModel):
    place: str
    at: datetime
    text: str

    @classmethod
    def of(cls, opened: Opened) -> Self:
        return cls(place=opened.place, at=opened.at, text=opened.text)


FOLLOWED = (
    "supplement-request", "supplement", "refusal", "result", "review-request", "review-answer", "from-complainant",
    "from-officer",
)  # fmt: skip
"""Places the complainant reads: what was said to him and by him. Never the facts anew, nor what went to others."""


class FollowedComplaint(BaseModel):
    """What the receipt opens: nothing of the lawyer's, and of the case only its dates."""

    status: Status
    status_zh: str
    status_en: str
    organ: OrganView
    received_on: date
    source_received_on: date | None
    filed_at: datetime
    changed_at: datetime
    steps: list[StepView]
    deadlines: Deadlines
    may: list[str]
    """Of supplement, review, message: what can be sent now."""
    yours: list[dict[str, Any]]
    """Until when, and why."""
    refusal_ground: RefusalGround | None
    refusal_ground_zh: str | None
    right_channel: ChannelView | None
    outcome: Outcome | None
    outcome_zh: str | None
    review_outcome: ReviewOutcome | None
    conversation: list[TextView]
    kept_until: date | None
    """After this day who complained and what was written is erased, and this answers 410."""

    @classmethod
    def of(
        cls,
        complaint: Complaint,
        main: Complaint,
        steps: Sequence[tuple[Step, date]],
        clocks: Iterable[Running],
        texts: Iterable[Opened],
        *,
        now: datetime,
        urls: dict[str, str],
    ) -> Self:
        """`main`: what it was joined to, or the complaint itself; its state is what counts."""
        may, yours = ["message"] if main.status is not Status.CLOSED else [], []
        if complaint.status is Status.SUPPLEMENT_ASKED and complaint.supplement_asked_on is not None:
            may.append("supplement")
            yours.append(explained("complaint.supplement", complaint.supplement_asked_on))
        told_on = main.told_on or main.refused_on
        if main is complaint and main.review_until is not None and told_on is not None:
            may.append("review")
            yours.append({"rule": "complaint.review-request", "due_on": main.review_until.isoformat()})
        channel = None if main.refusal_channel is None else channels()[main.refusal_channel]
        return cls(
            status=main.status,
            status_zh=main.status.zh,
            status_en=main.status.en,
            organ=OrganView.of(main.organ),
            received_on=complaint.matter.received_on,
            source_received_on=complaint.matter.source_received_on,
            filed_at=complaint.filed_at,
            changed_at=max(complaint.changed_at, main.changed_at),
            steps=[StepView.of(step, on) for step, on in steps],
            deadlines=[_told(clock, now) for clock in clocks],
            may=may,
            yours=yours,
            refusal_ground=main.refusal_ground,
            refusal_ground_zh=None if main.refusal_ground is None else main.refusal_ground.zh,
            right_channel=None if channel is None else ChannelView.of(channel, urls),
            outcome=main.outcome,
            outcome_zh=None if main.outcome is None else main.outcome.zh,
            review_outcome=main.review_outcome,
            conversation=[TextView.of(opened) for opened in texts],
            kept_until=main.kept_until,
        )


class ComplaintLine(BaseModel):
    """The answer to an officer's step, stored for repetitions: no person, no text."""

    complaint_id: UUID
    version: int
    status: Status
    status_zh: str
    organ: OrganView
    changed_at: datetime

    @classmethod
    def of(cls, complaint: Complaint) -> Self:
        return cls(
            complaint_id=complaint.complaint_id,
            version=complaint.version,
            status=complaint.status,
            status_zh=complaint.status.zh,
            organ=OrganView.of(complaint.organ),
            changed_at=complaint.changed_at,
        )


class AlikeView(BaseModel):
    """Possibly the same; an officer decides, with reasons, whether to join them."""

    complaint_id: UUID
    status: Status
    received_on: date
    same_complainant: bool
    same_period: bool

    @classmethod
    def of(cls, alike: Alike, complaint: Complaint) -> Self:
        return cls(
            complaint_id=alike.complaint.complaint_id,
            status=alike.complaint.status,
            received_on=alike.complaint.matter.received_on,
            same_complainant=alike.same_complainant,
            same_period=alike.complaint.matter.overlaps(complaint.matter),
        )


class ComplaintView(ComplaintLine):
    """Metadata for officers: no name, no facts, no free text."""

    subject_kind: SubjectKind
    region: str
    hints: list[str]
    money_back: bool
    identity_mode: IdentityMode
    source: Source
    received_on: date
    source_received_on: date | None
    filed_at: datetime
    undecided: bool
    assigned_to: str | None
    mine: bool
    supplement_until: date | None
    refusal_ground: RefusalGround | None
    forward_to: Recipient | None
    forward_region: str | None
    acknowledged_on: date | None
    proceeding_id: UUID | None
    decided_on: date | None
    outcome: Outcome | None
    review_until: date | None
    joined_into: UUID | None
    closed_on: date | None
    kept_until: date | None
    deadlines: Deadlines

    @classmethod
    def seen(cls, complaint: Complaint, clocks: Iterable[Running], *, reader: str, now: datetime) -> Self:
        return cls(**_metadata(complaint, clocks, reader, now))


class OneComplaint(ComplaintView):
    steps: list[StepView]
    possible_duplicates: list[AlikeView]

    @classmethod
    def one(
        cls,
        complaint: Complaint,
        clocks: Iterable[Running],
        steps: Sequence[tuple[Step, date]],
        alike: Sequence[AlikeView],
        *,
        reader: str,
        now: datetime,
    ) -> Self:
        return cls(
            **_metadata(complaint, clocks, reader, now),
            steps=[StepView.of(step, on) for step, on in steps],
            possible_duplicates=list(alike),
        )


class OpenedComplaint(BaseModel):
    """The content, for the officer it is assigned to; making one is audited."""

    complaint_id: UUID
    version: int
    withheld: bool
    """Forwarded without the complainant's consent: what was passed on and all since, and no name."""
    subject: dict[str, Any]
    identity: dict[str, Any] | None
    source: dict[str, Any] | None
    texts: list[TextView]

    @classmethod
    def of(cls, complaint: Complaint, texts: Sequence[Opened]) -> Self:
        passed_on = max((n for n, opened in enumerate(texts) if opened.place == "forward"), default=0)
        shown = texts[passed_on:] if complaint.withheld else texts
        parts = {opened.place: orjson.loads(opened.text) for opened in texts if opened.place in _DOCUMENTS}
        if complaint.withheld:
            parts = {"subject": parts["subject"]}
        return cls(
            complaint_id=complaint.complaint_id,
            version=complaint.version,
            withheld=complaint.withheld,
            subject=parts["subject"],
            identity=parts.get("identity"),
            source=parts.get("source"),
            texts=[TextView.of(opened) for opened in shown if opened.place not in _DOCUMENTS],
        )


_DOCUMENTS = frozenset({"subject", "identity", "source"})


def _told(clock: Running, now: datetime) -> dict[str, Any]:
    name = Clock(clock.name)
    return view(clock, now) | {"zh": name.zh, "en": name.en}


def _metadata(complaint: Complaint, clocks: Iterable[Running], reader: str, now: datetime) -> dict[str, Any]:
    matter = complaint.matter
    same = (
        "assigned_to", "supplement_until", "refusal_ground", "forward_to", "forward_region", "acknowledged_on",
        "proceeding_id", "decided_on", "outcome", "review_until", "joined_into", "closed_on", "kept_until",
    )  # fmt: skip
    return (
        ComplaintLine.of(complaint).model_dump()
        | {name: getattr(complaint, name) for name in same}
        | {
            "subject_kind": matter.subject_kind,
            "region": matter.region,
            "hints": list(matter.hints),
            "money_back": matter.money_back,
            "identity_mode": matter.identity_mode,
            "source": matter.source,
            "received_on": matter.received_on,
            "source_received_on": matter.source_received_on,
            "filed_at": complaint.filed_at,
            "undecided": complaint.status in OPEN,
            "mine": complaint.assigned_to == reader,
            "deadlines": [_told(clock, now) for clock in clocks],
        }
    )
