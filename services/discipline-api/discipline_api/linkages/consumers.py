"""Our own feed in: a penalty links membership, its withdrawal undoes the linkage."""

from datetime import datetime

from common.auth import PROVINCE
from common.database import Tx
from common.events import Event
from common.positions.effects import ParkedEvent
from contracts.discipline_events import DisciplineParkedEventResolved, SanctionDecided, SanctionWithdrawn

from discipline_api.linkages.store import SqlLinkages
from discipline_api.linkages.use_cases import (
    when_sanction_is_decided_link_membership,
    when_sanction_is_withdrawn_undo_its_linkage,
)

HANDLES = frozenset({SanctionDecided.event_type, SanctionWithdrawn.event_type})


async def react(tx: Tx, event: Event, now: datetime) -> None:
    if isinstance(event, SanctionDecided):
        await when_sanction_is_decided_link_membership(SqlLinkages(tx), tx.outbox, event, now=now)
    elif isinstance(event, SanctionWithdrawn):
        await when_sanction_is_withdrawn_undo_its_linkage(
            SqlLinkages(tx), tx.outbox, case_id=event.case_id, withdrawn_on=event.withdrawn_on
        )


def resolved(parked: ParkedEvent, outcome: str) -> DisciplineParkedEventResolved:
    return DisciplineParkedEventResolved(
        version=parked.version + 1,
        region=parked.region or PROVINCE,
        parked_id=parked.parked_id,
        outcome=outcome,
        source_topic=parked.topic,
        source_partition=parked.partition,
        source_seq=parked.seq,
    )
