"""An evaluation, what is answered to it, and the means of a quarter."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from contracts.deadlines import rule
from contracts.evaluations import EvaluatedOrgan, EvaluationForm, EvaluationSide, evaluation_items
from contracts.labels import LabelledEnum
from contracts.legal_day import midnight
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_events import EvaluationClosed, EvaluationOpened
from contracts.working_days import local_date

from rights_api.refusals import Refused
from rights_api.suppression import TOTAL, tabulate, untold

WINDOW = "rights.evaluation-window"
FIRST_YEAR = 2024
_QUARTER = re.compile(r"([0-9]{4})Q([1-4])")


class State(LabelledEnum):
    OPEN = "open", "填写中", "open"
    CLOSED = "closed", "已截止", "closed"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """It knows neither who was invited nor in which case."""

    evaluation_id: UUID
    form: EvaluationForm
    organ: EvaluatedOrgan
    region: str
    opened_at: datetime
    closes_at: datetime
    lawyers: int
    officials: int

    @property
    def closes_on(self) -> date:
        """The last day on which it may be answered."""
        return local_date(self.closes_at - timedelta(microseconds=1))

    def state(self, now: datetime) -> State:
        return State.CLOSED if now >= self.closes_at else State.OPEN

    def closed(self) -> EvaluationClosed:
        return EvaluationClosed(
            version=2,
            region=self.region,
            evaluation_id=self.evaluation_id,
            form=self.form,
            organ=self.organ,
            closed_on=self.closes_on,
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """Points in the order of the items."""

    side: EvaluationSide
    points: tuple[int, ...]
    comment: str | None


def open_evaluation(
    evaluation_id: UUID,
    form: EvaluationForm,
    organ: EvaluatedOrgan,
    region: str,
    *,
    lawyers: int,
    officials: int,
    concluded_on: date | None,
    now: datetime,
) -> tuple[Evaluation, EvaluationOpened]:
    """`concluded_on` is checked and forgotten: with region and organ it could name the case."""
    if (form is EvaluationForm.CASE) is (concluded_on is None):
        raise Refused(
            "conclusion-day-wrong",
            "个案评价须填写办结日期，其他形式不填",
            "an evaluation of one case needs the day on which it was concluded, other forms none",
            field="concluded_on",
        )
    if concluded_on is not None and concluded_on > local_date(now):
        raise Refused("not-concluded", "案件办结后方可互评", "only a concluded case is evaluated", field="concluded_on")
    if form is EvaluationForm.CASE and (lawyers, officials) != (1, 1):
        raise Refused(
            "one-of-each",
            "个案评价双方各一份邀请",
            "an evaluation of one case invites one of each side",
            field="lawyers" if lawyers != 1 else "officials",
        )
    due = rule(WINDOW).deadline(local_date(now))
    closes_at = due.due_at.astimezone(UTC)
    evaluation = Evaluation(evaluation_id, form, organ, region, now, closes_at, lawyers, officials)
    return evaluation, EvaluationOpened(
        version=1,
        region=region,
        evaluation_id=evaluation_id,
        form=form,
        organ=organ,
        opened_on=local_date(now),
        closes_on=due.due_on,
    )


def points_of(side: EvaluationSide, given: Mapping[str, int]) -> tuple[int, ...]:
    """Every item of that side and no other, each within its points."""
    items = evaluation_items()[side]
    if given.keys() != {item.id for item in items}:
        raise Refused(
            "items-wrong",
            "须对本方评价表的十项逐项评分",
            "rate each of the ten items of your side's form, and no other",
            field="points",
        )
    for item in items:
        if not 0 <= given[item.id] <= item.points:
            raise Refused(
                "points-wrong",
                f"“{item.zh}”应为0至{item.points}分",
                f"`{item.id}` takes 0 to {item.points} points",
                field=f"points.{item.id}",
            )
    return tuple(given[item.id] for item in items)


@dataclass(frozen=True, slots=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        found = _QUARTER.fullmatch(text)
        if found is None or int(found[1]) < FIRST_YEAR:
            raise Refused(
                "quarter-invalid",
                "季度应形如2026Q1",
                f"a quarter is written 2026Q1, from {FIRST_YEAR} on",
                field="quarter",
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, on: date) -> "Quarter":
        return cls(on.year, (on.month + 2) // 3)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def ends_at(self) -> datetime:
        """The first instant that is no longer in it."""
        last = self.number == 4  # noqa: PLR2004 -- of four
        return midnight(date(self.year + 1, 1, 1) if last else date(self.year, self.number * 3 + 1, 1))


@dataclass(frozen=True, slots=True)
class Rating:
    """One answer, cut off from where it came from."""

    region: str
    organ: EvaluatedOrgan
    side: EvaluationSide
    points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """`region` None: the province as a whole. None of the rest where there are too few."""

    organ: EvaluatedOrgan
    side: EvaluationSide
    region: str | None
    raters: int | None
    total: float | None
    items: tuple[float, ...] | None


def means(ratings: Sequence[Rating]) -> list[Mean]:
    """Of every organ, side and region; left out by the rule of the statistics, so that no region's follows from
    the province's and those of the others.
    """
    regions = [*REGIONS, PROVINCE]
    by_cell: dict[tuple[EvaluatedOrgan, EvaluationSide], list[Rating]] = defaultdict(list)
    for rating in ratings:
        by_cell[rating.organ, rating.side].append(rating)
    found = []
    for organ in EvaluatedOrgan:
        for side in EvaluationSide:
            here = by_cell[organ, side]
            numbers: dict[tuple[str, ...], int] = defaultdict(int)
            for rating in here:
                numbers[rating.region,] += 1
            hidden = untold([regions], tabulate([regions], numbers))
            found.append(_mean(organ, side, None, None if TOTAL in hidden else here))
            found += [
                _mean(organ, side, region, None if (0, region) in hidden else [r for r in here if r.region == region])
                for region in regions
            ]
    return found


def _mean(organ: EvaluatedOrgan, side: EvaluationSide, region: str | None, told: Sequence[Rating] | None) -> Mean:
    if told is None:
        return Mean(organ, side, region, None, None, None)
    number = len(told)
    items = tuple(round(sum(column) / number, 1) for column in zip(*(r.points for r in told), strict=True))
    return Mean(organ, side, region, number, round(sum(sum(r.points) for r in told) / number, 1), items)
