"""Messages in PostgreSQL, sealed before they reach a statement. Call with the case locked: they are numbered."""

from datetime import datetime
from typing import Self
from uuid import UUID

from common.secrecy.sealing import CaseSealer, KeyVault
from sqlalchemy import LargeBinary, Text, func, literal, select
from sqlalchemy.dialects.postgresql import TIMESTAMP, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from rights_api.cases.problems import key_reused
from rights_api.cases.store import SqlCases
from rights_api.messages.domain import About, Direction, Message
from rights_api.messages.use_cases import Kept, Once


class Base(DeclarativeBase):
    type_annotation_map = {str: Text, bytes: LargeBinary, datetime: TIMESTAMP(timezone=True)}  # noqa: RUF012 -- SQLAlchemy's own name, read once


class MessageRow(Base):
    __tablename__ = "case_messages"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    direction: Mapped[str]
    about: Mapped[str]
    sealed: Mapped[bytes]
    at: Mapped[datetime]
    subject: Mapped[str | None]
    """The officer who wrote it; the complainant is told the organ only."""
    key_digest: Mapped[bytes | None]
    request_digest: Mapped[bytes | None]


class ReadRow(Base):
    """When the other side first opened it; a row of its own, so that messages never change."""

    __tablename__ = "case_message_reads"

    complaint_id: Mapped[UUID] = mapped_column(primary_key=True)
    ordinal: Mapped[int] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]


class SqlMessages:
    """Of one case, sealed and opened by `sealer`."""

    def __init__(self, session: AsyncSession, complaint_id: UUID, sealer: CaseSealer) -> None:
        self._session, self._case, self._sealer = session, complaint_id, sealer

    @classmethod
    async def of(cls, session: AsyncSession, vault: KeyVault, complaint_id: UUID) -> Self:
        return cls(session, complaint_id, await SqlCases(session, vault).sealer(complaint_id))

    async def by_key(self, once: Once) -> Kept | None:
        row = await self._session.scalar(select(MessageRow).where(MessageRow.key_digest == once.key_digest))
        if row is None:
            return None
        if (row.complaint_id, row.request_digest) != (self._case, once.request_digest):
            raise key_reused()
        return Kept(row.ordinal, row.at)

    async def add(
        self, ordinal: int, direction: Direction, about: About, text: str, *, at: datetime, by: str | Once
    ) -> None:
        once = by if isinstance(by, Once) else None
        self._session.add(
            MessageRow(
                complaint_id=self._case,
                ordinal=ordinal,
                direction=direction.value,
                about=about.value,
                sealed=self._sealer.seal(_place(ordinal), text),
                at=at,
                subject=by if isinstance(by, str) else None,
                key_digest=once and once.key_digest,
                request_digest=once and once.request_digest,
            )
        )

    async def unread(self, direction: Direction) -> int:
        read = select(ReadRow.ordinal).where(ReadRow.complaint_id == self._case)
        query = select(func.count()).where(
            MessageRow.complaint_id == self._case,
            MessageRow.direction == direction.value,
            MessageRow.ordinal.not_in(read),
        )
        return await self._session.scalar(query) or 0

    async def read(self, by: Direction, *, at: datetime, both: bool) -> list[Message]:
        """Oldest first; what the other side wrote is thereby read. `by`: the reader's own direction.

        Without `both` the reader's own texts are not opened.
        """
        other = Direction.OUT if by is Direction.IN else Direction.IN
        unread = select(MessageRow.complaint_id, MessageRow.ordinal, literal(at, TIMESTAMP(timezone=True))).where(
            MessageRow.complaint_id == self._case, MessageRow.direction == other.value
        )
        await self._session.execute(
            insert(ReadRow).from_select(["complaint_id", "ordinal", "read_at"], unread).on_conflict_do_nothing()
        )
        query = (
            select(MessageRow, ReadRow.read_at)
            .outerjoin(
                ReadRow,
                (ReadRow.complaint_id == MessageRow.complaint_id) & (ReadRow.ordinal == MessageRow.ordinal),
            )
            .where(MessageRow.complaint_id == self._case)
            .order_by(MessageRow.ordinal)
        )
        return [
            Message(
                ordinal=row.ordinal,
                direction=Direction(row.direction),
                about=About(row.about),
                at=row.at,
                read_at=read_at,
                text=self._sealer.open(_place(row.ordinal), row.sealed) if both or row.direction != by.value else None,
            )
            for row, read_at in await self._session.execute(query)
        ]

    async def counts(self) -> dict[Direction, int]:
        query = (
            select(MessageRow.direction, func.count())
            .where(MessageRow.complaint_id == self._case)
            .group_by(MessageRow.direction)
        )
        return {Direction(direction): count for direction, count in await self._session.execute(query)}


def _place(ordinal: int) -> str:
    return f"message:{ordinal}"
