"""Days of a series, the states told at the end of a day, and what is new in them. No framework."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.legal_day import end_of_last_month
from contracts.regions import PROVINCE
from contracts.report_events import ClosedValuesShown, ShownFigure, ValuesShown
from progress_store.queries import Figures

from progress_api.refusals import Refused

TOTAL = "total"
"""The province as a whole, in a list of regions."""

MAX_POINTS = 62
"""Days or month ends in one answer: each is computed anew."""

MAX_CATCH_UP = 40
"""Days told at once by a recorder that has been away; of earlier ones nobody was shown anything."""


class Step(StrEnum):
    DAY = "day"
    MONTH = "month"


def days_of(step: Step, from_on: date, until_on: date) -> list[date]:
    """Each day, or each month's last day and the series' own last day. Raises Refused."""
    if from_on > until_on:
        raise Refused("interval-empty", "起始日期不能晚于截止日期", "must not be later than until_on", field="from_on")
    days: list[date] = []
    on = until_on
    while on >= from_on:
        days.append(on)
        if len(days) > MAX_POINTS:
            raise Refused(
                "interval-too-long",
                f"一次最多 {MAX_POINTS} 个时点",
                f"at most {MAX_POINTS} points in one answer",
                field="from_on",
            )
        on = on - timedelta(days=1) if step is Step.DAY else end_of_last_month(on)
    return days[::-1]


def as_told(found: Figures) -> tuple[ShownFigure, ...]:
    """The province as a whole, then every region in the order of the codes."""
    whole = ShownFigure(region=TOTAL, value=found.value, numerator=found.numerator, denominator=found.denominator)
    return (
        whole,
        *(
            ShownFigure(region=code, value=own.value, numerator=own.numerator, denominator=own.denominator)
            for code, own in sorted(found.regions.items())
        ),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """What was shown of a day: last told on `shown_on`, unchanged since."""

    shown_on: date
    value: float | None
    numerator: int | None
    denominator: int | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A record that counts on one of the two days and not on the other, or counts differently."""

    row_id: UUID
    key: UUID | None
    region: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Told:
    """What was last told of an indicator."""

    version: int
    figures: tuple[ShownFigure, ...]


def news(
    shown_on: date, found: Mapping[str, Figures], told: Mapping[str, Told], closed: Collection[str]
) -> Sequence[ValuesShown | ClosedValuesShown]:
    """An event for each indicator that differs from what was last told of it; closed: those not for every reader."""
    events: list[ValuesShown | ClosedValuesShown] = []
    for indicator_id, figures in found.items():
        before, now = told.get(indicator_id), as_told(figures)
        if before is not None and before.figures == now:
            continue
        told_as = ClosedValuesShown if indicator_id in closed else ValuesShown
        events.append(
            told_as(
                version=1 if before is None else before.version + 1,
                region=PROVINCE,
                indicator_id=indicator_id,
                shown_on=shown_on,
                figures=now,
            )
        )
    return events


def days_to_tell(told_until: date | None, today: date) -> list[date]:
    """The days that have ended since; at first only the last."""
    yesterday = today - timedelta(days=1)
    if told_until is None:
        return [yesterday]
    first = max(told_until + timedelta(days=1), today - timedelta(days=MAX_CATCH_UP))
    return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
