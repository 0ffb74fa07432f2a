"""The State Council's lists of holidays: those that came with the program, and those loaded since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from contracts.working_days import OFFICIAL_CALENDAR, Calendar, Day, DayKind

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class HolidayList:
    """One yearly notice: days off with their names, and weekend days worked in exchange. It may reach into the next
    or the former year by some days."""

    year: int
    document: str
    holidays: Mapping[date, str]
    make_up: frozenset[date]


class LoadedCalendar:
    """A list that was loaded stands above what came with the program, for its year and the days it names beyond."""

    def __init__(self, lists: Iterable[HolidayList], below: Calendar = OFFICIAL_CALENDAR) -> None:
        self._below = below
        self._years: set[int] = set()
        self._off: dict[date, str] = {}
        self._make_up: set[date] = set()
        for each in sorted(lists, key=lambda one: one.year):
            self._years.add(each.year)
            self._off |= each.holidays
            self._make_up |= each.make_up
            for on in each.make_up:
                self._off.pop(on, None)

    def day(self, on: date) -> Day:
        official = self._is_official(on)
        if official is None:
            return self._below.day(on)
        if on in self._make_up:
            return Day(on, DayKind.MAKE_UP, official)
        if on in self._off:
            return Day(on, DayKind.HOLIDAY, official, self._off[on], "public holiday")
        if on.year in self._years:
            return Day(on, DayKind.WEEKEND if on.weekday() >= _SATURDAY else DayKind.WORKDAY, official)
        below = self._below.day(on)
        return Day(on, below.kind, official, below.holiday_zh, below.holiday_en)

    def _is_official(self, on: date) -> bool | None:
        """None where no loaded list has anything to say. The next list may still take the last days of a year."""
        named = on in self._off or on in self._make_up
        if on.year in self._years:
            last_days = date(on.year, 12, 25)
            return on < last_days or on.year + 1 in self._years or self._below.day(on).official
        if named:
            return True
        if on.year + 1 in self._years and on >= date(on.year, 12, 25):
            return True
        return None
