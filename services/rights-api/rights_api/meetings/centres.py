"""Detention centres and the telephones one reaches there, kept by officers; and what a lawyer is told to ring."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.routing import Level
from rights_api.duty.store_staffing import on_duty
from rights_api.meetings.domain import Watch
from rights_api.meetings.tables import CentreRow
from rights_api.organs import association_of


@dataclass(frozen=True, slots=True)
class Centre:
    """A public organ and its offices' numbers; never a person's."""

    centre_id: UUID
    version: int
    region: str
    name: str
    level: Level
    telephone: str | None
    procuratorate: str
    procuratorate_telephone: str | None
    listed: bool


@dataclass(frozen=True, slots=True)
class Number:
    who_zh: str
    who_en: str
    telephone: str | None
    staffed: bool | None = None
    """Whether somebody is on duty there today; None where we keep no roster of it."""


class SqlCentres:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, centre_id: UUID) -> Centre | None:
        query = select(CentreRow).where(CentreRow.centre_id == centre_id).order_by(CentreRow.version.desc()).limit(1)
        row = await self._session.scalar(query)
        return None if row is None else _centre(row)

    async def of(self, region: str | None) -> list[Centre]:
        """Listed ones of a region, or of the province, by name."""
        return [centre for centre in await self.all_of(region) if centre.listed]

    async def all_of(self, region: str | None) -> list[Centre]:
        """Those taken off the list too, by region and name. None: of the province."""
        last = select(CentreRow.centre_id, func.max(CentreRow.version).label("version")).group_by(CentreRow.centre_id)
        newest = last.subquery()
        query = (
            select(CentreRow)
            .join(newest, (newest.c.centre_id == CentreRow.centre_id) & (newest.c.version == CentreRow.version))
            .order_by(CentreRow.region, CentreRow.name, CentreRow.centre_id)
        )
        within = query if region is None else query.where(CentreRow.region == region)
        return [_centre(row) for row in await self._session.scalars(within)]

    async def add(self, centre: Centre, *, by: str, at: datetime) -> None:
        """Its next version. Two officers at once: the later one fails on the key."""
        self._session.add(
            CentreRow(
                centre_id=centre.centre_id,
                version=centre.version,
                region=centre.region,
                name=centre.name,
                level=centre.level.value,
                telephone=centre.telephone,
                procuratorate=centre.procuratorate,
                procuratorate_telephone=centre.procuratorate_telephone,
                listed=centre.listed,
                set_by=by,
                set_at=at,
            )
        )
        await self._session.flush()

    async def numbers(self, watch: Watch, now: datetime) -> list[Number]:
        """Centre and resident procurators where the place is on the list; the association of the place; our own."""
        centre = None if watch.centre_id is None else await self.get(watch.centre_id)
        found = []
        if centre is not None:
            found.append(Number(centre.name, "detention centre", centre.telephone))
            found.append(Number(centre.procuratorate, "resident procurators", centre.procuratorate_telephone))
        for region in dict.fromkeys((watch.incident_region, watch.owner_region)):
            duty = await on_duty(self._session, association_of(region), now)
            found.append(Number(f"{duty.organ.name_zh}值班", "lawyers' association", duty.telephone, duty.staffed))
        return found


def _centre(row: CentreRow) -> Centre:
    return Centre(
        row.centre_id,
        row.version,
        row.region,
        row.name,
        Level(row.level),
        row.telephone,
        row.procuratorate,
        row.procuratorate_telephone,
        row.listed,
    )
