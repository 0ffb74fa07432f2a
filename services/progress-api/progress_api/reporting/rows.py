"""Rows of the database as reports, answers and revisions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.reporting import Reporter, ReportPeriod

from progress_api.reporting.domain import Answer, AnswerKind, Item, Origin, Report, ReportState, Signatories


@dataclass(frozen=True, slots=True)
class Revision:
    """What was entered at one time, who sent it, and what the department decided: confirmed or returned."""

    revision: int
    origin: Origin
    by_department: bool
    reason: str | None
    signatories: Signatories
    saved_by: str
    saved_at: datetime
    submitted_by: str | None
    submitted_at: datetime | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


def report_of(row: Mapping[str, Any], items: Iterable[Mapping[str, Any]] = ()) -> Report:
    return Report(
        report_id=row["report_id"],
        reporter=Reporter(row["reporter"]),
        region=row["region"],
        period=ReportPeriod(row["until_on"], row["from_on"], row["due_on"]),
        state=ReportState(row["state"]),
        version=row["version"],
        events=row["events"],
        revision=row["revision"],
        by_department=row["by_department"],
        submitted_by=row["submitted_by"],
        confirmed_revision=row["confirmed_revision"],
        received_on=row["received_on"],
        items=tuple(Item(i["indicator_id"], i["region"], i["region"] == row["region"]) for i in items),
    )


def answer_of(row: Mapping[str, Any]) -> Answer:
    return Answer(
        kind=AnswerKind(row["kind"]),
        amount=row["amount"],
        base=row["base"],
        reached_on=row["reached_on"],
        document_number=row["document_number"],
        remark=row["remark"],
        explanation=row["explanation"],
    )


def revision_of(row: Mapping[str, Any]) -> Revision:
    return Revision(
        revision=row["revision"],
        origin=Origin(row["origin"]),
        by_department=row["by_department"],
        reason=row["reason"],
        signatories=Signatories(row["filled_by"], row["checked_by"], row["responsible"]),
        saved_by=row["saved_by"],
        saved_at=row["saved_at"],
        submitted_by=row["submitted_by"],
        submitted_at=row["submitted_at"],
        decision=row["decision"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        decision_reason=row["decision_reason"],
    )
