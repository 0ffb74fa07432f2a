"""What officers and organs see of units, letters and tasks. No person, no facts, no text of a letter or an answer."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from contracts.rights_taxonomy import Respondent
from pydantic import BaseModel

from rights_api.cases.consents import ConsentFor
from rights_api.cases.routing import Level
from rights_api.clocks.domain import Clock
from rights_api.clocks.views import ClockView
from rights_api.linkage.domain import By, CancelReason, Channel, Duty, Mark, Task, TaskState, Unit


class UnitView(BaseModel):
    unit_id: UUID
    version: int
    organ_kind: Respondent
    organ_kind_zh: str
    level: Level
    region: str
    organ_name: str
    unit_name: str
    duty: Duty
    duty_zh: str
    address: str
    phone: str
    channel: Channel
    channel_zh: str
    organisation_id: str | None
    open: bool
    recorded_at: datetime

    @classmethod
    def of(cls, unit: Unit) -> Self:
        entry = unit.entry
        return cls(
            unit_id=unit.unit_id,
            version=unit.version,
            organ_kind=entry.organ_kind,
            organ_kind_zh=entry.organ_kind.zh,
            level=entry.level,
            region=entry.region,
            organ_name=entry.organ_name,
            unit_name=entry.unit_name,
            duty=entry.duty,
            duty_zh=entry.duty.zh,
            address=entry.address,
            phone=entry.phone,
            channel=entry.channel,
            channel_zh=entry.channel.zh,
            organisation_id=entry.organisation_id,
            open=entry.open,
            recorded_at=unit.recorded_at,
        )


class MarkView(BaseModel):
    mark: Mark
    mark_zh: str
    happened_on: date
    by: By
    by_zh: str
    document_number: str | None
    recorded_at: datetime


class ReplyView(BaseModel):
    document_number: str
    document_date: date
    received_on: date
    decided_on: date | None
    by: By
    by_zh: str
    recorded_at: datetime


class TaskView(BaseModel):
    """What the organ's own account or system sees: its letter and what it did. Nothing tells of the case."""

    task_id: UUID
    version: int
    document_number: str
    dated_on: date
    from_zh: str
    to_zh: str
    urgent: bool
    state: TaskState
    state_zh: str
    sent_at: datetime
    marks: list[MarkView]
    replies: list[ReplyView]
    deadlines: list[ClockView]
    """By when the answer is due, as long as it is known."""

    @classmethod
    def of(cls, task: Task, clocks: Mapping[UUID, Clock], now: datetime) -> Self:
        known = [clocks[i] for i in task.clock_ids if i in clocks]
        return cls(**_seen(task, [clock for clock in known if clock.name == "handling"], now))


class CaseTaskView(TaskView):
    """The same for officers of the case, with whom it went to and on which paper."""

    complaint_id: UUID
    unit: UnitView
    identity_for: ConsentFor | None
    sm3: str
    """Of the letter's PDF."""
    cancelled: CancelReason | None
    cancelled_zh: str | None
    cancelled_at: datetime | None

    @classmethod
    def of(cls, task: Task, clocks: Mapping[UUID, Clock], now: datetime) -> Self:
        reason, at = (None, None) if task.cancelled is None else task.cancelled
        return cls(
            **_seen(task, [clocks[i] for i in task.clock_ids if i in clocks], now),
            complaint_id=task.complaint_id,
            unit=UnitView.of(task.unit),
            identity_for=task.letter.identity_for,
            sm3=task.letter.sm3.hex(),
            cancelled=reason,
            cancelled_zh=None if reason is None else reason.zh,
            cancelled_at=at,
        )


class ReplyText(BaseModel):
    document_number: str
    text: str


def _seen(task: Task, clocks: Sequence[Clock], now: datetime) -> dict[str, Any]:
    letter = task.letter
    return {
        "task_id": task.task_id,
        "version": task.version,
        "document_number": letter.document_number,
        "dated_on": letter.dated_on,
        "from_zh": letter.organ.name_zh,
        "to_zh": task.unit.addressee,
        "urgent": task.urgent,
        "state": task.state,
        "state_zh": task.state.zh,
        "sent_at": task.sent_at,
        "marks": [
            MarkView(
                mark=m.mark,
                mark_zh=m.mark.zh,
                happened_on=m.happened_on,
                by=m.by,
                by_zh=m.by.zh,
                document_number=m.document_number,
                recorded_at=m.recorded_at,
            )
            for m in task.marks
        ],
        "replies": [
            ReplyView(
                document_number=r.document_number,
                document_date=r.document_date,
                received_on=r.received_on,
                decided_on=r.decided_on,
                by=r.by,
                by_zh=r.by.zh,
                recorded_at=r.recorded_at,
            )
            for r in task.replies
        ],
        "deadlines": [ClockView.of(clock, now) for clock in clocks],
    }
