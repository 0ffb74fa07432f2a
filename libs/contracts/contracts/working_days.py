"""Deadlines that explain themselves: which days were counted, which were skipped and why, where the end rolled to.

Nothing here asks what time it is, and holidays come from a `Calendar` that the caller may replace.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol

import chinese_calendar
from chinese_calendar import constants
from common.local_time import SHANGHAI, local, local_date

__all__ = [
    "OFFICIAL_CALENDAR",
    "SHANGHAI",
    "Basis",
    "Calendar",
    "Clock",
    "Day",
    "DayKind",
    "Deadline",
    "Explanation",
    "OfficialCalendar",
    "Pause",
    "SkipReason",
    "Skipped",
    "deadline",
    "local_date",
    "months_after",
]

_DAY = timedelta(days=1)
_SATURDAY = 5


class Clock(StrEnum):
    HOURS = "hours"  # continuous
    CALENDAR = "calendar"  # calendar days 日
    WORKING = "working"  # working days 工作日, make-up days included


class DayKind(StrEnum):
    WORKDAY = "workday"
    MAKE_UP = "make-up"  # 调休上班: a weekend day that is worked
    WEEKEND = "weekend"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Day:
    """What a calendar says about one day. `official` is false where the State Council's list is not out yet."""

    on: date
    kind: DayKind
    official: bool = True
    holiday_zh: str | None = None
    holiday_en: str | None = None

    @property
    def is_worked(self) -> bool:
        return self.kind in (DayKind.WORKDAY, DayKind.MAKE_UP)


class Calendar(Protocol):
    def day(self, on: date) -> Day: ...


class OfficialCalendar:
    """The State Council's yearly lists; a year without one is read by weekends alone and is not official.

    A list may reach back into the last days of December before its year (as those for 2019 and 2023 did), so these days
    are not official either until the next list is out.
    """

    def __init__(self) -> None:
        self._first = date(min(constants.holidays).year, 1, 1)
        self._unsure_from = date(max(constants.holidays).year, 12, 25)

    def day(self, on: date) -> Day:
        official = self._first <= on < self._unsure_from
        if not self._first <= on <= date(self._unsure_from.year, 12, 31):
            return Day(on, DayKind.WEEKEND if on.weekday() >= _SATURDAY else DayKind.WORKDAY, official=official)
        is_off, name = chinese_calendar.get_holiday_detail(on)
        if name is None:
            return Day(on, DayKind.WEEKEND if is_off else DayKind.WORKDAY, official=official)
        if not is_off:
            return Day(on, DayKind.MAKE_UP, official=official)
        return Day(on, DayKind.HOLIDAY, official, constants.Holiday(name).chinese, name)


OFFICIAL_CALENDAR = OfficialCalendar()


@dataclass(frozen=True, slots=True)
class Pause:
    """Days on which a clock stands still, from `from_on` up to, not including, `to_on`."""

    from_on: date
    to_on: date

    def covers(self, on: date) -> bool:
        return self.from_on <= on < self.to_on


class SkipReason(StrEnum):
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Skipped:
    """A day that did not count, or at which a period could not end."""

    on: date
    reason: SkipReason
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of every day from the start to the end, and the same in a sentence of each language."""

    counted: tuple[date, ...]
    skipped: tuple[Skipped, ...]
    made_up: tuple[date, ...]
    """Those of the counted days that are weekend days worked in exchange for a holiday."""
    rolled: tuple[Skipped, ...]
    """Days off at the end. The first is also the last counted day: there the period ran out; it ends after the last."""
    provisional: bool
    """Depends on a year whose list of holidays is not out; to be dated again when it is."""
    article: str
    verified: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """When a period that began at `start` ends. `due` is a day, or for an hours clock an instant in Shanghai time."""

    start: date | datetime
    clock: Clock
    limit: int
    due: date | datetime
    explanation: Explanation

    @property
    def due_on(self) -> date:
        return self.due.date() if isinstance(self.due, datetime) else self.due

    @property
    def due_at(self) -> datetime:
        """The instant at which it is over: for a day, the midnight that ends it."""
        if isinstance(self.due, datetime):
            return self.due
        return datetime.combine(self.due + _DAY, time.min, SHANGHAI)

    @property
    def provisional(self) -> bool:
        return self.explanation.provisional

    def is_met_on(self, on: date) -> bool:
        return on <= self.due_on

    def is_late_at(self, instant: datetime) -> bool:
        if isinstance(self.due, datetime):
            return instant > self.due
        return instant >= self.due_at


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a limit comes from and how it is counted."""

    article: str
    verified: bool = True
    rolls: bool = False
    excludes_first_hour: bool = False
    caveat_zh: str = ""
    caveat_en: str = ""


def months_after(start: date, months: int) -> date:
    """The corresponding day `months` later, or the last day of that month where it has no such day (民法典 202)."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(first_of_next - _DAY, date(year, month + 1, 1) + (start.day - 1) * _DAY)


def deadline(
    start: date | datetime,
    limit: int,
    clock: Clock,
    basis: Basis,
    *,
    calendar: Calendar = OFFICIAL_CALENDAR,
    pauses: Sequence[Pause] = (),
) -> Deadline:
    """The day or hour on which the period begins is not counted as such; see `Basis` for the first hour."""
    if limit < 0 or (limit == 0 and clock is not Clock.HOURS):
        raise ValueError(f"a period of {limit} {clock} ends before it begins")
    if clock is Clock.HOURS:
        if pauses:
            raise ValueError("an hours clock cannot be paused")
        return _hours(start, limit, basis)
    return _days(local_date(start), limit, clock, basis, calendar=calendar, pauses=pauses)


def _hours(start: date | datetime, limit: int, basis: Basis) -> Deadline:
    if not isinstance(start, datetime):
        raise TypeError("an hours clock starts at an instant, not on a day")
    begun = local(start)
    counted_from = begun
    if basis.excludes_first_hour:
        counted_from = begun.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    due = counted_from + timedelta(hours=limit)
    text = _Text(basis)
    text.zh.append(
        f"自{_zh_instant(begun)}起算{'（开始的小时不计）' if basis.excludes_first_hour else ''}，连续{limit}小时"
    )
    text.zh.append(f"遇节假日不顺延，至{_zh_instant(due)}届满")
    hour = ", the first hour not counted," if basis.excludes_first_hour else ""
    text.en.append(f"{limit} continuous hours from {begun:%Y-%m-%d %H:%M}{hour} end at {due:%Y-%m-%d %H:%M}")
    text.en.append("no day off moves the end")
    return Deadline(start, Clock.HOURS, limit, due, text.explanation())


def _days(
    start: date, limit: int, clock: Clock, basis: Basis, *, calendar: Calendar, pauses: Sequence[Pause]
) -> Deadline:
    text = _Text(basis)
    on = start
    while len(text.counted) < limit:
        on += _DAY
        if any(pause.covers(on) for pause in pauses):
            text.skipped.append(Skipped(on, SkipReason.PAUSE, "中止", "clock paused"))
            continue
        if clock is Clock.WORKING:
            day = calendar.day(on)
            text.provisional |= not day.official
            if not day.is_worked:
                text.skipped.append(_skipped(day))
                continue
            if day.kind is DayKind.MAKE_UP:
                text.made_up.append(on)
        text.counted.append(on)
    if clock is Clock.CALENDAR and basis.rolls:
        day = calendar.day(on)
        text.provisional |= not day.official
        while not day.is_worked:
            text.rolled.append(_skipped(day))
            on += _DAY
            day = calendar.day(on)
            text.provisional |= not day.official
    text.tell_days(start, limit, clock, on)
    return Deadline(start, clock, limit, on, text.explanation())


def _skipped(day: Day) -> Skipped:
    if day.kind is DayKind.HOLIDAY:
        return Skipped(day.on, SkipReason.HOLIDAY, day.holiday_zh or "节假日", day.holiday_en or "public holiday")
    return Skipped(day.on, SkipReason.WEEKEND, "周末", "weekend")


class _Text:
    """Collects what happened to each day and says it."""

    def __init__(self, basis: Basis) -> None:
        self.basis = basis
        self.counted: list[date] = []
        self.skipped: list[Skipped] = []
        self.made_up: list[date] = []
        self.rolled: list[Skipped] = []
        self.provisional = False
        self.zh: list[str] = []
        self.en: list[str] = []

    def tell_days(self, start: date, limit: int, clock: Clock, due: date) -> None:
        unit_zh, unit_en = ("个工作日", "working") if clock is Clock.WORKING else ("日", "calendar")
        self.zh.append(f"自{_zh_date(start)}起算（当日不计），共{limit}{unit_zh}")
        self.en.append(f"{limit} {unit_en} day{'s' if limit > 1 else ''} after {start.isoformat()} (not counted)")
        if self.skipped:
            self.zh.append(f"跳过{_ranges(self.skipped, zh=True)}")
            self.en.append(f"skipping {_ranges(self.skipped, zh=False)}")
        if self.made_up:
            self.zh.append(f"计入调休上班日{'、'.join(map(_zh_day, self.made_up))}")
            self.en.append(f"counting the make-up working days {', '.join(map(date.isoformat, self.made_up))}")
        if self.rolled:
            self.zh.append(f"期满日遇{_ranges(self.rolled, zh=True)}，顺延至其后第一个工作日")
            self.en.append(f"running out on a day off, so moved past {_ranges(self.rolled, zh=False)}")
        self.zh.append(f"至{_zh_date(due)}届满")
        self.en.append(f"the last day is {due.isoformat()}")

    def explanation(self) -> Explanation:
        zh, en = ["，".join(self.zh)], ["; ".join(self.en)]
        zh.append(f"依据：{self.basis.article}")
        en.append(f"Source: {self.basis.article}")
        if self.basis.caveat_zh:
            zh.append(self.basis.caveat_zh)
            en.append(self.basis.caveat_en)
        if self.provisional:
            zh.append("所涉日期的放假安排尚未公布，暂按周末推算，公布后重新计算")
            en.append("Provisional: the holidays of these days are not announced yet, so only weekends were skipped")
        return Explanation(
            counted=tuple(self.counted),
            skipped=tuple(self.skipped),
            made_up=tuple(self.made_up),
            rolled=tuple(self.rolled),
            provisional=self.provisional,
            article=self.basis.article,
            verified=self.basis.verified,
            zh="。".join(zh) + "。",
            en=". ".join(en) + ".",
        )


def _zh_date(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def _zh_day(on: date) -> str:
    return f"{on.month}月{on.day}日"


def _zh_instant(at: datetime) -> str:
    return f"{_zh_date(at)}{at:%H:%M}"


def _ranges(days: Iterable[Skipped], *, zh: bool) -> str:
    """Runs of days off with one reason: 春节(2月16日至2月22日)."""
    runs: list[list[Skipped]] = []
    for day in days:
        if runs and runs[-1][-1].name_zh == day.name_zh and runs[-1][-1].on + _DAY == day.on:
            runs[-1].append(day)
        else:
            runs.append([day])
    return ("、" if zh else ", ").join(_run(run, zh=zh) for run in runs)


def _run(run: list[Skipped], *, zh: bool) -> str:
    first, last = run[0], run[-1]
    if zh:
        return f"{first.name_zh}（{_zh_day(first.on)}{'' if first is last else '至' + _zh_day(last.on)}）"
    return f"{first.name_en} ({first.on.isoformat()}{'' if first is last else ' to ' + last.on.isoformat()})"
