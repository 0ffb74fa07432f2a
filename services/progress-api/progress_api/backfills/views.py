"""What a table of past numbers changes, or has changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from contracts.regions import region_label
from pydantic import BaseModel

from progress_api.backfills.domain import Conflict, Difference, Entry
from progress_api.backfills.use_cases import Backfill
from progress_api.reporting.domain import Value


class NumberView(BaseModel):
    """amount: of a share its numerator, of yes and no 1 or 0; base: its denominator."""

    amount: int | None
    base: int | None
    reached_on: date | None

    @classmethod
    def of(cls, value: Value) -> Self:
        return cls(amount=value.amount, base=value.base, reached_on=value.reached_on)


class EntryView(BaseModel):
    value_id: UUID
    indicator_id: str
    title_zh: str
    title_en: str
    region: str
    region_zh: str
    region_en: str
    period: str
    value: NumberView
    document_number: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        indicator, (zh, en) = entry.item.about.indicator, region_label(entry.item.region)
        return cls(
            value_id=entry.value_id,
            indicator_id=indicator.id,
            title_zh=indicator.title_zh,
            title_en=indicator.title_en,
            region=entry.item.region,
            region_zh=zh,
            region_en=en,
            period=str(entry.report.period),
            value=NumberView.of(entry.value),
            document_number=entry.document_number,
        )


class ConflictView(EntryView):
    """confirmed: what stands, in its version. overridden: what another officer decided; null while it waits."""

    confirmed: NumberView
    confirmed_version: int
    overridden: bool | None

    @classmethod
    def conflict(cls, conflict: Conflict, overridden: bool | None = None) -> Self:
        return cls(
            **EntryView.of(conflict.entry).model_dump(),
            confirmed=NumberView.of(conflict.told.value),
            confirmed_version=conflict.told.version,
            overridden=overridden,
        )


class DryRunView(BaseModel):
    """What the table would do; nothing has been written."""

    rows: int
    unchanged: int
    new: list[EntryView]
    conflicts: list[ConflictView]

    @classmethod
    def of(cls, found: Difference) -> Self:
        return cls(
            rows=len(found.new) + len(found.unchanged) + len(found.conflicts),
            unchanged=len(found.unchanged),
            new=[EntryView.of(entry) for entry in found.new],
            conflicts=[ConflictView.conflict(conflict) for conflict in found.conflicts],
        )


class BackfillLine(BaseModel):
    """file_sha256: of the table as it was uploaded. overrides: whether its conflicts were put in force; null while
    they wait, or where there are none. late: of periods inside the frozen plan.
    """

    backfill_id: UUID
    file_sha256: str
    uploaded_by: str
    uploaded_at: datetime
    rows: int
    confirmed: int
    unchanged: int
    conflicts: int
    late: bool
    overrides: bool | None
    decided_by: str | None
    decided_at: datetime | None

    @classmethod
    def line(cls, backfill: Backfill) -> Self:
        return cls(
            backfill_id=backfill.backfill_id,
            file_sha256=backfill.file_digest.hex(),
            uploaded_by=backfill.uploaded_by,
            uploaded_at=backfill.uploaded_at,
            rows=backfill.rows,
            confirmed=backfill.confirmed,
            unchanged=backfill.unchanged,
            conflicts=backfill.conflicts,
            late=backfill.late,
            overrides=backfill.overrides,
            decided_by=backfill.decided_by,
            decided_at=backfill.decided_at,
        )


class BackfillView(BackfillLine):
    conflicting: list[ConflictView]

    @classmethod
    def of(cls, backfill: Backfill, conflicts: Iterable[tuple[Conflict, bool | None]]) -> Self:
        return cls(
            **BackfillLine.line(backfill).model_dump(),
            conflicting=[ConflictView.conflict(conflict, overridden) for conflict, overridden in conflicts],
        )


class ValueVersion(BaseModel):
    """revision: of the report, 0 for a back-filled number; only then there are backfill_id and document_number."""

    version: int
    value: NumberView
    revision: int
    backfill_id: UUID | None
    document_number: str | None


class ReportedValueView(BaseModel):
    """Where a reported number comes from: its report, and every version of it, the newest first."""

    value_id: UUID
    indicator_id: str
    region: str
    report_id: UUID
    versions: list[ValueVersion]

    @classmethod
    def of(cls, value_id: UUID, rows: Sequence[Mapping[str, Any]]) -> Self:
        return cls(
            value_id=value_id,
            indicator_id=rows[0]["indicator_id"],
            region=rows[0]["region"],
            report_id=rows[0]["report_id"],
            versions=[
                ValueVersion(
                    version=row["version"],
                    value=NumberView.of(Value(row["amount"], row["base"], row["reached_on"])),
                    revision=row["revision"],
                    backfill_id=row["backfill_id"],
                    document_number=row["document_number"],
                )
                for row in rows
            ],
        )
