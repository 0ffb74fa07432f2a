"""The observation as metrics. Of closed feeds they tell what an operator without their duty sees, and no more."""

from common.telemetry.metrics import Told, gauge
from contracts.consumers import ConsumerHealth
from contracts.entitlements import DISCIPLINE, RIGHTS

from exchange_api.operations.domain import Alarm, Observation, stakes

CLOSED = (DISCIPLINE, RIGHTS)

# Told always: `show` has already left out what operators may not see.
_answering = gauge("yulu_service_answering", "1 where a service answers.", ["service"])
_following = gauge(
    "yulu_consumer_following", "1 where a consumer is alive and not held up.", ("consumer", "topic"), told=Told.ALWAYS
)
_lag_events = gauge("yulu_consumer_lag_events", "Events that a consumer has not applied.", ["consumer", "topic"])
_lag_seconds = gauge("yulu_consumer_lag_seconds", "Age of the oldest event not applied.", ["consumer", "topic"])
_waiting = gauge("yulu_consumer_parked_events", "Parked events that wait.", ["consumer", "topic"])
_at_risk = gauge("yulu_deadlines_at_risk", "Duties most of whose term has passed; closed feeds: 0 or 1.", ["duty"])
_lost = gauge("yulu_deadlines_lost", "Legal duties whose term has passed before their event was applied.", ["duty"])
_outbox = gauge("yulu_relay_outbox_events", "Events that wait for their place in the feed.", ["topic"])
_unsent = gauge("yulu_relay_unsent_events", "Events of the feed that Kafka has not been given.", ["topic"])
_relaying = gauge("yulu_relay_alive", "1 where events are moved and sent.", ["topic"], told=Told.ALWAYS)
_silent = gauge(
    "yulu_source_silent",
    "1 where a source is silent beyond its rhythm.",
    ["source", "topic", "region"],
    told=Told.ALWAYS,
)


def show(seen: Observation) -> None:
    _answering.clear()
    for service in seen.answering:
        _answering.labels(service).set(1)
    for service in seen.silent_since:
        _answering.labels(service).set(0)
    for each in seen.followings:
        closed = each.topic in CLOSED
        place = (each.consumer.id, each.topic)
        healthy = each.health(seen.at, closed=closed) in (ConsumerHealth.FOLLOWING, ConsumerHealth.BEHIND)
        _following.labels(*place).set(healthy)
        if closed:
            continue
        _waiting.labels(*place).set(len(each.waiting))
        if each.behind is not None:
            _lag_events.labels(*place).set(each.behind)
            oldest = each.oldest_at
            _lag_seconds.labels(*place).set(0 if oldest is None else max(0, (seen.at - oldest).total_seconds()))
    for stake in stakes(seen.followings, seen.at, closed=CLOSED):
        counted = stake.at_risk is not None and stake.lost is not None
        _at_risk.labels(stake.duty.id).set((stake.at_risk or 0) + (stake.lost or 0) if counted else stake.endangered)
        if stake.lost is not None:
            _lost.labels(stake.duty.id).set(stake.lost)
    for relay in seen.relays:
        closed = relay.topic in CLOSED
        _relaying.labels(relay.topic).set(relay.alive(seen.at, closed=closed))
        if not closed and relay.position is not None and relay.sent_position is not None:
            _outbox.labels(relay.topic).set(relay.outbox_events or 0)
            _unsent.labels(relay.topic).set(relay.position - relay.sent_position)


def show_silent(alarms: list[Alarm]) -> None:
    _silent.clear()
    for alarm in alarms:
        if alarm.topic not in CLOSED or alarm.rhythm == "relay":
            _silent.labels(alarm.rhythm, alarm.topic, alarm.region).set(1)
