"""What complainants and officers see."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from pydantic import BaseModel

from rights_api.complaints.clocks import CaseClock, ClockName
from rights_api.complaints.domain import Complaint, Status
from rights_api.complaints.routing import Level, route

AT_FILING = frozenset({ClockName.TRIAGE, ClockName.CONTACT, ClockName.CALL})


class ClockView(BaseModel):
    """A deadline that explains itself; `due_at` is the instant from which it is missed."""

    name: ClockName
    name_zh: str
    due_at: datetime
    due_on: date
    rule_id: str
    article: str
    verified: bool
    provisional: bool
    explanation_zh: str
    explanation_en: str
    counted: list[date]
    skipped: list[dict[str, Any]]
    rolled: list[dict[str, Any]]

    @classmethod
    def of(cls, clock: CaseClock) -> Self:
        told = clock.explanation
        return cls(
            name=clock.name,
            name_zh=clock.name.zh,
            due_at=clock.due_at,
            due_on=clock.due_on,
            rule_id=clock.rule_id,
            article=told["article"],
            verified=told["verified"],
            provisional=clock.provisional,
            explanation_zh=told["zh"],
            explanation_en=told["en"],
            counted=told["counted"],
            skipped=told["skipped"],
            rolled=told["rolled"],
        )


class FiledView(BaseModel):
    """The only answer that holds the receipt. It is derived anew for a repetition, never stored."""

    receipt: str
    receipt_notice_zh: str = "请立即抄录回执号，系统不保存，无法找回；凭回执号即可查询办理情况。"
    receipt_notice_en: str = (
        "Write the receipt down now: it is not stored and cannot be recovered; it alone opens the case."
    )
    status: Status
    fast_lane: bool
    filed_at: datetime
    route_zh: str
    route_en: str
    route_source: str
    deadlines: list[ClockView]

    @classmethod
    def of(cls, complaint: Complaint, receipt: str) -> Self:
        goes_to = route(complaint.matter)
        clocks = sorted((clock for clock in complaint.clocks if clock.name in AT_FILING), key=lambda c: c.due_at)
        return cls(
            receipt=receipt,
            status=Status.CLUE if complaint.matter.is_clue else Status.SUBMITTED,
            fast_lane=complaint.matter.fast_lane,
            filed_at=complaint.filed_at,
            route_zh=goes_to.zh,
            route_en=goes_to.en,
            route_source=goes_to.source,
            deadlines=[ClockView.of(clock) for clock in clocks],
        )


class SessionView(BaseModel):
    """`session` goes into the header Receipt-Session of the requests that follow."""

    session: str
    expires_at: datetime


class RefusalView(BaseModel):
    ground: RefusalGround
    ground_zh: str
    text: str
    other_channel: dict[str, str]

    @classmethod
    def of(cls, ground: RefusalGround, sealed: str) -> Self:
        reasons = orjson.loads(sealed)
        return cls(ground=ground, ground_zh=ground.zh, text=reasons["text"], other_channel=reasons["other_channel"])


class FollowedCase(BaseModel):
    """What the receipt opens. What the complainant himself wrote is not sent back."""

    status: Status
    status_zh: str
    kind: ComplaintKind
    right: Right
    respondent: Respondent
    fast_lane: bool
    filed_at: datetime
    accepted_at: datetime | None
    changed_at: datetime
    deadlines: list[ClockView]
    refusal: RefusalView | None
    reply: str | None
    outcome: Outcome | None
    outcome_zh: str | None

    @classmethod
    def of(cls, complaint: Complaint, texts: dict[str, str]) -> Self:
        matter, ground, outcome = complaint.matter, complaint.refusal_ground, complaint.outcome
        return cls(
            status=complaint.status,
            status_zh=complaint.status.zh,
            kind=matter.kind,
            right=matter.right,
            respondent=matter.respondent,
            fast_lane=matter.fast_lane,
            filed_at=complaint.filed_at,
            accepted_at=complaint.accepted_at,
            changed_at=complaint.changed_at,
            deadlines=[ClockView.of(clock) for clock in complaint.clocks],
            refusal=None if ground is None else RefusalView.of(ground, texts["refusal"]),
            reply=texts.get("reply"),
            outcome=outcome,
            outcome_zh=None if outcome is None else outcome.zh,
        )


class ComplaintView(BaseModel):
    """Metadata for officers: no person, no facts, no free text."""

    complaint_id: UUID
    version: int
    status: Status
    status_zh: str
    kind: ComplaintKind
    identity_mode: IdentityMode
    right: Right
    respondent: Respondent
    respondent_level: Level
    target_level: Level | None
    criminal: bool
    hearing_in_progress: bool
    fast_lane: bool
    registration_region: str | None
    incident_region: str | None
    owner_region: str
    route_zh: str
    route_en: str
    filed_at: datetime
    changed_at: datetime
    accepted_at: datetime | None
    refusal_ground: RefusalGround | None
    outcome: Outcome | None
    deadlines: list[ClockView]

    @classmethod
    def of(cls, complaint: Complaint) -> Self:
        return cls(**_metadata(complaint))


class Identity(BaseModel):
    name: str
    licence_number: str
    contact: str


class OpenedComplaint(ComplaintView):
    """The same with its content; making one is logged."""

    incident_at: datetime
    facts: str
    identity: Identity | None
    identity_withheld: bool
    """Sealed: only intake may open it."""
    refusal: RefusalView | None
    reply: str | None
    closure_note: str | None

    @classmethod
    def opened(cls, complaint: Complaint, texts: dict[str, str], *, identity_withheld: bool) -> Self:
        told = orjson.loads(texts["facts"])
        ground = complaint.refusal_ground
        return cls(
            **_metadata(complaint),
            incident_at=told["incident_at"],
            facts=told["facts"],
            identity=Identity.model_validate_json(texts["identity"]) if "identity" in texts else None,
            identity_withheld=identity_withheld,
            refusal=None if ground is None else RefusalView.of(ground, texts["refusal"]),
            reply=texts.get("reply"),
            closure_note=texts.get("closure"),
        )


def _metadata(complaint: Complaint) -> dict[str, Any]:
    matter, goes_to = complaint.matter, route(complaint.matter)
    return {
        "complaint_id": complaint.complaint_id,
        "version": complaint.version,
        "status": complaint.status,
        "status_zh": complaint.status.zh,
        "kind": matter.kind,
        "identity_mode": matter.identity_mode,
        "right": matter.right,
        "respondent": matter.respondent,
        "respondent_level": matter.respondent_level,
        "target_level": matter.target_level,
        "criminal": matter.criminal,
        "hearing_in_progress": matter.hearing_in_progress,
        "fast_lane": matter.fast_lane,
        "registration_region": matter.registration_region,
        "incident_region": matter.incident_region,
        "owner_region": matter.owner_region,
        "route_zh": goes_to.zh,
        "route_en": goes_to.en,
        "filed_at": complaint.filed_at,
        "changed_at": complaint.changed_at,
        "accepted_at": complaint.accepted_at,
        "refusal_ground": complaint.refusal_ground,
        "outcome": complaint.outcome,
        "deadlines": [ClockView.of(clock) for clock in complaint.clocks],
    }
