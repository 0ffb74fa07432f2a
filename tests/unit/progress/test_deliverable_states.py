"""States of a deliverable: what may follow what, and that nothing is delivered on any day without evidence that day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from contracts.deliverables import DeliverableState, EvidenceKind
from hypothesis import given, settings
from hypothesis import strategies as st
from progress_api.deliverables.domain import (
    Entry,
    Evidence,
    StateEntry,
    Withdrawal,
    Work,
    check_evidence,
    check_withdrawal,
    record_state,
)
from progress_api.refusals import NotCompetent, Refused

TODAY = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 1, tzinfo=UTC)
PLANNED, WORKING, DELIVERED, VERIFIED = DeliverableState
EMPTY = Work(uuid4(), "M12-D1", None, 0)


def entry(by: str = "a") -> Entry:
    return Entry(by, AT)


def said(work: Work, state: DeliverableState, on: date, *, by: str = "a", reason: str | None = "原因") -> Work:
    new = StateEntry(work.version + 1, state, on, reason, entry(by))
    record_state(work, new, today=TODAY)
    return replace(work, version=new.version, states=(*work.states, new))


def added(work: Work, on: date) -> Work:
    piece = Evidence(uuid4(), work.version + 1, EvidenceKind.LINK, on, None, entry(), url="https://x.cn")
    check_evidence(work, piece, today=TODAY)
    return replace(work, version=piece.version, evidence=(*work.evidence, piece))


def withdrawn(work: Work, evidence_id: UUID, on: date) -> Work:
    piece = work.piece(evidence_id)
    check_withdrawal(work, piece, on=on, today=TODAY)
    gone = replace(piece, withdrawal=Withdrawal(work.version + 1, "原因", on, entry()))
    rest = tuple(gone if item is piece else item for item in work.evidence)
    return replace(work, version=work.version + 1, evidence=rest)


FOLLOWS = {
    None: {PLANNED, WORKING, DELIVERED},
    PLANNED: {WORKING, DELIVERED},
    WORKING: {DELIVERED},
    DELIVERED: {WORKING, VERIFIED},
    VERIFIED: {WORKING},
}


@pytest.mark.parametrize("before", [None, *DeliverableState])
@pytest.mark.parametrize("after", [*DeliverableState])
def test_what_may_follow_what(before: DeliverableState | None, after: DeliverableState) -> None:
    work = added(EMPTY, date(2026, 1, 1))
    on = date(2026, 2, 1)
    if before is VERIFIED:
        work = said(said(work, DELIVERED, on), VERIFIED, on, by="b")
    elif before is not None:
        work = said(work, before, on)
    if after in FOLLOWS[before]:
        assert said(work, after, on, by="c").on(on).state == said(work, after, on, by="c").states[-1]
    else:
        with pytest.raises(Refused) as refused:
            said(work, after, on, by="c")
        assert refused.value.code == "state-cannot-follow"


def test_who_said_delivered_does_not_verify_and_a_return_says_why() -> None:
    delivered = said(added(EMPTY, date(2026, 1, 1)), DELIVERED, date(2026, 1, 2))
    with pytest.raises(NotCompetent):
        said(delivered, VERIFIED, date(2026, 1, 3))
    with pytest.raises(Refused) as refused:
        said(delivered, WORKING, date(2026, 1, 3), reason=None)
    assert refused.value.field == "reason"


@pytest.mark.parametrize(("on", "code"), [(date(2026, 7, 1), "day-in-future"), (date(2025, 12, 31), "day-before-last")])
def test_a_state_is_of_no_day_to_come_and_none_before_the_last(on: date, code: str) -> None:
    work = said(added(EMPTY, date(2025, 1, 1)), WORKING, date(2026, 1, 1))
    with pytest.raises(Refused) as refused:
        said(work, DELIVERED, on)
    assert (refused.value.code, refused.value.field) == (code, "on")


def test_a_deliverable_with_a_target_takes_no_state() -> None:
    with pytest.raises(Refused) as refused:
        said(replace(EMPTY, deliverable_id="M10-D4"), PLANNED, TODAY)
    assert refused.value.code == "state-is-the-targets"


DAYS = st.integers(0, 20).map(lambda n: TODAY - timedelta(days=n))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.sampled_from(list(DeliverableState)), DAYS, st.sampled_from("ab")),
        st.tuples(st.just("add"), DAYS),
        st.tuples(st.just("withdraw"), st.integers(0, 5), DAYS),
    ),
    max_size=25,
)


@given(STEPS)
@settings(max_examples=400, deadline=None)
def test_on_no_day_is_anything_delivered_without_evidence_of_that_day(steps: list[tuple[object, ...]]) -> None:
    work = EMPTY
    for step in steps:
        try:
            match step:
                case ("say", DeliverableState() as state, date() as on, str() as by):
                    work = said(work, state, on, by=by)
                case ("add", date() as on):
                    work = added(work, on)
                case ("withdraw", int() as which, date() as on) if which < len(work.evidence):
                    work = withdrawn(work, work.evidence[which].evidence_id, on)
        except Refused:
            continue
    for n in range(25):
        shown = work.on(TODAY - timedelta(days=n))
        if shown.state is not None and shown.state.state in (DELIVERED, VERIFIED):
            assert shown.evidence
    for before, after in zip(work.states, work.states[1:], strict=False):
        if after.state is VERIFIED:
            assert before.entry.by != after.entry.by
