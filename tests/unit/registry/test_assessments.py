"""Who is assessed for a year, and with what."""

from datetime import date
from uuid import uuid4

import pytest
from contracts.assessment import Grade, NoGrade
from contracts.registry_events import FirmKind
from registry_api.assessments.domain import Result, assess_firm, assess_lawyer, campaign, licensed_since
from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Place, Practice
from registry_api.register.refusals import Refused

DAY, OFFICER = date(2026, 4, 2), "officer"


def lawyer(*practices: tuple[str, str | None], first: str = "2010-01-01", category: int = 1) -> Lawyer:
    return Lawyer(
        uuid4(),
        "张三",
        "14101201010123456",
        date.fromisoformat(first),
        tuple(
            Practice(
                uuid4(),
                Place("410100", uuid4() if category < 6 else None),
                category,
                date.fromisoformat(from_on),
                None if to_on is None else date.fromisoformat(to_on),
            )
            for from_on, to_on in practices
        ),
    )


def graded(grade: Grade | None = None, ground: NoGrade | None = None) -> Result:
    return Result(grade, ground, "1号")


@pytest.mark.parametrize(
    ("someone", "since"),
    [
        (lawyer(("2015-01-01", None)), "2010-01-01"),
        (lawyer(("2015-01-01", "2018-01-01"), ("2018-01-01", None)), "2010-01-01"),
        (lawyer(("2015-01-01", "2018-01-01"), ("2025-11-01", None)), "2025-11-01"),
        (lawyer(("2015-01-01", "2018-01-01")), None),
        (lawyer(("2026-02-01", None), first="2026-02-01"), None),
        (lawyer(("2026-02-01", None)), "2010-01-01"),  # entered by import after the year
        (lawyer(("2015-01-01", "2025-12-31")), None),
        (lawyer(("2015-01-01", "2026-01-01")), "2010-01-01"),
    ],
)
def test_since_when_the_licence_of_the_last_day_was_held(someone, since):
    assert licensed_since(someone, date(2025, 12, 31)) == (None if since is None else date.fromisoformat(since))


@pytest.mark.parametrize(
    ("first", "result", "code"),
    [
        ("2025-09-30", graded(Grade.COMPETENT), None),
        ("2025-10-01", graded(Grade.COMPETENT), "licensed-shortly"),
        ("2025-10-01", graded(ground=NoGrade.LICENSED_SHORTLY), None),
        ("2025-09-30", graded(ground=NoGrade.LICENSED_SHORTLY), "not-licensed-shortly"),
        ("2025-12-31", graded(ground=NoGrade.LICENSED_SHORTLY), None),
        ("2026-01-01", graded(ground=NoGrade.LICENSED_SHORTLY), "not-assessed"),
        ("2020-01-01", graded(Grade.FIRM_PASSED), "grade-of-others"),
        ("2020-01-01", graded(), "grade-or-ground"),
        ("2020-01-01", graded(Grade.COMPETENT, NoGrade.AWAY), "grade-or-ground"),
    ],
)
def test_what_a_lawyer_may_be_given(first, result, code):
    someone = lawyer((first, None), first=first)
    if code is None:
        assessment, event = assess_lawyer(someone, 2025, result, on=DAY, by=OFFICER)
        assert (event.version, event.subject_id, assessment.result) == (1, someone.lawyer_id, result)
        assert {"grade", "no_grade", "ground"}.isdisjoint(event.model_dump())
    else:
        with pytest.raises(Refused) as refused:
            assess_lawyer(someone, 2025, result, on=DAY, by=OFFICER)
        assert refused.value.code == code


def test_government_and_company_lawyers_are_assessed_elsewhere():
    with pytest.raises(Refused, match="not-assessed"):
        assess_lawyer(lawyer(("2015-01-01", None), category=6), 2025, graded(Grade.COMPETENT), on=DAY, by=OFFICER)


@pytest.mark.parametrize(
    ("kind", "from_on", "assessed"),
    [
        (FirmKind.INDIVIDUAL, "2025-12-31", True),
        (FirmKind.INDIVIDUAL, "2026-01-01", False),
        (FirmKind.BRANCH, "2020-01-01", True),
        (FirmKind.FOREIGN_OFFICE, "2020-01-01", False),
    ],
)
def test_a_firm_of_the_last_day_of_the_year_is_assessed(kind, from_on, assessed):
    firm = Firm(uuid4(), "31", "所", (FirmPeriod(uuid4(), kind, "410100", None, date.fromisoformat(from_on)),))
    if assessed:
        assess_firm(firm, 2025, graded(Grade.FIRM_FAILED), on=DAY, by=OFFICER)
        with pytest.raises(Refused, match="ground-of-lawyers"):
            assess_firm(firm, 2025, graded(ground=NoGrade.AWAY), on=DAY, by=OFFICER)
    else:
        with pytest.raises(Refused, match="not-assessed"):
            assess_firm(firm, 2025, graded(Grade.FIRM_PASSED), on=DAY, by=OFFICER)


def test_days_that_are_not_given_come_from_the_rules():
    usual = campaign(2025)
    assert (usual.opens_on, usual.closes_on) == (date(2026, 3, 1), date(2026, 5, 31))
    with pytest.raises(Refused, match="campaign-too-early"):
        campaign(2025, date(2025, 12, 31))
    with pytest.raises(Refused, match="interval-empty"):
        campaign(2025, date(2026, 3, 1), date(2026, 2, 28))


def test_a_correction_leaves_what_is_public_until_it_is_published_again():
    assessment, _ = assess_lawyer(lawyer(("2015-01-01", None)), 2025, graded(Grade.COMPETENT), on=DAY, by=OFFICER)
    public, event = assessment.publish(DAY)
    assert (event.grade, event.correction, public.unpublished) == (Grade.COMPETENT, False, False)
    corrected, told = public.again(graded(Grade.NOT_COMPETENT), on=DAY, by=OFFICER, correction=True)
    assert told.correction
    assert (corrected.published_grade, corrected.unpublished) == (Grade.COMPETENT, True)
    again, event = corrected.publish(DAY)
    assert (event.version, event.grade, event.correction) == (4, Grade.NOT_COMPETENT, True)
    taken, _ = again.again(graded(ground=NoGrade.AWAY), on=DAY, by=OFFICER, correction=True)
    back, event = taken.publish(DAY)
    assert (event.grade, back.published_grade, back.published_on) == (None, None, None)
    with pytest.raises(Refused, match="nothing-changes"):
        back.again(graded(ground=NoGrade.AWAY), on=DAY, by=OFFICER, correction=True)
