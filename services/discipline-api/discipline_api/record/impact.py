"""Impact assessments (影响评估): one in force must cover what an organ publishes (个人信息保护法 55, 56)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from contracts.deadlines import rule
from contracts.disclosure import RecordKind
from contracts.labels import LabelledEnum

from discipline_api.organs import Organ
from discipline_api.refusals import Refused

VALIDITY = "discipline.impact-assessment-validity"
RETENTION = "discipline.impact-assessment-retention"
_DAY = timedelta(days=1)


class Conclusion(LabelledEnum):
    LAWFUL = "lawful", "合法、正当、必要，风险可控", "lawful and necessary, the risks are under control"
    WITH_MEASURES = (
        "lawful-with-measures",
        "采取所列措施后合法、正当、必要",
        "lawful and necessary once the measures stand",
    )
    NOT_LAWFUL = "not-lawful", "不合法或不必要", "not lawful or not necessary"

    @property
    def permits(self) -> bool:
        return self is not Conclusion.NOT_LAWFUL


@dataclass(frozen=True, slots=True)
class ImpactAssessment:
    """In force in [assessed_on, valid_to_on); its texts are erased on `kept_to_on` and are empty from then on."""

    assessment_id: UUID
    organ: Organ
    scope: tuple[RecordKind, ...]
    covers_identity_numbers: bool
    purpose: str
    risks: str
    measures: str
    conclusion: Conclusion
    document_number: str
    assessed_on: date
    valid_to_on: date
    kept_to_on: date

    def in_force(self, today: date) -> bool:
        return self.assessed_on <= today < self.valid_to_on


def terms_of(assessed_on: date, today: date) -> tuple[date, date]:
    """The first day on which it is no longer valid, and that on which its texts are erased.

    Raises Refused for a day that lies in the future, or so far back that it is no longer valid.
    """
    if assessed_on > today:
        raise Refused("date-in-the-future", "日期不得晚于今日", "must not lie in the future", field="assessed_on")
    valid_to = rule(VALIDITY).ends_on(assessed_on) + _DAY
    if valid_to <= today:
        raise Refused(
            "assessment-expired",
            "该评估已超过有效期，须重新评估",
            "it is no longer valid: assess anew",
            field="assessed_on",
        )
    return valid_to, rule(RETENTION).ends_on(valid_to) + _DAY


def demand_covered(
    assessments: Sequence[ImpactAssessment], kind: RecordKind, today: date, *, identity_numbers: bool = False
) -> None:
    """`assessments` of one organ. The newest that names the kind decides: a new one may take a permission back."""
    covering = [each for each in assessments if kind in each.scope and each.in_force(today)]
    newest = max(covering, key=lambda each: each.assessed_on, default=None)
    if newest is None or not newest.conclusion.permits:
        raise Refused(
            "impact-assessment-missing",
            f"本机关没有覆盖“{kind.zh}”且结论允许公示的有效个人信息保护影响评估（个人信息保护法第五十五条）",
            f"no impact assessment in force permits this organ to publish records of the kind {kind.en}",
            conflict=True,
        )
    if identity_numbers and not newest.covers_identity_numbers:
        raise Refused(
            "impact-assessment-missing",
            "有效的影响评估未包括证件号码（敏感个人信息，个人信息保护法第二十八条、第五十五条）",
            "the impact assessment in force does not cover identity numbers",
            conflict=True,
        )
