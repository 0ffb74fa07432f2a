"""督办 of the plan: colours, subjects, and the rules that put a notice before an officer (notices.yaml)."""

from datetime import date
from functools import lru_cache
from typing import Self

from pydantic import model_validator

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen
from contracts.working_days import Deadline


class NoticeColour(LabelledEnum):
    BLUE = "blue", "蓝色督办", "blue notice"
    ORANGE = "orange", "橙色督办", "orange notice"
    RED = "red", "红色督办", "red notice"


class NoticeSubject(LabelledEnum):
    """What a notice is about. `report`: by its id; the others by their code in the plan."""

    MEASURE = "measure", "举措或工作要求", "measure or work requirement"
    INDICATOR = "indicator", "指标", "indicator"
    DELIVERABLE = "deliverable", "任务成果", "deliverable"
    REPORT = "report", "进展报送", "progress report"


class NoticeTrigger(LabelledEnum):
    REPORT_OVERDUE = "report-overdue", "报送逾期", "a report is overdue"
    MILESTONE_OVERDUE = "milestone-overdue", "节点逾期", "a milestone is overdue"
    LIGHT_RED = "light-red", "持续红灯", "a light has been red for days"
    ANSWER_OVERDUE = "answer-overdue", "督办逾期未复", "a notice has not been answered in time"


class ColourRule(Frozen):
    """answer: the row of rules.yaml that dates the answer; next: what it escalates to."""

    answer: str
    next: NoticeColour | None
    two_officers: bool


class NoticeRule(Frozen):
    """days: full days since the first on which it is so. colour: None for the next one of the notice at hand.

    text_zh: of the notice; `{subject}` and `{since}` are filled in.
    """

    id: str
    trigger: NoticeTrigger
    days: int
    colour: NoticeColour | None
    issues: bool
    text_zh: str

    def text(self, subject: str, since: date) -> str:
        day = f"{since.year}年{since.month}月{since.day}日"
        return self.text_zh.format(subject=subject, since=day)


class NoticeRules(Frozen):
    verified: bool
    number_zh: str
    answer_again: str
    colours: dict[NoticeColour, ColourRule]
    rules: tuple[NoticeRule, ...]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if set(self.colours) != set(NoticeColour):
            raise ValueError("each colour needs its row")
        if len({each.id for each in self.rules}) < len(self.rules):
            raise ValueError("notices.yaml uses an id twice")
        for each in self.rules:
            if (each.colour is None) != (each.trigger is NoticeTrigger.ANSWER_OVERDUE):
                raise ValueError(f"{each.id}: a rule names its colour, unless it takes the next one")
            if each.issues and each.colour is not None and self.colours[each.colour].two_officers:
                raise ValueError(f"{each.id}: a colour of two officers is not issued by a rule")
        return self

    def of(self, trigger: NoticeTrigger) -> tuple[NoticeRule, ...]:
        return tuple(each for each in self.rules if each.trigger is trigger)

    def rule(self, rule_id: str) -> NoticeRule:
        """Raises LookupError."""
        return next((each for each in self.rules if each.id == rule_id), None) or _unknown(rule_id)

    def number(self, year: int, sequence: int) -> str:
        return self.number_zh.format(year=year, sequence=sequence)

    def answer_due(self, colour: NoticeColour, from_on: date) -> Deadline:
        """When a notice that is issued or escalated on `from_on` must be answered."""
        return rule(self.colours[colour].answer).deadline(from_on)

    def answer_again_due(self, from_on: date) -> Deadline:
        """When an answer that is sent back on `from_on` must come again."""
        return rule(self.answer_again).deadline(from_on)


def _unknown(rule_id: str) -> NoticeRule:
    raise LookupError(rule_id)


@lru_cache(maxsize=1)
def notice_rules() -> NoticeRules:
    return NoticeRules.model_validate(load_yaml("notices.yaml"))
