"""The states of a notice: whatever is tried in whatever order, red has two officers and an end is an end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from contracts.notices import NoticeColour, NoticeSubject, notice_rules
from contracts.reporting import Reporter
from hypothesis import given
from hypothesis import strategies as st
from progress_api.notices import domain
from progress_api.notices.domain import Act, Notice, Number, State, Step, StepKind, Subject
from progress_api.notices.use_cases import is_due
from progress_api.organisations import Organisation
from progress_api.refusals import Refused

MORNING = datetime(2026, 3, 2, 1, tzinfo=UTC)


def act(by: str = "a", days: int = 0) -> Act:
    at = MORNING + timedelta(days=days)
    return Act(by, at, at.date())


def fresh() -> Notice:
    subject = Subject(NoticeSubject.MEASURE, "M05")
    return Notice(UUID(int=1), Organisation(Reporter.CITY_BUREAU, "410100"), subject, "x", MORNING)


def issued(colour: NoticeColour = NoticeColour.BLUE) -> Notice:
    proposed, _ = domain.propose(fresh(), colour, act())
    notice, _ = domain.agree(proposed, act())
    return replace(notice, number=Number(2026, 1))


@pytest.mark.parametrize(
    ("now", "late"),
    [
        ("2026-03-16T15:59:59+00:00", False),  # 23:59:59 of the due day in China
        ("2026-03-16T16:00:00+00:00", True),
        ("2027-01-01T00:00:00+00:00", True),
    ],
)
def test_overdue_is_read_from_the_time(now: str, late: bool) -> None:
    notice = issued()
    assert notice.due_on == date(2026, 3, 16)
    since = notice.overdue_since(datetime.fromisoformat(now))
    assert since == (datetime(2026, 3, 16, 16, tzinfo=UTC) if late else None)
    answered, _ = domain.answer(notice, "x", (), act())
    assert answered.overdue_since(datetime.fromisoformat(now)) is None


@pytest.mark.parametrize(("days", "on", "due"), [(0, 0, True), (5, 4, False), (5, 5, True), (30, 29, False)])
def test_a_rule_waits_for_its_full_days(days: int, on: int, due: bool) -> None:
    rule = notice_rules().rule("light-red").model_copy(update={"days": days})
    since = date(2026, 2, 26)
    assert is_due(rule, since, since + timedelta(days=on)) is due


@pytest.mark.parametrize(("days", "after", "escalates"), [(0, 0, False), (0, 1, True), (3, 3, False), (3, 4, True)])
def test_what_is_unanswered_escalates_after_the_rules_days(days: int, after: int, escalates: bool) -> None:
    notice = issued()
    assert notice.due_on is not None
    assert domain.is_to_be_escalated(notice, days, notice.due_on + timedelta(days=after)) is escalates


MOVES: dict[str, Callable[[Notice, Act], domain.Moved]] = {
    "agree": domain.agree,
    "escalate": lambda notice, act: domain.propose(notice, domain.next_colour(notice), act),
    "answer": lambda notice, act: domain.answer(notice, "x", (), act),
    "accept": domain.accept,
    "send back": lambda notice, act: domain.send_back(notice, "x", act),
    "close": domain.close,
    "withdraw": lambda notice, act: domain.withdraw(notice, "x", act),
}


@given(
    st.sampled_from(list(NoticeColour)),
    st.lists(st.tuples(st.sampled_from(sorted(MOVES)), st.sampled_from("ab")), max_size=25),
)
def test_in_whatever_order_red_has_two_officers_colours_only_rise_and_an_end_is_an_end(
    colour: NoticeColour, moves: list[tuple[str, str]]
) -> None:
    notice, _ = domain.propose(replace(fresh(), notice_id=uuid4()), colour, act())
    order, steps = list(NoticeColour), list[Step]()
    for day, (name, by) in enumerate(moves):
        before = notice
        try:
            notice, step = MOVES[name](before, act(by, day))
        except Refused:
            continue
        steps.append(step)
        assert before.state not in (State.CLOSED, State.WITHDRAWN)
        if before.colour is not None:
            assert notice.colour is not None
            assert order.index(notice.colour) >= order.index(before.colour)
        if step.kind in (StepKind.ISSUED, StepKind.ESCALATED, StepKind.RETURNED):
            assert (step.due_on, notice.state) == (notice.due_on, State.ISSUED)
            assert step.due_on is not None
            assert step.due_on > act(by, day).today
        if step.kind in (StepKind.ISSUED, StepKind.ESCALATED) and step.colour is NoticeColour.RED:
            assert step.second is not None
            assert step.second != step.by
        # What the database demands of every row.
        assert (notice.state is State.PROPOSED) == (notice.colour is None) or notice.state is State.WITHDRAWN
        assert notice.pending is None or notice.state in (State.PROPOSED, State.ISSUED)
        assert notice.state is not State.PROPOSED or notice.pending is not None
        assert notice.events <= notice.version
    if notice.state is State.CLOSED:
        assert StepKind.ACCEPTED in {step.kind for step in steps}
