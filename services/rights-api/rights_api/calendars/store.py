"""Lists of holidays in PostgreSQL: editions by year, only added."""

from datetime import datetime

import orjson
from common.database import Tx
from contracts.working_days import Calendar
from sqlalchemy import text

from rights_api.calendars.domain import Redating, redatings
from rights_api.clocks.holidays import HolidayList, LoadedCalendar
from rights_api.clocks.store import SqlClocks, holiday_list

_LATEST = text("""
SELECT DISTINCT ON (year) year, edition, document, holidays, make_up, loaded_at FROM holiday_lists
ORDER BY year, edition DESC""")
_ADD = text("""
INSERT INTO holiday_lists (year, edition, document, holidays, make_up, loaded_by, loaded_at)
SELECT :year, coalesce(max(edition), 0) + 1, :document, CAST(:holidays AS jsonb), CAST(:make_up AS date[]), :loaded_by,
    :loaded_at
FROM holiday_lists WHERE year = :year""")
# Two lists at once would each be dated without the other; new deadlines wait for neither.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(727)")


class SqlCalendars:
    def __init__(self, tx: Tx) -> None:
        self._tx, self._session = tx, tx.session

    async def latest(self) -> list[tuple[HolidayList, int, datetime]]:
        """The list of each year with its edition and when it was loaded."""
        rows = (await self._session.execute(_LATEST)).mappings()
        return [(holiday_list(row), row["edition"], row["loaded_at"]) for row in rows]

    async def would_move(self, loaded: HolidayList) -> list[Redating]:
        await self._session.execute(_ONE_AT_A_TIME)
        return redatings(await SqlClocks(self._tx).movable(loaded.year), await self._with(loaded))

    async def add(self, loaded: HolidayList, *, by: str, at: datetime) -> None:
        await self._session.execute(
            _ADD,
            {
                "year": loaded.year,
                "document": loaded.document,
                "holidays": orjson.dumps({on.isoformat(): name for on, name in loaded.holidays.items()}).decode(),
                "make_up": sorted(loaded.make_up),
                "loaded_by": by,
                "loaded_at": at,
            },
        )

    async def _with(self, loaded: HolidayList) -> Calendar:
        others = [each for each, _, _ in await self.latest() if each.year != loaded.year]
        return LoadedCalendar([*others, loaded])
