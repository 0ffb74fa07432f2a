"""Forms with answers, for the tests of rules."""

from datetime import date
from typing import Any
from uuid import UUID

from contracts.plausibility import Basis
from contracts.reporting import Frequency, Reporter, ReportPeriod, period
from progress_api.reporting.checks import Beside, Finding, Known, Last, findings
from progress_api.reporting.domain import Answer, AnswerKind, Item, Report
from progress_api.reporting.duties import owed

H1, YEAR = period(Frequency.HALF_YEARLY, date(2026, 6, 30)), period(Frequency.YEARLY, date(2026, 12, 31))
NIL, NOT_APPLICABLE = Answer(AnswerKind.NIL), Answer(AnswerKind.NOT_APPLICABLE)
NOTHING = Beside(last={}, known={})


def number(amount: int | None = None, base: int | None = None, **more: Any) -> Answer:
    return Answer(AnswerKind.NUMBER, amount, base, **more)


def report(reporter: Reporter, region: str = "410100", of: ReportPeriod | None = H1) -> Report:
    assert of is not None
    return next(each for each in owed(of, ()) if (each.reporter, each.region) == (reporter, region))


def item(form: Report, key: str) -> Item:
    found = form.item(key)
    assert found is not None
    return found


def beside(form: Report, last: dict[str, Answer] | None = None, known: dict[Basis, int] | None = None) -> Beside:
    day = form.period.until_on
    return Beside(
        last={item(form, key): Last(UUID(int=1), "2025H2", answer) for key, answer in (last or {}).items()},
        known={(basis, form.region): Known(basis, count, day) for basis, count in (known or {}).items()},
    )


def found(form: Report, answers: dict[str, Answer], against: Beside = NOTHING) -> list[Finding]:
    """Findings on the rows that are answered; the others are missing, which is not asked here."""
    given = {item(form, key): answer for key, answer in answers.items()}
    return [each for each in findings(form, given, against) if each.item in given]


def codes(form: Report, answers: dict[str, Answer], against: Beside = NOTHING) -> list[tuple[str, str]]:
    return [(each.place, each.code) for each in found(form, answers, against)]
