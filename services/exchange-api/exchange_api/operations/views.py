"""What a reader is shown of an observation: everything of feeds that he may read; of the others that a consumer or a
relay is alive and that a deadline may be at risk, and nothing that moves with their events.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from common.auth import Principal
from common.feed_api.orders import OrderView
from contracts.consumers import ConsumerHealth, Duty, DutyState
from contracts.entitlements import TOPICS, may_read_feed
from contracts.rhythms import RhythmKind, rhythms
from pydantic import BaseModel, Field

from exchange_api.operations.domain import (
    Alarm,
    Following,
    Heard,
    Observation,
    PartitionLag,
    PartOutcome,
    Redrive,
    Relay,
    Stake,
    stakes,
)


def closed_to(principal: Principal) -> tuple[str, ...]:
    """Topics whose feed this reader may not read."""
    return tuple(topic for topic in TOPICS if not may_read_feed(principal, topic))


class ServiceView(BaseModel):
    service: str
    answering: bool
    not_answering_since: datetime | None = Field(description="最后一次应答 / its last answer")


class PartitionView(BaseModel):
    partition: int
    behind: int | None
    oldest_unapplied_at: datetime | None
    stopped: str | None

    @classmethod
    def of(cls, lag: PartitionLag) -> Self:
        return cls(partition=lag.partition, behind=lag.behind, oldest_unapplied_at=lag.oldest_at, stopped=lag.stopped)


class ConsumerView(BaseModel):
    """`withheld`: of a feed that the reader may not read; every number and time is left out then."""

    consumer: str
    zh: str
    en: str
    service: str
    topic: str
    health: ConsumerHealth
    health_zh: str
    withheld: bool
    behind: int | None = Field(description="落后事件数 / events not applied")
    lag_seconds: float | None = Field(description="最早未处理事件的时长(秒) / age of the oldest of them")
    parked: int | None
    looked_at: datetime | None
    caught_up_at: datetime | None
    deadline_at_risk: bool
    partitions: list[PartitionView]

    @classmethod
    def of(cls, each: Following, at: datetime, closed: Collection[str], *, endangered: bool) -> Self:
        withheld = each.topic in closed
        health = each.health(at, closed=withheld)
        told = not withheld and each.known
        oldest = each.oldest_at
        return cls(
            consumer=each.consumer.id,
            zh=each.consumer.zh,
            en=each.consumer.en,
            service=each.consumer.service,
            topic=each.topic,
            health=health,
            health_zh=health.zh,
            withheld=withheld,
            behind=each.behind if told else None,
            lag_seconds=(0 if oldest is None else max(0, (at - oldest).total_seconds())) if told else None,
            parked=len(each.waiting) if told else None,
            looked_at=None if withheld else each.looked_at,
            caught_up_at=None if withheld else each.caught_up_at,
            deadline_at_risk=endangered,
            partitions=[] if withheld else [PartitionView.of(lag) for lag in each.partitions],
        )


class RuleView(BaseModel):
    id: str
    zh: str
    en: str
    source: str
    verified: bool

    @classmethod
    def of(cls, duty: Duty) -> Self:
        term = duty.term
        return cls(id=term.id, zh=term.note_zh, en=term.note_en, source=term.source, verified=term.verified)


class DutyView(BaseModel):
    """`endangered`: a term is at risk or lost, or nobody can tell. `events`: how many such terms run."""

    duty: str
    zh: str
    en: str
    consumer: str
    topic: str
    rule: RuleView
    withheld: bool
    endangered: bool
    state: DutyState | None
    state_zh: str | None
    events: int | None
    at_risk: int | None
    lost: int | None
    earliest_event_at: datetime | None
    at_risk_at: datetime | None
    due_at: datetime | None
    indicators: list[str] = Field(description="因此过时的指标 / indicators that are stale meanwhile")

    @classmethod
    def of(cls, stake: Stake, at: datetime, closed: Collection[str]) -> Self:
        state, first, stale = stake.state(at), stake.first, stake.endangered or bool(stake.events)
        return cls(
            duty=stake.duty.id,
            zh=stake.duty.zh,
            en=stake.duty.en,
            consumer=stake.duty.consumer,
            topic=stake.duty.topic,
            rule=RuleView.of(stake.duty),
            withheld=stake.duty.topic in closed,
            endangered=stake.endangered,
            state=state,
            state_zh=None if state is None else state.zh,
            events=stake.events,
            at_risk=stake.at_risk,
            lost=stake.lost,
            earliest_event_at=None if first is None else first.start,
            at_risk_at=None if first is None else first.at_risk_at,
            due_at=None if first is None else first.due_at,
            indicators=list(stake.duty.indicators) if stale else [],
        )


class RelayView(BaseModel):
    topic: str
    alive: bool
    withheld: bool
    outbox_events: int | None
    oldest_outbox_at: datetime | None
    position: int | None
    recorded_at: datetime | None
    hash: str | None = Field(description="流末端的链值 / chain value at the feed's end")
    sent_position: int | None
    unsent: int | None
    signed_position: int | None = Field(description="最近签名的末端 / head that was signed last")
    signed_hour: datetime | None

    @classmethod
    def of(cls, relay: Relay, at: datetime, closed: Collection[str]) -> Self:
        withheld = relay.topic in closed
        told = relay.answering and not withheld
        known = relay.position is not None and relay.sent_position is not None
        return cls(
            topic=relay.topic,
            alive=relay.alive(at, closed=withheld),
            withheld=withheld,
            outbox_events=relay.outbox_events if told else None,
            oldest_outbox_at=relay.oldest_outbox_at if told else None,
            position=relay.position if told else None,
            recorded_at=relay.recorded_at if told else None,
            hash=relay.hash if told else None,
            sent_position=relay.sent_position if told else None,
            signed_position=relay.signed_position if told else None,
            signed_hour=relay.signed_hour if told else None,
            unsent=(relay.position or 0) - (relay.sent_position or 0) if told and known else None,
        )


class RhythmView(BaseModel):
    rhythm: str
    kind: RhythmKind
    zh: str
    en: str
    topic: str
    region: str
    every: str
    basis: str
    verified: bool
    heard_at: datetime | None
    due_at: datetime | None
    silent: bool
    indicators: list[str]

    @classmethod
    def of(cls, heard: Heard, now: datetime) -> Self:
        rhythm, due_at = rhythms().rhythm(heard.rhythm), heard.due_at(rhythms().rhythm(heard.rhythm), now)
        silent = due_at is not None and now > due_at
        return cls(
            rhythm=rhythm.id,
            kind=rhythm.kind,
            zh=rhythm.zh,
            en=rhythm.en,
            topic=heard.topic,
            region=heard.region,
            every=f"{rhythm.every.value} {rhythm.every.unit}",
            basis=rhythm.basis,
            verified=rhythms().verified,
            heard_at=heard.heard_at,
            due_at=due_at,
            silent=silent,
            indicators=list(rhythm.stale) if silent else [],
        )


class AlarmView(BaseModel):
    alarm_id: UUID
    version: int
    rhythm: str
    zh: str
    en: str
    topic: str
    region: str
    heard_at: datetime | None
    due_at: datetime
    opened_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    reason: str | None
    closed_at: datetime | None
    indicators: list[str]

    @classmethod
    def of(cls, alarm: Alarm) -> Self:
        rhythm = rhythms().rhythm(alarm.rhythm)
        return cls(
            alarm_id=alarm.alarm_id,
            version=alarm.version,
            rhythm=alarm.rhythm,
            zh=rhythm.zh,
            en=rhythm.en,
            topic=alarm.topic,
            region=alarm.region,
            heard_at=alarm.heard_at,
            due_at=alarm.due_at,
            opened_at=alarm.opened_at,
            acknowledged_at=alarm.acknowledged_at,
            acknowledged_by=alarm.acknowledged_by,
            reason=alarm.reason,
            closed_at=alarm.closed_at,
            indicators=list(rhythm.stale),
        )


class Overview(BaseModel):
    """duties_endangered, duties_lost: of the duties, not of the events under them."""

    observed_at: datetime
    services: list[ServiceView]
    consumers: list[ConsumerView]
    relays: list[RelayView]
    duties_endangered: int
    duties_lost: int
    earliest_due_at: datetime | None
    open_alarms: int


def services_view(seen: Observation) -> list[ServiceView]:
    answering = [ServiceView(service=each, answering=True, not_answering_since=None) for each in seen.answering]
    silent = [ServiceView(service=s, answering=False, not_answering_since=at) for s, at in seen.silent_since.items()]
    return sorted(answering + silent, key=lambda each: each.service)


def consumers_view(seen: Observation, closed: Collection[str]) -> list[ConsumerView]:
    endangered = {
        (stake.duty.consumer, stake.duty.topic)
        for stake in stakes(seen.followings, seen.at, closed=closed)
        if stake.endangered
    }
    return [
        ConsumerView.of(each, seen.at, closed, endangered=(each.consumer.id, each.topic) in endangered)
        for each in seen.followings
    ]


def duties_view(seen: Observation, closed: Collection[str]) -> list[DutyView]:
    return [DutyView.of(stake, seen.at, closed) for stake in stakes(seen.followings, seen.at, closed=closed)]


def relays_view(seen: Observation, closed: Collection[str]) -> list[RelayView]:
    return [RelayView.of(relay, seen.at, closed) for relay in seen.relays]


def rhythms_view(sources: Iterable[Heard], now: datetime, closed: Collection[str]) -> list[RhythmView]:
    views = [RhythmView.of(heard, now) for heard in sources]
    return [view for view in views if view.kind is RhythmKind.RELAY or view.topic not in closed]


def overview(seen: Observation, closed: Collection[str], open_alarms: Sequence[Alarm]) -> Overview:
    duties = duties_view(seen, closed)
    return Overview(
        observed_at=seen.at,
        services=services_view(seen),
        consumers=consumers_view(seen, closed),
        relays=relays_view(seen, closed),
        duties_endangered=sum(duty.endangered for duty in duties),
        duties_lost=sum(bool(duty.lost) for duty in duties),
        earliest_due_at=min((duty.due_at for duty in duties if duty.due_at is not None), default=None),
        open_alarms=len(open_alarms),
    )


class RedrivePartView(BaseModel):
    """`order`: None where nothing was ordered, or where the consumer's service does not answer now."""

    consumer: str
    outcome: PartOutcome
    order: OrderView | None


class RedriveView(BaseModel):
    redrive_id: UUID
    dry_run: bool
    reason: str
    asked_by: str
    asked_at: datetime
    done: bool
    parts: list[RedrivePartView]

    @classmethod
    def of(cls, redrive: Redrive, orders: dict[str, OrderView]) -> Self:
        parts = [
            RedrivePartView(consumer=part.consumer, outcome=part.outcome, order=orders.get(part.consumer))
            for part in redrive.parts
        ]
        return cls(
            redrive_id=redrive.redrive_id,
            dry_run=redrive.dry_run,
            reason=redrive.reason,
            asked_by=redrive.asked_by,
            asked_at=redrive.asked_at,
            done=all(part.order is not None and part.order.done for part in parts if part.outcome == "ordered"),
            parts=parts,
        )
