"""The number of the target that a deliverable stands for: it speaks instead of a state by hand."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

import asyncpg
from contracts.deliverables import DeliverableScope
from contracts.plan import Target, plan
from progress_store.queries import Figures, Policy, Reason
from progress_store.queries.computation import NOTHING_DUE

from progress_api.figures import figures_on
from progress_api.readings.store import official
from progress_api.views import attainment, of_region

_TARGETS = tuple(item.target for item in plan().deliverables() if item.target is not None)


@dataclass(frozen=True, slots=True)
class TargetNumber:
    target: Target
    value: int | float | None
    reason: Reason | None
    attained: bool | None
    gap: int | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class TargetFigures:
    """By target."""

    figures: Mapping[str, Figures]
    policies: Mapping[str, Policy]

    def of(self, target_id: str, scope: DeliverableScope) -> TargetNumber:
        target, found = plan().target(target_id), self.figures[target_id]
        range_from = self.policies[target_id].range_attained_from
        if scope is None:
            value, reason = found.value, found.reason
            attained, gap = attainment(target, value, range_from, found)
        else:
            value = found.regions[scope].value
            reason = None if value is not None else found.reason or NOTHING_DUE
            attained, gap = of_region(target, value, range_from)
        return TargetNumber(target, value, reason, attained, gap, target.bound(range_from))


async def target_figures(
    connection: asyncpg.Connection, as_of: date, target_ids: Iterable[str] = _TARGETS
) -> TargetFigures:
    """Of targets that deliverables stand for, by default all; no reader of values is refused their indicators."""
    indicators = {target_id: plan().target(target_id).indicator for target_id in target_ids}
    found, readings = await figures_on(connection, as_of, indicators.values()), await official(connection, as_of)
    return TargetFigures(
        {target_id: found[indicator] for target_id, indicator in indicators.items()},
        {target_id: readings.policy(indicator) for target_id, indicator in indicators.items()},
    )
