"""A series, and what changed between two days, within the reader's rights."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import UUID

from common.auth import PROVINCE, Principal, forbidden
from contracts.entitlements import is_closed_indicator, may_read_standing_of
from contracts.plan import plan
from contracts.regions import REGIONS
from progress_store.queries import Asked, Computation, Figures, RegionFigures

from progress_api.history.domain import TOTAL, Changed, Shown, Step, days_of
from progress_api.history.views import HistoryView, MovedView, PointView, ShownView
from progress_api.questions import (
    Question,
    check_reader,
    check_reader_of_evidence,
    may_read_headcounts,
    visible_regions,
)
from progress_api.suppression import is_monthly
from progress_api.views import ReasonView


class Reads(Protocol):
    async def series(
        self, computation: Computation, asked: Sequence[Asked], region: str | None, key: str
    ) -> tuple[list[tuple[Figures, RegionFigures | None]], Mapping[date, Shown]]: ...

    async def changed(
        self,
        computation: Computation,
        before: Asked,
        after: Asked,
        *,
        regions: Collection[str] | None,
        row_after: UUID,
        limit: int,
    ) -> tuple[list[Changed], list[Figures]]: ...


def check_reader_of_history(principal: Principal, question: Question, days: Sequence[date]) -> None:
    """Day by day a closed indicator is for who may see it from day to day: others have the signed editions."""
    question.check()
    if question.region is None and is_monthly(principal, question.indicator.id):
        raise forbidden(principal, f"progress:history:{question.indicator.id}", PROVINCE)
    for day in days:
        check_reader(principal, question.at(day))


async def read_history(
    reads: Reads, principal: Principal, question: Question, *, step: Step, from_on: date
) -> HistoryView:
    """question.as_of is the last day."""
    days = days_of(step, from_on, question.as_of)
    check_reader_of_history(principal, question, days)
    indicator, region = question.indicator, question.region
    asked = [question.at(day).asked for day in days]
    found, shown = await reads.series(question.computation, asked, region, region or TOTAL)
    if not _may_read_shown(principal, question):
        shown = {}
    return HistoryView(
        id=indicator.id,
        title_zh=indicator.title_zh,
        title_en=indicator.title_en,
        unit=indicator.unit,
        region=region,
        step=step,
        points=[
            _point(question.at(day), whole, own, shown.get(day)) for day, (whole, own) in zip(days, found, strict=True)
        ],
    )


def _may_read_shown(principal: Principal, question: Question) -> bool:
    """What a region was shown under another reading tells, beside its number of now, how many are suspended there."""
    region, ever = question.region, question.choices.ever_tell_suspended(question.indicator.id)
    return region is None or not ever or may_read_standing_of(principal, region)


def _point(question: Question, whole: Figures, own: RegionFigures | None, shown: Shown | None) -> PointView:
    indicator, region, day = question.indicator, question.region, question.as_of
    figures: Figures | RegionFigures | None = whole if region is None else own
    value = None if figures is None else figures.value
    within = "" if region is None else f"&region={region}"
    if question.chosen:
        within += "&" + urlencode([(name, str(chosen).lower()) for name, chosen in question.chosen.items()])
    if question.asked.policy != question.readings.policy(indicator.id):
        shown = None  # it was shown under the official reading: beside this number it would seem revised
    return PointView(
        as_of=day,
        value=value,
        numerator=None if figures is None else figures.numerator,
        denominator=None if figures is None else figures.denominator,
        reason=ReasonView.of(whole.reason) if value is None else None,
        shown=None
        if shown is None
        else ShownView(
            shown_on=shown.shown_on, value=shown.value, numerator=shown.numerator, denominator=shown.denominator
        ),
        revised=shown is not None and shown.value != value,
        evidence=f"/v1/indicators/{indicator.id}/evidence?as_of={day}{within}",
    )


@dataclass(frozen=True, slots=True)
class Changes:
    """records: one more than asked for where there are more; before, after: the numbers that they lie between.

    withheld: columns that are left out of the records because they would tell of standing.
    """

    records: Sequence[Changed]
    before: int | float | None
    after: int | float | None
    withheld: Sequence[str] = ()


async def read_changes(
    reads: Reads, principal: Principal, question: Question, *, from_on: date, row_after: UUID, limit: int
) -> Changes:
    days = days_of(Step.MONTH, from_on, question.as_of)
    check_reader_of_history(principal, question, [from_on, *days])
    # The rows of both days are told; each may stand under a reading of its own.
    sides = (question.at(from_on), question)
    for side in sides:
        check_reader_of_evidence(principal, side)
    wanted = frozenset(REGIONS) if question.region is None else frozenset({question.region})
    everything = question.region is None and principal.region == PROVINCE
    changed, figures = await reads.changed(
        question.computation,
        sides[0].asked,
        sides[1].asked,
        regions=None if everything else wanted & visible_regions(principal),
        row_after=row_after,
        limit=limit,
    )
    before, after = (_value(found, question.region) for found in figures)
    columns = question.computation.headcounts
    if all(may_read_headcounts(principal, side, item.region) for item in changed for side in sides):
        return Changes(changed, before, after)
    return Changes([_without(item, columns) for item in changed], before, after, columns)


def _value(found: Figures, region: str | None) -> int | float | None:
    if region is None:
        return found.value
    own = found.regions.get(region)
    return None if own is None else own.value


def _without(item: Changed, columns: Collection[str]) -> Changed:
    def emptied(side: dict[str, Any] | None) -> dict[str, Any] | None:
        return None if side is None else side | dict.fromkeys(columns)

    return replace(item, before=emptied(item.before), after=emptied(item.after))


def moved(
    principal: Principal, before: Mapping[str, Figures], after: Mapping[str, Figures], *, from_on: date, until_on: date
) -> tuple[list[MovedView], int]:
    """What differs, in the order of the plan; and how many indicators this reader may not see from day to day."""
    items, closed = [], 0
    for indicator in plan().indicators():
        if is_closed_indicator(indicator.id) and is_monthly(principal, indicator.id):
            closed += 1
        elif before[indicator.id].value != after[indicator.id].value:
            items.append(
                MovedView(
                    id=indicator.id,
                    title_zh=indicator.title_zh,
                    title_en=indicator.title_en,
                    unit=indicator.unit,
                    before=before[indicator.id].value,
                    after=after[indicator.id].value,
                    changes=f"/v1/indicators/{indicator.id}/changes?from_on={from_on}&until_on={until_on}",
                )
            )
    return items, closed
