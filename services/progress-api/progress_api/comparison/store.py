"""What a comparison is made of, from one snapshot."""

from collections.abc import Mapping
from datetime import date

import asyncpg
from common.database import Database
from contracts.comparison import LAWYERS, day_before
from contracts.plan import Indicator, plan
from progress_store.queries import COMPUTATIONS, beneath

from progress_api.comparison.domain import Known
from progress_api.comparison.use_cases import Compared
from progress_api.decompositions.store import region_targets_on
from progress_api.figures import figures_on
from progress_api.lights.store import lights_on
from progress_api.readings.store import official


class StoredComparison:
    """Fulfils `Reads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, indicators: Mapping[Indicator, date], as_of: date) -> Compared:
        async with self._database.snapshot() as connection:
            targets = await region_targets_on(connection, as_of)
            return Compared(
                as_of,
                [await _known(connection, indicator, day) for indicator, day in indicators.items()],
                await _known(connection, plan().indicator(LAWYERS), as_of),
                {(target.indicator_id, target.region): target for target in targets},
                await lights_on(connection, as_of),
                await beneath(connection),
            )


async def _known(connection: asyncpg.Connection, indicator: Indicator, as_of: date) -> Known:
    before_on = day_before(indicator, as_of, has_period=COMPUTATIONS[indicator.id].has_period)
    return Known(
        indicator,
        as_of,
        before_on,
        (await figures_on(connection, as_of, [indicator.id]))[indicator.id],
        (await figures_on(connection, before_on, [indicator.id]))[indicator.id],
        (await official(connection, as_of)).policy(indicator.id),
        (await official(connection, before_on)).policy(indicator.id),
    )
