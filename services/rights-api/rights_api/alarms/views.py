"""What officers see of an alarm (which deadline of which case, due when), and what the notifier is handed."""

from datetime import datetime
from typing import Self
from uuid import UUID

from contracts.conduct import OrganKind
from pydantic import BaseModel, Field

from rights_api.alarms.store import Leased, Sent
from rights_api.duty.domain import Alarm, AlarmKind, AlarmStep, Channel, Seat, Step
from rights_api.duty.officers import oversees
from rights_api.organs import Organ


class StepView(BaseModel):
    step: Step
    step_zh: str
    at: datetime
    organ_kind: OrganKind | None
    region: str | None
    seat: Seat | None
    subject: str | None
    """Of one's own organ and of those below it; of a higher organ only that it was called."""
    answer_by: datetime | None

    @classmethod
    def of(cls, step: AlarmStep, reader: Organ) -> Self:
        organ = step.organ
        return cls(
            step=step.step,
            step_zh=step.step.zh,
            at=step.at,
            organ_kind=None if organ is None else organ.kind,
            region=None if organ is None else organ.region,
            seat=step.seat,
            subject=step.subject if organ is not None and oversees(reader, organ) else None,
            answer_by=step.answer_by,
        )


class AlarmView(BaseModel):
    alarm_id: UUID
    number: str
    kind: AlarmKind
    kind_zh: str
    urgent: bool
    raised_at: datetime
    ended_at: datetime | None
    owner_kind: str
    owner_id: UUID | None
    deadline: str | None
    due_at: datetime | None
    about_organ_kind: OrganKind | None
    about_region: str | None
    about_on: str | None
    steps: list[StepView]

    @classmethod
    def of(cls, alarm: Alarm, reader: Organ) -> Self:
        about = alarm.about
        return cls(
            alarm_id=alarm.alarm_id,
            number=alarm.number,
            kind=alarm.kind,
            kind_zh=alarm.kind.zh,
            urgent=alarm.urgent,
            raised_at=alarm.raised_at,
            ended_at=alarm.ended_at,
            owner_kind=about.owner_kind,
            owner_id=about.owner_id,
            deadline=alarm.deadline,
            due_at=alarm.due_at,
            about_organ_kind=None if about.organ is None else about.organ.kind,
            about_region=None if about.organ is None else about.organ.region,
            about_on=None if about.on is None else about.on.isoformat(),
            steps=[StepView.of(step, reader) for step in alarm.steps],
        )


class SentView(BaseModel):
    """One message, without its address."""

    delivery_id: UUID
    step: int
    channel: Channel
    state: str
    attempts: int
    created_at: datetime
    reported_at: datetime | None
    provider_code: str | None

    @classmethod
    def of(cls, sent: Sent) -> Self:
        return cls(
            delivery_id=sent.delivery_id,
            step=sent.ordinal,
            channel=sent.channel,
            state=sent.state,
            attempts=sent.attempts,
            created_at=sent.created_at,
            reported_at=sent.reported_at,
            provider_code=sent.provider_code,
        )


class OpenedAlarm(BaseModel):
    alarm: AlarmView
    deliveries: list[SentView]


class LeasedView(BaseModel):
    """`delivery_id` stays the same however often it is handed out: for providers that drop repetitions."""

    delivery_id: UUID
    attempt: int
    channel: Channel
    address: str = Field(repr=False)
    template: str
    number: str
    urgent: bool
    text_zh: str
    text_en: str

    @classmethod
    def of(cls, leased: Leased) -> Self:
        zh, en = leased.template.text(leased.number)
        return cls(
            delivery_id=leased.delivery_id,
            attempt=leased.attempt,
            channel=leased.channel,
            address=leased.address,
            template=leased.template.value,
            number=leased.number,
            urgent=leased.urgent,
            text_zh=zh,
            text_en=en,
        )


class LeaseView(BaseModel):
    leased_until: datetime
    deliveries: list[LeasedView]
