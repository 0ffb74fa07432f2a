"""Registry events → reconciliations."""

from collections.abc import Sequence

from asyncpg import Connection
from contracts.registry_events import ReconciliationCompleted


async def note_reconciliations(connection: Connection, events: Sequence[ReconciliationCompleted]) -> None:
    await connection.copy_records_to_table(
        "reconciliations",
        columns=(
            "reconciliation_id", "kind", "region", "reconciled_on", "reconciled_at", "here", "there", "only_here",
            "only_there", "different", "unreadable",
        ),
        records=[
            (e.reconciliation_id, e.kind.value, e.region, e.reconciled_on, e.reconciled_at, e.here, e.there,
             e.only_here, e.only_there, e.different, e.unreadable)
            for e in events
        ],
    )  # fmt: skip
