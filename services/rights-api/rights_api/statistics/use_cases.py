"""Preparing an edition, releasing it by a second officer, and counting for officers."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from contracts.labels import LabelledEnum

from rights_api.refusals import NotCompetent, NotFound, Refused
from rights_api.statistics.domain import (
    FIRST_YEAR,
    Concluded,
    Reason,
    Told,
    cases_changed,
    counts_of,
    figures,
    is_over,
)
from rights_api.suppression import SMALLEST


class Status(LabelledEnum):
    PREPARED = "prepared", "待发布", "prepared"
    RELEASED = "released", "已发布", "released"
    DISCARDED = "discarded", "已作废", "discarded"


@dataclass(frozen=True, slots=True)
class Act:
    """Who did it, of which organ, when."""

    subject: str
    organ_kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EditionOfYear:
    edition_id: UUID
    year: int
    number: int
    status: Status
    version: int
    reason: Reason | None
    told: Told
    parts: Sequence[Mapping[str, Any]]
    prepared: Act
    released: Act | None = None


class Editions(Protocol):
    async def lock_year(self, year: int) -> None:
        """One preparation of a year at a time."""

    async def concluded(self, year: int) -> Sequence[Concluded]: ...

    async def of_year(self, year: int) -> Sequence[EditionOfYear]:
        """Prepared and released ones, in the order of their numbers."""

    async def get(self, edition_id: UUID) -> EditionOfYear | None:
        """Locked."""

    async def add(self, edition: EditionOfYear) -> None: ...

    async def save(self, edition: EditionOfYear) -> None: ...


async def prepare(editions: Editions, year: int, reason: Reason | None, act: Act, today: date) -> EditionOfYear:
    """An edition as today's record gives it; a former one that was prepared and not released is discarded."""
    if not is_over(year, today):
        raise Refused(
            "year-not-over",
            f"只能编制{FIRST_YEAR}年以来已结束年度的统计",
            f"statistics are made for years that are over, from {FIRST_YEAR} on",
            field="year",
        )
    await editions.lock_year(year)
    standing = await editions.of_year(year)
    released = [edition for edition in standing if edition.status is Status.RELEASED]
    if bool(released) is (reason is None):
        raise Refused(
            "reason-missing" if released else "nothing-to-correct",
            "该年度统计已发布，更正须说明原因" if released else "该年度统计尚未发布，首版无更正原因",
            "the year has been published: a correction names its reason"
            if released
            else "the year has not been published: a first edition corrects nothing",
            field="reason",
        )
    cases = await editions.concluded(year)
    if released:
        _worth_correcting(cases, released[-1])
    parts, hidden = await asyncio.to_thread(figures, cases, [edition.told for edition in released])
    for edition in standing:
        if edition.status is Status.PREPARED:
            await editions.save(replace(edition, status=Status.DISCARDED, version=edition.version + 1))
    prepared = EditionOfYear(
        edition_id=uuid4(),
        year=year,
        number=len(released) + 1,
        status=Status.PREPARED,
        version=1,
        reason=reason,
        told=Told(counts_of(cases), hidden),
        parts=parts,
        prepared=act,
    )
    await editions.add(prepared)
    return prepared


def _worth_correcting(cases: Sequence[Concluded], last: EditionOfYear) -> None:
    """Two editions that differ by few cases would tell what kind of cases these few are."""
    changed = cases_changed(last.told.counts, counts_of(cases))
    if changed < SMALLEST:
        raise Refused(
            "correction-too-small",
            f"与上一版相比变动不足{SMALLEST}件：两版之差会透露个案，待变动累计后再更正",
            f"fewer than {SMALLEST} cases differ from the last edition: the difference of the two would tell of single "
            "cases; correct once more have come together",
            conflict=True,
        )


async def release(editions: Editions, edition: EditionOfYear, act: Act) -> EditionOfYear:
    """Call with the edition locked. From then on it never changes."""
    if edition.status is not Status.PREPARED:
        raise Refused(
            "not-prepared",
            f"该版统计{edition.status.zh}，不能发布",
            f"this edition is {edition.status.en} and cannot be released",
            conflict=True,
        )
    if act.subject == edition.prepared.subject:
        raise NotCompetent(
            "second-officer-needed",
            "编制与发布须由两人分别办理",
            "whoever prepared an edition does not release it: a second officer does",
        )
    await editions.lock_year(edition.year)
    now = counts_of(await editions.concluded(edition.year))
    if cases_changed(edition.told.counts, now):
        raise Refused(
            "figures-changed",
            "编制后登记数据有变动，请重新编制",
            "the record has changed since; prepare the edition anew",
            conflict=True,
        )
    released = replace(edition, status=Status.RELEASED, version=edition.version + 1, released=act)
    await editions.save(released)
    return released


async def known(editions: Editions, edition_id: UUID) -> EditionOfYear:
    edition = await editions.get(edition_id)
    if edition is None:
        raise NotFound("没有这一版统计。", "There is no such edition.")
    return edition


class By(LabelledEnum):
    """What officers may count by."""

    RIGHT = "right", "权利", "right"
    RESPONDENT = "respondent", "被投诉机关类别", "kind of organ"
    CITY = "city", "地区", "region"
    STATUS = "status", "状态", "state"
    OUTCOME = "outcome", "结果", "outcome"
    REFUSAL = "refusal", "不予受理理由", "ground of refusal"


class Lists(Protocol):
    async def filed(
        self, by: Sequence[By], first: date, last: date, *, region: str | None, justice_cases: bool, reader: str
    ) -> Mapping[tuple[str | None, ...], int]:
        """Cases filed in the period and owned there, counted."""


async def count_filed(
    lists: Lists, by: Sequence[By], first: date, last: date, *, region: str | None, justice_cases: bool, reader: str
) -> Counter[tuple[str | None, ...]]:
    """Of what the reader may list, one by one, anyway: exact, and without what is hidden from him."""
    if first > last:
        raise Refused("period-empty", "起始日晚于截止日", "the period ends before it begins", field="from")
    if len(set(by)) != len(by):
        raise Refused("dimension-twice", "统计项重复", "a dimension stands twice", field="by")
    return Counter(await lists.filed(by, first, last, region=region, justice_cases=justice_cases, reader=reader))
