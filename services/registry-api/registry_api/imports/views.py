"""Imports as answers."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from common.http.paging import encode_cursor
from pydantic import BaseModel

from registry_api.imports.domain import Class, Phase
from registry_api.imports.tables import ImportChangeRow, ImportFindingRow, ImportRow
from registry_api.sheets.columns import Kind

State = Literal["queued", "running", "checked", "done", "failed", "rejected", "withdrawn", "expired"]


class ImportView(BaseModel):
    """`rows_done` grows while it runs; rows with errors changed nothing, those with warnings did what they say.

    `phase`: the counts are those of the check, which writes nothing, or of what has been applied; `checked_counts` are
    those that the approving officer saw. `errors` counts `conflicts` too. `gone` is not applied by any import.
    """

    import_id: UUID
    kind: Kind
    phase: Phase
    dry_run: bool
    snapshot: bool
    state: State
    region: str
    requested_by: str
    file_name: str
    sheet: str
    rows_total: int
    rows_done: int
    created: int
    changed: int
    unchanged: int
    errors: int
    warnings: int
    conflicts: int
    gone: int
    checked_counts: dict[str, int] | None
    created_at: datetime
    started_at: datetime | None
    checked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    finished_at: datetime | None

    @classmethod
    def of(cls, row: ImportRow) -> Self:
        return cls.model_validate(row, from_attributes=True)


class FindingView(BaseModel):
    row: int
    severity: Literal["error", "warning"]
    column: str | None
    value: str | None
    reason_zh: str
    reason_en: str

    @classmethod
    def of(cls, row: ImportFindingRow) -> Self:
        return cls(
            row=row.row_number,
            severity=row.severity,
            column=row.column_name,
            value=row.value,
            reason_zh=row.reason_zh,
            reason_en=row.reason_en,
        )


class FieldChangeView(BaseModel):
    field: str
    before: str | None
    after: str | None


class ChangeView(BaseModel):
    """One line of the diff; `row` is null for whoever is gone."""

    row: int | None
    change: Class
    entity_id: UUID | None
    number: str
    name: str
    fields: list[FieldChangeView]

    @classmethod
    def of(cls, row: ImportChangeRow) -> Self:
        return cls(
            row=None if row.row_number < 0 else row.row_number,
            change=Class(row.class_),
            entity_id=row.entity_id,
            number=row.identity,
            name=row.name,
            fields=[
                FieldChangeView(field=name or "", before=before, after=after) for name, before, after in row.fields
            ],
        )


class Accepted(BaseModel):
    """`needs_approval`: another officer of the organ decides once the file has been checked."""

    import_id: UUID
    kind: Kind
    dry_run: bool
    needs_approval: bool
    sheet: str
    rows_total: int


def counts_of(row: ImportRow) -> dict[str, int]:
    return {
        "行数 rows": row.rows_total,
        "新增 created": row.created,
        "变更 changed": row.changed,
        "未变 unchanged": row.unchanged,
        "错误 errors": row.errors,
        "其中冲突 conflicts": row.conflicts,
        "警告 warnings": row.warnings,
        "文件中没有 gone": row.gone,
    }


def finding_cursor(row: ImportFindingRow) -> str:
    return encode_cursor("findings", row.row_number, row.ordinal)


def change_cursor(row: ImportChangeRow) -> str:
    return encode_cursor("import-changes", row.row_number)


def import_cursor(row: ImportRow) -> str:
    return encode_cursor("imports", row.created_at.isoformat(), str(row.import_id))
