"""The table of proposals: the command as its own model wrote it, its ID number sealed and gone once it is closed."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.register.tables import Base


class ProposalRow(Base):
    """`touched`: versions of the entities it was made to; `subject_id`: the entity it is about, new ones once made."""

    __tablename__ = "proposals"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'approved', 'rejected', 'withdrawn')", name="proposals_state"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="proposals_closed"),
        CheckConstraint("state = 'open' OR sealed_id_number IS NULL", name="proposals_erased"),
        CheckConstraint("state <> 'approved' OR closed_by <> proposed_by", name="proposals_two_officers"),
        Index("proposals_by_region", "region", "ordinal"),
        Index("proposals_open", "ordinal", postgresql_where=text("state = 'open'")),
        Index("proposals_by_subject", "subject_id", "ordinal", postgresql_where=text("subject_id IS NOT NULL")),
    )

    proposal_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(BigInteger, Identity(always=True), unique=True)
    kind: Mapped[str]
    state: Mapped[str]
    region: Mapped[str]
    subject_id: Mapped[UUID | None]
    command: Mapped[dict[str, object]] = mapped_column(JSONB)
    sealed_id_number: Mapped[bytes | None] = mapped_column(LargeBinary)
    touched: Mapped[dict[str, int]] = mapped_column(JSONB)
    document_number: Mapped[str | None]
    reason: Mapped[str | None]
    effective_on: Mapped[date]
    proposed_by: Mapped[str]
    proposed_by_organ: Mapped[str]
    proposed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    closed_by: Mapped[str | None]
    closed_by_organ: Mapped[str | None]
    closed_at: Mapped[datetime | None]
    closing_code: Mapped[str | None]
    closing_text: Mapped[str | None]
    version: Mapped[int]


class Proposals:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: ProposalRow) -> None:
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row, ["ordinal", "proposed_at"])

    async def get(self, proposal_id: UUID) -> ProposalRow | None:
        return await self._session.get(ProposalRow, proposal_id)

    async def get_for_update(self, proposal_id: UUID) -> ProposalRow | None:
        """Two officers who decide at once: the second finds it closed."""
        return await self._session.get(ProposalRow, proposal_id, with_for_update=True)
