"""The rules of notices as data: what they may say, and when answers and rectifications are due."""

from datetime import date

import pytest
from contracts.inspections import FindingSeverity, rectification_again_due
from contracts.notices import NoticeColour, NoticeRules, NoticeTrigger, notice_rules
from contracts.working_days import SkipReason
from pydantic import ValidationError


def test_each_trigger_has_a_rule_and_colours_lead_to_red() -> None:
    rules = notice_rules()
    assert {each.trigger for each in rules.rules} == set(NoticeTrigger)
    chain = [NoticeColour.BLUE]
    while (following := rules.colours[chain[-1]].next) is not None:
        chain.append(following)
    assert chain == [NoticeColour.BLUE, NoticeColour.ORANGE, NoticeColour.RED]
    assert [colour for colour, row in rules.colours.items() if row.two_officers] == [NoticeColour.RED]
    assert rules.number(2026, 7) == "督〔2026〕7号"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"id": "report-overdue", "colour": "red", "issues": True}, "two officers"),
        ({"id": "report-overdue", "colour": None}, "names its colour"),
        ({"id": "answer-overdue", "colour": "orange"}, "names its colour"),
        ({"id": "light-red", "new_id": "report-overdue"}, "twice"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(changes: dict[str, object], message: str) -> None:
    data = notice_rules().model_dump()
    row = next(each for each in data["rules"] if each["id"] == changes["id"])
    row.update({("id" if name == "new_id" else name): value for name, value in changes.items() if name != "id"})
    with pytest.raises(ValidationError, match=message):
        NoticeRules.model_validate(data)


def test_a_colour_without_its_row_is_refused() -> None:
    data = notice_rules().model_dump()
    del data["colours"][NoticeColour.ORANGE]
    with pytest.raises(ValidationError, match="each colour"):
        NoticeRules.model_validate(data)


def test_an_unknown_rule_is_named() -> None:
    assert notice_rules().rule("light-red").days == 30
    with pytest.raises(LookupError, match="moon-phase"):
        notice_rules().rule("moon-phase")


def test_an_answer_is_due_in_working_days_past_a_holiday() -> None:
    """Friday 2026-02-13; the Spring Festival is off from the 15th to the 23rd, Saturdays 14 and 28 are worked."""
    due = notice_rules().answer_due(NoticeColour.RED, date(2026, 2, 13))
    assert due.due_on == date(2026, 2, 25)
    assert due.explanation.made_up == (date(2026, 2, 14),)
    assert SkipReason.HOLIDAY in {day.reason for day in due.explanation.skipped}
    assert "春节" in due.explanation.zh
    assert notice_rules().answer_due(NoticeColour.BLUE, date(2026, 3, 2)).due_on == date(2026, 3, 16)
    assert notice_rules().answer_again_due(date(2026, 3, 6)).due_on == date(2026, 3, 11)


@pytest.mark.parametrize(("severity", "due_on"), [("minor", 30), ("serious", 20), ("grave", 10)])
def test_graver_findings_are_put_right_sooner(severity: str, due_on: int) -> None:
    due = FindingSeverity(severity).rectification_due(date(2026, 6, 1))
    assert len(due.explanation.counted) == due_on
    assert len(rectification_again_due(date(2026, 6, 1)).explanation.counted) == 10


def test_a_rule_fills_in_what_its_text_is_about() -> None:
    text = notice_rules().rule("report-overdue").text("郑州市2026Q1进展报送", date(2026, 4, 16))
    assert text.startswith("郑州市2026Q1进展报送自2026年4月16日起逾期未报")
