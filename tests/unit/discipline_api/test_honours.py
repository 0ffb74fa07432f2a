"""Of the sanctions of one honoured subject one counts, in whatever order they are heard of and fall."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from discipline_api.honours.domain import Held, Noted, answered, next_to_count
from hypothesis import given
from hypothesis import strategies as st

FIRST = date(2026, 1, 1)


def case(number: int, **more: object) -> Noted:
    return Noted(UUID(int=number), 1, "410100", FIRST + timedelta(number), **more)


def test_the_first_heard_of_counts_and_the_next_takes_its_place_from_the_day_it_fell():
    one, two = case(1), case(2)
    one, event = answered(one, [two], Held(held=True))
    assert event is not None
    assert (event.honoured, event.counts_from, event.version, one.counts) == (True, one.from_on, 2, True)
    two, event = answered(two, [one], Held(held=True))
    assert (event, two.held, two.counts, two.version) == (None, True, False, 1)
    fell = date(2026, 5, 1)
    found = next_to_count(replace(one, withdrawn_on=fell), [two], fell)
    assert found is not None
    assert (found[1].case_id, found[1].counts_from, found[1].version) == (two.case_id, fell, 2)


def test_a_sanction_that_takes_effect_later_counts_from_its_own_day():
    fallen, later = case(1, held=True, counts_from=FIRST, withdrawn_on=FIRST), case(300, held=True)
    found = next_to_count(fallen, [later], date(2026, 5, 1))
    assert found is not None
    assert found[1].counts_from == later.from_on


def test_without_an_honour_nothing_is_told_and_what_was_asked_is_not_asked_again():
    known, event = answered(case(1), [], Held(held=False))
    assert (known.held, event) == (False, None)
    assert answered(known, [], Held(held=True)) == (known, None)
    fallen = case(1, withdrawn_on=FIRST)
    assert answered(fallen, [], Held(held=True))[1] is None, "what has fallen befell nobody"


steps = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["hear", "withdraw", "tell"])), max_size=40)


@given(steps)
def test_whatever_is_heard_when_at_most_one_counts_and_no_version_is_left_out(steps):
    """`withdraw`: the decision falls; `tell`: the reaction hears of it, perhaps never, perhaps twice."""
    cases = {n: case(n) for n in range(6)}
    told: dict[UUID, list[int]] = {each.case_id: [1] for each in cases.values()}
    for day, (n, step) in enumerate(steps):
        others = [each for key, each in cases.items() if key != n]
        if step == "hear":
            cases[n], event = answered(cases[n], others, Held(held=True))
            found = (cases[n], event)
        elif step == "withdraw" and cases[n].withdrawn_on is None:
            fell = FIRST + timedelta(400 + day)
            cases[n] = replace(cases[n], withdrawn_on=fell, version=cases[n].version + 1)
            told[cases[n].case_id].append(cases[n].version)
            continue
        elif step == "tell" and cases[n].withdrawn_on is not None:
            found = next_to_count(cases[n], others, cases[n].withdrawn_on) or (cases[n], None)
        else:
            continue
        noted, event = found
        cases[noted.case_id.int] = noted
        if event is not None:
            told[event.case_id].append(event.version)
        assert sum(each.counts for each in cases.values()) <= 1
    assert all(versions == list(range(1, len(versions) + 1)) for versions in told.values())
    for n, each in cases.items():  # every reaction has caught up
        others = [other for key, other in cases.items() if key != n]
        if each.withdrawn_on is not None and (found_last := next_to_count(each, others, each.withdrawn_on)):
            cases[found_last[0].case_id.int] = found_last[0]
    waiting = [each for each in cases.values() if each.held and each.withdrawn_on is None]
    assert sum(each.counts for each in cases.values()) == bool(waiting)
