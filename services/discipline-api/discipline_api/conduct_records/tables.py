"""The table of conduct records. The migration creates it; a test compares both."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import SmallInteger, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own name, read once
        str: Text,
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
    }


class ConductRecordRow(Base):
    """Whatever leads to the subject, a judgment's number and court too, is null once `erased_at` is set."""

    __tablename__ = "conduct_records"

    record_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    kind: Mapped[str]
    organ_kind: Mapped[str]
    organ_region: Mapped[str]
    organ_code: Mapped[str]
    document_number: Mapped[str | None]
    document_key: Mapped[str | None]
    subject_kind: Mapped[str]
    subject_name: Mapped[str | None]
    licence_number: Mapped[str | None]
    credit_code: Mapped[str | None]
    firm_name: Mapped[str | None]
    court: Mapped[str | None]
    offence_article: Mapped[str | None]
    assessed_year: Mapped[int | None] = mapped_column(SmallInteger)
    grade: Mapped[str | None]
    effective_on: Mapped[date]
    deadlines: Mapped[dict[str, Any]]
    publish_due_on: Mapped[date]
    published_on: Mapped[date | None]
    publishing_ground: Mapped[str | None]
    publishing_reasons: Mapped[str | None]
    withheld_on: Mapped[date | None]
    withholding_ground: Mapped[str | None]
    withholding_reasons: Mapped[str | None]
    withdrawn_on: Mapped[date | None]
    withdrawal_ground: Mapped[str | None]
    withdrawal_document_number: Mapped[str | None]
    taken_down_on: Mapped[date | None]
    display_to_on: Mapped[date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
