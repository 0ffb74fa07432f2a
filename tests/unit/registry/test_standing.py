"""Standing on a day follows from intervals and facts alone, in whatever order they were learnt."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

from contracts.registry_events import StandingKind
from hypothesis import given
from hypothesis import strategies as st
from registry_api.register.practice import Place, Practice
from registry_api.register.standing import Standing, StandingFact, next_change_after, standing_on

DAY = date(2026, 1, 1)
FIRM = uuid4()


def day(offset: int) -> date:
    return DAY + timedelta(days=offset)


def practising(from_day: int = -100, to_day: int | None = None, ground: str | None = None) -> Practice:
    to_on = None if to_day is None else day(to_day)
    return Practice(uuid4(), Place("410100", FIRM), 1, day(from_day), to_on, ground)


def suspended(from_day: int, to_day: int) -> StandingFact:
    return StandingFact(uuid4(), StandingKind.SUSPENSION, day(from_day), day(to_day))


def withdrawn(fact: StandingFact) -> StandingFact:
    return replace(fact, withdrawn=True)


def test_the_last_day_of_a_suspension_counts_and_the_next_does_not():
    facts = [suspended(10, 20)]
    seen = [standing_on(day(d), [practising()], facts) for d in (9, 10, 19, 20)]
    assert seen == [Standing.PRACTISING, Standing.SUSPENDED, Standing.SUSPENDED, Standing.PRACTISING]


def test_of_two_overlapping_suspensions_the_other_still_holds_whichever_is_withdrawn():
    first, second = suspended(0, 20), suspended(10, 30)
    one_gone = [standing_on(day(d), [practising()], [withdrawn(first), second]) for d in (5, 15, 25)]
    other_gone = [standing_on(day(d), [practising()], [first, withdrawn(second)]) for d in (5, 15, 25)]
    assert one_gone == [Standing.PRACTISING, Standing.SUSPENDED, Standing.SUSPENDED]
    assert other_gone == [Standing.SUSPENDED, Standing.SUSPENDED, Standing.PRACTISING]


def test_a_suspension_dated_back_before_a_move_holds_through_it():
    intervals = [practising(-100, 5), practising(5)]
    facts = [suspended(0, 10)]
    seen = [standing_on(day(d), intervals, facts) for d in (-1, 4, 5, 9, 10)]
    held = [Standing.SUSPENDED] * 3
    assert seen == [Standing.PRACTISING, *held, Standing.PRACTISING]


def test_an_end_by_revocation_reads_as_revoked_and_any_other_as_ended():
    assert standing_on(day(5), [practising(-9, 5, "licence-revoked")], []) is Standing.REVOKED
    assert standing_on(day(5), [practising(-9, 5, "own-request")], []) is Standing.ENDED
    assert standing_on(day(4), [practising(-9, 5, "own-request")], []) is Standing.PRACTISING


def test_between_two_licences_nobody_practises():
    intervals = [practising(0, 10, "own-request"), practising(20)]
    seen = [standing_on(day(d), intervals, []) for d in (-1, 0, 10, 20)]
    assert seen == [Standing.NOT_YET, Standing.PRACTISING, Standing.ENDED, Standing.PRACTISING]


def test_a_withdrawn_revocation_leaves_no_trace():
    fact = StandingFact(uuid4(), StandingKind.REVOCATION, day(0))
    assert standing_on(day(500), [practising()], [fact]) is Standing.REVOKED
    assert standing_on(day(500), [practising()], [withdrawn(fact)]) is Standing.PRACTISING


def test_an_interval_closed_on_its_first_day_never_held():
    intervals = [practising(0, 3), practising(3, 3), practising(3)]
    assert standing_on(day(3), intervals, []) is Standing.PRACTISING


facts_strategy = st.lists(
    st.builds(
        lambda start, length, kind, gone: StandingFact(
            uuid4(), kind, day(start), None if kind is StandingKind.REVOCATION else day(start + length), gone
        ),
        st.integers(-50, 50),
        st.integers(1, 40),
        st.sampled_from(StandingKind),
        st.booleans(),
    ),
    max_size=6,
)


@given(facts_strategy, st.randoms(use_true_random=False), st.integers(-60, 100), st.integers(-40, 40))
def test_standing_is_blind_to_order_and_to_what_was_withdrawn(facts, shuffler, offset, moved):
    intervals = [practising(-55, moved), practising(moved)]
    expected = standing_on(day(offset), [practising(-55)], [fact for fact in facts if not fact.withdrawn])
    shuffled = facts[:]
    shuffler.shuffle(shuffled)
    assert standing_on(day(offset), intervals, shuffled) is expected


@given(facts_strategy, st.integers(-60, 60))
def test_standing_is_constant_until_the_next_change_and_differs_on_it(facts, offset):
    intervals = [practising(-55, 45, "own-request")]
    now = standing_on(day(offset), intervals, facts)
    change = next_change_after(day(offset), intervals, facts)
    last = (change or day(120)) - timedelta(days=1)
    d = day(offset)
    while d <= last:
        assert standing_on(d, intervals, facts) is now
        d += timedelta(days=1)
    if change is not None:
        assert standing_on(change, intervals, facts) is not now
