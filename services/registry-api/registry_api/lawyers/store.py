"""Lists of lawyers for officers; the one statement of the public look-up, and the one that follows public rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg
from common.database import Database
from contracts.working_days import SHANGHAI
from sqlalchemy import ColumnElement, exists, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.register.lawyer import Lawyer
from registry_api.register.public import PublicRow, in_public_register
from registry_api.register.standing import LICENCE_REVOKED, Standing
from registry_api.register.store import Register
from registry_api.register.tables import FirmRow, LawyerRow, LicenceNumberRow, PracticeRow, StandingFactRow
from registry_api.register.versions import VersionRow

_PUBLIC = """
SELECT p.body, p.etag, p.valid_until, p.lawyer_id FROM licence_numbers n JOIN public_lawyers p USING (lawyer_id)
WHERE n.licence_number = $1 AND p.etag IS NOT NULL"""
# A document that the reader has is not read: what is stored outside its row would cost as much again.
_PUBLIC_UNLESS_KNOWN = """
SELECT CASE WHEN p.etag = ANY($2) THEN NULL ELSE p.body END AS body, p.etag, p.valid_until, p.lawyer_id
FROM licence_numbers n JOIN public_lawyers p USING (lawyer_id) WHERE n.licence_number = $1 AND p.etag IS NOT NULL"""

_MOST_CHANGES = 10_000
# Both halves see one snapshot. What that of the last question saw already is left out; of what is newer nothing is
# missing, for a transaction that was still running then is not visible in it.
_CHANGED = f"""
SELECT pg_current_snapshot()::text AS snapshot, NULL::uuid AS lawyer_id
UNION ALL (
    SELECT NULL, lawyer_id FROM public_lawyers
    WHERE changed_in >= pg_snapshot_xmin($1::text::pg_snapshot)::text::bigint
        AND NOT pg_visible_in_snapshot(changed_in::text::xid8, $1::text::pg_snapshot)
    LIMIT {_MOST_CHANGES + 1}
)"""


@dataclass(frozen=True, slots=True)
class LawyerLine:
    """One lawyer of a list, with the current or last practice."""

    lawyer: LawyerRow
    practice: PracticeRow
    firm_name: str | None


class Lawyers:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def search(
        self,
        *,
        day: date,
        limit: int,
        after: str | None = None,
        name: str | None = None,
        firm_id: UUID | None = None,
        firm_name: str | None = None,
        region: str | None = None,
        category: int | None = None,
        standing: Standing | None = None,
        licence_number: str | None = None,
        grounds_told: bool = True,
    ) -> Sequence[LawyerLine]:
        """`grounds_told`: whether an end reads 吊销 by its ground alone, or only while a fact says so."""
        query = (
            select(LawyerRow, PracticeRow, FirmRow.name)
            .join(PracticeRow, PracticeRow.practice_id == LawyerRow.current_practice_id)
            .outerjoin(FirmRow, FirmRow.firm_id == PracticeRow.firm_id)
            .where(LawyerRow.merged_into.is_(None))
            .order_by(LawyerRow.licence_number)
            .limit(limit)
        )
        if after is not None:
            query = query.where(LawyerRow.licence_number > after)
        if name is not None:
            query = query.where(LawyerRow.name.startswith(name, autoescape=True))
        if firm_id is not None:
            query = query.where(PracticeRow.firm_id == firm_id)
        if firm_name is not None:
            query = query.where(FirmRow.name.startswith(firm_name, autoescape=True))
        if region is not None:
            query = query.where(PracticeRow.region == region)
        if category is not None:
            query = query.where(PracticeRow.category == category)
        if licence_number is not None:
            held = select(LicenceNumberRow.lawyer_id).where(LicenceNumberRow.licence_number == licence_number)
            query = query.where(LawyerRow.lawyer_id.in_(held))
        if standing is not None:
            query = query.where(_has_standing(standing, day, grounds_told=grounds_told))
        return [LawyerLine(*row) for row in await self._session.execute(query)]

    async def ever(
        self,
        after: UUID | None,
        limit: int,
        *,
        name: str | None,
        firm_id: UUID | None,
        firm_name: str | None,
        region: str | None,
        category: int | None,
        licence_number: str | None,
    ) -> Sequence[UUID]:
        """Who matches now or may have matched before: whoever practised so, or had another state once."""
        practised = [PracticeRow.lawyer_id == LawyerRow.lawyer_id]
        if firm_id is not None:
            practised.append(PracticeRow.firm_id == firm_id)
        if firm_name is not None:
            named = select(FirmRow.firm_id).where(FirmRow.name.startswith(firm_name, autoescape=True))
            practised.append(PracticeRow.firm_id.in_(named))
        if region is not None:
            practised.append(PracticeRow.region == region)
        if category is not None:
            practised.append(PracticeRow.category == category)
        now: ColumnElement[bool] = exists().where(*practised)
        if name is not None:
            now &= LawyerRow.name.startswith(name, autoescape=True)
        superseded = exists().where(VersionRow.entity_id == LawyerRow.lawyer_id)
        query = select(LawyerRow.lawyer_id).where(now | superseded).order_by(LawyerRow.lawyer_id).limit(limit)
        if licence_number is not None:
            held = select(LicenceNumberRow.lawyer_id).where(LicenceNumberRow.licence_number == licence_number)
            query = query.where(LawyerRow.lawyer_id.in_(held))
        if after is not None:
            query = query.where(LawyerRow.lawyer_id > after)
        return (await self._session.execute(query)).scalars().all()

    async def firms_named(self, beginning: str) -> set[UUID]:
        query = select(FirmRow.firm_id).where(FirmRow.name.startswith(beginning, autoescape=True))
        return set((await self._session.execute(query)).scalars())


def _has_standing(standing: Standing, day: date, *, grounds_told: bool) -> ColumnElement[bool]:
    """`standing_on(day)` said in SQL, for today's lists; a test holds the two together."""
    revoked = _fact_on(day, "revocation")
    if grounds_told:
        ended = PracticeRow.to_on.is_not(None) & (PracticeRow.to_on <= day)
        revoked |= ended & (PracticeRow.end_ground == LICENCE_REVOKED)
    licensed = or_(PracticeRow.to_on.is_(None), PracticeRow.to_on > day)
    suspended = _fact_on(day, "suspension")
    conditions: dict[Standing, ColumnElement[bool]] = {
        Standing.REVOKED: revoked,
        Standing.ENDED: ~revoked & ~licensed,
        Standing.SUSPENDED: ~revoked & licensed & suspended,
        Standing.PRACTISING: ~revoked & licensed & ~suspended,
        Standing.NOT_YET: false(),  # the current practice never begins in the future
    }
    return conditions[standing]


def _fact_on(day: date, kind: str) -> ColumnElement[bool]:
    fact = StandingFactRow
    return exists().where(
        fact.lawyer_id == LawyerRow.lawyer_id,
        fact.kind == kind,
        fact.withdrawn.is_(False),
        fact.from_on <= day,
        or_(fact.to_on.is_(None), fact.to_on > day),
    )


class PublicRegister:
    """One prepared statement per look-up, by any number that a person has ever held."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, number: str, now: datetime, known: Sequence[str] = ()) -> PublicRow | None:
        """known: ETags that the reader has; the row with one of them comes without its body."""
        selects = self._database.selects
        row = await (
            selects.fetchrow(_PUBLIC_UNLESS_KNOWN, number, known) if known else selects.fetchrow(_PUBLIC, number)
        )
        if row is None:
            return None
        if row["valid_until"] is not None and row["valid_until"] <= now:
            return await self.render_anew(row["lawyer_id"], now)
        return PublicRow(row["lawyer_id"], row["body"] or b"", row["etag"], row["valid_until"])

    async def lawyer(self, number: str, today: date) -> Lawyer | None:
        """The whole history, for a day of the past; None where the public does not see him today."""
        async with self._database.begin() as tx:
            register = await Register.within(tx, today)
            ids = await register.lawyer_ids_by_number([number])
            lawyers = await register.lawyers(list(ids.values()), lock=False)
        return next((lawyer for lawyer in lawyers.values() if in_public_register(lawyer)), None)

    async def render_anew(self, lawyer_id: UUID, now: datetime) -> PublicRow | None:
        """A term has begun or ended at midnight: what was rendered before is no longer true."""
        async with self._database.begin() as tx:
            register = await Register.within(tx, now.astimezone(SHANGHAI).date())
            rows = await register.render([await register.lawyer_for_update(lawyer_id)])
        return rows[0] if rows else None


class PublicChanges:
    """Asks which public rows have been committed since it last asked, over a connection of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: asyncpg.Connection | None = None
        self._snapshot: str | None = None

    async def __call__(self) -> Collection[UUID] | None:
        if self._connection is None:
            # Another server may answer now, or the same one restored: nothing that was read before counts.
            self._snapshot = None
            self._connection = await self._database.connect_raw()
        since, self._snapshot = self._snapshot, None
        try:
            if since is None:
                self._snapshot = await self._connection.fetchval("SELECT pg_current_snapshot()::text")
                return None
            first, *changed = await self._connection.fetch(_CHANGED, since)
        except BaseException:
            self._connection.terminate()
            self._connection = None
            raise
        self._snapshot = first["snapshot"]
        return None if len(changed) > _MOST_CHANGES else [row["lawyer_id"] for row in changed]

    async def close(self) -> None:
        """The question under way fails."""
        if self._connection is not None:
            self._connection.terminate()
