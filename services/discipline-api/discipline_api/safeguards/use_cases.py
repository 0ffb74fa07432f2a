"""The department chooses a reading; an organ puts an assessment on record."""

from datetime import date, datetime
from typing import Protocol

from contracts.disclosure import DisclosureClass, Option, UnknownDisclosureClass, disclosure_policy

from discipline_api.organs import check_organ
from discipline_api.record.impact import ImpactAssessment
from discipline_api.refusals import NotFound, Refused


class Assessments(Protocol):
    async def add(self, assessment: ImpactAssessment, *, by: str, at: datetime) -> None: ...


def demand_known(class_code: str) -> DisclosureClass:
    try:
        return disclosure_policy().of(class_code)
    except UnknownDisclosureClass:
        raise NotFound("公示政策中没有这一类别。", "The disclosure policy has no such class.") from None


def check_choice(class_code: str, option: Option, from_on: date, today: date) -> None:
    """Raises NotFound for a class that is not of the policy, Refused for what is not one of its readings."""
    options = disclosure_policy().tension_of(demand_known(class_code)).options
    if option not in options:
        told_zh, told_en = "、".join(each.value for each in options), ", ".join(each.value for each in options)
        raise Refused(
            "option-not-open",
            f"该类别可选的口径为：{told_zh}",
            f"the readings of this class are: {told_en}",
            field="option",
        )
    if from_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="from_on")


async def record_assessment(assessments: Assessments, assessment: ImpactAssessment, *, by: str, now: datetime) -> None:
    check_organ(assessment.organ)
    await assessments.add(assessment, by=by, at=now)
