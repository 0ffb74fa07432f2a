"""Stamped scans as their reporter and the department see them."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel

from progress_api.reporting.domain import Report
from progress_api.reporting.rows import Revision
from progress_api.reporting.scans import Scan, Waiver, due_after, due_on, state_of
from progress_api.reporting.views import LabelView, ReportLine


class ScanView(BaseModel):
    """Digests are those of the original. erased_at: at the end of its term; nothing of it can be read any more."""

    scan_id: UUID
    revision: int
    kind: LabelView
    size: int
    pages: int | None
    sha256: str
    sm3: str
    kept_by: str
    kept_at: datetime
    erased_at: datetime | None

    @classmethod
    def of(cls, scan: Scan) -> Self:
        return cls(
            scan_id=scan.scan_id,
            revision=scan.revision,
            kind=LabelView.of(scan.kind),
            size=scan.size,
            pages=scan.pages,
            sha256=scan.sha256.hex(),
            sm3=scan.sm3.hex(),
            kept_by=scan.kept_by,
            kept_at=scan.kept_at,
            erased_at=scan.erased_at,
        )


class WaiverView(BaseModel):
    reason: str
    given_by: str
    given_at: datetime


class ScansView(BaseModel):
    """state: of the newest revision. due_on: until when its scan may follow; null before it has been submitted."""

    report_id: UUID
    revision: int
    state: LabelView
    due_on: date | None
    overdue: bool
    waiver: WaiverView | None
    items: list[ScanView]

    @classmethod
    def of(
        cls, report: Report, newest: Revision | None, scans: Iterable[Scan], waiver: Waiver | None, today: date
    ) -> Self:
        scans = list(scans)
        last = next((each for each in scans if each.revision == report.revision and each.erased_at is None), None)
        state, due = state_of(newest, last, waiver), due_on(newest)
        return cls(
            report_id=report.report_id,
            revision=report.revision,
            state=LabelView.of(state),
            due_on=due,
            overdue=due is not None and today > due and not state.settled,
            waiver=None
            if waiver is None
            else WaiverView(reason=waiver.reason, given_by=waiver.given_by, given_at=waiver.given_at),
            items=[ScanView.of(scan) for scan in scans],
        )


class OwedScanView(BaseModel):
    """A submitted report whose scan is not there; overdue once scan_due_on is over."""

    report: ReportLine
    scan_due_on: date
    overdue: bool

    @classmethod
    def of(cls, report: Report, submitted_at: datetime, today: date) -> Self:
        due = due_after(submitted_at)
        return cls(report=ReportLine.line(report, today), scan_due_on=due, overdue=today > due)
