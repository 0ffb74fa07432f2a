"""Campaigns and assessments: who is assessed for a year, with which grade or on which ground without one."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from contracts.assessment import AssessedKind, Grade, NoGrade
from contracts.deadlines import rule
from contracts.registry_events import FirmKind
from contracts.registry_list_events import AssessmentGraded, AssessmentPublished

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused

ASSESSED_CATEGORIES = range(1, 6)
"""Lawyers at firms; 公职, 公司 and 法律援助律师 are assessed by their employers under rules of their own."""


def last_day_of(year: int) -> date:
    return date(year, 12, 31)


@dataclass(frozen=True, slots=True)
class Campaign:
    """The assessment of one year; until `opens_on` and after `closes_on` nothing new is entered."""

    year: int
    opens_on: date
    closes_on: date
    version: int = 1

    def changed(self, opens_on: date | None, closes_on: date | None) -> "Campaign":
        opens_on = self.opens_on if opens_on is None else opens_on
        closes_on = self.closes_on if closes_on is None else closes_on
        return replace(campaign(self.year, opens_on, closes_on), version=self.version + 1)

    def check_open(self, today: date, *, deferred: bool) -> None:
        if today < self.opens_on:
            raise Refused(
                "campaign-not-open",
                f"考核自 {self.opens_on.isoformat()} 开始",
                f"it opens on {self.opens_on.isoformat()}",
                conflict=True,
            )
        if today > self.closes_on and not deferred:
            raise Refused(
                "campaign-closed",
                "考核已结束；确有需要的，请由省司法厅延长",
                "it is closed; the department may extend it",
                conflict=True,
            )


def campaign(year: int, opens_on: date | None = None, closes_on: date | None = None) -> Campaign:
    """Days that are not given come from the rules; they follow other provinces and are not verified."""
    begins = date(year + 1, 1, 1)
    opens_on = rule("registry.assessment-opens").ends_on(begins) if opens_on is None else opens_on
    if closes_on is None:
        closes_on = rule("registry.assessment-closes").ends_on(begins) - timedelta(days=1)
    if opens_on <= last_day_of(year):
        raise Refused("campaign-too-early", "考核应在年度结束后开始", "must lie after the year", field="opens_on")
    if closes_on < opens_on:
        raise Refused("interval-empty", "结束日期应不早于开始日期", "must not lie before opens_on", field="closes_on")
    return Campaign(year, opens_on, closes_on)


@dataclass(frozen=True, slots=True)
class Result:
    """A grade, or the ground on which there is none."""

    grade: Grade | None
    no_grade: NoGrade | None
    document_number: str

    def check(self, kind: AssessedKind) -> None:
        if (self.grade is None) == (self.no_grade is None):
            raise Refused(
                "grade-or-ground",
                "等次与不评定等次的原因须填其一",
                "needs a grade, or a ground on which there is none",
                field="grade",
            )
        if self.grade is not None and self.grade.kind is not kind:
            raise Refused("grade-of-others", "该等次不适用于此类对象", "is a grade of the other kind", field="grade")
        if kind is AssessedKind.FIRM and self.no_grade is not None and self.no_grade is not NoGrade.UNDER_INVESTIGATION:
            raise Refused("ground-of-lawyers", "该原因只适用于律师", "is a ground for lawyers only", field="no_grade")


@dataclass(frozen=True, slots=True)
class Assessment:
    """`published_grade` is what the public sees; after a correction it stays until the new one is published."""

    assessment_id: UUID
    year: int
    kind: AssessedKind
    subject_id: UUID
    region: str
    result: Result
    recorded_on: date
    recorded_by: str
    published_grade: Grade | None = None
    published_on: date | None = None
    version: int = 1

    @property
    def deferred(self) -> bool:
        return self.result.no_grade is not None and self.result.no_grade.deferred

    @property
    def unpublished(self) -> bool:
        """What is on record differs from what the public sees."""
        return self.result.grade != self.published_grade

    def again(self, result: Result, *, on: date, by: str, correction: bool) -> tuple["Assessment", AssessmentGraded]:
        """A deferral decided, or a correction."""
        result.check(self.kind)
        if correction and (result.grade, result.no_grade) == (self.result.grade, self.result.no_grade):
            raise Refused("nothing-changes", "与现有结果相同", "is what stands on record", field="grade")
        changed = replace(self, result=result, recorded_on=on, recorded_by=by, version=self.version + 1)
        return changed, changed.graded(correction=correction)

    def publish(self, on: date) -> tuple["Assessment", AssessmentPublished]:
        grade = self.result.grade
        public = replace(
            self, published_grade=grade, published_on=None if grade is None else on, version=self.version + 1
        )
        return public, AssessmentPublished(
            version=public.version,
            region=self.region,
            assessment_id=self.assessment_id,
            year=self.year,
            kind=self.kind,
            subject_id=self.subject_id,
            grade=grade,
            correction=self.published_grade is not None,
            published_on=on,
        )

    def graded(self, *, correction: bool) -> AssessmentGraded:
        return AssessmentGraded(
            version=self.version,
            region=self.region,
            assessment_id=self.assessment_id,
            year=self.year,
            kind=self.kind,
            subject_id=self.subject_id,
            correction=correction,
            recorded_on=self.recorded_on,
        )


def assess_firm(firm: Firm, year: int, result: Result, *, on: date, by: str) -> tuple[Assessment, AssessmentGraded]:
    result.check(AssessedKind.FIRM)
    day = last_day_of(year)
    held = any(p.from_on <= day and (p.to_on is None or p.to_on > day) for p in firm.periods)
    if not held or firm.kind is FirmKind.FOREIGN_OFFICE:
        raise _not_assessed(year)
    return _new(AssessedKind.FIRM, firm.firm_id, firm.region, year=year, result=result, on=on, by=by)


def assess_lawyer(
    lawyer: Lawyer, year: int, result: Result, *, on: date, by: str
) -> tuple[Assessment, AssessmentGraded]:
    result.check(AssessedKind.LAWYER)
    since = licensed_since(lawyer, last_day_of(year))
    if since is None or lawyer.practice.category not in ASSESSED_CATEGORIES:
        raise _not_assessed(year)
    shortly = rule("registry.assessment-licensed").ends_on(since) > last_day_of(year)
    if shortly and result.grade is not None:
        raise Refused(
            "licensed-shortly", "至年度末执业不满三个月，不评定等次", "was licensed for too short a time", field="grade"
        )
    if not shortly and result.no_grade is NoGrade.LICENSED_SHORTLY:
        raise Refused(
            "not-licensed-shortly", "至年度末执业已满三个月", "had been licensed for long enough", field="no_grade"
        )
    return _new(AssessedKind.LAWYER, lawyer.lawyer_id, lawyer.region, year=year, result=result, on=on, by=by)


def licensed_since(lawyer: Lawyer, day: date) -> date | None:
    """Since when he has held the licence of that day without a break; None where he held none.

    A register filled by import knows of no practice before its first day: until then the first licence is believed.
    """
    if lawyer.practices[0].from_on > day:
        return lawyer.first_licensed_on if lawyer.first_licensed_on <= day else None
    holding = [i for i, p in enumerate(lawyer.practices) if p.from_on <= day and (p.to_on is None or p.to_on > day)]
    if not holding:
        return None
    index = holding[0]
    while index and lawyer.practices[index - 1].to_on == lawyer.practices[index].from_on:
        index -= 1
    return lawyer.first_licensed_on if index == 0 else lawyer.practices[index].from_on


def _new(
    kind: AssessedKind, subject_id: UUID, region: str, *, year: int, result: Result, on: date, by: str
) -> tuple[Assessment, AssessmentGraded]:
    new = Assessment(uuid4(), year, kind, subject_id, region, result, on, by)
    return new, new.graded(correction=False)


def _not_assessed(year: int) -> Refused:
    return Refused(
        "not-assessed",
        f"{year} 年度末不在考核范围（12月31日尚未执业、已终止，或类别不参加考核）",
        f"is not assessed for {year}: not licensed on 31 December, or of a category that is not assessed",
        field="subject",
    )
