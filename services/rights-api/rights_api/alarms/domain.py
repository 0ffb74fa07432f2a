"""Who may acknowledge an alarm, and when a delivery that failed is tried again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from contracts.labels import LabelledEnum

from rights_api.duty.domain import Alarm, Channel, Step
from rights_api.organs import Organ
from rights_api.refusals import NotCompetent, NotFound, Refused

LEASE = timedelta(seconds=60)
"""A worker that has said nothing by then is taken for dead, and the delivery handed out again."""
MOST_ATTEMPTS = 8
_FIRST_PAUSE = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(minutes=15)


class Outcome(LabelledEnum):
    DELIVERED = "delivered", "已送达", "delivered"
    FAILED = "failed", "未送达", "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one person by one channel. `address` is shown by no repr of ours: see `Leased`."""

    delivery_id: UUID
    alarm_id: UUID
    ordinal: int
    channel: Channel
    state: str
    attempts: int
    expires_at: datetime


def check_acknowledges(alarm: Alarm, organ: Organ, subject: str, on_duty_now: Collection[str]) -> None:
    """Whoever was called, or is on duty now in an organ that the alarm has reached; where nobody is, any of it."""
    if organ not in alarm.organs:
        raise NotFound("没有这项提醒。", "There is no such alarm.")
    if subject not in alarm.called and on_duty_now and subject not in on_duty_now:
        raise NotCompetent(
            "not-on-duty",
            "该提醒由被提醒人或当日值班人、替班人确认",
            "an alarm is acknowledged by who was called, or is on duty now",
        )
    if alarm.ended_at is not None and (alarm.acknowledged is None or alarm.acknowledged.subject != subject):
        settled = alarm.steps[-1].step is Step.SETTLED
        raise Refused(
            "alarm-ended",
            "该提醒所指事项已办理，无需确认" if settled else "该提醒已由他人确认",
            "what it was about is done" if settled else "somebody else has acknowledged it",
            conflict=True,
        )


def tried_again_at(attempts: int, now: datetime, expires_at: datetime) -> datetime | None:
    """None where it has failed for good."""
    pause = min(_FIRST_PAUSE * 2 ** (attempts - 1), _LONGEST_PAUSE)
    return now + pause if attempts < MOST_ATTEMPTS and now + pause < expires_at else None
