"""The tables of complaints, as the migrations make them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own name, read once
        str: Text,
        bytes: LargeBinary,
        datetime: TIMESTAMP(timezone=True),
        dict[str, Any]: JSONB,
    }


class ComplaintRow(Base):
    __tablename__ = "complaints"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes]
    request_digest: Mapped[bytes]
    receipt_digest: Mapped[bytes]
    kind: Mapped[str]
    identity_mode: Mapped[str]
    right_code: Mapped[str]
    respondent: Mapped[str]
    respondent_level: Mapped[str]
    target_level: Mapped[str | None]
    criminal: Mapped[bool]
    hearing_in_progress: Mapped[bool]
    fast_lane: Mapped[bool]
    registration_region: Mapped[str | None]
    incident_region: Mapped[str | None]
    owner_region: Mapped[str]
    status: Mapped[str]
    version: Mapped[int]
    filed_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    refusal_ground: Mapped[str | None]
    outcome: Mapped[str | None]
    kek_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    identity_sealed: Mapped[bytes | None]
    facts_sealed: Mapped[bytes]
    refusal_sealed: Mapped[bytes | None]
    reply_sealed: Mapped[bytes | None]
    closure_sealed: Mapped[bytes | None]


class ClockRow(Base):
    __tablename__ = "case_clocks"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    rule_id: Mapped[str]
    started_on: Mapped[date]
    started_at: Mapped[datetime | None]
    due_at: Mapped[datetime]
    due_on: Mapped[date]
    provisional: Mapped[bool]
    explanation: Mapped[dict[str, Any]]


class AccessRow(Base):
    __tablename__ = "access_log"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    opened_at: Mapped[datetime]
    subject: Mapped[str]
    organisation_kind: Mapped[str]
    organisation_id: Mapped[str]
    purpose: Mapped[str]
    identity_opened: Mapped[bool]
    hash: Mapped[bytes]


class SessionRow(Base):
    __tablename__ = "receipt_sessions"

    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("complaints.complaint_id"))
    expires_at: Mapped[datetime]
