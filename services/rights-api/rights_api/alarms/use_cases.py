"""Commands on alarms and deliveries."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from rights_api.alarms.domain import Delivery, Outcome, check_acknowledges, tried_again_at
from rights_api.duty.domain import Alarm
from rights_api.organs import Organ
from rights_api.refusals import Refused


class Alarms(Protocol):
    async def acknowledge(self, alarm: Alarm, organ: Organ, subject: str, at: datetime) -> Alarm: ...


class Deliveries(Protocol):
    async def record(self, delivery: Delivery, attempt: int, outcome: Outcome, code: str, at: datetime) -> bool:
        """False where the attempt's outcome is on record already."""

    async def delivered(self, delivery: Delivery) -> None: ...

    async def wait(self, delivery: Delivery, until: datetime) -> None: ...

    async def failed(self, delivery: Delivery, at: datetime) -> None:
        """For good; where no other way to the person is left, the alarm climbs at once."""


async def acknowledge(
    alarm: Alarm, alarms: Alarms, organ: Organ, *, subject: str, on_duty_now: Collection[str], at: datetime
) -> Alarm:
    """`alarm` is locked. Twice by the same person is once."""
    check_acknowledges(alarm, organ, subject, on_duty_now)
    return alarm if alarm.ended_at is not None else await alarms.acknowledge(alarm, organ, subject, at)


async def report(
    delivery: Delivery, deliveries: Deliveries, *, attempt: int, outcome: Outcome, code: str, at: datetime
) -> None:
    """`delivery` is locked. A worker taken for dead may still report: what it delivered was delivered."""
    if not 0 < attempt <= delivery.attempts:
        raise Refused(
            "attempt-unknown", "没有这次发送", "no such attempt was handed out", field="attempt", conflict=True
        )
    if not await deliveries.record(delivery, attempt, outcome, code, at):
        return
    if outcome is Outcome.DELIVERED:
        await deliveries.delivered(delivery)
    elif delivery.state == "waiting" and attempt == delivery.attempts:
        again = tried_again_at(delivery.attempts, at, delivery.expires_at)
        if again is None:
            await deliveries.failed(delivery, at)
        else:
            await deliveries.wait(delivery, again)
