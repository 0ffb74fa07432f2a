"""Counting and suppressing: a cell below the smallest count is left out, and another where one could subtract."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from contracts.entitlements import SMALLEST_DENOMINATOR
from contracts.labels import LabelledEnum


class GroupBy(LabelledEnum):
    REGION = "region", "地区", "region"
    ORGAN = "organ", "机关类别", "kind of organ"
    KIND = "kind", "处罚或者处分", "penalty or sanction"
    PENALTY = "penalty", "种类", "penalty"
    CONDUCT = "conduct", "违法行为", "conduct"


class Counted(LabelledEnum):
    """Numbers that the statistics hold."""

    SANCTIONS = "sanctions", "生效处罚处分", "effective penalties and sanctions"
    MISSED_DEADLINES = "missed-deadlines", "逾期", "missed deadlines"


@dataclass(frozen=True, slots=True)
class Table:
    """`total` and the cells; None where a count is suppressed."""

    total: int | None
    cells: dict[str, int | None]

    @property
    def suppressed(self) -> int:
        return sum(count is None for count in self.cells.values()) + (self.total is None)


def count(values: Iterable[Iterable[str]]) -> tuple[int, Counter[str]]:
    """Each item may fall into several cells, as a decision with two penalties does."""
    total, cells = 0, Counter[str]()
    for of_one in values:
        total += 1
        cells.update(set(of_one))
    return total, cells


def suppress(total: int, cells: Mapping[str, int], groups: Iterable[Collection[str]] = ()) -> Table:
    """Cells below the smallest count go, and zero is one of them nowhere: it names nobody.

    Where what is left lets the missing be subtracted (a single one, or several that sum to less than the smallest
    count), the next smallest go as well; so they do within each of `groups`, whose sum another table tells.
    """
    if 0 < total < SMALLEST_DENOMINATOR:
        return Table(None, dict.fromkeys(cells))
    hidden = {name for name, number in cells.items() if 0 < number < SMALLEST_DENOMINATOR}
    sums = [*(cells.keys() & set(group) for group in groups), cells.keys()]
    while more := next(filter(None, (_next(cells, hidden & group, group) for group in sums)), None):
        hidden.add(more)
    return Table(total, {name: None if name in hidden else number for name, number in cells.items()})


def _next(cells: Mapping[str, int], hidden: Collection[str], group: Collection[str]) -> str | None:
    """What must go of this group, lest what is hidden of it can be subtracted."""
    if not hidden or (len(hidden) > 1 and sum(cells[name] for name in hidden) >= SMALLEST_DENOMINATOR):
        return None
    rest = [(cells[name], name) for name in group if name not in hidden and cells[name] > 0]
    return min(rest)[1] if rest else None
