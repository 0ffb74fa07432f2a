"""Who sits where on a day, and how the office is reached; read by alarms and by features."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from contracts.conduct import OrganKind
from contracts.regions import PROVINCE, REGIONS
from contracts.working_days import local_date
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.duty.domain import Channel, DutyNumbers, Seat
from rights_api.organs import Organ

ALL_ORGANS = (
    Organ(OrganKind.ASSOCIATION, PROVINCE),
    Organ(OrganKind.DEPARTMENT, PROVINCE),
    *(Organ(kind, region) for kind in (OrganKind.CITY_ASSOCIATION, OrganKind.BUREAU) for region in REGIONS),
)
_OF_ORGAN = "organ_kind = :organ_kind AND organ_region = :organ_region"
_HOLDERS = text(f"""
SELECT on_duty, substitute FROM duty_rosters WHERE {_OF_ORGAN} AND on_day = :on_day ORDER BY version DESC LIMIT 1""")
_TELEPHONE = text(f"SELECT telephone FROM duty_telephones WHERE {_OF_ORGAN} ORDER BY version DESC LIMIT 1")
_CHANNELS = text(f"SELECT channels FROM duty_contacts WHERE {_OF_ORGAN} AND subject = :subject")
_GAPS = text("""
SELECT o.kind, o.region, d.on_day
FROM unnest(CAST(:kinds AS text[]), CAST(:regions AS text[])) AS o(kind, region)
CROSS JOIN unnest(CAST(:days AS date[])) AS d(on_day)
WHERE (SELECT r.on_duty FROM duty_rosters r
       WHERE r.organ_kind = o.kind AND r.organ_region = o.region AND r.on_day = d.on_day
       ORDER BY r.version DESC LIMIT 1) IS NULL
  AND (d.on_day >= CAST(:obliged_from AS date) OR EXISTS (
       SELECT FROM duty_rosters r
       WHERE r.organ_kind = o.kind AND r.organ_region = o.region AND r.on_day <= d.on_day AND r.on_duty IS NOT NULL))
  AND NOT EXISTS (SELECT FROM alarms a WHERE a.kind = 'roster-missing'
      AND a.about_kind = o.kind AND a.about_region = o.region AND a.about_on = d.on_day)
ORDER BY d.on_day, o.kind, o.region""")


def of_organ(organ: Organ) -> dict[str, Any]:
    """The two columns by which every table here names an organ."""
    return {"organ_kind": organ.kind.value, "organ_region": organ.region}


def organ_of(kind: str, region: str) -> Organ:
    return Organ(OrganKind(kind), region)


async def holders(session: AsyncSession, organ: Organ, on: date) -> dict[Seat, str]:
    """Subjects by seat; a seat that nobody holds is absent."""
    row = (await session.execute(_HOLDERS, of_organ(organ) | {"on_day": on})).first()
    if row is None:
        return {}
    seats = {Seat.ON_DUTY: row.on_duty, Seat.SUBSTITUTE: row.substitute}
    return {seat: subject for seat, subject in seats.items() if subject is not None}


async def channels_of(session: AsyncSession, organ: Organ, subject: str) -> tuple[Channel, ...]:
    found = await session.scalar(_CHANNELS, of_organ(organ) | {"subject": subject})
    return tuple(Channel(channel) for channel in found or ())


async def on_duty(session: AsyncSession, organ: Organ, at: datetime) -> DutyNumbers:
    """What a caller is told: the office's number, and whether somebody is there."""
    on = local_date(at)
    telephone = await session.scalar(_TELEPHONE, of_organ(organ))
    return DutyNumbers(organ, on, telephone, staffed=bool(await holders(session, organ, on)))


async def gaps(session: AsyncSession, days: Iterable[date], obliged_from: date | None) -> list[tuple[Organ, date]]:
    """Days without roster nobody was told of: of organs that keep one by then, and from a day on of all."""
    rows = await session.execute(
        _GAPS,
        {
            "kinds": [organ.kind.value for organ in ALL_ORGANS],
            "regions": [organ.region for organ in ALL_ORGANS],
            "days": list(days),
            "obliged_from": obliged_from,
        },
    )
    return [(organ_of(row.kind, row.region), row.on_day) for row in rows]
