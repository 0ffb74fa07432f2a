"""The machines as data: whole, without dead ends, and nothing beside them is ever possible."""

from itertools import product
from pathlib import Path

import pytest
from contracts.conduct import OrganKind
from contracts.deadlines import rules
from contracts.proceedings import ProceedingKind, Reach, RemedyTrack, guards, machine, machines
from discipline_api.migrations import __path__ as migrations
from discipline_api.proceedings.details import Details
from discipline_api.proceedings.domain import GUARDS, possible_from
from discipline_api.proceedings.forms import DETAILS
from discipline_api.refusals import NotCompetent, Refused

from .cases import actor, attempt, full, states

STRUCTURAL = {"d01-county-only-proposes", "competent-organ", "state", "fields", "dates-in-order", "not-recused"}
"""Guards that stand before every step."""
NOT_HERE = {"state", "competent-organ", "d01-county-only-proposes"}


def organs_of(kind):
    return machine(kind).organs


def competent(step, organ, acting):
    own, over = acting is organ, (acting, organ) == (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION)
    return acting in step.organs and ((own and Reach.OWN in step.reach) or (over and Reach.ABOVE in step.reach))


@pytest.mark.parametrize("kind", list(ProceedingKind))
def test_whatever_is_not_in_the_data_is_refused_and_nothing_in_the_data_is_refused_by_the_machine(kind):
    possible = refused = 0
    codes = sorted({step.code for rows in machines().values() for step in rows.steps})
    tracks = list(RemedyTrack) if kind is ProceedingKind.ADMINISTRATIVE else [RemedyTrack.NONE]
    for organ, (_, state), track, code, acting in product(
        organs_of(kind), [each for each in states() if each[0] is kind], tracks, codes, OrganKind
    ):
        case, step = full(state, organ, track), machine(kind).step(code)
        legal = step is not None and competent(step, organ, acting) and possible_from(case, step)
        try:
            attempt(case, code, by=actor(acting))
            found = None
        except Refused as refusal:
            found = refusal
        if legal:
            possible += 1
            assert found is None or found.extra["guard"] not in NOT_HERE, (state, track, code, organ, acting)
            continue
        refused += 1
        assert found is not None, (state, track, code, organ, acting)
        assert found.extra["guard"] in NOT_HERE, (state, track, code, organ, acting)
        wrong_organ = step is not None and not competent(step, organ, acting)
        assert isinstance(found, NotCompetent) is wrong_organ
    assert possible > 50
    assert refused > 20 * possible


@pytest.mark.parametrize("kind", list(ProceedingKind))
def test_every_state_is_reached_and_every_state_but_an_end_is_left(kind):
    rows = machine(kind)
    reached, open_states = {rows.initial}, [rows.initial]
    while open_states:
        state = open_states.pop()
        for step in rows.steps:
            if state not in step.from_:
                continue
            for to in {step.to or state, *step.to_by.values()} - reached:
                reached.add(to)
                open_states.append(to)
    assert reached == {state.code for state in rows.states}
    for state in rows.states:
        leaving = {step.code for step in rows.steps if state.code in step.from_ and (step.to or step.to_by)}
        later = {"close-review", "close-litigation"}  # a closed decision may still fall
        assert bool(leaving - (later if state.end else set())) is not state.end, state.code


def test_every_guard_of_the_data_is_code_and_none_is_beside_it():
    assert set(guards()) - STRUCTURAL == set(GUARDS)
    used = {guard for rows in machines().values() for step in rows.steps for guard in step.guards}
    assert used == set(GUARDS)


def test_what_a_step_needs_or_may_say_is_what_its_form_and_the_domain_know():
    fields = set(Details.__dataclass_fields__)
    by_step = {}
    for rows in machines().values():
        for step in rows.steps:
            by_step.setdefault(step.code, set()).update((*step.needs, *step.may))
    assert by_step.keys() == DETAILS.keys()
    for code, said in by_step.items():
        assert set(DETAILS[code].model_fields) == said, code
        assert said <= fields, code


def test_deadlines_name_rules_and_only_the_law_is_called_verified():
    for rows in machines().values():
        for each in (rows.acceptance, *(begins for step in rows.steps for begins in step.begins)):
            assert each.rule in rules()
        for step in rows.steps:
            assert step.verified is (step.basis.value == "law"), step.code
            assert step.source


def test_the_database_knows_the_same_states():
    [path] = migrations
    text = (Path(path) / "0004_proceedings.py").read_text(encoding="utf-8")
    for _, state in states():
        assert f"'{state}'" in text, state
