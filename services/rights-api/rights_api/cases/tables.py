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
    dictated_by: Mapped[str | None]
    """The officer who wrote it down for a caller."""
    commitment: Mapped[bytes | None]
    kind: Mapped[str]
    identity_mode: Mapped[str]
    right_code: Mapped[str]
    respondent: Mapped[str]
    respondent_level: Mapped[str]
    target_level: Mapped[str | None]
    criminal: Mapped[bool]
    hearing_in_progress: Mapped[bool]
    act_at_stake: Mapped[bool]
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
    content_form: Mapped[str]
    """How the two are sealed: cases.content."""
    petition: Mapped[str | None]
    decided_on: Mapped[date | None]
    info_asked: Mapped[bool]
    reviewed: Mapped[bool]
    referred: Mapped[bool]
    escalated: Mapped[bool]
    heard_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    """Its term is over: nothing sealed in it opens any more."""


class StepRow(Base):
    """One step, as it was taken; `ordinal` is the version of the case after it."""

    __tablename__ = "complaint_steps"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    taken_at: Mapped[datetime]
    by: Mapped[str]
    subject: Mapped[str]
    organ_kind: Mapped[str | None]
    organ_region: Mapped[str | None]
    document_number: Mapped[str | None]
    document_date: Mapped[date | None]
    organ_name: Mapped[str | None]
    decided_on: Mapped[date | None]
    received_on: Mapped[date | None]
    code: Mapped[str | None]
    """Ground, outcome, region or result: what the step decided, from a closed list."""
    satisfied: Mapped[bool | None]
    key_digest: Mapped[bytes | None]
    """Of the complainant's key, so that a repetition is no second step."""


class TextRow(Base):
    __tablename__ = "case_texts"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]


class AssignmentRow(Base):
    __tablename__ = "assignments"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str]
    organ_kind: Mapped[str]
    organ_region: Mapped[str]
    assigned_by: Mapped[str]
    assigned_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecusalRow(Base):
    __tablename__ = "recusals"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    ground: Mapped[str]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]


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


class ReceiptRow(Base):
    """What a receipt opens: a case, or the watch over a refused meeting, which keeps its id when it becomes a case."""

    __tablename__ = "receipts"

    receipt_digest: Mapped[bytes] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(unique=True)


class SessionRow(Base):
    __tablename__ = "receipt_sessions"

    token_digest: Mapped[bytes] = mapped_column(primary_key=True)
    complaint_id: Mapped[UUID | None] = mapped_column(ForeignKey("receipts.owner_id"))
    """Of the case, or of what has not become one yet."""
    expires_at: Mapped[datetime]


class ConsentRow(Base):
    __tablename__ = "identity_consents"

    complaint_id: Mapped[UUID] = mapped_column(ForeignKey("complaints.complaint_id"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    purpose: Mapped[str]
    given: Mapped[bool]
    at: Mapped[datetime]
    key_digest: Mapped[bytes]


class AssessmentRow(Base):
    __tablename__ = "impact_assessments"

    assessment_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int]
    organ_kind: Mapped[str]
    conclusion: Mapped[str]
    document_number: Mapped[str]
    purpose: Mapped[str]
    risks: Mapped[str]
    measures: Mapped[str]
    assessed_on: Mapped[date]
    kept_to_on: Mapped[date]
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]
