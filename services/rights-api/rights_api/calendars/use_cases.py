"""Previewing and loading a list of holidays."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from rights_api.calendars.domain import Redating, digest
from rights_api.clocks.domain import Clock, Dating
from rights_api.clocks.holidays import HolidayList
from rights_api.refusals import Refused


class Lists(Protocol):
    async def would_move(self, loaded: HolidayList) -> list[Redating]: ...

    async def add(self, loaded: HolidayList, *, by: str, at: datetime) -> None: ...


class Clocks(Protocol):
    async def date_anew(self, clock: Clock, dating: Dating, now: datetime) -> None: ...


async def preview(lists: Lists, loaded: HolidayList) -> tuple[Sequence[Redating], str]:
    found = await lists.would_move(loaded)
    return found, digest(loaded, found)


async def load(
    lists: Lists, clocks: Clocks, loaded: HolidayList, agreed: str, *, by: str, at: datetime
) -> Sequence[Redating]:
    """Raises Refused where something else would move by now than what was agreed to."""
    found, shown = await preview(lists, loaded)
    if shown != agreed:
        raise Refused(
            "preview-changed",
            "预览后期限有变化，请重新预览并确认。",
            "Other deadlines would move by now; preview again.",
            field="digest",
            conflict=True,
        )
    await lists.add(loaded, by=by, at=at)
    for each in found:
        await clocks.date_anew(each.clock, each.dating, at)
    return found
