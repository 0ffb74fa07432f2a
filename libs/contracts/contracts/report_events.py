"""Events of progress-api that numbers of the plan are made of: reports, statistics, inspections, what was shown."""

from datetime import date
from uuid import UUID

from common.events import Event
from pydantic import BaseModel, ConfigDict

from contracts.progress_events import TOPIC
from contracts.reporting import Reporter


class ReportRequested(Event, event_type="lawyers.progress.report.requested.v1", topic=TOPIC, key="report_id"):
    """A reporter owes a report for a period of a region; it counts as due once `due_on` is over."""

    report_id: UUID
    reporter: Reporter
    from_on: date
    until_on: date
    due_on: date


class ReportReceived(Event, event_type="lawyers.progress.report.received.v1", topic=TOPIC, key="report_id"):
    """It is in for the first time; that it was sent back afterwards does not make it late."""

    report_id: UUID
    received_on: date


class ReportedValueConfirmed(
    Event, event_type="lawyers.progress.reported-value.confirmed.v1", topic=TOPIC, key="value_id"
):
    """A reported number is confirmed, or corrected: the newest version counts.

    The key belongs to one indicator, region and period. amount: the number; of a share its numerator, of yes and no 1
    or 0; null where it has been withdrawn. base: the denominator of a share. reached_on: since when, of what is reached
    once.
    """

    value_id: UUID
    indicator_id: str
    from_on: date
    until_on: date
    due_on: date
    amount: int | None
    base: int | None = None
    reached_on: date | None = None


class NationalFigure(BaseModel):
    """province: GB/T 2260 code. bound: a code of `contracts.statistics.Bound`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    province: str
    lawyers: int
    bound: str


class NationalFiguresConfirmed(
    Event, event_type="lawyers.progress.national-figures.confirmed.v1", topic=TOPIC, key="table_id"
):
    """A published table of lawyers by province at a year's end is on record, corrected or (no figures) withdrawn."""

    table_id: UUID
    year: int
    published_on: date
    figures: tuple[NationalFigure, ...]


class InspectionCompleted(
    Event, event_type="lawyers.progress.inspection.completed.v1", topic=TOPIC, key="inspection_id"
):
    """An inspection of the plan in a region is completed: report issued, and every finding has been put right."""

    inspection_id: UUID
    completed_on: date


class ShownFigure(BaseModel):
    """region: one of the 18, 410000 for the province's own row, or `total`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    region: str
    value: int | float | None
    numerator: int | None = None
    denominator: int | None = None


class ValuesShown(Event, event_type="lawyers.progress.values.shown.v1", topic=TOPIC, key="indicator_id"):
    """The values of an indicator as they stood when a day ended; told where they differ from what was told last."""

    indicator_id: str
    shown_on: date
    figures: tuple[ShownFigure, ...]


class ClosedValuesShown(Event, event_type="lawyers.progress.closed-values.shown.v1", topic=TOPIC, key="indicator_id"):
    """The same of an indicator that only some may see from day to day."""

    indicator_id: str
    shown_on: date
    figures: tuple[ShownFigure, ...]
