"""The tables of refused meetings, as the migrations make them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, bytes: LargeBinary, datetime: TIMESTAMP(timezone=True)}  # noqa: RUF012 -- SQLAlchemy's own name, read once


class MeetingRow(Base):
    __tablename__ = "refused_meetings"

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_digest: Mapped[bytes]
    request_digest: Mapped[bytes]
    receipt_digest: Mapped[bytes]
    commitment: Mapped[bytes | None]
    kek_id: Mapped[str]
    wrapped_key: Mapped[bytes]
    identity_sealed: Mapped[bytes]
    facts_sealed: Mapped[bytes]
    dictated_by: Mapped[str | None]
    kind: Mapped[str]
    identity_mode: Mapped[str]
    level: Mapped[str]
    criminal: Mapped[bool]
    ground: Mapped[str]
    at_stake: Mapped[str | None]
    registration_region: Mapped[str | None]
    incident_region: Mapped[str]
    owner_region: Mapped[str]
    centre_id: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    refused_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    status: Mapped[str]
    version: Mapped[int]
    changed_at: Mapped[datetime]
    complaint_id: Mapped[UUID | None]
    erased_at: Mapped[datetime | None]


class MeetingStepRow(Base):
    """`ordinal` is the version of the watch after it; `at` the legal instant, `taken_at` when it was written."""

    __tablename__ = "refused_meeting_steps"

    meeting_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str]
    at: Mapped[datetime]
    taken_at: Mapped[datetime]
    by: Mapped[str]
    subject: Mapped[str]
    organ_kind: Mapped[str | None]
    organ_region: Mapped[str | None]
    called: Mapped[str | None]
    code: Mapped[str | None]
    sealed: Mapped[bytes | None]
    key_digest: Mapped[bytes | None]


class CentreRow(Base):
    """One version of an entry; the last one stands."""

    __tablename__ = "detention_centres"

    centre_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str]
    name: Mapped[str]
    level: Mapped[str]
    telephone: Mapped[str | None]
    procuratorate: Mapped[str]
    procuratorate_telephone: Mapped[str | None]
    listed: Mapped[bool]
    set_by: Mapped[str]
    set_at: Mapped[datetime]
