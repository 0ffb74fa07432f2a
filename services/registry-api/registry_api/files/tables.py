"""The tables of editions. The migrations create them; a test compares both."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.tables import Base


class EditionRow(Base):
    """Ordered by an officer or due on a day; the row is the claim, and stays as the tombstone of its files."""

    __tablename__ = "editions"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'complete', 'failed', 'removed')", name="editions_state"),
        CheckConstraint("(scheduled_for IS NULL) <> (ordered_by IS NULL)", name="editions_origin"),
        CheckConstraint("(state IN ('complete', 'removed')) = (completed_at IS NOT NULL)", name="editions_completed"),
        CheckConstraint("(state = 'removed') = (removed_at IS NOT NULL)", name="editions_removed"),
        Index("editions_waiting", "ordered_at", postgresql_where=text("state = 'queued'")),
        Index("editions_complete", "completed_at", postgresql_where=text("state = 'complete'")),
    )

    edition_id: Mapped[UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default="queued")
    scheduled_for: Mapped[date | None] = mapped_column(unique=True)
    ordered_by: Mapped[str | None]
    ordered_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    completed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(server_default="0")


class EditionManifestRow(Base):
    """`feed_jws`: the same with the position and hash of the feed, for those who may read it."""

    __tablename__ = "edition_manifests"

    edition_id: Mapped[UUID] = mapped_column(ForeignKey("editions.edition_id"), primary_key=True)
    audience: Mapped[str] = mapped_column(primary_key=True)
    jws: Mapped[str]
    feed_jws: Mapped[str | None]


class EditionFileRow(Base):
    __tablename__ = "edition_files"
    __table_args__ = (Index("edition_files_by_name", "edition_id", "audience", "name", unique=True),)

    file_id: Mapped[UUID] = mapped_column(primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("editions.edition_id"))
    audience: Mapped[str]
    name: Mapped[str]
    media_type: Mapped[str]
    length: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[bytes]


class EditionChunkRow(Base):
    __tablename__ = "edition_chunks"

    file_id: Mapped[UUID] = mapped_column(ForeignKey("edition_files.file_id", ondelete="CASCADE"), primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    content: Mapped[bytes]
