"""Deadlines in PostgreSQL. Only the work column `next_at` and the organ of a deadline change; all else is added."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from common.database import Database, Tx
from contracts.conduct import OrganKind
from contracts.rights_events import RightsDeadlineMissed, RightsDeadlineRectified
from contracts.working_days import Calendar, local_date
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.clocks.domain import Bearer, Clock, Dating, Mark, Marked, Owner, Why, begin, date_again
from rights_api.clocks.holidays import HolidayList, LoadedCalendar
from rights_api.organs import Organ

_BATCH = 200
_KINDS = {kind.value: kind for kind in OrganKind}
_INSERT = text("""
INSERT INTO clocks (clock_id, owner_kind, owner_id, organ_kind, organ_region, urgent, justice, name, rule_id, bearer,
    cap_id, next_at)
VALUES (:clock_id, :owner_kind, :owner_id, :organ_kind, :organ_region, :urgent, :justice, :name, :rule_id, :bearer,
    :cap_id, :next_at)""")
_DATE = text("""
INSERT INTO clock_dates (clock_id, revision, why, started_on, started_at, due_at, due_on, warn_at, provisional,
    explanation)
VALUES (:clock_id, :revision, :why, :started_on, :started_at, :due_at, :due_on, :warn_at, :provisional,
    CAST(:explanation AS jsonb))""")
_MARK = text("INSERT INTO clock_marks (clock_id, ordinal, mark, at) VALUES (:clock_id, :ordinal, :mark, :at)")
_NEXT = text("UPDATE clocks SET next_at = :next_at WHERE clock_id = :clock_id")
_CLOCKS = """
SELECT clock_id, owner_kind, owner_id, organ_kind, organ_region, urgent, justice, name, rule_id, bearer, cap_id
FROM clocks c"""
_OF = text(f"{_CLOCKS} WHERE owner_id = ANY(:owners) ORDER BY seq")
_LOCKED = text(f"{_CLOCKS} WHERE owner_id = ANY(:owners) ORDER BY seq FOR UPDATE")
_DUE = text(f"{_CLOCKS} WHERE next_at <= :now ORDER BY next_at LIMIT :limit FOR UPDATE SKIP LOCKED")
# Also those that have ended late: their overdue may turn out wrong.
_MOVABLE = text(f"""{_CLOCKS} WHERE EXISTS (
    SELECT FROM clock_dates d WHERE d.clock_id = c.clock_id AND (d.provisional OR d.due_on BETWEEN :first AND :last))
    ORDER BY seq FOR UPDATE""")
_DATES = text("SELECT * FROM clock_dates WHERE clock_id = ANY(:ids) ORDER BY clock_id, revision")
_MARKS = text("SELECT * FROM clock_marks WHERE clock_id = ANY(:ids) ORDER BY clock_id, ordinal")
_LISTS = text(
    "SELECT DISTINCT ON (year) year, document, holidays, make_up FROM holiday_lists ORDER BY year, edition DESC"
)


async def calendar_of(session: AsyncSession) -> Calendar:
    """The official calendar with every list loaded since."""
    return LoadedCalendar(holiday_list(row) for row in (await session.execute(_LISTS)).mappings())


def holiday_list(row: Any) -> HolidayList:
    return HolidayList(
        year=row["year"],
        document=row["document"],
        holidays={date.fromisoformat(on): name for on, name in row["holidays"].items()},
        make_up=frozenset(row["make_up"]),
    )


class SqlClocks:
    """Call its writing methods with the owner locked."""

    def __init__(self, tx: Tx) -> None:
        self._tx, self._session = tx, tx.session

    async def begin(
        self,
        owner: Owner,
        name: str,
        rule_id: str,
        started_at: date | datetime,
        *,
        bearer: Bearer = Bearer.ORGAN,
        cap: Clock | None = None,
    ) -> Clock:
        clock = begin(owner, name, rule_id, started_at, await calendar_of(self._session), bearer=bearer, cap=cap)
        await self._session.execute(
            _INSERT,
            {
                "clock_id": clock.clock_id,
                "owner_kind": owner.kind,
                "owner_id": owner.id,
                "organ_kind": owner.organ.kind.value,
                "organ_region": owner.organ.region,
                "urgent": owner.urgent,
                "justice": owner.justice,
                "name": name,
                "rule_id": rule_id,
                "bearer": bearer.value,
                "cap_id": clock.cap_id,
                "next_at": clock.next_at(),
            },
        )
        await self._date(clock, clock.current, 1)
        return clock

    async def meet(self, owner_id: UUID, name: str, at: datetime) -> None:
        """What was due has been done; nothing where no such deadline runs."""
        await self._end(owner_id, name, Mark.MET, at)

    async def lapse(self, owner_id: UUID, at: datetime, name: str | None = None) -> None:
        """What was due need not be done any more: one deadline of its owner, or all that still run."""
        await self._end(owner_id, name, Mark.LAPSED, at)

    async def pause(self, owner_id: UUID, name: str, at: datetime) -> None:
        for clock in await self._open(owner_id, name):
            late = await self._overdue(clock, at)
            await self._mark(late, Mark.PAUSED, at)

    async def resume(self, owner_id: UUID, name: str, at: datetime) -> None:
        """The days in between do not count: it is dated anew."""
        for clock in await self._open(owner_id, name):
            if not clock.paused:
                continue
            went_on = await self._mark(clock, Mark.RESUMED, at)
            dating = date_again(went_on, Why.RESUMED, await calendar_of(self._session), cap=await self._cap(clock))
            await self._redate(went_on, dating)

    async def hand_over(self, owner_id: UUID, organ: Organ, at: datetime) -> None:
        """Another organ must keep what still runs; when it is due stays."""
        for clock in await self._open(owner_id, None):
            await self._mark(clock, Mark.HANDED_OVER, at)
            await self._session.execute(
                text("UPDATE clocks SET organ_kind = :kind, organ_region = :region WHERE clock_id = :clock_id"),
                {"kind": organ.kind.value, "region": organ.region, "clock_id": clock.clock_id},
            )

    async def of(self, *owners: UUID) -> list[Clock]:
        """In the order in which they began."""
        return await self._load(_OF, {"owners": list(owners)})

    async def announce(self, now: datetime, limit: int = _BATCH) -> int:
        """Writes what has become true: warnings, and overdues at their legal instants."""
        clocks = await self._load(_DUE, {"now": now, "limit": limit})
        for clock in clocks:
            warned = clock
            if not clock.has(Mark.WARNED, clock.current.warn_at):
                warned = await self._mark(clock, Mark.WARNED, clock.current.warn_at)
            await self._overdue(warned, now)
        return len(clocks)

    async def movable(self, year: int) -> list[Clock]:
        """Those whose end a list of that year may move, locked."""
        first, last = date(year - 1, 12, 1), date(year + 1, 1, 31)
        return await self._load(_MOVABLE, {"first": first, "last": last})

    async def date_anew(self, clock: Clock, dating: Dating, now: datetime) -> None:
        """After a list of holidays. An overdue that turns out wrong is rectified; it is not removed."""
        standing = clock.overdue_at
        after = await self._redate(clock, dating)
        if standing is None or dating.due_at <= standing:
            return
        after = await self._mark(after, Mark.OVERDUE_RECTIFIED, now)
        self._tx.outbox.add(
            RightsDeadlineRectified(
                version=self._events(after),
                region=clock.owner.organ.region,
                deadline_id=clock.clock_id,
                deadline=clock.name,
                due_on=dating.due_on,
            )
        )
        ended = after.ended
        if ended is not None and ended.at >= dating.due_at:
            await self._overdue(after, now, ended=True)

    async def _end(self, owner_id: UUID, name: str | None, mark: Mark, at: datetime) -> None:
        for clock in await self._open(owner_id, name):
            # First what was already true when it ended, though no timer had come to say so.
            late = clock if clock.paused else await self._overdue(clock, at)
            await self._mark(late, mark, at)

    async def _overdue(self, clock: Clock, now: datetime, *, ended: bool = False) -> Clock:
        due_at = clock.current.due_at
        if (
            clock.bearer is not Bearer.ORGAN
            or now < due_at
            or clock.has(Mark.OVERDUE, due_at)
            or (clock.ended and not ended)
        ):
            return clock
        after = await self._mark(clock, Mark.OVERDUE, due_at)
        self._tx.outbox.add(
            RightsDeadlineMissed(
                version=self._events(after),
                region=clock.owner.organ.region,
                deadline_id=clock.clock_id,
                organ_kind=clock.owner.organ.kind.value,
                deadline=clock.name,
                due_on=clock.current.due_on,
            )
        )
        return after

    @staticmethod
    def _events(clock: Clock) -> int:
        """Each of these marks is one event of the deadline."""
        return sum(marked.mark in (Mark.OVERDUE, Mark.OVERDUE_RECTIFIED) for marked in clock.marks)

    async def _open(self, owner_id: UUID, name: str | None) -> list[Clock]:
        clocks = await self._load(_LOCKED, {"owners": [owner_id]})
        return [clock for clock in clocks if clock.is_open and name in (None, clock.name)]

    async def _cap(self, clock: Clock) -> Clock | None:
        if clock.cap_id is None:
            return None
        return next(other for other in await self.of(clock.owner.id) if other.clock_id == clock.cap_id)

    async def _mark(self, clock: Clock, mark: Mark, at: datetime) -> Clock:
        ordinal = len(clock.marks) + 1
        parameters = {"clock_id": clock.clock_id, "ordinal": ordinal, "mark": mark.value, "at": at}
        await self._session.execute(_MARK, parameters)
        return await self._noted(_with(clock, marks=(*clock.marks, Marked(mark, at))))

    async def _redate(self, clock: Clock, dating: Dating) -> Clock:
        await self._date(clock, dating, len(clock.datings) + 1)
        return await self._noted(_with(clock, datings=(*clock.datings, dating)))

    async def _noted(self, clock: Clock) -> Clock:
        await self._session.execute(_NEXT, {"next_at": clock.next_at(), "clock_id": clock.clock_id})
        return clock

    async def _date(self, clock: Clock, dating: Dating, revision: int) -> None:
        started = dating.started_at
        await self._session.execute(
            _DATE,
            {
                "clock_id": clock.clock_id,
                "revision": revision,
                "why": dating.why.value,
                "started_on": local_date(started),
                "started_at": started if isinstance(started, datetime) else None,
                "due_at": dating.due_at,
                "due_on": dating.due_on,
                "warn_at": dating.warn_at,
                "provisional": dating.provisional,
                "explanation": orjson.dumps(dating.explanation).decode(),
            },
        )

    async def _load(self, query: Any, parameters: dict[str, Any]) -> list[Clock]:
        rows = (await self._session.execute(query, parameters)).mappings().all()
        ids = {"ids": [row["clock_id"] for row in rows]}
        datings: dict[UUID, list[Dating]] = defaultdict(list)
        marks: dict[UUID, list[Marked]] = defaultdict(list)
        if rows:
            for dated in (await self._session.execute(_DATES, ids)).mappings():
                datings[dated["clock_id"]].append(_dating(dated))
            for marked in (await self._session.execute(_MARKS, ids)).mappings():
                marks[marked["clock_id"]].append(Marked(Mark(marked["mark"]), marked["at"]))
        return [_clock(row, datings[row["clock_id"]], marks[row["clock_id"]]) for row in rows]


def clock_of(found: dict[str, Any]) -> Clock:
    """From JSON as PostgreSQL writes it: the row, with its `dates` and `marks` in their order."""
    organ = Organ(_KINDS[found["organ_kind"]], found["organ_region"])
    return Clock(
        clock_id=UUID(found["clock_id"]),
        owner=Owner(found["owner_kind"], UUID(found["owner_id"]), organ, found["urgent"], found["justice"]),
        name=found["name"],
        rule_id=found["rule_id"],
        bearer=Bearer(found["bearer"]),
        datings=tuple(_dating(_read(dated)) for dated in found["dates"]),
        marks=tuple(Marked(Mark(mark), datetime.fromisoformat(at)) for mark, at in found["marks"] or ()),
        cap_id=None if found["cap_id"] is None else UUID(found["cap_id"]),
    )


def _read(dated: dict[str, Any]) -> dict[str, Any]:
    instants = {name: datetime.fromisoformat(dated[name]) for name in ("due_at", "warn_at")}
    started_at = dated["started_at"]
    return (
        dated
        | instants
        | {
            "started_at": None if started_at is None else datetime.fromisoformat(started_at),
            "started_on": date.fromisoformat(dated["started_on"]),
            "due_on": date.fromisoformat(dated["due_on"]),
        }
    )


async def announce(database: Database, now: datetime) -> int:
    """A timer's task: warnings and overdues are written at their instants, and the latter told."""
    total = 0
    while True:
        async with database.begin() as tx:
            done = await SqlClocks(tx).announce(now)
        total += done
        if done < _BATCH:
            return total


def _with(clock: Clock, *, datings: Sequence[Dating] | None = None, marks: Sequence[Marked] | None = None) -> Clock:
    return Clock(
        clock.clock_id,
        clock.owner,
        clock.name,
        clock.rule_id,
        clock.bearer,
        clock.datings if datings is None else tuple(datings),
        clock.marks if marks is None else tuple(marks),
        clock.cap_id,
    )


def _dating(row: Any) -> Dating:
    started: date | datetime = row["started_on"] if row["started_at"] is None else row["started_at"]
    return Dating(
        Why(row["why"]), started, row["due_at"], row["due_on"], row["warn_at"], row["provisional"], row["explanation"]
    )


def _clock(row: Any, datings: Sequence[Dating], marks: Sequence[Marked]) -> Clock:
    organ = Organ(_KINDS[row["organ_kind"]], row["organ_region"])
    owner = Owner(row["owner_kind"], UUID(int=row["owner_id"].int), organ, row["urgent"], row["justice"])
    return Clock(
        clock_id=UUID(int=row["clock_id"].int),
        owner=owner,
        name=row["name"],
        rule_id=row["rule_id"],
        bearer=Bearer(row["bearer"]),
        datings=tuple(datings),
        marks=tuple(marks),
        cap_id=None if row["cap_id"] is None else UUID(int=row["cap_id"].int),
    )
