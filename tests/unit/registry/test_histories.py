"""Any sequence of lifecycle events: what was recorded can be read again, on both axes, and adds up to what is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from contracts.identifiers import LicenceNumber
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_api.changes.domain import Happened, Officer, Public, merged_away, rendered
from registry_api.register.disclosure import disclose
from registry_api.register.history import History, Recorded, Step
from registry_api.register.lawyer import Lawyer, LicenceEndGround, SealedIdCard, license_person
from registry_api.register.practice import Place
from registry_api.register.record import internal_record, public_record
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing
from registry_api.register.versions import packed, unpacked
from registry_api.timeline.domain import changes_of

TODAY, BORN = date(2026, 6, 10), date(2020, 1, 1)
FIRMS = {region: UUID(int=int(region)) for region in ("410100", "410300", "419001")}
INSTITUTION = Place("410100", institution="郑州市司法局")


def _event(event: Any, position: int) -> Recorded:
    at = datetime(2026, 6, 10, tzinfo=UTC) + timedelta(seconds=position)
    return Recorded(event.version, event.event_type, position, at, event.model_dump(mode="json"))


def _step(lawyer: Lawyer, kind: str, on: date, choice: int) -> tuple[Lawyer, Any]:
    region = sorted(FIRMS)[choice % 3]
    number = LicenceNumber.parse(f"1{region[:4]}{on.year}10{lawyer.serial}")
    match kind:
        case "move":
            made: Any = lawyer.move(Place(region, FIRMS[region]), on=on, today=TODAY, category=1 + choice % 2)
        case "leave firms":
            made = lawyer.move(INSTITUTION, on=on, today=TODAY, category=6)
        case "category":
            made = lawyer.change_category(1 + choice % 7, on=on, today=TODAY)
        case "end":
            made = lawyer.end_licence(LicenceEndGround.OWN_REQUEST, on=on, today=TODAY)
        case "license anew":
            made = lawyer.relicense(number, Place(region, FIRMS[region]), on=on, today=TODAY)
        case "correct":
            made = lawyer.correct_practice(today=TODAY, from_on=on)
        case "id number":
            made = lawyer.change_details(on=on, id_card=SealedIdCard(bytes([choice]), bytes([choice])))
        case _:
            made = lawyer.change_details(on=on, name=f"张{choice}")
    changed: tuple[Lawyer, Any] = made
    return changed


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "leave firms", "category", "end", "license anew", "correct", "id number", "name"]),
        st.integers(0, (TODAY - BORN).days),
        st.integers(0, 6),
    ),
    max_size=12,
)


def _history(steps: list[tuple[str, int, int]]) -> History[Lawyer]:
    lawyer, event = license_person(
        name="张三",
        number=LicenceNumber.parse("14101202010000001"),
        place=Place("410100", FIRMS["410100"]),
        first_licensed_on=BORN,
        from_on=BORN,
        today=TODAY,
    )
    found = [Step(lawyer, _event(event, 1))]
    for kind, days, choice in steps:
        try:
            changed, event = _step(lawyer, kind, BORN + timedelta(days=days), choice)
        except Refused:
            continue
        if event is not None:
            lawyer = replace(changed, earlier=())
            found.append(Step(lawyer, _event(event, len(found) + 1)))
    return History(found)


def _as_stored(lawyer: Lawyer) -> Lawyer:
    return replace(lawyer, id_card=None, earlier=())


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_as_of_today_and_as_recorded_at_the_head_are_the_current_state(steps):
    history = _history(steps)
    assert history.on(TODAY) == history.latest
    for position, step in enumerate(history.steps, start=1):
        known = history.known_at(position)
        assert known is not None
        assert known.latest == step.state
        assert known.on(TODAY) == step.state
        assert unpacked(Lawyer, packed(step.state)) == _as_stored(step.state)
    assert history.known_at(0) is None
    assert history.on(BORN - timedelta(days=1)) is None or len(steps) > 0  # a correction may set an earlier day


@given(STEPS, st.integers(0, (TODAY - BORN).days))
@settings(max_examples=60, deadline=None)
def test_a_day_shows_the_practice_that_held_on_it(steps, days):
    day = BORN + timedelta(days=days)
    latest = (history := _history(steps)).latest
    then = history.on(day)
    shown = disclose(latest, day, today=TODAY, entitled=True)
    if then is None:
        assert shown.standing is Standing.NOT_YET
        return
    assert then.licensed == shown.licensed
    assert then.practice.practice_id == [p for p in latest.practices if p.from_on <= day][-1].practice_id


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_file_taken_anywhere_and_the_changes_after_it_make_the_current_record(steps):
    history = _history(steps)
    readers = [
        (Public(), public_record),
        (Officer(frozenset(FIRMS), frozenset()), internal_record),
        (Officer(frozenset({"410300"}), frozenset()), lambda e: internal_record(e) if e.region == "410300" else None),
    ]
    states = [step.state for step in history.steps]
    for reader, record_of in readers:
        current = record_of(states[-1])
        for taken in range(len(states) + 1):
            held = record_of(states[taken - 1]) if taken else None
            version = 0 if held is None else held["version"]
            for place, step in enumerate(history.steps):
                entry = rendered(_happened(states, place, step), reader)
                if entry is not None and entry["version"] > version:
                    held, version = entry["record"], entry["version"]
            assert (None if held is None or held.get("gone") else held) == current


def _happened(states: list[Lawyer], place: int, step: Step[Lawyer]) -> Happened:
    assert step.recorded is not None
    return Happened(
        position=place + 1,
        kind="lawyer",
        entity_id=step.state.lawyer_id,
        region=step.state.region,
        event=step.recorded,
        before=states[place - 1] if place else None,
        after=step.state,
        current=states[-1],
    )


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_a_timeline_adds_up(steps):
    history = _history(steps)
    held: dict[str, Any] = {}
    for change in changes_of(history):
        for field in change.changes:
            if not field.withheld:
                assert held.get(field.field) == field.before
                held[field.field] = field.after
    told = internal_record(history.latest)
    assert {name: value for name, value in told.items() if name not in {"kind", "id", "version"}} == {
        name: held.get(name) for name in told if name not in {"kind", "id", "version"}
    }
    assert "id_card" not in str(held)


def test_somebody_found_to_be_registered_twice_is_nameless_in_every_change():
    history = _history([("move", 100, 1)])
    states = [step.state for step in history.steps]
    twin = replace(states[-1], merged_into=uuid4())
    assert merged_away(twin)
    for reader in (Public(), Officer(frozenset(FIRMS), frozenset())):
        for place, step in enumerate(history.steps):
            entry = rendered(replace(_happened(states, place, step), current=twin), reader)
            assert entry is not None
            assert (entry["record"]["reason"], entry["changed"], entry["cause"]) == ("merged", [], None)
            assert "张三" not in str(entry)
