"""Rules of remarks: the mark beside a record, who is who, when a record can be repaired; the cap of every display."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from contracts.conduct import OrganKind
from contracts.deadlines import rule
from contracts.discipline_events import Penalty, SubjectKind
from contracts.identifiers import LicenceNumber, unchanging
from contracts.working_days import months_after
from discipline_api.display.rendering import disappears, shown
from discipline_api.display.store import SqlDisplay
from discipline_api.organs import Organ
from discipline_api.record.domain import Decision, Sanction, Subject
from discipline_api.record.publicity import CAP, DisplayClass, term_of
from discipline_api.record.revisions import Correction, correct, shorten
from discipline_api.record.tariff import SUSPENSIONS, WITH_TERM, Imposed
from discipline_api.refusals import Refused
from discipline_api.remarks.domain import Ground, Objection, ObjectionState, Remedy, mark_of
from discipline_api.remarks.repair import possible_from
from hypothesis import given
from hypothesis import strategies as st

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
NOON = datetime(2026, 6, 10, 4, tzinfo=UTC)


def sanction(imposed: Imposed, decided_on: date = date(2026, 4, 29), to_on: date | None = None, **more) -> Sanction:
    organ = Organ(OrganKind.BUREAU, "410100", "zz")
    subject = Subject(SubjectKind.LAWYER, "赵铁柱", "14101201010123456", None, "秘名所")
    from_on = to_on and months_after(to_on, -(imposed.suspension_months or 0))
    decision = Decision(
        organ, "郑司罚决字〔2026〕1号", subject, "L48.1", imposed, decided_on, decided_on, decided_on,
        from_on or decided_on, "略", to_on,
    )  # fmt: skip
    return Sanction(UUID(int=1), 2, decision, term_of(imposed, decided_on, to_on), {}, published_on=decided_on, **more)


@given(
    decided_on=DAYS,
    kinds=st.sets(st.sampled_from(Penalty), min_size=1).map(tuple),
    waits=st.integers(0, 4000),
    months=st.integers(1, 24),
)
def test_d21_no_display_whatever_was_imposed_outlasts_the_cap(decided_on, kinds, waits, months):
    has_term = bool(WITH_TERM & set(kinds))
    to_on = months_after(decided_on + timedelta(waits), months) if has_term else None
    term = term_of(Imposed(kinds, suspension_months=months if has_term else None), decided_on, to_on)
    capped_to = rule(CAP).ends_on(decided_on) + timedelta(days=1)
    assert term.display_to_on <= capped_to
    assert term.record_to_on >= term.display_to_on
    told = disappears(term)
    assert (told["gone_on"], told["rule"]) == (term.display_to_on, term.rule_id)
    if to_on is not None and to_on > capped_to:
        assert (term.display_to_on, term.rule_id) == (capped_to, CAP)
        assert "60个月" in told["zh"]
    if to_on is not None and SUSPENSIONS & set(kinds):
        assert term.record_to_on > to_on


async def test_d21_nothing_is_put_on_display_beyond_the_cap():
    page = shown(sanction(Imposed((Penalty.REVOCATION,))))
    capped_to = rule(CAP).ends_on(page.decided_on) + timedelta(days=1)
    nothing_is_written = SqlDisplay(None)  # refused before the database is touched
    with pytest.raises(ValueError, match="cap"):
        await nothing_is_written.show(replace(page, gone_on=capped_to + timedelta(days=1)), NOON)
    with pytest.raises(ValueError, match="never prolonged"):
        await nothing_is_written.shorten(page, page.gone_on + timedelta(days=1), {}, NOON)


@given(decided_on=DAYS, kind=st.sampled_from(Penalty), display_days=st.integers(1, 2000))
def test_d21_a_repair_shortens_the_display_and_nothing_else(decided_on, kind, display_days):
    months = 3 if kind in WITH_TERM else None
    to_on = months_after(decided_on, 3) if months else None
    before = sanction(Imposed((kind,), suspension_months=months), decided_on, to_on)
    end = decided_on + timedelta(days=display_days)
    if end > before.term.display_to_on:
        with pytest.raises(ValueError, match="never prolonged"):
            shorten(before, end, end)
        return
    after, event = shorten(before, end - timedelta(days=1), end)
    assert (after.version, event.version, event.display_to_on) == (3, 3, end)
    assert after.term.record_to_on == before.term.record_to_on
    assert (after.decision, after.deadlines) == (before.decision, before.deadlines)
    told = disappears(after.term)
    assert (told["ending"], told["gone_on"], told["rule"]) == ("repaired", end, "discipline.repair-decision")


def test_d21_each_class_has_its_shortest_display_before_it_can_be_repaired():
    decided = date(2026, 4, 29)
    for kind, first in (
        (Penalty.WARNING, decided),  # 轻微: no shortest term was found
        (Penalty.FINE, date(2026, 7, 30)),
        (Penalty.PUBLIC_CENSURE, date(2026, 7, 30)),
        (Penalty.REVOCATION, date(2027, 4, 30)),
        (Penalty.MEMBERSHIP_CANCELLATION, date(2027, 4, 30)),
    ):
        assert possible_from(sanction(Imposed((kind,)))) == first
    served = sanction(Imposed((Penalty.SUSPENSION,), suspension_months=6), decided, date(2026, 11, 6))
    assert possible_from(served) == date(2026, 11, 6)
    for display in DisplayClass:
        term = replace(served.term, display=display)
        assert (term.shortest is None) is (display is DisplayClass.MINOR)
        assert term.shortest is None or not term.shortest.verified


def test_a_correction_changes_what_it_names_and_tells_only_names_of_fields():
    before = sanction(Imposed((Penalty.FINE,), fine_yuan=5000), facts="旧")
    after, event = correct(before, Correction(name="赵铁栓", facts="新", facts_checked_by="经办人"), date(2026, 6, 10))
    assert (after.decision.subject.name, after.decision.subject.firm_name, after.facts) == ("赵铁栓", "秘名所", "新")
    assert event.fields == ["name", "facts"]
    assert "赵铁栓" not in event.model_dump_json()
    assert after.facts_checked_by == "经办人"
    with pytest.raises(Refused, match="facts-not-checked"):
        correct(before, Correction(facts="新"), date(2026, 6, 10))
    with pytest.raises(Refused, match="nothing-corrected"):
        correct(before, Correction(name="赵铁柱", facts="旧", facts_checked_by="经办人"), date(2026, 6, 10))


def objection(state: ObjectionState, filed: int, remedy: Remedy | None = None, answered: int = 20) -> Objection:
    return Objection(
        UUID(int=filed), UUID(int=1), 1, Ground.OTHER, state, by_officer=False, filed_at=NOON,
        filed_on=date(2026, 6, filed), gone_on=date(2027, 4, 30), remedy=remedy,
        answered_on=None if state is ObjectionState.OPEN else date(2026, 6, answered),
    )  # fmt: skip


@given(
    st.lists(
        st.builds(
            lambda state, filed, remedy: objection(state, filed, remedy if state is ObjectionState.UPHELD else None),
            st.sampled_from([ObjectionState.OPEN, ObjectionState.UPHELD, ObjectionState.REJECTED]),
            st.integers(1, 19),
            st.sampled_from(Remedy),
        )
    )
)
def test_the_mark_says_contested_while_any_is_open_and_else_only_that_it_was_corrected(objections):
    mark = mark_of(objections)
    open_since = [each.filed_on for each in objections if each.state is ObjectionState.OPEN]
    if open_since:
        assert (mark["state"], mark["since"]) == ("open", min(open_since).isoformat())
    elif any(each.remedy is Remedy.CORRECTED for each in objections):
        assert mark["state"] == "corrected"
    else:
        assert mark is None
    assert mark is None or set(mark) == {"since", "state", "zh", "en"}  # neither ground nor text


def test_a_lawyer_is_one_under_all_numbers_of_the_province_and_no_other():
    number = LicenceNumber.parse("14101201010123456")
    mine = {
        unchanging(str(number.rewritten(region, category)))
        for region, category in product(["410300", "410100"], [1, 2])
    }
    assert mine == {unchanging(str(number))}
    for other in (
        "14101201010123457",
        "14101201110123456",
        "14101201011123456",
        "11101201010123456",
        "",
        "140198512345",
    ):
        assert unchanging(other) not in mine
    assert unchanging("31410000MD01234567") == "31410000MD01234567"
