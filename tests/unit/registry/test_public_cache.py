"""No answer from the cache misses a change that had been acknowledged when it was trusted last."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from registry_api.lawyers.public_cache import TRUSTED_SECONDS, PublicCache
from registry_api.register.public import PublicRow

NOW = datetime(2026, 6, 10, tzinfo=UTC)
SOMEBODY = UUID(int=1)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def row(body: bytes, lawyer_id: UUID = SOMEBODY, valid_until: datetime | None = None) -> PublicRow:
    return PublicRow(lawyer_id, body, body.decode(), valid_until)


def filled(clock: Clock, size: int = 10) -> PublicCache:
    cache = PublicCache(size, clock)
    cache.heard(clock(), None)
    cache.put("1", row(b"old"), cache.ticket())
    return cache


def test_it_answers_until_the_last_question_is_too_long_ago():
    clock = Clock()
    cache = filled(clock)
    clock.now = TRUSTED_SECONDS * 0.99
    assert cache.get("1", NOW) is not None
    clock.now = TRUSTED_SECONDS
    assert cache.get("1", NOW) is None
    # Answered at once, but asked long before: only what was acknowledged by then is known.
    cache.heard(clock.now - TRUSTED_SECONDS, ())
    assert cache.get("1", NOW) is None
    cache.heard(clock.now, ())
    assert cache.get("1", NOW) is not None


def test_what_has_changed_is_forgotten_under_each_of_its_numbers():
    clock = Clock()
    cache = filled(clock)
    cache.put("2", row(b"old"), cache.ticket())
    cache.put("3", row(b"other", UUID(int=2)), cache.ticket())
    cache.heard(clock(), [SOMEBODY, UUID(int=9)])
    assert [cache.get(number, NOW) is not None for number in "123"] == [False, False, True]


def test_what_was_read_before_a_change_was_heard_of_is_not_kept():
    clock = Clock()
    cache = filled(clock)
    ticket = cache.ticket()
    cache.heard(clock(), [SOMEBODY])
    cache.put("1", row(b"old"), ticket)
    assert cache.get("1", NOW) is None


def test_an_answer_ends_with_its_term_and_the_oldest_makes_room():
    clock = Clock()
    cache = filled(clock, size=2)
    for number in "23":
        cache.put(number, row(b"x", UUID(int=int(number)), NOW + timedelta(days=1)), cache.ticket())
    assert [cache.get(number, NOW) is not None for number in "123"] == [False, True, True]
    assert cache.get("2", NOW + timedelta(days=1)) is None
    none = filled(clock, size=0)
    assert none.get("1", NOW) is None


async def test_a_question_that_hangs_or_fails_silences_the_cache():
    clock = Clock()
    cache = PublicCache(10, clock)
    asked = 0

    async def changes():
        nonlocal asked
        asked += 1
        if asked == 1:
            return
        await asyncio.Event().wait()

    task = asyncio.create_task(cache.follow(changes))
    while not asked:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    cache.put("1", row(b"old"), cache.ticket())
    assert cache.get("1", NOW) is not None
    clock.now += TRUSTED_SECONDS
    assert cache.get("1", NOW) is None
    task.cancel()


STEPS = st.lists(
    st.tuples(st.sampled_from(["begin", "commit", "ask", "told", "read", "kept", "get", "wait"]), st.integers(0, 2)),
    max_size=60,
)


@given(STEPS)
def test_in_any_order_of_events_no_stale_answer_outlives_its_acknowledgement(steps):
    """A model of the database: changes begin and commit in any order, questions and reads have snapshots, are slow."""
    clock = Clock()
    cache = PublicCache(10, clock)
    cache.heard(clock(), None)
    committed, acknowledged_at = 0, float("-inf")
    running: list[int] = []
    told_to = 0
    question: tuple[float, int, int] | None = None
    reads: list[tuple[int, int]] = []
    history: list[tuple[float, int]] = []
    for step, which in steps:
        if step == "begin":
            running.append(len(running))
        elif step == "commit" and running:
            running.pop(which % len(running))
            committed += 1
            acknowledged_at = clock()
            history.append((acknowledged_at, committed))
        elif step == "ask" and question is None:
            question = (clock(), told_to, committed)
        elif step == "told" and question is not None:
            began, since, until = question
            cache.heard(began, [SOMEBODY] if until > since else [])
            told_to, question = until, None
        elif step == "read":
            reads.append((cache.ticket(), committed))
        elif step == "kept" and reads:
            ticket, version = reads.pop(which % len(reads))
            cache.put("1", row(str(version).encode()), ticket)
        elif step == "get" and (found := cache.get("1", NOW)) is not None:
            due = max((version for at, version in history if at + TRUSTED_SECONDS < clock()), default=0)
            assert int(found.body) >= due
        elif step == "wait":
            clock.now += (0.01, 0.06, 0.2)[which]
