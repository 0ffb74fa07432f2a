"""Rows of lists and recognitions."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from contracts.recognition import HONOURS, RecognisedField, RecognitionKind, WithdrawalGround
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from registry_api.recognitions.domain import Recognition, RecognitionList
from registry_api.register.refusals import NotFound, Refused
from registry_api.register.tables import (
    FirmRow,
    LawyerRow,
    LicenceNumberRow,
    PublicLawyerRow,
    RecognitionListRow,
    RecognitionRow,
)


class SqlRecognitions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, recognition_id: UUID) -> Recognition:
        return _recognition(_found(await self._session.get(RecognitionRow, recognition_id)))

    async def get_for_update(self, recognition_id: UUID) -> Recognition:
        return _recognition(_found(await self._session.get(RecognitionRow, recognition_id, with_for_update=True)))

    async def save(self, recognition: Recognition) -> None:
        await self._session.merge(_row(recognition))

    async def add_members(self, recognitions: Sequence[Recognition]) -> None:
        self._session.add_all(_row(recognition) for recognition in recognitions)
        await self._session.flush()

    async def search(
        self,
        *,
        region: str | None,
        kind: RecognitionKind | None,
        limit: int,
        after: UUID | None = None,
        list_id: UUID | None = None,
        member_id: UUID | None = None,
        in_force_on: date | None = None,
    ) -> Sequence[Recognition]:
        query = select(RecognitionRow).order_by(RecognitionRow.recognition_id).limit(limit)
        if region is not None:
            query = query.where(RecognitionRow.region == region)
        if kind is not None:
            query = query.where(RecognitionRow.kind == kind.value)
        if in_force_on is not None:
            query = query.where(*_in_force(in_force_on))
        if list_id is not None:
            query = query.where(RecognitionRow.list_id == list_id)
        if member_id is not None:
            query = query.where(or_(RecognitionRow.firm_id == member_id, RecognitionRow.lawyer_id == member_id))
        if after is not None:
            query = query.where(RecognitionRow.recognition_id > after)
        return [_recognition(row) for row in (await self._session.execute(query)).scalars()]

    async def names(self, recognitions: Collection[Recognition]) -> dict[UUID, str]:
        """What their members are called today, by id."""
        ids = {recognition.member_id for recognition in recognitions}
        of_firms = select(FirmRow.firm_id, FirmRow.name).where(FirmRow.firm_id.in_(ids))
        of_lawyers = select(LawyerRow.lawyer_id, LawyerRow.name).where(LawyerRow.lawyer_id.in_(ids))
        found = await self._session.execute(of_firms.union_all(of_lawyers))
        return dict(found.all())

    # -- lists

    async def issue(self, listed: RecognitionList) -> None:
        same = select(RecognitionListRow.list_id).where(
            RecognitionListRow.kind == listed.kind.value,
            RecognitionListRow.issuer == listed.issuer,
            RecognitionListRow.document_number == listed.document_number,
        )
        if (await self._session.execute(same)).first() is not None:
            raise Refused(
                "list-on-record",
                "该文号的名录已登记",
                "a list of this document is on record",
                field="document_number",
                conflict=True,
            )
        self._session.add(
            RecognitionListRow(
                list_id=listed.list_id,
                kind=listed.kind.value,
                region=listed.region,
                issuer=listed.issuer,
                document_number=listed.document_number,
                title=listed.title,
                valid_from=listed.valid_from,
                valid_to=listed.valid_to,
                issued_by=listed.issued_by,
            )
        )
        await self._session.flush()

    async def list_(self, list_id: UUID) -> RecognitionList:
        row = await self._session.get(RecognitionListRow, list_id)
        if row is None:
            raise NotFound("名录", "list")
        return _list(row)

    async def lock_list(self, list_id: UUID) -> None:
        """Two officers adding members wait for each other, so that nobody is put on it twice."""
        await self._session.get(RecognitionListRow, list_id, with_for_update=True, populate_existing=True)

    async def lists(
        self,
        *,
        limit: int,
        after: UUID | None,
        kinds: Collection[RecognitionKind] | None = None,
        region: str | None = None,
    ) -> Sequence[RecognitionList]:
        query = select(RecognitionListRow).order_by(RecognitionListRow.list_id).limit(limit)
        if kinds is not None:
            query = query.where(RecognitionListRow.kind.in_([kind.value for kind in kinds]))
        if region is not None:
            query = query.where(RecognitionListRow.region == region)
        if after is not None:
            query = query.where(RecognitionListRow.list_id > after)
        return [_list(row) for row in (await self._session.execute(query)).scalars()]

    async def members_in_force(self, list_id: UUID, members: Collection[UUID]) -> set[UUID]:
        """Those of `members` on the list and not withdrawn."""
        member = func.coalesce(RecognitionRow.firm_id, RecognitionRow.lawyer_id)
        query = select(member).where(
            RecognitionRow.list_id == list_id, RecognitionRow.withdrawn_on.is_(None), member.in_(list(members))
        )
        return set((await self._session.execute(query)).scalars())

    async def public_members(
        self, list_id: UUID, day: date, *, limit: int, after: UUID | None
    ) -> Sequence[tuple[Recognition, str, str]]:
        """In force on the day, with the member's name and public number; lawyers of the public register only."""
        listed = aliased(LawyerRow)
        name = func.coalesce(FirmRow.name, LawyerRow.name)
        number = func.coalesce(FirmRow.credit_code, LawyerRow.licence_number)
        query = (
            select(RecognitionRow, name, number)
            .outerjoin(FirmRow, FirmRow.firm_id == RecognitionRow.firm_id)
            # Of a record that was merged into another, the one that was kept.
            .outerjoin(listed, listed.lawyer_id == RecognitionRow.lawyer_id)
            .outerjoin(LawyerRow, LawyerRow.lawyer_id == func.coalesce(listed.merged_into, listed.lawyer_id))
            .outerjoin(PublicLawyerRow, PublicLawyerRow.lawyer_id == LawyerRow.lawyer_id)
            .where(
                RecognitionRow.list_id == list_id,
                *_in_force(day),
                or_(RecognitionRow.firm_id.is_not(None), PublicLawyerRow.lawyer_id.is_not(None)),
            )
            .order_by(RecognitionRow.recognition_id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(RecognitionRow.recognition_id > after)
        return [(_recognition(row), text, code) for row, text, code in await self._session.execute(query)]

    async def numbers_of_lawyer(self, licence_number: str) -> tuple[UUID, list[str]] | None:
        """Who has, or had, this number, and every number he is or was known by."""
        asked = aliased(LicenceNumberRow)
        query = (
            select(LicenceNumberRow.lawyer_id, LicenceNumberRow.licence_number)
            .join(asked, asked.lawyer_id == LicenceNumberRow.lawyer_id)
            .where(asked.licence_number == licence_number)
            .order_by(LicenceNumberRow.licence_number)
        )
        found = (await self._session.execute(query)).all()
        return (found[0].lawyer_id, [row.licence_number for row in found]) if found else None

    async def firm_of_code(self, credit_code: str) -> UUID | None:
        return await self._session.scalar(select(FirmRow.firm_id).where(FirmRow.credit_code == credit_code))

    async def honours_of(self, member_id: UUID) -> Sequence[Recognition]:
        """All there ever were, earliest first; of a lawyer also those on records that were merged into his."""
        same = select(LawyerRow.lawyer_id).where(LawyerRow.merged_into == member_id)
        query = (
            select(RecognitionRow)
            .where(
                RecognitionRow.kind.in_([kind.value for kind in HONOURS]),
                or_(
                    RecognitionRow.firm_id == member_id,
                    RecognitionRow.lawyer_id == member_id,
                    RecognitionRow.lawyer_id.in_(same),
                ),
            )
            .order_by(RecognitionRow.from_on, RecognitionRow.recognition_id)
        )
        return [_recognition(row) for row in (await self._session.execute(query)).scalars()]


def _in_force(day: date) -> tuple[ColumnElement[bool], ...]:
    return (
        RecognitionRow.from_on <= day,
        or_(RecognitionRow.to_on.is_(None), RecognitionRow.to_on > day),
        or_(RecognitionRow.withdrawn_on.is_(None), RecognitionRow.withdrawn_on > day),
    )


def _found(row: RecognitionRow | None) -> RecognitionRow:
    if row is None:
        raise NotFound("认定", "recognition")
    return row


def _row(recognition: Recognition) -> RecognitionRow:
    return RecognitionRow(
        recognition_id=recognition.recognition_id,
        kind=recognition.kind.value,
        issuer=recognition.issuer,
        document_number=recognition.document_number,
        firm_id=recognition.member_id if recognition.of_firm else None,
        lawyer_id=None if recognition.of_firm else recognition.member_id,
        region=recognition.region,
        from_on=recognition.from_on,
        to_on=recognition.to_on,
        withdrawn_on=recognition.withdrawn_on,
        version=recognition.version,
        list_id=recognition.list_id,
        field=None if recognition.field is None else recognition.field.value,
        withdrawal_ground=None if recognition.withdrawal_ground is None else recognition.withdrawal_ground.value,
    )


def _recognition(row: RecognitionRow) -> Recognition:
    member_id = row.firm_id or row.lawyer_id
    assert member_id is not None  # noqa: S101 -- the table's CHECK says so
    return Recognition(
        recognition_id=row.recognition_id,
        kind=RecognitionKind(row.kind),
        issuer=row.issuer,
        document_number=row.document_number,
        member_id=member_id,
        region=row.region,
        from_on=row.from_on,
        to_on=row.to_on,
        withdrawn_on=row.withdrawn_on,
        version=row.version,
        list_id=row.list_id,
        field=None if row.field is None else RecognisedField(row.field),
        withdrawal_ground=None if row.withdrawal_ground is None else WithdrawalGround(row.withdrawal_ground),
    )


def _list(row: RecognitionListRow) -> RecognitionList:
    return RecognitionList(
        list_id=row.list_id,
        kind=RecognitionKind(row.kind),
        region=row.region,
        issuer=row.issuer,
        document_number=row.document_number,
        title=row.title,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        issued_by=row.issued_by,
    )
