"""How a report moves, and what an entered row becomes: everything else is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from contracts.reporting import Reporter
from progress_api.refusals import NotCompetent, Refused
from progress_api.reporting import domain
from progress_api.reporting.answers import Entered, answer_of
from progress_api.reporting.domain import Act, AnswerKind, Report, ReportState

from tests.unit.progress.report_forms import item, number, report

NOW = datetime(2026, 7, 20, 15, 59, tzinfo=UTC)
CITY = Act("city", NOW, date(2026, 7, 20))
OFFICER = Act("officer", NOW, date(2026, 7, 20), for_department=True)
OPEN = report(Reporter.CITY_BUREAU)
DRAFT = domain.edited(OPEN, CITY)
SENT = domain.submitted(DRAFT, CITY)
CONFIRMED = domain.confirmed(SENT, OFFICER)
RETURNED = domain.returned(SENT, OFFICER)
CORRECTING = domain.correcting(CONFIRMED, CITY)
STATES = (OPEN, DRAFT, SENT, RETURNED, CONFIRMED, CORRECTING)
MOVES = {
    domain.edited: (CITY, {ReportState.OPEN, ReportState.DRAFT, ReportState.RETURNED, ReportState.CORRECTING}),
    domain.submitted: (CITY, {ReportState.DRAFT, ReportState.RETURNED, ReportState.CORRECTING}),
    domain.returned: (OFFICER, {ReportState.SUBMITTED}),
    domain.confirmed: (OFFICER, {ReportState.SUBMITTED}),
    domain.correcting: (CITY, {ReportState.CONFIRMED}),
}


def test_each_state_is_reached():
    assert [each.state for each in STATES] == [
        ReportState.OPEN, ReportState.DRAFT, ReportState.SUBMITTED, ReportState.RETURNED, ReportState.CONFIRMED,
        ReportState.CORRECTING,
    ]  # fmt: skip


@pytest.mark.parametrize("before", STATES, ids=lambda each: each.state.value)
@pytest.mark.parametrize("move", MOVES, ids=lambda each: each.__name__)
def test_a_move_is_possible_from_its_states_alone(before: Report, move):
    act, states = MOVES[move]
    before = replace(before, submitted_by=None) if move is domain.submitted else before
    if before.state in states:
        assert move(before, act).version == before.version + 1
    else:
        with pytest.raises(Refused) as refused:
            move(before, act)
        assert (refused.value.code, refused.value.conflict) == ("report-state", True)


def test_received_is_the_day_of_the_first_submission_for_good():
    assert SENT.received_on == date(2026, 7, 20)
    assert SENT.events == OPEN.events + 1
    again = domain.submitted(domain.edited(RETURNED, CITY), replace(CITY, today=date(2026, 8, 30)))
    assert (again.received_on, again.events, again.revision) == (date(2026, 7, 20), SENT.events, 2)


def test_a_return_needs_a_change_before_it_is_sent_again():
    with pytest.raises(Refused, match="nothing-changed"):
        domain.submitted(RETURNED, CITY)


def test_saving_a_draft_twice_stays_on_one_revision():
    twice = domain.edited(DRAFT, CITY)
    assert (twice.revision, twice.version) == (1, 3)


@pytest.mark.parametrize("move", [domain.returned, domain.confirmed])
def test_who_submitted_decides_nothing(move):
    with pytest.raises(NotCompetent, match="same-officer"):
        move(SENT, replace(OFFICER, by="city"))


@pytest.mark.parametrize(
    ("begun_by", "other"), [(CITY, OFFICER), (OFFICER, CITY)], ids=["the reporter's", "the department's"]
)
def test_a_correction_belongs_to_who_began_it(begun_by, other):
    opened = domain.correcting(CONFIRMED, begun_by)
    assert opened.confirmed_revision == 1
    assert domain.submitted(domain.edited(opened, begun_by), begun_by).submitted_by == begun_by.by
    for move in (domain.edited, domain.submitted):
        with pytest.raises(NotCompetent, match="not-the-reporter"):
            move(opened, other)


def test_the_department_fills_in_nobodys_report():
    with pytest.raises(NotCompetent):
        domain.edited(OPEN, OFFICER)


@pytest.mark.parametrize(
    ("key", "kind", "fields", "places"),
    [
        ("M18-I2", AnswerKind.NUMBER, {"numerator": 1, "denominator": 2}, []),
        ("M18-I2", AnswerKind.NUMBER, {"amount": 1}, ["items.M18-I2.amount"]),
        ("M18-I3", AnswerKind.NUMBER, {"numerator": 1, "yes": True}, ["items.M18-I3.numerator", "items.M18-I3.yes"]),
        ("M18-I3", AnswerKind.NUMBER, {"amount": 1, "reached_on": date(2026, 1, 1)}, ["items.M18-I3.reached_on"]),
        ("M18-I3", AnswerKind.NIL, {}, []),
        ("M18-I3", AnswerKind.NIL, {"amount": 0}, ["items.M18-I3.amount"]),
        ("M18-I3", AnswerKind.NOT_APPLICABLE, {}, ["items.M18-I3.kind"]),
    ],
)
def test_a_row_is_told_by_its_own_fields(key, kind, fields, places):
    _, faults = answer_of(item(OPEN, key), Entered(kind, fields))
    assert [fault.field for fault in faults] == places


def test_yes_and_no_are_one_and_zero_and_never_a_nil_report():
    party = report(Reporter.CITY_PARTY_COMMITTEE)
    row = item(party, "M01-I2")
    day = date(2026, 3, 1)
    assert answer_of(row, Entered(AnswerKind.NUMBER, {"yes": True, "reached_on": day})) == (
        number(1, reached_on=day), [],
    )  # fmt: skip
    assert answer_of(row, Entered(AnswerKind.NUMBER, {"yes": False}))[0].amount == 0
    assert answer_of(row, Entered(AnswerKind.NUMBER, {}))[0].amount is None
    assert [fault.field for fault in answer_of(row, Entered(AnswerKind.NIL, {}))[1]] == ["items.M01-I2.kind"]
