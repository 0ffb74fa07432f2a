"""The tables of reconciliation. The migrations create them; a test compares both."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.tables import Base


class ReconciliationRow(Base):
    __tablename__ = "reconciliations"
    __table_args__ = (
        CheckConstraint("kind IN ('firms', 'lawyers')", name="reconciliations_kind"),
        Index("reconciliations_latest", "kind", text("completed_at DESC"), "reconciliation_id"),
    )

    reconciliation_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    requested_by: Mapped[str]
    file_name: Mapped[str]
    file_digest: Mapped[str] = mapped_column(server_default=text("''"))
    """Empty: for versions before 0018, which write it."""
    reconciled_on: Mapped[date]
    rows_total: Mapped[int]
    here: Mapped[int]
    there: Mapped[int]
    equal: Mapped[int]
    only_here: Mapped[int]
    only_there: Mapped[int]
    different: Mapped[int]
    unreadable: Mapped[int]
    lines_new: Mapped[int]
    lines_continued: Mapped[int]
    lines_disappeared: Mapped[int]
    completed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ReconciliationLineRow(Base):
    """One difference over all the runs that find it."""

    __tablename__ = "reconciliation_lines"
    __table_args__ = (
        CheckConstraint(
            "difference IN ('only-here', 'only-there', 'different', 'unreadable')",
            name="reconciliation_lines_difference",
        ),
        CheckConstraint("state IN ('open', 'settled', 'disappeared')", name="reconciliation_lines_state"),
        CheckConstraint("state <> 'settled' OR outcome IS NOT NULL", name="reconciliation_lines_settled"),
        Index("reconciliation_lines_by_region", "kind", "region", "line_id"),
    )

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    difference: Mapped[str]
    region: Mapped[str]
    entity_id: Mapped[UUID | None]
    number: Mapped[str]
    name: Mapped[str]
    field: Mapped[str | None]
    here: Mapped[str | None]
    there: Mapped[str | None]
    state: Mapped[str]
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    note: Mapped[str | None]
    settled_by: Mapped[str | None]
    settled_on: Mapped[date | None]
    found_first_on: Mapped[date]
    found_last_on: Mapped[date]
    last_run: Mapped[UUID] = mapped_column(ForeignKey("reconciliations.reconciliation_id"))
    disappeared_on: Mapped[date | None]
    reopened: Mapped[int] = mapped_column(server_default=text("0"))
