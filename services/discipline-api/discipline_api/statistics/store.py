"""Counts what is on record; of whom it is about nothing is read."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from common.database import Tx
from contracts.conduct import penalties
from contracts.discipline_events import Penalty
from contracts.legal_day import midnight
from sqlalchemy import text

from discipline_api.permissions import Visible
from discipline_api.statistics.domain import Counted, GroupBy

_SANCTIONS = """
SELECT organ_region, organ_kind, penalties, conduct_code FROM sanctions
WHERE withdrawn_on IS NULL AND decided_on BETWEEN :first AND :last AND ({})"""
_MISSED = """
SELECT organ_region, organ_kind, name FROM deadlines
WHERE overdue_at >= :begins AND overdue_at < :ends AND ({})"""


class SqlFacts:
    """Fulfils `Facts`. `visible`: whose cases; None for all."""

    def __init__(self, tx: Tx, visible: Sequence[Visible] | None) -> None:
        self._session, self._visible = tx.session, visible

    async def values(self, counted: Counted, by: GroupBy, first: date, last: date) -> list[list[str]]:
        where, parameters = _within(self._visible)
        if counted is Counted.SANCTIONS:
            statement, period = _SANCTIONS, {"first": first, "last": last}
        else:
            statement = _MISSED
            period = {"begins": midnight(first), "ends": midnight(last + timedelta(days=1))}
        rows = await self._session.execute(text(statement.format(where)), parameters | period)
        return [_cells(counted, by, row) for row in rows.mappings()]


def _cells(counted: Counted, by: GroupBy, row: Any) -> list[str]:
    if by is GroupBy.REGION:
        return [row["organ_region"]]
    if by is GroupBy.ORGAN:
        return [row["organ_kind"]]
    if counted is Counted.MISSED_DEADLINES:
        return [row["name"]]
    if by is GroupBy.CONDUCT:
        return [row["conduct_code"]]
    if by is GroupBy.PENALTY:
        return list(row["penalties"])
    return [penalties()[Penalty(row["penalties"][0])].kind.value]


def _within(visible: Sequence[Visible] | None) -> tuple[str, dict[str, Any]]:
    if visible is None:
        return "true", {}
    parts, parameters = [], dict[str, Any]()
    for index, each in enumerate(visible):
        condition = f"organ_kind = ANY(CAST(:kinds_{index} AS text[]))"
        parameters[f"kinds_{index}"] = [kind.value for kind in each.organs]
        if each.region is not None:
            condition += f" AND organ_region = :region_{index}"
            parameters[f"region_{index}"] = each.region
        parts.append(f"({condition})")
    return " OR ".join(parts), parameters
