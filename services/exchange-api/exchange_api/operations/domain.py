"""How a consumer stands on a feed, what legal duties that endangers, and which sources are silent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.consumers import Consumer, ConsumerHealth, Duty, DutyState, Term, consumers
from contracts.rhythms import Rhythm
from contracts.working_days import local_date


@dataclass(frozen=True, slots=True)
class Unapplied:
    """Events of one type that a consumer has not applied; `first_at`: when the oldest of them was recorded."""

    event_type: str
    events: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """`behind` and `unapplied` are None where the feed's owner or the consumer's service does not answer."""

    partition: int
    behind: int | None
    stopped: str | None
    unapplied: tuple[Unapplied, ...] | None

    @property
    def oldest_at(self) -> datetime | None:
        return min((each.first_at for each in self.unapplied or ()), default=None)


@dataclass(frozen=True, slots=True)
class Following:
    """A consumer on one feed. answering: of the consumer's service; waiting: its parked events, each apart.

    A worker with a queue has one partition: what it has yet to take. It looks whenever it asks for work.
    """

    consumer: Consumer
    topic: str
    answering: bool
    looked_at: datetime | None = None
    caught_up_at: datetime | None = None
    partitions: tuple[PartitionLag, ...] = ()
    waiting: tuple[Unapplied, ...] = ()

    @property
    def known(self) -> bool:
        """Whether it can be told what it has not applied."""
        return self.answering and bool(self.partitions) and all(p.behind is not None for p in self.partitions)

    @property
    def behind(self) -> int | None:
        return sum(p.behind or 0 for p in self.partitions) if self.known else None

    @property
    def oldest_at(self) -> datetime | None:
        return min((at for p in self.partitions if (at := p.oldest_at) is not None), default=None)

    def health(self, now: datetime, *, closed: bool) -> ConsumerHealth:
        """closed: for who may not read the feed. To him nothing is told that the time of an event could be read from:
        being behind shows only once nothing has been applied completely for a whole day of China.
        """
        alive_for = timedelta(seconds=consumers().alive_seconds)
        found = {
            ConsumerHealth.NOT_ANSWERING: not self.answering,
            ConsumerHealth.NEVER_STARTED: self.looked_at is None or not self.partitions,
            ConsumerHealth.SILENT: self.looked_at is not None and now - self.looked_at > alive_for,
            ConsumerHealth.STOPPED: any(p.stopped is not None for p in self.partitions),
            ConsumerHealth.WAITING: bool(self.waiting),
            ConsumerHealth.BEHIND: self._behind(now, closed=closed),
        }
        return next((health for health, true in found.items() if true), ConsumerHealth.FOLLOWING)

    def _behind(self, now: datetime, *, closed: bool) -> bool:
        if not closed:
            return self.behind != 0
        caught_up = self.caught_up_at
        return caught_up is None or local_date(caught_up) < local_date(now) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stake:
    """What one duty has at stake: events that its consumer has not applied, and the term that ends first."""

    duty: Duty
    endangered: bool
    events: int | None = None
    at_risk: int | None = None
    lost: int | None = None
    first: Term | None = None

    def state(self, now: datetime) -> DutyState | None:
        return None if self.first is None else self.first.state(now)


def stakes(followings: Iterable[Following], now: datetime, *, closed: Iterable[str]) -> list[Stake]:
    """Of every duty, in the order of consumers.yaml. closed: topics of which the reader is told no more than that a
    deadline may be at risk; that is so whenever the consumer is not known to follow, whatever there is to apply.
    """
    by_place = {(each.consumer.id, each.topic): each for each in followings}
    return [
        _stake(duty, by_place[duty.consumer, duty.topic], now, closed=duty.topic in closed)
        for duty in consumers().duties
    ]


def _stake(duty: Duty, following: Following, now: datetime, *, closed: bool) -> Stake:
    if closed:
        return Stake(duty, following.health(now, closed=True) is not ConsumerHealth.FOLLOWING)
    if not following.known:
        return Stake(duty, endangered=True)
    unapplied = [*following.waiting, *(each for p in following.partitions for each in p.unapplied or ())]
    terms = [
        (duty.from_event(each.first_at), each.events)
        for each in unapplied
        if not duty.event_types or each.event_type in duty.event_types
    ]
    counts = {
        state: sum(events for term, events in terms if term.state(now) is state)
        for state in (DutyState.AT_RISK, DutyState.LOST)
    }
    return Stake(
        duty=duty,
        endangered=any(counts.values()),
        events=sum(events for _, events in terms),
        at_risk=counts[DutyState.AT_RISK],
        lost=counts[DutyState.LOST],
        first=min((term for term, _ in terms), key=lambda term: term.due_at, default=None),
    )


@dataclass(frozen=True, slots=True)
class Relay:
    """How far the events of one feed have come, and its head, newest and last signed.

    Everything but `topic` and `answering` is None without an answer.
    """

    topic: str
    answering: bool
    sending: bool | None = None
    outbox_events: int | None = None
    oldest_outbox_at: datetime | None = None
    position: int | None = None
    recorded_at: datetime | None = None
    hash: str | None = None
    sent_position: int | None = None
    signed_position: int | None = None
    signed_hour: datetime | None = None

    def alive(self, now: datetime, *, closed: bool) -> bool:
        """closed: as in `Following.health`; a full outbox shows only when its oldest event is of the day before."""
        if not self.answering or not self.sending:
            return False
        stuck_since = self.oldest_outbox_at
        if stuck_since is None:
            return True
        if closed:
            return local_date(stuck_since) >= local_date(now) - timedelta(days=1)
        return now - stuck_since <= timedelta(seconds=consumers().alive_seconds)


@dataclass(frozen=True, slots=True)
class Heard:
    """A source: a rhythm of one feed and region. `heard_at` is None where it was never heard."""

    rhythm: str
    topic: str
    region: str
    watched_since: datetime
    heard_at: datetime | None

    def due_at(self, rhythm: Rhythm, now: datetime) -> datetime | None:
        return rhythm.due_at(self.heard_at or self.watched_since, now)


@dataclass(frozen=True, slots=True)
class Alarm:
    """A source is silent. It closes by itself when the source is heard again."""

    alarm_id: UUID
    version: int
    rhythm: str
    topic: str
    region: str
    heard_at: datetime | None
    due_at: datetime
    opened_at: datetime
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    reason: str | None = None
    closed_at: datetime | None = None


PartOutcome = Literal["ordered", "nothing-found", "not-answering", "refused"]


@dataclass(frozen=True, slots=True)
class RedrivePart:
    consumer: str
    order_id: UUID | None
    outcome: PartOutcome


@dataclass(frozen=True, slots=True)
class Redrive:
    """`search`: what was asked for, as the caller gave it."""

    redrive_id: UUID
    dry_run: bool
    search: str
    reason: str
    asked_by: str
    asked_at: datetime
    parts: Sequence[RedrivePart]


@dataclass(frozen=True, slots=True)
class Observation:
    """Everything at one instant. silent_since: of services that do not answer now, when they last did."""

    at: datetime
    followings: tuple[Following, ...]
    relays: tuple[Relay, ...]
    answering: frozenset[str]
    silent_since: dict[str, datetime | None]
