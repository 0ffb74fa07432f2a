"""What a list of holidays would move."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.working_days import Calendar

from rights_api.clocks.domain import Clock, Dating, Why, date_again
from rights_api.clocks.holidays import HolidayList


@dataclass(frozen=True, slots=True)
class Redating:
    """One deadline, and its dating by the new list."""

    clock: Clock
    dating: Dating

    @property
    def moves(self) -> bool:
        return self.dating.due_at != self.clock.current.due_at


def redatings(clocks: Sequence[Clock], calendar: Calendar) -> list[Redating]:
    """Of deadlines in the order in which they began, so that what caps another is dated first.

    What was met in time stays as it is, even if the new list would have ended it sooner: nobody is late afterwards.
    """
    dated: dict[UUID, Clock] = {}
    found = []
    for clock in clocks:
        if clock.paused or (clock.ended is not None and clock.overdue_at is None):
            dated[clock.clock_id] = clock
            continue
        cap = None if clock.cap_id is None else dated.get(clock.cap_id)
        dating = date_again(clock, Why.CALENDAR, calendar, cap=cap)
        dated[clock.clock_id] = replace(clock, datings=(*clock.datings, dating))
        if dating.due_at != clock.current.due_at or dating.provisional != clock.current.provisional:
            found.append(Redating(clock, dating))
    return found


def digest(loaded: HolidayList, found: Iterable[Redating]) -> str:
    """Of what was shown: loading repeats it, so that nobody agrees to what he has not seen."""
    told = [str(loaded.year), loaded.document]
    told += [f"{on.isoformat()}={name}" for on, name in sorted(loaded.holidays.items())]
    told += [on.isoformat() for on in sorted(loaded.make_up)]
    told += sorted(f"{each.clock.clock_id}>{each.dating.due_at.isoformat()}" for each in found)
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def belongs(on: date, year: int) -> bool:
    """A list may reach into the last days before its year and the first after it."""
    return date(year - 1, 12, 25) <= on <= date(year + 1, 1, 10)
