"""The tables of sanctions. The migration creates them; a test compares both."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, SmallInteger, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own name, read once
        str: Text,
        bytes: LargeBinary,
        datetime: TIMESTAMP(timezone=True),
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


class SanctionRow(Base):
    """Name, numbers and free text of the subject are null once `erased_at` is set."""

    __tablename__ = "sanctions"

    case_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    organ_kind: Mapped[str]
    organ_region: Mapped[str]
    organ_code: Mapped[str]
    document_number: Mapped[str]
    document_key: Mapped[str]
    subject_kind: Mapped[str]
    subject_name: Mapped[str | None]
    licence_number: Mapped[str | None]
    credit_code: Mapped[str | None]
    firm_name: Mapped[str | None]
    conduct_code: Mapped[str]
    penalties: Mapped[list[str]]
    fine_yuan: Mapped[int | None]
    confiscated_yuan: Mapped[Decimal | None]
    suspension_months: Mapped[int | None] = mapped_column(SmallInteger)
    mitigation: Mapped[str | None]
    escalation: Mapped[str | None]
    tier: Mapped[str | None]
    deviation_reasons: Mapped[str | None]
    filed_on: Mapped[date]
    decided_on: Mapped[date]
    served_on: Mapped[date]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    reasons: Mapped[str | None]
    facts: Mapped[str | None]
    deadlines: Mapped[dict[str, Any]]
    publish_due_on: Mapped[date]
    published_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    withdrawal_ground: Mapped[str | None]
    withdrawal_document_number: Mapped[str | None]
    summary_procedure: Mapped[bool]
    withheld_on: Mapped[date | None]
    withholding_ground: Mapped[str | None]
    withholding_reasons: Mapped[str | None]
    publishing_ground: Mapped[str | None]
    publishing_reasons: Mapped[str | None]
    facts_checked_by: Mapped[str | None]
    taken_down_on: Mapped[date | None]
    remedies: Mapped[int]
    remedy_outcome: Mapped[str | None]
    remedy_document_number: Mapped[str | None]
    remedy_on: Mapped[date | None]
    credit_from: Mapped[date | None]
    credit_shown: Mapped[bool]
    display_to_on: Mapped[date]
    record_to_on: Mapped[date]
    repaired_on: Mapped[date | None]
    recorded_by: Mapped[str]
    erased_at: Mapped[datetime | None]
    honour_held: Mapped[bool | None]
    honour_counts_from: Mapped[date | None]
