from datetime import date, datetime, timedelta

import pytest
from contracts.deadlines import RuleBasis, UnknownRule, rule, rules
from contracts.working_days import SHANGHAI, Clock


@pytest.mark.parametrize(
    ("rule_id", "value", "clock"),
    [
        ("discipline.publication", 7, Clock.WORKING),
        ("discipline.withdrawal", 3, Clock.WORKING),
        ("discipline.decision", 90, Clock.CALENDAR),
        ("rights.triage", 2, Clock.WORKING),
        ("rights.needs-info", 5, Clock.WORKING),
        ("rights.with-organ", 10, Clock.CALENDAR),
        ("rights.with-procuratorate", 10, Clock.CALENDAR),
        ("rights.reply", 2, Clock.WORKING),
        ("rights.objection", 10, Clock.CALENDAR),
        ("rights.monitoring", 30, Clock.CALENDAR),
        ("rights.fast-lane.contact", 1, Clock.HOURS),
        ("rights.fast-lane.call", 2, Clock.HOURS),
        ("rights.fast-lane.province", 4, Clock.HOURS),
        ("rights.fast-lane.national", 24, Clock.HOURS),
        ("rights.meeting", 48, Clock.HOURS),
        ("rights.file-access", 3, Clock.WORKING),
    ],
)
def test_the_limits_are_as_the_domain_notes_say(rule_id, value, clock):
    assert (rule(rule_id).value, rule(rule_id).clock) == (value, clock)


def test_only_what_was_read_is_verified():
    for row in rules().values():
        assert row.verified == (row.basis is RuleBasis.LAW), row.id


def test_clock_and_unit_agree():
    for row in rules().values():
        assert (row.unit in ("minutes", "hours")) == (row.clock is Clock.HOURS), row.id
        assert not (row.rolls and row.clock is not Clock.CALENDAR), row.id
        assert not (row.excludes_first_hour and row.clock is not Clock.HOURS), row.id
        assert row.note_zh, row.id
        assert row.note_en, row.id


def test_every_row_gives_an_end_after_its_start():
    start = datetime(2026, 9, 22, 10, 20, tzinfo=SHANGHAI)
    for row in rules().values():
        if row.unit == "minutes":
            assert row.span > timedelta(0)
        elif row.unit == "months":
            assert row.ends_on(start) > start.date()
        else:
            assert row.deadline(start).due_at > start


def test_an_unverified_limit_says_so_where_it_decides():
    weak = rule("rights.triage").deadline(date(2026, 3, 2)).explanation
    assert not weak.verified
    assert "尚未核对" in weak.zh
    assert "not been checked" in weak.en
    own = rule("rights.needs-info").deadline(date(2026, 3, 2)).explanation
    assert "并非法定" in own.zh
    read = rule("discipline.publication").deadline(date(2026, 3, 2)).explanation
    assert read.verified
    assert "核对" not in read.zh


def test_a_term_in_months_has_an_end_and_no_count():
    assert rule("discipline.display-cap").ends_on(date(2024, 2, 29)) == date(2029, 2, 28)
    with pytest.raises(ValueError, match="months"):
        rule("discipline.display-cap").deadline(date(2024, 2, 29))
    with pytest.raises(ValueError, match="use deadline"):
        rule("rights.triage").ends_on(date(2024, 2, 29))


def test_a_meeting_is_due_48_hours_after_the_hour_of_the_request():
    asked = datetime(2026, 10, 1, 9, 5, tzinfo=SHANGHAI)
    assert rule("rights.meeting").deadline(asked).due_at == datetime(2026, 10, 3, 10, 0, tzinfo=SHANGHAI)


def test_the_fast_lane_runs_from_the_minute():
    asked = datetime(2026, 10, 1, 9, 5, tzinfo=SHANGHAI)
    assert rule("rights.fast-lane.contact").deadline(asked).due_at == asked + timedelta(hours=1)


def test_an_unknown_rule_is_an_error():
    with pytest.raises(UnknownRule):
        rule("rights.no-such-limit")
