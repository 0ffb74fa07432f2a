"""The tables of the register. The migrations create them; a test compares both."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own name, read once
        str: Text,
        bytes: LargeBinary,
        datetime: TIMESTAMP(timezone=True),
    }


_INTERVAL = "to_on IS NULL OR to_on >= from_on"
_OPEN = text("to_on IS NULL")
CURRENT_TRANSACTION = text("pg_current_xact_id()::text::bigint")


class FirmRow(Base):
    __tablename__ = "firms"
    __table_args__ = (
        Index("firms_by_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
        Index("firms_by_change", "changed_in"),
        CheckConstraint("version >= 1", name="firms_version"),
    )

    firm_id: Mapped[UUID] = mapped_column(primary_key=True)
    credit_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_credit_code: Mapped[str | None]
    address: Mapped[str | None]
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    version: Mapped[int]
    current_period_id: Mapped[UUID]
    capital_yuan: Mapped[int | None] = mapped_column(BigInteger)
    head_id: Mapped[UUID | None] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    supervising_organ: Mapped[str | None]
    charter_on: Mapped[date | None]
    special_partners: Mapped[str] = mapped_column(server_default=text("'[]'"))
    partner_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), server_default=text("'{}'"))
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)


class FirmPeriodRow(Base):
    __tablename__ = "firm_periods"
    __table_args__ = (
        CheckConstraint(_INTERVAL, name="firm_periods_interval"),
        CheckConstraint("end_ground IS NULL OR to_on IS NOT NULL", name="firm_periods_end_ground"),
        CheckConstraint("kind = 'branch' OR parent_firm_id IS NULL", name="firm_periods_parent"),
        Index("firm_periods_one_open", "firm_id", unique=True, postgresql_where=_OPEN),
        Index("firm_periods_by_firm", "firm_id", "ordinal", unique=True),
        Index("firm_periods_by_parent", "parent_firm_id", postgresql_where=text("parent_firm_id IS NOT NULL")),
    )

    period_id: Mapped[UUID] = mapped_column(primary_key=True)
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firms.firm_id"))
    ordinal: Mapped[int]
    kind: Mapped[str]
    region: Mapped[str]
    parent_firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    end_ground: Mapped[str | None]
    county: Mapped[str | None]
    in_legal_district: Mapped[bool] = mapped_column(server_default=text("false"))


class LawyerRow(Base):
    __tablename__ = "lawyers"
    __table_args__ = (
        CheckConstraint("licence_number ~ '^1[0-9]{16}$'", name="lawyers_licence_number"),
        CheckConstraint("version >= 1", name="lawyers_version"),
        CheckConstraint("(id_sealed IS NULL) = (id_digest IS NULL)", name="lawyers_id_card"),
        # The serial stays with the person until practice ends; after that it may be given out again.
        Index("lawyers_serial_in_use", "serial", unique=True, postgresql_where=text("licensed")),
        Index("lawyers_by_serial", "serial"),
        Index("lawyers_by_name", "name", postgresql_ops={"name": "text_pattern_ops"}),
    )

    lawyer_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    licence_number: Mapped[str] = mapped_column(unique=True)
    serial: Mapped[str]
    first_licensed_on: Mapped[date]
    licensed: Mapped[bool]
    current_practice_id: Mapped[UUID]
    id_sealed: Mapped[bytes | None]
    id_digest: Mapped[bytes | None] = mapped_column(unique=True)
    version: Mapped[int]
    specialities: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("lawyers.lawyer_id"))


class PracticeRow(Base):
    """One open practice per person is the database's; that intervals follow one another is the domain's.

    EXCLUDE USING gist over (lawyer, interval) would need a range type over uuid (no btree_gist here) and takes 3.7 s
    for 45,000 rows where these indexes take 0.2 s.
    """

    __tablename__ = "practices"
    __table_args__ = (
        CheckConstraint(_INTERVAL, name="practices_interval"),
        CheckConstraint("category BETWEEN 1 AND 8", name="practices_category"),
        CheckConstraint("(category <= 5) = (firm_id IS NOT NULL)", name="practices_place"),
        CheckConstraint("end_ground IS NULL OR to_on IS NOT NULL", name="practices_end_ground"),
        Index("practices_one_open", "lawyer_id", unique=True, postgresql_where=_OPEN),
        Index("practices_by_lawyer", "lawyer_id", "ordinal", unique=True),
        Index("practices_by_firm", "firm_id", postgresql_where=_OPEN),
    )

    practice_id: Mapped[UUID] = mapped_column(primary_key=True)
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    ordinal: Mapped[int]
    firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    institution: Mapped[str | None]
    region: Mapped[str]
    category: Mapped[int] = mapped_column(SmallInteger)
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    end_ground: Mapped[str | None]
    county: Mapped[str | None]


class LicenceNumberRow(Base):
    """Every number a person has held; old ones resolve to him for good."""

    __tablename__ = "licence_numbers"
    __table_args__ = (Index("licence_numbers_by_lawyer", "lawyer_id"),)

    licence_number: Mapped[str] = mapped_column(primary_key=True)
    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))


class PublicLawyerRow(Base):
    """Every lawyer has one; without a body where the public does not see him.

    `changed_in` is the transaction that wrote it last: whoever keeps copies asks for what has been committed since the
    snapshot of his last question, which no late commit slips past.
    """

    __tablename__ = "public_lawyers"
    __table_args__ = (
        CheckConstraint("(body IS NULL) = (etag IS NULL)", name="public_lawyers_shown"),
        Index("public_lawyers_by_change", "changed_in"),
    )

    lawyer_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"), primary_key=True)
    body: Mapped[bytes | None]
    etag: Mapped[str | None]
    valid_until: Mapped[datetime | None]
    changed_in: Mapped[int] = mapped_column(BigInteger, server_default=CURRENT_TRANSACTION)


class StandingFactRow(Base):
    __tablename__ = "standing_facts"
    __table_args__ = (
        CheckConstraint("num_nonnulls(lawyer_id, firm_id) = 1", name="standing_facts_subject"),
        CheckConstraint("kind IN ('suspension', 'revocation')", name="standing_facts_kind"),
        CheckConstraint("version >= 1", name="standing_facts_version"),
        CheckConstraint(_INTERVAL, name="standing_facts_interval"),
        Index("standing_facts_by_lawyer", "lawyer_id", postgresql_where=text("lawyer_id IS NOT NULL")),
        Index("standing_facts_by_firm", "firm_id", postgresql_where=text("firm_id IS NOT NULL")),
    )

    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    lawyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    kind: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    withdrawn: Mapped[bool]
    version: Mapped[int]


class StandingWithdrawalRow(Base):
    """A withdrawal heard of, kept even where its fact is not known (yet): facts may be redriven late."""

    __tablename__ = "standing_withdrawals"

    fact_id: Mapped[UUID] = mapped_column(primary_key=True)
    withdrawn_on: Mapped[date]


class StandingConflictRow(Base):
    __tablename__ = "standing_conflicts"
    __table_args__ = (
        CheckConstraint("num_nulls(outcome, reason, closed_by, closed_at) IN (0, 4)", name="standing_conflicts_closed"),
    )

    conflict_id: Mapped[UUID] = mapped_column(primary_key=True)
    fact_id: Mapped[UUID]
    ground: Mapped[str]
    region: Mapped[str]
    opened_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    outcome: Mapped[str | None]
    reason: Mapped[str | None]
    closed_by: Mapped[str | None]
    closed_at: Mapped[datetime | None]


class MergerRow(Base):
    __tablename__ = "mergers"
    __table_args__ = (CheckConstraint("absorbed_firm_id <> absorbing_firm_id", name="mergers_two_firms"),)

    merger_id: Mapped[UUID] = mapped_column(primary_key=True)
    absorbed_firm_id: Mapped[UUID] = mapped_column(ForeignKey("firms.firm_id"), unique=True)
    absorbing_firm_id: Mapped[UUID] = mapped_column(ForeignKey("firms.firm_id"))
    effective_on: Mapped[date]
    document_number: Mapped[str]
    lawyers_moved: Mapped[int]


class RecognitionRow(Base):
    __tablename__ = "recognitions"
    __table_args__ = (
        CheckConstraint("num_nonnulls(lawyer_id, firm_id) = 1", name="recognitions_member"),
        CheckConstraint(_INTERVAL, name="recognitions_interval"),
        Index("recognitions_by_lawyer", "lawyer_id", postgresql_where=text("lawyer_id IS NOT NULL")),
        Index("recognitions_by_firm", "firm_id", postgresql_where=text("firm_id IS NOT NULL")),
        Index("recognitions_by_list", "list_id", "recognition_id", postgresql_where=text("list_id IS NOT NULL")),
    )

    recognition_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    issuer: Mapped[str]
    document_number: Mapped[str]
    firm_id: Mapped[UUID | None] = mapped_column(ForeignKey("firms.firm_id"))
    lawyer_id: Mapped[UUID | None] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    region: Mapped[str]
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    version: Mapped[int]
    list_id: Mapped[UUID | None] = mapped_column(ForeignKey("recognition_lists.list_id"))
    field: Mapped[str | None]
    withdrawal_ground: Mapped[str | None]


class RecognitionListRow(Base):
    """名录: one document by which members are recognised; region is the province's or the city's whose list it is."""

    __tablename__ = "recognition_lists"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="recognition_lists_validity"),
        Index("recognition_lists_by_document", "kind", "issuer", "document_number", unique=True),
    )

    list_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    region: Mapped[str]
    issuer: Mapped[str]
    document_number: Mapped[str]
    title: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    issued_by: Mapped[str]
