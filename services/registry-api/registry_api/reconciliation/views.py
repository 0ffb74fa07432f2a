"""Runs and lines as answers."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from common.http.paging import encode_cursor
from pydantic import BaseModel

from registry_api.reconciliation.domain import Difference, LineState, Outcome, Reason
from registry_api.reconciliation.tables import ReconciliationLineRow, ReconciliationRow
from registry_api.sheets.columns import Kind


class RunView(BaseModel):
    """`here` and `there`: valid licences on each side; the four kinds of difference count persons or firms, the lines
    their single differences. A firm or person with two differing fields is one difference and two lines.
    """

    reconciliation_id: UUID
    kind: Kind
    reconciled_on: date
    file_name: str
    rows_total: int
    here: int
    there: int
    equal: int
    only_here: int
    only_there: int
    different: int
    unreadable: int
    lines_new: int
    lines_continued: int
    lines_disappeared: int
    completed_at: datetime

    @classmethod
    def of(cls, row: ReconciliationRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


class CountView(BaseModel):
    """Lines that the last run found."""

    region: str
    difference: Difference
    field: str | None
    state: LineState
    lines: int

    @classmethod
    def of(cls, row: Any) -> Self:
        return cls(region=row[0], difference=row[1], field=row[2], state=row[3], lines=row[4])


class LatestView(RunView):
    """With its lines by region and field, as far as the reader's region goes."""

    counts: list[CountView]


class LineView(BaseModel):
    """`region` is that of the organ that owns it; `here` and `there` what each side says."""

    line_id: UUID
    kind: Kind
    difference: Difference
    region: str
    entity_id: UUID | None
    number: str
    name: str
    field: str | None
    here: str | None
    there: str | None
    state: LineState
    outcome: Outcome | None
    reason: Reason | None
    note: str | None
    settled_on: date | None
    found_first_on: date
    found_last_on: date
    disappeared_on: date | None
    reopened: int

    @classmethod
    def of(cls, row: ReconciliationLineRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


def run_cursor(row: ReconciliationRow) -> str:
    return encode_cursor("reconciliations", row.completed_at.isoformat(), str(row.reconciliation_id))


def line_cursor(row: ReconciliationLineRow) -> str:
    return encode_cursor("reconciliation-lines", str(row.line_id))
