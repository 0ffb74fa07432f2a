"""Listening to sources: who was heard, who is silent beyond his rhythm, whose alarm is over."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from uuid import UUID, uuid4

from contracts.entitlements import TOPICS
from contracts.regions import PROVINCE
from contracts.rhythms import RhythmKind, rhythms

from exchange_api.operations.domain import Alarm, Heard
from exchange_api.refusals import Refused

Source = tuple[str, str, str]
"""Rhythm, topic, region."""


class Sources(Protocol):
    async def watch(self, sources: Sequence[Source], now: datetime) -> None: ...

    async def hear(self, heard: Mapping[Source, datetime]) -> None: ...

    async def heard(self) -> Sequence[Heard]: ...

    async def open_alarms(self) -> Sequence[Alarm]: ...

    async def open(self, alarm: Alarm) -> None: ...

    async def close(self, alarm_id: UUID, at: datetime) -> None: ...


def watched() -> list[Source]:
    return [
        (each.id, topic, region)
        for each in rhythms().rhythms
        for topic in (TOPICS if each.topic is None else (each.topic,))
        for region in each.regions
    ]


def heard_by(topic: str, event_type: str, region: str, at: datetime) -> dict[Source, datetime]:
    """Of which sources an event is a sign of life."""
    return {
        (each.id, topic, region if each.each_region else PROVINCE): at
        for each in rhythms().rhythms
        if event_type in each.event_types and (not each.each_region or region in each.regions)
    }


def relays_heard(sending: Sequence[str], at: datetime) -> dict[Source, datetime]:
    """sending: topics whose events are being sent."""
    relays = [each for each in rhythms().rhythms if each.kind is RhythmKind.RELAY]
    return {(each.id, topic, PROVINCE): at for each in relays for topic in sending}


async def judge(sources: Sources, now: datetime) -> int:
    """Open an alarm for who is silent beyond his rhythm, close it for who was heard; how many were opened or closed."""
    alarms = {(alarm.rhythm, alarm.topic, alarm.region): alarm for alarm in await sources.open_alarms()}
    moved = 0
    for source in await sources.heard():
        place = (source.rhythm, source.topic, source.region)
        due_at = source.due_at(rhythms().rhythm(source.rhythm), now)
        silent = due_at is not None and now > due_at
        if silent and due_at is not None and place not in alarms:
            await sources.open(Alarm(uuid4(), 1, *place, source.heard_at, due_at, now))
            moved += 1
        elif not silent and place in alarms:
            # A clock may go back; an alarm does not end before it began.
            await sources.close(alarms[place].alarm_id, max(now, alarms[place].opened_at))
            moved += 1
    return moved


def acknowledged(alarm: Alarm, *, reason: str, by: str, at: datetime) -> Alarm:
    """Raises Refused where it is over or has been acknowledged."""
    if alarm.closed_at is not None or alarm.acknowledged_at is not None:
        raise Refused(
            "alarm-settled", "该告警已确认或已消除", "The alarm has been acknowledged or is over", conflict=True
        )
    return replace(alarm, version=alarm.version + 1, acknowledged_at=at, acknowledged_by=by, reason=reason)
