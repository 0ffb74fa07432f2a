"""What a listener is sent: each value he may see, when it changes."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import date

from common.auth import Principal
from contracts.entitlements import IndicatorScope, indicator_scope, is_closed_indicator, may_read_feed
from contracts.plan import plan
from progress_store.queries import COMPUTATIONS

from progress_api.board import Board, Snapshot
from progress_api.views import attainment


@dataclass(frozen=True, slots=True)
class Change:
    id: str
    value: int | float | None
    gap: int | None
    as_of: date


def streamed_indicators(principal: Principal) -> tuple[str, ...]:
    """Closed indicators only for readers of their feed: the moment of a change tells the age of an event."""
    return tuple(
        indicator_id
        for indicator_id, computation in COMPUTATIONS.items()
        if indicator_scope(principal, indicator_id) in (IndicatorScope.ALL_REGIONS, IndicatorScope.OWN_REGION_OPEN)
        and (not is_closed_indicator(indicator_id) or all(may_read_feed(principal, t) for t in computation.topics))
    )


def values_of(snapshot: Snapshot, indicator_ids: tuple[str, ...]) -> dict[str, Change]:
    changes = {}
    for indicator_id in indicator_ids:
        found = snapshot.figures[indicator_id]
        value, target = found.value, plan().target_of_indicator(indicator_id)
        _, gap = attainment(target, value, snapshot.readings.policy(indicator_id).range_attained_from, found)
        changes[indicator_id] = Change(indicator_id, value, gap, snapshot.as_of)
    return changes


async def changes(board: Board, principal: Principal) -> AsyncGenerator[Change]:
    """All values at first, then each that has changed."""
    indicator_ids = streamed_indicators(principal)
    sent: dict[str, Change] = {}
    snapshots = board.snapshots()
    try:
        async for snapshot in snapshots:
            for indicator_id, change in values_of(snapshot, indicator_ids).items():
                if sent.get(indicator_id) != change:
                    sent[indicator_id] = change
                    yield change
    finally:
        await snapshots.aclose()
