"""A question of the department about regions in, what the table is made of out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from contracts.entitlements import is_closed_indicator
from contracts.legal_day import end_of_last_month
from contracts.plan import Indicator
from progress_store.queries import Beneath

from progress_api.comparison.domain import Known, chosen
from progress_api.decompositions.domain import RegionTarget
from progress_api.lights.domain import PlanLights


@dataclass(frozen=True, slots=True)
class Compared:
    """targets: by indicator and region."""

    as_of: date
    known: Sequence[Known]
    lawyers: Known
    targets: Mapping[tuple[str, str], RegionTarget]
    lights: PlanLights
    beneath: Mapping[str, Beneath]


class Reads(Protocol):
    async def read(self, indicators: Mapping[Indicator, date], as_of: date) -> Compared:
        """Each indicator as of its own day, all from one snapshot."""


async def compare(
    reads: Reads, indicator_ids: Sequence[str], measure_id: str | None, *, as_of: date, today: date
) -> Compared:
    """Closed indicators are those of the end of last month, whatever day is asked about: so they are released."""
    days = {
        indicator: end_of_last_month(today) if is_closed_indicator(indicator.id) else as_of
        for indicator in chosen(indicator_ids, measure_id)
    }
    return await reads.read(days, as_of)
