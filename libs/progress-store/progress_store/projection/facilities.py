"""Events of the register of facilities → what it said of each, version by version."""

from collections.abc import Sequence

from asyncpg import Connection
from contracts.rights_events import FacilityChanged, FacilityRegistered


async def tell_facilities(connection: Connection, events: Sequence[FacilityRegistered | FacilityChanged]) -> None:
    await connection.copy_records_to_table(
        "facilities",
        columns=(
            "facility_id", "version", "organ_code", "region", "organ_kind", "kind", "status", "opened_on", "from_on",
        ),
        records=[
            (e.facility_id, e.version, e.organ_code, e.region, e.organ_kind.value, e.kind.value, e.status.value,
             e.opened_on, e.from_on)
            for e in events
        ],
    )  # fmt: skip
