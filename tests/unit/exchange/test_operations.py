"""Lag as health and as duties; and that of closed feeds nothing follows from what there is to apply."""

from datetime import UTC, datetime, timedelta

import pytest
from contracts.consumers import ConsumerHealth, DutyState, consumers
from exchange_api.operations.domain import Following, PartitionLag, Relay, Unapplied, stakes

NOW = datetime(2026, 11, 26, 4, tzinfo=UTC)
DECIDED = "lawyers.discipline.sanction.decided.v1"
DISCIPLINE = "discipline.events"
REACTIONS = consumers().consumer("registry-reactions")
ALIVE = {"answering": True, "looked_at": NOW, "caught_up_at": NOW - timedelta(hours=1)}


def following(*unapplied, **changes):
    behind = sum(each.events for each in unapplied)
    lags = (PartitionLag(3, behind, None, unapplied),)
    return Following(REACTIONS, DISCIPLINE, **({**ALIVE, "partitions": lags, **changes}))


def everybody(one):
    """All consumers follow, but for the one."""
    fine = (PartitionLag(0, 0, None, ()),)
    others = [
        Following(consumer, topic, **ALIVE, partitions=fine)
        for consumer in consumers().consumers
        for topic in consumer.topics
        if (consumer.id, topic) != (one.consumer.id, one.topic)
    ]
    return [*others, one]


def stake_of(one, duty="standing.sanction", now=NOW, closed=()):
    return next(each for each in stakes(everybody(one), now, closed=closed) if each.duty.id == duty)


@pytest.mark.parametrize(
    ("changes", "health"),
    [
        ({}, ConsumerHealth.FOLLOWING),
        ({"answering": False}, ConsumerHealth.NOT_ANSWERING),
        ({"looked_at": None}, ConsumerHealth.NEVER_STARTED),
        ({"partitions": ()}, ConsumerHealth.NEVER_STARTED),
        ({"looked_at": NOW - timedelta(seconds=121)}, ConsumerHealth.SILENT),
        ({"partitions": (PartitionLag(3, 0, "fork", ()),)}, ConsumerHealth.STOPPED),
        ({"waiting": (Unapplied(DECIDED, 1, NOW),)}, ConsumerHealth.WAITING),
        ({"partitions": (PartitionLag(3, 1, None, (Unapplied(DECIDED, 1, NOW),)),)}, ConsumerHealth.BEHIND),
        ({"partitions": (PartitionLag(3, None, None, None),)}, ConsumerHealth.BEHIND),
    ],
)
def test_health_is_the_first_thing_that_is_wrong(changes, health):
    assert following(**changes).health(NOW, closed=False) is health


def test_each_event_is_a_term_wherever_it_waits():
    old, new = NOW - timedelta(days=60), NOW - timedelta(hours=1)
    stake = stake_of(following(Unapplied(DECIDED, 2, old), Unapplied(DECIDED, 5, new),
                               waiting=(Unapplied(DECIDED, 1, old),)))  # fmt: skip
    assert (stake.events, stake.at_risk, stake.lost, stake.state(NOW)) == (8, 0, 3, DutyState.LOST)
    assert stake.endangered
    other = stake_of(following(Unapplied(DECIDED, 2, old)), duty="standing.withdrawal")
    assert (other.events, other.endangered, other.first) == (0, False, None)


@pytest.mark.parametrize("changes", [{"answering": False}, {"partitions": (PartitionLag(3, None, None, None),)}])
def test_what_cannot_be_told_is_in_danger(changes):
    stake = stake_of(following(**changes))
    assert (stake.endangered, stake.events) == (True, None)


@pytest.mark.parametrize("hours", [0, 11, 23])
@pytest.mark.parametrize(
    "unapplied",
    [
        [Unapplied(DECIDED, 1, NOW)],
        [Unapplied(DECIDED, 40, NOW - timedelta(days=9))],
        [Unapplied(DECIDED, 1, NOW - timedelta(days=400)), Unapplied("lawyers.discipline.talk.recorded.v1", 3, NOW)],
    ],
)
def test_of_a_closed_feed_nothing_follows_from_what_there_is_to_apply(unapplied, hours):
    later = NOW.replace(hour=16) + timedelta(hours=hours)  # a day of China
    quiet, busy = (
        following(*events, looked_at=later, caught_up_at=NOW - timedelta(days=1)) for events in ((), unapplied)
    )
    assert busy.health(later, closed=True) is quiet.health(later, closed=True)
    closed = (DISCIPLINE, "rights.events")
    assert stakes(everybody(busy), later, closed=closed) == stakes(everybody(quiet), later, closed=closed)


def test_of_a_closed_feed_being_behind_shows_at_midnight_alone():
    caught_up = datetime(2026, 11, 24, 17, tzinfo=UTC)  # the 25th in China
    moments = [datetime(2026, 11, 26, 15, 59, tzinfo=UTC), datetime(2026, 11, 26, 16, tzinfo=UTC)]
    seen = [following(looked_at=at, caught_up_at=caught_up).health(at, closed=True) for at in moments]
    assert seen == [ConsumerHealth.FOLLOWING, ConsumerHealth.BEHIND]


def test_a_relay_lives_while_somebody_sends_and_nothing_is_stuck():
    relay = Relay("rights.events", answering=True, sending=True, outbox_events=1, oldest_outbox_at=NOW)
    later = NOW + timedelta(minutes=5)
    assert relay.alive(NOW, closed=False)
    assert not relay.alive(later, closed=False)
    assert relay.alive(later, closed=True)
    assert not relay.alive(NOW + timedelta(days=2), closed=True)
    assert not Relay("rights.events", answering=False).alive(NOW, closed=True)
