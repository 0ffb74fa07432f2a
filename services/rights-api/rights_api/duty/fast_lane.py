"""A matter of the fast lane has come in: whoever is on duty is woken, whatever the hour."""

from datetime import datetime
from uuid import UUID

from common.database import Tx

from rights_api.cases.routing import Matter
from rights_api.duty.domain import AlarmKind
from rights_api.duty.store import raise_alarm
from rights_api.organs import association_of


async def wake(tx: Tx, owner_kind: str, owner_id: UUID, matter: Matter, *, at: datetime) -> None:
    """Where the matter belongs, and where it happened (RR14)."""
    told = {association_of(matter.owner_region)}
    if matter.incident_region is not None:
        told.add(association_of(matter.incident_region))
    for organ in sorted(told, key=lambda each: (each.kind, each.region)):
        await raise_alarm(
            tx,
            organ,
            AlarmKind.FAST_LANE,
            owner_kind,
            owner_id,
            urgent=True,
            justice=matter.against_justice,
            at=at,
        )
