"""Rows of interns."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from registry_api.interns.domain import Intern, InternshipEndGround
from registry_api.register.lawyer import SealedIdCard
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.tables import Base


class InternRow(Base):
    """No lawyer, and in no table of lawyers."""

    __tablename__ = "interns"
    __table_args__ = (
        CheckConstraint("certificate_number ~ '^[0-9]{14}$'", name="interns_certificate"),
        CheckConstraint("version >= 1", name="interns_version"),
        CheckConstraint("(id_sealed IS NULL) = (id_digest IS NULL)", name="interns_id_card"),
        CheckConstraint("(end_ground IS NULL) = (ended_on IS NULL)", name="interns_end"),
        Index("interns_one_open", "id_digest", unique=True, postgresql_where=text("ended_on IS NULL")),
        Index("interns_by_firm", "firm_id"),
    )

    intern_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    certificate_number: Mapped[str] = mapped_column(unique=True)
    firm_id: Mapped[UUID] = mapped_column(ForeignKey("firms.firm_id"))
    supervisor_id: Mapped[UUID] = mapped_column(ForeignKey("lawyers.lawyer_id"))
    region: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date]
    ended_on: Mapped[date | None]
    end_ground: Mapped[str | None]
    id_sealed: Mapped[bytes | None]
    id_digest: Mapped[bytes | None]
    version: Mapped[int]


class SqlInterns:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, intern_id: UUID, *, lock: bool = False) -> Intern:
        row = await self._session.get(InternRow, intern_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("实习人员", "intern")
        return _intern(row)

    async def check_free(self, intern: Intern) -> None:
        """A certificate is given once, and nobody is an intern twice at a time."""
        same = select(InternRow.intern_id).where(InternRow.certificate_number == intern.certificate_number)
        if (await self._session.execute(same)).first() is not None:
            raise Refused(
                "certificate-taken",
                "该实习证号已登记",
                "this certificate is on record",
                field="certificate_number",
                conflict=True,
            )
        if intern.id_card is None:
            return
        person = select(InternRow.intern_id).where(
            InternRow.id_digest == intern.id_card.digest, InternRow.ended_on.is_(None)
        )
        if (await self._session.execute(person)).first() is not None:
            raise Refused(
                "intern-already", "此人正在实习", "this person is an intern now", field="id_number", conflict=True
            )

    async def add(self, intern: Intern) -> None:
        self._session.add(_row(intern))
        await self._session.flush()

    async def save(self, intern: Intern) -> None:
        await self._session.merge(_row(intern))

    async def search(
        self,
        *,
        region: str | None,
        firm_id: UUID | None,
        certificate_number: str | None,
        current: bool | None,
        limit: int,
        after: UUID | None,
    ) -> Sequence[Intern]:
        query = select(InternRow).order_by(InternRow.intern_id).limit(limit)
        if region is not None:
            query = query.where(InternRow.region == region)
        if firm_id is not None:
            query = query.where(InternRow.firm_id == firm_id)
        if certificate_number is not None:
            query = query.where(InternRow.certificate_number == certificate_number)
        if current is not None:
            query = query.where(InternRow.ended_on.is_(None) if current else InternRow.ended_on.is_not(None))
        if after is not None:
            query = query.where(InternRow.intern_id > after)
        return [_intern(row) for row in (await self._session.execute(query)).scalars()]


def _row(intern: Intern) -> InternRow:
    return InternRow(
        intern_id=intern.intern_id,
        name=intern.name,
        certificate_number=intern.certificate_number,
        firm_id=intern.firm_id,
        supervisor_id=intern.supervisor_id,
        region=intern.region,
        from_on=intern.from_on,
        until_on=intern.until_on,
        ended_on=intern.ended_on,
        end_ground=None if intern.end_ground is None else intern.end_ground.value,
        id_sealed=None if intern.id_card is None else intern.id_card.sealed,
        id_digest=None if intern.id_card is None else intern.id_card.digest,
        version=intern.version,
    )


def _intern(row: InternRow) -> Intern:
    sealed, digest = row.id_sealed, row.id_digest
    return Intern(
        intern_id=row.intern_id,
        name=row.name,
        certificate_number=row.certificate_number,
        firm_id=row.firm_id,
        supervisor_id=row.supervisor_id,
        region=row.region,
        from_on=row.from_on,
        until_on=row.until_on,
        ended_on=row.ended_on,
        end_ground=None if row.end_ground is None else InternshipEndGround(row.end_ground),
        id_card=None if sealed is None or digest is None else SealedIdCard(sealed, digest),
        version=row.version,
    )
