"""All numbers of the plan on a day, from one snapshot of the store: what lights, editions and the closing stand on."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType

import asyncpg
from progress_store.queries import COMPUTATIONS, Asked, Figures, figures

from progress_api.readings.store import official


async def figures_on(
    connection: asyncpg.Connection,
    as_of: date,
    indicator_ids: Iterable[str] = COMPUTATIONS,
    *,
    known: Mapping[str, Figures] = MappingProxyType({}),
) -> dict[str, Figures]:
    """Under the official readings of that day. The connection stands in a transaction that sees one snapshot.

    known: those of that very day that have been computed already.
    """
    readings = await official(connection, as_of)
    return {
        indicator_id: known.get(indicator_id)
        or await figures(connection, COMPUTATIONS[indicator_id], Asked(as_of, readings.policy(indicator_id)))
        for indicator_id in indicator_ids
    }
