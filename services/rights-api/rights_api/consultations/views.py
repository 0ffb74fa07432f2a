"""Meetings and resolutions as the parties see them: no complaint, no person."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

import orjson
from contracts.conduct import OrganKind
from contracts.consultations import ConsultationBody, Party
from contracts.regions import PROVINCE
from contracts.rights_taxonomy import Outcome, Respondent, Right
from pydantic import BaseModel, Field

from rights_api.cases.routing import Level
from rights_api.consultations.agenda import Item, ItemKind
from rights_api.consultations.domain import Meeting, Open, Signature, Status, organ_zh
from rights_api.consultations.resolutions import EndKind, Minutes, Resolution, ResolutionStatus
from rights_api.consultations.rows import minutes_of


class PartyView(BaseModel):
    party: Party
    organ_zh: str
    attended: bool
    delegates: list[str] = Field(description="职务 / functions")
    signed: bool


class CellView(BaseModel):
    """How many such complaints there were; `count` is null where they are fewer than five."""

    region: str
    from_on: date
    to_on: date
    right: Right | None
    respondent: Respondent | None
    level: Level | None
    outcome: Outcome | None
    count: int | None


class ItemView(BaseModel):
    item_id: UUID
    kind: ItemKind
    kind_zh: str
    text: str | None
    cell: CellView | None
    resolution_id: UUID | None
    earlier_meeting_id: UUID | None

    @classmethod
    def of(cls, item: Item, texts: Mapping[str, str]) -> Self:
        cell = item.cell
        return cls(
            item_id=item.item_id,
            kind=item.kind,
            kind_zh=item.kind.zh,
            text=texts.get(f"item:{item.item_id}"),
            cell=None
            if cell is None
            else CellView(
                region=cell.region,
                from_on=cell.from_on,
                to_on=cell.to_on,
                right=cell.right,
                respondent=cell.respondent,
                level=cell.level,
                outcome=cell.outcome,
                count=item.count,
            ),
            resolution_id=item.resolution_id,
            earlier_meeting_id=item.earlier_meeting_id,
        )


class SignatureView(BaseModel):
    """`void`: of a draft that was changed afterwards."""

    party: Party
    revision: int
    signed_on: date
    document_number: str | None
    void: bool


class NewResolutionView(BaseModel):
    owner: Party
    text: str
    due_on: date


class ExtensionView(BaseModel):
    resolution_id: UUID
    due_on: date
    reason: str


class WithdrawalView(BaseModel):
    resolution_id: UUID
    reason: str


class MinutesView(BaseModel):
    revision: int
    text: str
    resolutions: list[NewResolutionView]
    extensions: list[ExtensionView]
    withdrawals: list[WithdrawalView]

    @classmethod
    def of(cls, revision: int, minutes: Minutes) -> Self:
        return cls(
            revision=revision,
            text=minutes.text,
            resolutions=[
                NewResolutionView(owner=each.owner, text=each.text, due_on=each.due_on) for each in minutes.resolutions
            ],
            extensions=[
                ExtensionView(resolution_id=each.resolution_id, due_on=each.due_on, reason=each.reason)
                for each in minutes.extensions
            ],
            withdrawals=[
                WithdrawalView(resolution_id=each.resolution_id, reason=each.reason) for each in minutes.withdrawals
            ],
        )


class MeetingLine(BaseModel):
    """Without texts: also the answer to every step, which is kept for repetitions."""

    meeting_id: UUID
    version: int
    body: ConsultationBody
    body_zh: str
    level: str
    region: str
    host: OrganKind
    host_zh: str
    status: Status
    status_zh: str
    planned_at: datetime
    held_at: datetime | None
    invited: list[Party]
    attended: list[Party]
    items: int
    revision: int
    unsigned: list[Party] = Field(description="尚待签署 / who has not signed the present draft")
    number: str | None
    issued_on: date | None

    @classmethod
    def line(cls, meeting: Meeting) -> "MeetingLine":
        return MeetingLine(**_line(meeting))


class MeetingView(MeetingLine):
    parties: list[PartyView]
    agenda: list[ItemView]
    cancelled_because: str | None
    minutes: MinutesView | None
    signatures: list[SignatureView]

    @classmethod
    def of(cls, meeting: Meeting, texts: Mapping[str, str], signatures: Sequence[Signature]) -> Self:
        told = texts.get(f"minutes:{meeting.revision}")
        attendance = orjson.loads(texts.get("attendance", "{}"))
        return cls(
            **_line(meeting),
            parties=[
                PartyView(
                    party=party,
                    organ_zh=organ_zh(party, meeting.region),
                    attended=party in meeting.attended,
                    delegates=attendance.get(party.value, []),
                    signed=party in meeting.signed,
                )
                for party in _ordered(meeting.invited)
            ],
            agenda=[ItemView.of(item, texts) for item in meeting.agenda],
            cancelled_because=texts.get("reason"),
            minutes=None if told is None else MinutesView.of(meeting.revision, minutes_of(told)),
            signatures=[
                SignatureView(
                    party=each.party,
                    revision=each.revision,
                    signed_on=each.signed_on,
                    document_number=each.document_number,
                    void=each.revision != meeting.revision,
                )
                for each in signatures
            ],
        )


class OpenView(BaseModel):
    """What the next agenda must open with."""

    resolutions: list[UUID]
    meetings: list[UUID] = Field(description="纪要尚未印发的会议 / meetings whose minutes were not issued")

    @classmethod
    def of(cls, left_open: Sequence[Open]) -> Self:
        return cls(
            resolutions=[each.resolution_id for each in left_open if each.resolution_id is not None],
            meetings=[each.earlier_meeting_id for each in left_open if each.earlier_meeting_id is not None],
        )


class OriginView(BaseModel):
    item_id: UUID | None
    resolution_id: UUID | None
    complaint_id: UUID


class OriginsView(BaseModel):
    origins: list[OriginView]


class DueView(BaseModel):
    due_on: date
    set_by_meeting: UUID


class EndView(BaseModel):
    kind: EndKind
    on: date
    recorded_at: datetime
    document_number: str | None
    by_meeting: UUID | None


class ResolutionLine(BaseModel):
    resolution_id: UUID
    version: int
    meeting_id: UUID
    body: ConsultationBody
    region: str
    owner: Party
    owner_zh: str
    adopted_on: date
    due_on: date
    dues: list[DueView] = Field(description="最初期限和每次延长 / the first day and each extension")
    status: ResolutionStatus
    status_zh: str
    lapsed: list[date] = Field(description="逾期未落实的期限，补做亦不删除 / missed days; later work removes none")
    end: EndView | None

    @classmethod
    def line(cls, resolution: Resolution, now: datetime) -> "ResolutionLine":
        return ResolutionLine(**_resolution(resolution, now))


class ResolutionView(ResolutionLine):
    text: str
    evidence_note: str | None
    extended_because: list[str]
    withdrawn_because: str | None

    @classmethod
    def of(cls, resolution: Resolution, texts: Mapping[str, str], now: datetime) -> Self:
        key = resolution.resolution_id
        reasons = [texts.get(f"extension:{key}:{due.meeting_id}") for due in resolution.dues]
        return cls(
            **_resolution(resolution, now),
            text=texts[f"resolution:{key}"],
            evidence_note=texts.get(f"fulfilment:{key}"),
            extended_because=[reason for reason in reasons if reason is not None],
            withdrawn_because=texts.get(f"withdrawal:{key}"),
        )


def _ordered(parties: frozenset[Party]) -> list[Party]:
    return [party for party in Party if party in parties]


def _line(meeting: Meeting) -> dict[str, Any]:
    return {
        "meeting_id": meeting.meeting_id,
        "version": meeting.version,
        "body": meeting.body,
        "body_zh": meeting.body.zh,
        "level": "province" if meeting.region == PROVINCE else "city",
        "region": meeting.region,
        "host": meeting.host.kind,
        "host_zh": meeting.host.name_zh,
        "status": meeting.status,
        "status_zh": meeting.status.zh,
        "planned_at": meeting.planned_at,
        "held_at": meeting.held_at,
        "invited": _ordered(meeting.invited),
        "attended": _ordered(meeting.attended),
        "items": len(meeting.items),
        "revision": meeting.revision,
        "unsigned": meeting.unsigned if meeting.status is Status.DRAFTED else [],
        "number": meeting.number_zh,
        "issued_on": meeting.issued_on,
    }


def _resolution(resolution: Resolution, now: datetime) -> dict[str, Any]:
    end, status = resolution.end, resolution.status(now)
    untold = resolution.lapses_at
    lapsed = [*resolution.lapses, *([resolution.due_on] if untold is not None and now >= untold else [])]
    return {
        "resolution_id": resolution.resolution_id,
        "version": resolution.version,
        "meeting_id": resolution.meeting_id,
        "body": resolution.body,
        "region": resolution.region,
        "owner": resolution.owner,
        "owner_zh": organ_zh(resolution.owner, resolution.region),
        "adopted_on": resolution.adopted_on,
        "due_on": resolution.due_on,
        "dues": [DueView(due_on=due.due_on, set_by_meeting=due.meeting_id) for due in resolution.dues],
        "status": status,
        "status_zh": status.zh,
        "lapsed": lapsed,
        "end": None
        if end is None
        else EndView(
            kind=end.kind,
            on=end.on,
            recorded_at=end.recorded_at,
            document_number=end.document_number,
            by_meeting=end.meeting_id,
        ),
    }
