"""Who follows which feed, what legal duty rests on it (consumers.yaml), and when that duty is at risk."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Self

from common.events import EVENTS
from pydantic import Field, model_validator

from contracts.deadlines import Rule, rule
from contracts.entitlements import TOPICS
from contracts.labels import LabelledEnum
from contracts.legal_day import end_of
from contracts.package_data import load_yaml
from contracts.plan import Source, plan
from contracts.policy import Frozen
from contracts.working_days import SHANGHAI


class ConsumerHealth(LabelledEnum):
    """Of a consumer on one feed; the first that is true."""

    NOT_ANSWERING = "not-answering", "服务无应答", "its service does not answer"
    NEVER_STARTED = "never-started", "从未启动", "has never followed this feed"
    SILENT = "silent", "无心跳", "not heard of for minutes"
    STOPPED = "stopped", "分区已停止", "a partition has stopped"
    WAITING = "waiting", "有搁置事件", "events are parked"
    BEHIND = "behind", "落后", "has events to apply"
    FOLLOWING = "following", "跟进中", "has applied everything"


class DutyState(LabelledEnum):
    PENDING = "pending", "期限内", "within its term"
    AT_RISK = "at-risk", "期限有风险", "most of the term has passed"
    LOST = "lost", "已逾期", "the term has passed"


class Consumer(Frozen):
    """service: in whose database it stands, and whose API tells of it.

    queue: where that API tells of it, for a worker that asks for work instead of following a feed.
    """

    id: str
    service: str
    topics: tuple[str, ...] = Field(min_length=1)
    queue: str | None = None
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Term:
    """When a duty that began at `start` is at risk, and when it is lost."""

    start: datetime
    at_risk_at: datetime
    due_at: datetime

    def state(self, now: datetime) -> DutyState:
        if now >= self.due_at:
            return DutyState.LOST
        return DutyState.AT_RISK if now >= self.at_risk_at else DutyState.PENDING


class Duty(Frozen):
    """What law asks, or the plan's own rules, and what cannot be done before these events are applied.

    event_types: none of a worker's, whose duties all have the same term. source: whose indicators are stale until then.
    """

    id: str
    consumer: str
    event_types: tuple[str, ...] = ()
    rule: str
    source: Source | None = None
    zh: str
    en: str

    @property
    def topic(self) -> str:
        """Of whose events it is, or whose readers may see how much waits."""
        return EVENTS[self.event_types[0]].topic if self.event_types else consumers().consumer(self.consumer).topics[0]

    @property
    def term(self) -> Rule:
        return rule(self.rule)

    @property
    def indicators(self) -> tuple[str, ...]:
        return () if self.source is None else indicators_of(self.source)

    def from_event(self, happened_at: datetime) -> Term:
        """A term in days ends with its last day in China."""
        start = happened_at.astimezone(SHANGHAI)
        due = self.term.deadline(start).due
        due_at = due if isinstance(due, datetime) else end_of(due)
        return Term(happened_at, happened_at + (due_at - happened_at) * consumers().at_risk, due_at)


class Consumers(Frozen):
    verified: bool
    at_risk: float = Field(gt=0, lt=1)
    alive_seconds: int = Field(gt=0)
    consumers: tuple[Consumer, ...]
    duties: tuple[Duty, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        by_id = {each.id: each for each in self.consumers}
        if len(by_id) < len(self.consumers) or len({each.id for each in self.duties}) < len(self.duties):
            raise ValueError("consumers.yaml uses an id twice")
        if not {topic for each in self.consumers for topic in each.topics} <= set(TOPICS):
            raise ValueError("a consumer follows feeds that there are")
        told: set[tuple[str, str]] = set()
        for duty in self.duties:
            topics = {EVENTS[event_type].topic for event_type in duty.event_types}
            consumer = by_id[duty.consumer]
            if len(topics) != (0 if consumer.queue else 1) or not topics <= set(consumer.topics):
                raise ValueError(f"{duty.id}: its events are of one feed, which its consumer follows, or of a queue")
            pairs = {(duty.consumer, event_type) for event_type in duty.event_types}
            if told & pairs:
                raise ValueError(f"{duty.id}: an event carries one duty per consumer")
            told |= pairs
            if duty.term.unit == "months":
                raise ValueError(f"{duty.id}: a term in months is none that a lag endangers")
        return self

    def consumer(self, consumer_id: str) -> Consumer:
        """Raises LookupError."""
        found = [each for each in self.consumers if each.id == consumer_id]
        if not found:
            raise LookupError(consumer_id)
        return found[0]

    @property
    def followers(self) -> tuple[Consumer, ...]:
        """Those that apply events, and may park them."""
        return tuple(each for each in self.consumers if each.queue is None)

    def duty(self, consumer_id: str, event_type: str) -> Duty | None:
        return next((d for d in self.duties if d.consumer == consumer_id and event_type in d.event_types), None)


@lru_cache(maxsize=1)
def consumers() -> Consumers:
    return Consumers.model_validate(load_yaml("consumers.yaml"))


def indicators_of(source: Source) -> tuple[str, ...]:
    """Ids of the plan's indicators that this source feeds."""
    return tuple(each.id for each in plan().indicators() if each.source is source)
