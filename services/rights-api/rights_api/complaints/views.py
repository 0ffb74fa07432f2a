"""What complainants and officers see."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.conduct import OrganKind
from contracts.rights_proceedings import rights_clocks, rights_steps
from contracts.rights_taxonomy import ComplaintKind, IdentityMode, Outcome, RefusalGround, Respondent, Right
from pydantic import BaseModel

from rights_api.cases.domain import Complaint, Status
from rights_api.cases.proofs import FilingProof, FilingProofView
from rights_api.cases.routing import Level, Petition, route
from rights_api.cases.tables import StepRow
from rights_api.clocks.domain import Clock, State
from rights_api.clocks.views import ClockView
from rights_api.complaints.explaining import Explained
from rights_api.organs import Organ


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
    proof: FilingProofView | None
    """None of a case from before there were proofs."""

    @classmethod
    def of(cls, complaint: Complaint, clocks: Sequence[Clock], receipt: str, proof: FilingProof | None) -> Self:
        """As it was at filing: a repetition says the same, whatever has happened since."""
        goes_to = route(complaint.matter)
        begun = [clock for clock in clocks if clock.datings[0].started_at == complaint.filed_at]
        begun.sort(key=lambda clock: clock.datings[0].due_at)
        return cls(
            receipt=receipt,
            status=Status.CLUE if complaint.matter.is_clue else Status.TRIAGE,
            fast_lane=complaint.matter.fast_lane,
            filed_at=complaint.filed_at,
            route_zh=goes_to.zh,
            route_en=goes_to.en,
            route_source=goes_to.source,
            deadlines=[
                ClockView.of(replace(clock, datings=clock.datings[:1], marks=()), complaint.filed_at) for clock in begun
            ],
            proof=None if proof is None else FilingProofView.of(proof),
        )


class DueView(BaseModel):
    name: str
    name_zh: str
    due_at: datetime
    provisional: bool
    explanation_zh: str
    explanation_en: str


class RouteView(BaseModel):
    """One remedy for a matter, before anything is filed. `due`: as if it were filed now."""

    kind: ComplaintKind
    kind_zh: str
    open: bool
    goes_to_zh: str
    goes_to_en: str
    source: str
    answerable_zh: str | None
    fast_lane: bool
    due: list[DueView]

    @classmethod
    def of(cls, told: Explained) -> Self:
        return cls(
            kind=told.kind,
            kind_zh=told.kind.zh,
            open=told.is_open,
            goes_to_zh=told.goes_to.zh,
            goes_to_en=told.goes_to.en,
            source=told.goes_to.source,
            answerable_zh=None if told.organ is None else told.organ.name_zh,
            fast_lane=told.fast_lane,
            due=[
                DueView(
                    name=name,
                    name_zh=rights_clocks()[name].zh,
                    due_at=dating.due_at,
                    provisional=dating.provisional,
                    explanation_zh=dating.explanation["zh"],
                    explanation_en=dating.explanation["en"],
                )
                for name, dating in told.due
            ],
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


class StepView(BaseModel):
    """One step, as the complainant and officers see it. Who took it is not told outside."""

    ordinal: int
    step: str
    step_zh: str
    status: Status
    status_zh: str
    taken_at: datetime
    by: str
    organ_zh: str | None
    document_number: str | None
    document_date: date | None
    to_organ: str | None
    decided_on: date | None
    received_on: date | None
    code: str | None
    satisfied: bool | None

    @classmethod
    def of(cls, row: StepRow) -> Self:
        status = Status(row.to_status)
        kind = next((kind for kind in OrganKind if kind.value == row.organ_kind), None)
        organ = None if kind is None or row.organ_region is None else Organ(kind, row.organ_region)
        return cls(
            ordinal=row.ordinal,
            step=row.step,
            step_zh=rights_steps()[row.step].zh,
            status=status,
            status_zh=status.zh,
            taken_at=row.taken_at,
            by=row.by,
            organ_zh=None if organ is None else organ.name_zh,
            document_number=row.document_number,
            document_date=row.document_date,
            to_organ=row.organ_name,
            decided_on=row.decided_on,
            received_on=row.received_on,
            code=row.code,
            satisfied=row.satisfied,
        )


class FollowedCase(BaseModel):
    """What the receipt opens. What the complainant himself wrote is not sent back."""

    status: Status
    status_zh: str
    version: int
    kind: ComplaintKind
    right: Right
    respondent: Respondent
    fast_lane: bool
    answerable_zh: str
    """Who must act by the deadlines that run."""
    filed_at: datetime
    accepted_at: datetime | None
    changed_at: datetime
    deadlines: list[ClockView]
    steps: list[StepView]
    may: list[str]
    """Steps the complainant may take now."""
    info_request: str | None
    refusal: RefusalView | None
    transfer: dict[str, Any] | None
    reply: str | None
    review: str | None
    outcome: Outcome | None
    outcome_zh: str | None

    @classmethod
    def of(
        cls,
        complaint: Complaint,
        clocks: Sequence[Clock],
        steps: Sequence[StepRow],
        texts: Mapping[str, Sequence[str]],
        now: datetime,
    ) -> Self:
        matter, ground, outcome = complaint.matter, complaint.refusal_ground, complaint.outcome
        status = complaint.status
        return cls(
            status=status,
            status_zh=status.zh,
            version=complaint.version,
            kind=matter.kind,
            right=matter.right,
            respondent=matter.respondent,
            fast_lane=matter.fast_lane,
            answerable_zh=complaint.organ.name_zh,
            filed_at=complaint.filed_at,
            accepted_at=complaint.accepted_at,
            changed_at=complaint.changed_at,
            deadlines=[ClockView.of(clock, now) for clock in clocks],
            steps=[StepView.of(row) for row in steps],
            may=_may(complaint, clocks, now),
            info_request=_last(texts, "info-request"),
            refusal=None if ground is None else RefusalView.of(ground, texts["refusal"][-1]),
            transfer=None if "transfer" not in texts else orjson.loads(texts["transfer"][-1]),
            reply=_last(texts, "reply"),
            review=_last(texts, "review"),
            outcome=outcome,
            outcome_zh=None if outcome is None else outcome.zh,
        )


TOLD = ("info-request", "refusal", "transfer", "reply", "review")
"""Places whose texts the complainant is told."""
_UPON_A_REPLY = ("accept-reply", "object")


class ComplaintView(BaseModel):
    """Metadata for officers: no person, no facts, no free text."""

    complaint_id: UUID
    version: int
    status: Status
    status_zh: str
    kind: ComplaintKind
    petition: Petition | None
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
    answerable_zh: str
    escalated: bool
    assigned: bool
    dictated: bool
    """Written down by an officer for a caller."""
    route_zh: str
    route_en: str
    filed_at: datetime
    changed_at: datetime
    accepted_at: datetime | None
    refusal_ground: RefusalGround | None
    outcome: Outcome | None
    deadlines: list[ClockView]

    @classmethod
    def of(cls, complaint: Complaint, clocks: Sequence[Clock], now: datetime) -> Self:
        return cls(**_metadata(complaint, clocks, now))


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
    """Sealed: only intake to whom the case is assigned may open it."""
    refusal: RefusalView | None
    steps: list[StepView]
    texts: dict[str, list[str]]
    """All that was written in the case, by place, oldest first."""

    @classmethod
    def opened(
        cls,
        complaint: Complaint,
        *,
        clocks: Sequence[Clock],
        steps: Sequence[StepRow],
        content: Mapping[str, str],
        texts: dict[str, list[str]],
        now: datetime,
        identity_withheld: bool,
    ) -> Self:
        told = orjson.loads(content["facts"])
        ground = complaint.refusal_ground
        return cls(
            **_metadata(complaint, clocks, now),
            incident_at=told["incident_at"],
            facts=told["facts"],
            identity=Identity.model_validate_json(content["identity"]) if "identity" in content else None,
            identity_withheld=identity_withheld,
            refusal=None if ground is None else RefusalView.of(ground, texts["refusal"][-1]),
            steps=[StepView.of(row) for row in steps],
            texts=texts,
        )


@cache
def _own_steps(status: Status) -> list[str]:
    """Steps of the complainant from this state."""
    return [step.id for step in rights_steps().values() if step.by == "complainant" and status.value in step.from_]


def _may(complaint: Complaint, clocks: Sequence[Clock], now: datetime) -> list[str]:
    """Those that he may take now: a reply is accepted or objected to once, while the time for that runs."""
    steps = _own_steps(complaint.status)
    runs = any(clock.name == "objection" and clock.state(now) in (State.RUNNING, State.WARNED) for clock in clocks)
    return steps if runs and not complaint.reviewed else [step for step in steps if step not in _UPON_A_REPLY]


def _last(texts: Mapping[str, Sequence[str]], place: str) -> str | None:
    return texts[place][-1] if place in texts else None


def _metadata(complaint: Complaint, clocks: Sequence[Clock], now: datetime) -> dict[str, Any]:
    matter, goes_to = complaint.matter, route(complaint.matter)
    return {
        "complaint_id": complaint.complaint_id,
        "version": complaint.version,
        "status": complaint.status,
        "status_zh": complaint.status.zh,
        "kind": matter.kind,
        "petition": matter.petition,
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
        "owner_region": complaint.owner_region,
        "answerable_zh": complaint.organ.name_zh,
        "escalated": complaint.escalated,
        "assigned": bool(complaint.assignees),
        "dictated": complaint.dictated,
        "route_zh": goes_to.zh,
        "route_en": goes_to.en,
        "filed_at": complaint.filed_at,
        "changed_at": complaint.changed_at,
        "accepted_at": complaint.accepted_at,
        "refusal_ground": complaint.refusal_ground,
        "outcome": complaint.outcome,
        "deadlines": [ClockView.of(clock, now) for clock in clocks],
    }
