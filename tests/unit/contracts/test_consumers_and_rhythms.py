"""Which duty rests on which event, when it is at risk, and when a source is silent."""

from datetime import UTC, datetime, timedelta

import pytest
from contracts.consumers import Consumers, DutyState, consumers
from contracts.package_data import load_yaml
from contracts.rhythms import Rhythms, rhythms
from discipline_api.reactions import DisciplineReactions
from progress_store.projection import Projection
from pydantic import ValidationError
from registry_api.standing.consumers import StandingReactions

# A Tuesday, 10 o'clock in China.
TUESDAY = datetime(2026, 11, 24, 2, tzinfo=UTC)
HANDLED = {
    "registry-reactions": StandingReactions.handles,
    "discipline-reactions": DisciplineReactions.handles,
    "progress-projector": Projection.handles,
}


@pytest.mark.parametrize("consumer", HANDLED)
def test_no_event_that_a_consumer_applies_is_without_its_duty(consumer):
    assert [each for each in sorted(HANDLED[consumer]) if consumers().duty(consumer, each) is None] == []
    named = {each for duty in consumers().duties if duty.consumer == consumer for each in duty.event_types}
    assert named - HANDLED[consumer] == set(), "a duty rests on an event that the consumer ignores"


def test_a_term_in_working_days_ends_with_its_last_day_in_china():
    term = consumers().duty("registry-reactions", "lawyers.discipline.sanction.withdrawn.v1").from_event(TUESDAY)
    assert term.due_at == datetime(2026, 11, 27, 16, tzinfo=UTC), "three working days: until Friday's midnight"
    assert term.at_risk_at == TUESDAY + (term.due_at - TUESDAY) * 0.75
    moments = (TUESDAY, term.at_risk_at - timedelta(seconds=1), term.at_risk_at, term.due_at)
    assert [term.state(moment) for moment in moments] == [
        DutyState.PENDING, DutyState.PENDING, DutyState.AT_RISK, DutyState.LOST,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda data: data["duties"].append(data["duties"][0]), "uses an id twice"),
        (lambda data: data["duties"][2].update(consumer="discipline-reactions"), "one duty per consumer"),
        (lambda data: data["duties"][2].update(event_types=["lawyers.registry.firm.ended.v1"]), "of one feed"),
        (lambda data: data["duties"][2].update(rule="discipline.litigation"), "a term in months"),
        (lambda data: data["consumers"][0].update(topics=["nowhere.events"]), "feeds that there are"),
        (lambda data: data["duties"][2].update(event_types=[]), "of one feed"),
    ],
)
def test_consumers_that_contradict_themselves_are_refused(change, error):
    data = load_yaml("consumers.yaml")
    change(data)
    with pytest.raises(ValidationError, match=error):
        Consumers.model_validate(data)


def test_a_source_with_a_season_is_waited_for_within_it():
    rhythm = rhythms().rhythm("registry.assessments")
    heard = datetime(2025, 5, 20, tzinfo=UTC)
    assert rhythm.due_at(heard, TUESDAY) is None
    march = datetime(2026, 3, 10, tzinfo=UTC)
    assert rhythm.due_at(heard, march) == datetime(2026, 2, 28, 16, tzinfo=UTC) + timedelta(days=92)
    assert rhythm.due_at(march, march) == march + timedelta(days=92)


def test_every_region_is_a_source_of_its_own_and_silence_names_what_is_stale():
    rhythm = rhythms().rhythm("registry.changes")
    assert len(rhythm.regions) == 18
    assert rhythm.due_at(TUESDAY, TUESDAY) == TUESDAY + timedelta(days=14)
    assert {"H1", "M05-I1"} <= set(rhythm.stale)
    assert rhythms().rhythm("registry.assessments").stale == ("M12-I3",)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda data: data["rhythms"].append(data["rhythms"][0]), "uses an id twice"),
        (lambda data: data["rhythms"][1].pop("topic"), "heard by events of its feed"),
        (lambda data: data["rhythms"][1].update(topic="rights.events"), "an event of another feed"),
        (lambda data: data["rhythms"][1].update(indicators=["M99-I1"]), "no indicator of the plan"),
    ],
)
def test_rhythms_that_contradict_themselves_are_refused(change, error):
    data = load_yaml("rhythms.yaml")
    change(data)
    with pytest.raises(ValidationError, match=error):
        Rhythms.model_validate(data)
