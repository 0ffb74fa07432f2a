"""The tables of imports. The migrations create them; a test compares both."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.tables import Base


class ImportRow(Base):
    """A file taken in; the row itself is the claim: whoever holds its lock works on the next chunk."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint("kind IN ('firms', 'lawyers')", name="imports_kind"),
        CheckConstraint(
            "state IN ('queued', 'running', 'checked', 'done', 'failed', 'rejected', 'withdrawn', 'expired')",
            name="imports_state",
        ),
        CheckConstraint("phase IN ('check', 'apply')", name="imports_phase"),
        CheckConstraint("phase = 'check' OR decided_by <> requested_by", name="imports_two_officers"),
        Index("imports_waiting", "created_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("imports_open", "created_at", postgresql_where=text("state = 'checked'")),
        Index("imports_by_region", "region", text("created_at DESC"), "import_id"),
    )

    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    dry_run: Mapped[bool]
    state: Mapped[str]
    requested_by: Mapped[str]
    region: Mapped[str]
    file_name: Mapped[str]
    file_digest: Mapped[str] = mapped_column(server_default=text("''"))
    """Empty: for versions before 0018, which write it."""
    effective_on: Mapped[date]
    rows_total: Mapped[int]
    rows_done: Mapped[int] = mapped_column(server_default=text("0"))
    created: Mapped[int] = mapped_column(server_default=text("0"))
    changed: Mapped[int] = mapped_column(server_default=text("0"))
    unchanged: Mapped[int] = mapped_column(server_default=text("0"))
    errors: Mapped[int] = mapped_column(server_default=text("0"))
    warnings: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    phase: Mapped[str]
    snapshot: Mapped[bool] = mapped_column(server_default=text("false"))
    sheet: Mapped[str] = mapped_column(server_default=text("''"))
    conflicts: Mapped[int] = mapped_column(server_default=text("0"))
    gone: Mapped[int] = mapped_column(server_default=text("0"))
    checked_at: Mapped[datetime | None]
    checked_counts: Mapped[dict[str, int] | None] = mapped_column(JSONB)
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None]


class ImportLineRow(Base):
    """A row of the file, waiting; `ordinal` is the order of work (head offices before branches)."""

    __tablename__ = "import_lines"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    row_number: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
    duplicate_of: Mapped[int | None]


class ImportFindingRow(Base):
    """One line of the report; a file is looked at twice, when it is checked and when it is applied."""

    __tablename__ = "import_findings"
    __table_args__ = (CheckConstraint("severity IN ('error', 'warning')", name="import_findings_severity"),)

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id", ondelete="CASCADE"), primary_key=True)
    phase: Mapped[str] = mapped_column(primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    severity: Mapped[str]
    column_name: Mapped[str | None]
    value: Mapped[str | None]
    reason_zh: Mapped[str]
    reason_en: Mapped[str]


class ImportChangeRow(Base):
    """What a row would do to the register, for the officer who approves; those gone from a snapshot count below 0."""

    __tablename__ = "import_changes"
    __table_args__ = (
        CheckConstraint("class IN ('new', 'changed', 'gone', 'conflicting')", name="import_changes_class"),
        CheckConstraint("(class = 'gone') = (row_number < 0)", name="import_changes_gone"),
        Index("import_changes_by_class", "import_id", "class", "row_number"),
    )

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id", ondelete="CASCADE"), primary_key=True)
    row_number: Mapped[int] = mapped_column(primary_key=True)
    class_: Mapped[str] = mapped_column("class")
    entity_id: Mapped[UUID | None]
    identity: Mapped[str]
    name: Mapped[str]
    fields: Mapped[list[list[str | None]]] = mapped_column(JSONB)


class ImportSeenRow(Base):
    """Whom the rows of a snapshot mean, as far as it has been checked."""

    __tablename__ = "import_seen"

    import_id: Mapped[UUID] = mapped_column(ForeignKey("imports.import_id", ondelete="CASCADE"), primary_key=True)
    entity_id: Mapped[UUID] = mapped_column(primary_key=True)
