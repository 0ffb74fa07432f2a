"""When a delivery is tried again, when an endpoint is left alone, and what names a message."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest
from contracts.webhooks import webhook_rules
from exchange_api.webhooks.domain import Circuit, message_id, next_attempt, state_of
from exchange_api.webhooks.leasing import _spans
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
RULES = webhook_rules()


def test_retries_take_days_and_each_pause_is_longer_than_the_one_before():
    assert list(RULES.retries) == sorted(set(RULES.retries))
    assert sum(RULES.retries) > timedelta(days=3).total_seconds()


@given(
    failures=st.integers(1, len(RULES.retries)),
    asked=st.none() | st.integers(0, 10**9),
    random=st.floats(0, 1, exclude_max=True),
)
def test_a_receiver_may_ask_for_a_longer_pause_and_no_shorter(failures, asked, random):
    at = next_attempt(RULES, failures, NOW, retry_after=asked, random=lambda: random)
    assert at is not None
    pause, least = (at - NOW).total_seconds(), RULES.retries[failures - 1]
    assert least <= pause
    assert pause <= max(least * (1 + RULES.jitter), min(asked or 0, RULES.longest_retry_after)) + 1
    if asked is not None and asked <= RULES.longest_retry_after:
        assert pause >= asked


def test_after_the_last_one_nothing_follows_whatever_the_receiver_asks():
    assert next_attempt(RULES, len(RULES.retries) + 1, NOW, retry_after=5, random=lambda: 0.5) is None


@given(st.lists(st.booleans(), max_size=40))
def test_a_circuit_counts_failures_since_the_last_success(outcomes):
    circuit, failures = Circuit(0, None), 0
    for delivered in outcomes:
        circuit = circuit.after(RULES, NOW, delivered=delivered)
        failures = 0 if delivered else failures + 1
        assert circuit.failures == failures
        opens = failures >= RULES.circuit_failures
        assert state_of(circuit, RULES, NOW) == ("open" if opens else "closed")
        assert circuit.room(RULES) == (1 if opens else RULES.parallel)
        later = NOW + timedelta(seconds=RULES.circuit_pause)
        assert state_of(circuit, RULES, later) == ("half-open" if opens else "closed")


@pytest.mark.parametrize(
    "other", [(UUID(int=2), "a.events", 1), (UUID(int=1), "b.events", 1), (UUID(int=1), "a.events", 2)]
)
def test_a_message_is_named_by_endpoint_source_and_position(other):
    assert message_id(UUID(int=1), "a.events", 1) == message_id(UUID(int=1), "a.events", 1) != message_id(*other)


@given(st.sets(st.integers(1, 3000), min_size=1, max_size=60).map(sorted))
def test_what_is_asked_for_is_read_in_few_pieces_of_bounded_length(positions):
    spans = list(_spans(positions))
    assert {p for p in positions for first, last in spans if first <= p <= last} == set(positions)
    assert all(last - first < 200 for first, last in spans)
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    assert all(first in positions and last in positions for first, last in spans)
