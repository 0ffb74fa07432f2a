"""Which period a reader may ask for, and what he is shown of it."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from contracts.conduct import OrganKind, PenaltyKind, penalties
from contracts.discipline_events import Penalty

from discipline_api.refusals import Refused
from discipline_api.statistics.domain import Counted, GroupBy, Table, count, suppress

_PROVINCIAL = {OrganKind.DEPARTMENT, OrganKind.ASSOCIATION}
_ASSOCIATIONS = {OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION}
_GROUPS: dict[GroupBy, list[set[OrganKind] | set[Penalty]]] = {
    # The tables of kinds and of regions tell what these organs decided together.
    GroupBy.ORGAN: [organs for some in (_PROVINCIAL, _ASSOCIATIONS) for organs in (some, set(OrganKind) - some)],
    GroupBy.PENALTY: [{each for each, info in penalties().items() if info.kind is kind} for kind in PenaltyKind],
}


class Facts(Protocol):
    async def values(self, counted: Counted, by: GroupBy, first: date, last: date) -> Sequence[Sequence[str]]:
        """Of each item its cells."""


async def public_table(facts: Facts, counted: Counted, by: GroupBy, year: int, today: date) -> Table:
    """Whole years that are over: a number that moved from day to day would date single cases."""
    if not 2000 <= year < today.year:  # noqa: PLR2004 -- the plan begins in 2024; nothing older than the system's law
        raise Refused(
            "year-not-over",
            "只公布已结束年度的统计",
            "statistics are published for years that are over",
            field="year",
        )
    total, cells = count(await facts.values(counted, by, date(year, 1, 1), date(year, 12, 31)))
    return suppress(total, cells, _GROUPS.get(by, ()))


async def own_table(facts: Facts, counted: Counted, by: GroupBy, first: date, last: date) -> Table:
    """Of the organs whose cases the reader sees anyway, unsuppressed."""
    if first > last:
        raise Refused("period-empty", "起始日晚于截止日", "the period ends before it begins", field="from")
    total, cells = count(await facts.values(counted, by, first, last))
    return Table(total, dict(cells))
