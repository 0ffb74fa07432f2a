"""Rows of a register file counted in all, by region and by state: the same way by who makes a file and who reads it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field

from contracts.labels import LabelledEnum
from contracts.policy import Frozen


class RowState(LabelledEnum):
    """What a row says of its lawyer (the first two) or firm."""

    LICENSED = "licensed", "持有执业证", "holds a licence"
    UNLICENSED = "unlicensed", "不再持有执业证", "no longer holds a licence"
    ACTIVE = "active", "存续", "active"
    ENDED = "ended", "已终止", "ended"


class RegisterCounts(Frozen):
    """What has no row has no key."""

    rows: int = Field(ge=0)
    by_region: Mapping[str, int]
    by_state: Mapping[RowState, int]


def row_state(record: Mapping[str, Any]) -> RowState:
    """Of one row of a file. Raises KeyError of what is no row."""
    if record["kind"] == "lawyer":
        return RowState.LICENSED if record["licensed"] else RowState.UNLICENSED
    return RowState.ACTIVE if record["active"] else RowState.ENDED


class Tally:
    """Counts rows as they go by."""

    def __init__(self) -> None:
        self._regions: Counter[str] = Counter()
        self._states: Counter[RowState] = Counter()

    def add(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            self._regions[record["region"]] += 1
            self._states[row_state(record)] += 1

    @property
    def counts(self) -> RegisterCounts:
        """Keys in order, so that the same rows are told in the same bytes."""
        return RegisterCounts(
            rows=self._states.total(),
            by_region=dict(sorted(self._regions.items())),
            by_state=dict(sorted(self._states.items())),
        )
